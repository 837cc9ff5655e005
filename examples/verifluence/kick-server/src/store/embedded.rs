use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::{EventStore, Kept, StoreError, StoreFuture};
use crate::{KeptEvent, NewEvent};

/// Events in a file: for one process, which holds it locked.
pub struct EmbeddedStore {
    database: Arc<Database>,
    /// One at a time writes, and the others wait here: not each on a thread, and only as long as whoever
    /// asked them to.
    writer: Arc<Semaphore>,
}

impl EmbeddedStore {
    /// Opens `events.redb` in this folder, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If there is no such folder, another process has the file open, or it is broken.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let open = || {
            let database = Database::builder()
                .set_cache_size(CACHE)
                // The one that later versions read.
                .create_with_file_format_v3(true)
                .create(folder.join("events.redb"))?;
            let transaction = begin(&database)?;
            // So that whoever reads finds them.
            transaction.open_table(EVENTS)?;
            transaction.open_table(IDS)?;
            transaction.commit()?;
            Ok::<_, Failure>(database)
        };
        let database = Arc::new(open().map_err(StoreError::new)?);
        Ok(Self { database, writer: Arc::new(Semaphore::new(1)) })
    }

    async fn write<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Database) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.writer).acquire_owned().await.map_err(StoreError::new)?;
        self.read(move |database| {
            let result = call(database);
            drop(turn);
            result
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Database) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        let result = spawn_blocking(move || call(&database)).await.map_err(StoreError::new)?;
        result.map_err(StoreError::new)
    }
}

impl EventStore for EmbeddedStore {
    fn keep(&self, event: NewEvent) -> StoreFuture<'_, Kept> {
        Box::pin(self.write(move |database| insert(database, &event, seconds(now()))))
    }

    fn after(&self, sequence: u64, most: usize) -> StoreFuture<'_, Vec<KeptEvent>> {
        Box::pin(self.read(move |database| list(database, sequence, most)))
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        Box::pin(self.read(|database| {
            database.begin_read()?.open_table(IDS)?;
            Ok(())
        }))
    }

    fn prune(&self, older_than: Duration) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let before = seconds(now()).saturating_sub(older_than.as_secs());
            let mut pruned = 0_u64;
            loop {
                // In pieces, between which deliveries have their turn.
                let removed = self.write(move |database| remove(database, before)).await?;
                pruned = pruned.saturating_add(removed);
                if removed < PIECE {
                    return Ok(pruned);
                }
            }
        })
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore").finish_non_exhaustive()
    }
}

fn begin(database: &Database) -> Result<WriteTransaction, Failure> {
    let mut transaction = database.begin_write()?;
    // After a crash it is open at once, however much is in it.
    transaction.set_quick_repair(true);
    Ok(transaction)
}

fn insert(database: &Database, event: &NewEvent, kept_at: u64) -> Result<Kept, Failure> {
    let transaction = begin(database)?;
    {
        let mut ids = transaction.open_table(IDS)?;
        if ids.get(event.message_id.as_str())?.is_some() {
            return Ok(Kept::Before);
        }
        let mut events = transaction.open_table(EVENTS)?;
        let sequence = events.last()?.map_or(0, |(last, _)| last.value()).saturating_add(1);
        let row: Row<'_> = (
            event.message_id.as_str(),
            &event.sent_at,
            event.kind,
            event.claimed_type.as_deref(),
            event.claimed_version.as_deref(),
            kept_at,
            &event.body,
        );
        events.insert(sequence, row)?;
        ids.insert(event.message_id.as_str(), sequence)?;
    }
    transaction.commit()?;
    Ok(Kept::New)
}

fn list(database: &Database, after: u64, most: usize) -> Result<Vec<KeptEvent>, Failure> {
    let events = database.begin_read()?.open_table(EVENTS)?;
    let mut kept = Vec::new();
    for entry in events.range(after.saturating_add(1)..)?.take(most) {
        let (sequence, row) = entry?;
        let (message_id, sent_at, kind, claimed_type, claimed_version, kept_at, body) = row.value();
        kept.push(KeptEvent {
            sequence: sequence.value(),
            kept_at,
            message_id: message_id.to_owned(),
            sent_at: sent_at.to_owned(),
            kind: kind.to_owned(),
            claimed_type: claimed_type.map(str::to_owned),
            claimed_version: claimed_version.map(str::to_owned),
            body: body.to_vec(),
        });
    }
    Ok(kept)
}

fn remove(database: &Database, before: u64) -> Result<u64, Failure> {
    let transaction = begin(database)?;
    let mut removed = 0_u64;
    {
        let (mut events, mut ids) = (transaction.open_table(EVENTS)?, transaction.open_table(IDS)?);
        // Never the last one, by whose number the next is found.
        let last = events.last()?.map_or(0, |(last, _)| last.value());
        while removed < PIECE {
            let id = match events.first()? {
                Some((sequence, row)) if sequence.value() < last && row.value().5 < before => {
                    (sequence.value(), row.value().0.to_owned())
                }
                _ => break,
            };
            events.remove(id.0)?;
            ids.remove(&*id.1)?;
            removed = removed.saturating_add(1);
        }
    }
    transaction.commit()?;
    Ok(removed)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "an edge: an event is kept when it comes")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// What went wrong, whichever of the database's kinds of errors it is.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The id, when it was sent, its kind, what it claimed to be and in which version, when it was kept, its
/// body.
type Row<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>, u64, &'a [u8]);

const EVENTS: TableDefinition<'static, u64, Row<'static>> = TableDefinition::new("events");
const IDS: TableDefinition<'static, &'static str, u64> = TableDefinition::new("ids");

const CACHE: usize = 64 * 1024 * 1024;
const PIECE: u64 = 1000;

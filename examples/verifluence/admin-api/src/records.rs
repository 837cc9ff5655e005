use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use database::Store;

use crate::body::Label;
use crate::caller::Author;
use crate::error::ApiError;

/// Records by number, each a text and who wrote it last: operators, or invitations.
#[derive(Debug)]
pub(crate) enum Records {
    Memory { written: Mutex<Written>, most: u32 },
    Postgres { store: Store, statements: Statements, most: u32 },
}

#[derive(Debug, Default)]
pub(crate) struct Written {
    by_id: BTreeMap<i64, (Label, Author)>,
    last_id: i64,
}

#[derive(Debug)]
pub(crate) struct Statements {
    insert: String,
    replace: String,
    remove: String,
}

impl Records {
    pub(crate) fn memory(most: u32) -> Self {
        Self::Memory { written: Mutex::default(), most }
    }

    /// In this table, the text in this column.
    pub(crate) fn postgres(
        store: Store,
        table: &'static str,
        column: &'static str,
        most: u32,
    ) -> Self {
        let statements = Statements {
            insert: format!(
                "INSERT INTO {table} ({column}, by) SELECT $1::text, $2::text
                WHERE (SELECT count(*) FROM {table}) < $3 RETURNING id"
            ),
            replace: format!("UPDATE {table} SET {column} = $2, by = $3 WHERE id = $1"),
            remove: format!("DELETE FROM {table} WHERE id = $1"),
        };
        Self::Postgres { store, statements, most }
    }

    pub(crate) async fn insert(&self, text: &Label, by: &Author) -> Result<i64, ApiError> {
        match self {
            Self::Memory { written, most } => {
                let mut written = lock(written);
                if written.by_id.len() >= usize::try_from(*most).unwrap_or(usize::MAX) {
                    return Err(ApiError::Full);
                }
                let id = written.last_id.saturating_add(1);
                written.last_id = id;
                written.by_id.insert(id, (text.clone(), by.clone()));
                Ok(id)
            }
            Self::Postgres { store, statements, most } => {
                let insert = sqlx::query_scalar(&statements.insert)
                    .bind(text.as_str())
                    .bind(by.to_string())
                    .bind(i64::from(*most));
                store.ask(insert.fetch_optional(store.pool())).await?.ok_or(ApiError::Full)
            }
        }
    }

    pub(crate) async fn replace(
        &self,
        Id(id): Id,
        text: &Label,
        by: &Author,
    ) -> Result<(), ApiError> {
        match self {
            Self::Memory { written, .. } => {
                let mut written = lock(written);
                let record = written.by_id.get_mut(&id).ok_or(ApiError::NotFound)?;
                *record = (text.clone(), by.clone());
                Ok(())
            }
            Self::Postgres { store, statements, .. } => {
                let replace = sqlx::query(&statements.replace)
                    .bind(id)
                    .bind(text.as_str())
                    .bind(by.to_string());
                let replaced = store.ask(replace.execute(store.pool())).await?;
                if replaced.rows_affected() == 0 { Err(ApiError::NotFound) } else { Ok(()) }
            }
        }
    }

    pub(crate) async fn remove(&self, Id(id): Id) -> Result<(), ApiError> {
        match self {
            Self::Memory { written, .. } => {
                lock(written).by_id.remove(&id).map(drop).ok_or(ApiError::NotFound)
            }
            Self::Postgres { store, statements, .. } => {
                let remove = sqlx::query(&statements.remove).bind(id);
                let removed = store.ask(remove.execute(store.pool())).await?;
                if removed.rows_affected() == 0 { Err(ApiError::NotFound) } else { Ok(()) }
            }
        }
    }
}

fn lock(written: &Mutex<Written>) -> MutexGuard<'_, Written> {
    written.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The `{id}` of a path. What is no number is the id of nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| ApiError::NotFound)
    }
}

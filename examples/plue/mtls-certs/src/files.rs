use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::Error;

/// Files that are made together: all of them, or none.
pub(crate) struct NewFiles<'a> {
    folder: &'a Path,
    made_folder: bool,
    made: Vec<PathBuf>,
}

impl<'a> NewFiles<'a> {
    /// In a folder that is made if there is none.
    pub(crate) fn in_folder(folder: &'a Path) -> Result<Self, Error> {
        let made_folder = !folder.is_dir();
        if made_folder {
            make_folder(folder)?;
        }
        Ok(Self { folder, made_folder, made: Vec::new() })
    }

    /// In a folder that must not be there yet.
    pub(crate) fn in_new_folder(folder: &'a Path) -> Result<Self, Error> {
        make_folder(folder)?;
        Ok(Self { folder, made_folder: true, made: Vec::new() })
    }

    /// A file for its owner alone, from the moment that it is made.
    pub(crate) fn secret(&mut self, name: &str, content: &str) -> Result<(), Error> {
        self.write(name, content, 0o600)
    }

    /// A file for everybody, as far as the folder allows.
    pub(crate) fn public(&mut self, name: &str, content: &str) -> Result<(), Error> {
        self.write(name, content, 0o644)
    }

    /// Without this call, all of them are removed again.
    pub(crate) fn keep(mut self) -> Result<(), Error> {
        sync_folder(self.folder).map_err(|source| write_error(self.folder, source))?;
        self.made.clear();
        self.made_folder = false;
        Ok(())
    }

    fn write(&mut self, name: &str, content: &str, mode: u32) -> Result<(), Error> {
        let path = self.folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = file.map_err(|source| write_error(&path, source))?;
        self.made.push(path.clone());
        file.write_all(content.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|source| write_error(&path, source))
    }
}

impl Drop for NewFiles<'_> {
    fn drop(&mut self) {
        for path in &self.made {
            let _ = fs::remove_file(path);
        }
        if self.made_folder {
            let _ = fs::remove_dir(self.folder);
        }
    }
}

/// Refuses early what would be refused by [`NewFiles`] in the end: a large key takes its time.
pub(crate) fn refuse_existing(path: &Path) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(_) => Err(Error::Exists { path: path.to_owned() }),
        Err(_) => Ok(()),
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// `None` if there is none.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Keeps others, who lock the same file, waiting until it is dropped.
pub(crate) fn lock(path: &Path) -> Result<File, Error> {
    let locked = File::open(path).and_then(|file| {
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    });
    locked.map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Puts a file in the place of one that may be there: who reads it finds the one or the other, whole.
/// Only for who has locked something.
pub(crate) fn replace(folder: &Path, name: &str, content: &str) -> Result<(), Error> {
    let (path, new) = (folder.join(name), folder.join(format!(".{name}.new")));
    // Of a run that was killed.
    let _ = fs::remove_file(&new);
    let written = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&new)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        sync_folder(folder)
    };
    written().map_err(|source| {
        let _ = fs::remove_file(&new);
        write_error(&path, source)
    })
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
        made.map_err(|source| write_error(parent, source))?;
    }
    DirBuilder::new().mode(0o700).create(folder).map_err(|source| write_error(folder, source))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_error(path: &Path, source: io::Error) -> Error {
    let path = path.to_owned();
    if source.kind() == ErrorKind::AlreadyExists {
        Error::Exists { path }
    } else {
        Error::Write { path, source }
    }
}

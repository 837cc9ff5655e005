//! The files that a peer's configuration names.

use std::fs;

use tempfile::TempDir;

/// A temporary folder. Dropping it removes it, with all that is in it.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The path of the file with this name, whether there is one or not.
    ///
    /// # Panics
    ///
    /// If the system's folder for temporary files has a name that is not text.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.into_os_string().into_string().expect("a path that can stand in a configuration")
    }

    /// Writes a file, and gives its path.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    #[must_use]
    pub fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).expect("a file in a temporary folder");
        path
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

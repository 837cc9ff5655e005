use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use tempfile::TempDir;

/// A folder as Kubernetes mounts a Secret: each file is a link through `..data`, which is a link to
/// a folder, and is replaced as a whole.
pub(crate) struct Mount {
    folder: TempDir,
    versions: usize,
}

impl Mount {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Self { folder, versions: 0 };
        mount.swap(files);
        for (name, _) in files {
            symlink(format!("..data/{name}"), mount.path(name)).unwrap();
        }
        mount
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces all files in one step, as the kubelet does.
    pub(crate) fn swap(&mut self, files: &[(&str, &str)]) {
        let version = |number: usize| format!("..2026_{number}");
        let old = self.path(&version(self.versions));
        self.versions = self.versions.checked_add(1).unwrap();
        let new = version(self.versions);
        fs::create_dir(self.path(&new)).unwrap();
        for (name, content) in files {
            fs::write(self.path(&new).join(name), content).unwrap();
        }
        symlink(new, self.path("..data_tmp")).unwrap();
        fs::rename(self.path("..data_tmp"), self.path("..data")).unwrap();
        if old.exists() {
            fs::remove_dir_all(old).unwrap();
        }
    }

    /// Writes one file in place, as an editor may.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }
}

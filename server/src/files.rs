//! Files of the installation, which nobody else on the machine may read, whatever the umask says.

use std::{
    fs::{DirBuilder, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes a folder, and those it lies in, when they are missing.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a folder that is the portal's alone: one that was made before, open to others, is closed.
pub(crate) fn make_own_folder(path: &Path) -> io::Result<()> {
    make_folder(path)?;
    let known = std::fs::metadata(path)?.permissions().mode();
    if known & 0o077 != 0 { std::fs::set_permissions(path, Permissions::from_mode(0o700)) } else { Ok(()) }
}

/// Writes a new file.
///
/// # Errors
/// Also when there is one of this name.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Writes a file, in place of one that is there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_may_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mails = data.join("mails");
        make_own_folder(&mails).unwrap();
        assert_eq!((mode(&data), mode(&mails)), (0o700, 0o700));
        let (key, mail) = (data.join("key"), mails.join("1.eml"));
        write_new(&key, b"key").unwrap();
        assert!(write_new(&key, b"other").is_err());
        write(&mail, b"mail").unwrap();
        assert_eq!((mode(&key), mode(&mail), std::fs::read(&key).unwrap()), (0o600, 0o600, b"key".to_vec()));
        for (path, open) in [(&mails, 0o755), (&mail, 0o644)] {
            std::fs::set_permissions(path, Permissions::from_mode(open)).unwrap();
        }
        make_own_folder(&mails).unwrap();
        write(&mail, b"again").unwrap();
        assert_eq!((mode(&mails), mode(&mail), std::fs::read(&mail).unwrap()), (0o700, 0o600, b"again".to_vec()));
    }
}

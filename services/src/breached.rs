//! Passwords that were stolen elsewhere: a filter file that the operator builds from a list, by a command, and that is looked at when
//! somebody sets a password. Nothing is asked of anybody.
//!
//! The file holds a binary fuse filter (16-bit fingerprints): every password of the list is found, and one of 65,000 others as well. It
//! takes 2.3 bytes for each, and lies in memory.

use std::io::{BufRead, Read, Write};

use domain::passwords::normalised;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use xorf::{BinaryFuse16, BinaryFuse16Ref, DmaSerializable, Filter, FilterRef};

/// What the file begins with: its kind and version.
const MAGIC: &[u8; 16] = b"portal breached1";
/// Bytes of the checksum that it ends with, SHA-256 of all before.
const CHECKSUM: usize = 32;
const DESCRIPTOR: usize = <BinaryFuse16 as DmaSerializable>::DESCRIPTOR_LEN;

/// Why a filter cannot be built or read.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A line of the list is none.
    #[error("line {0} is no SHA-1 hash in 40 hexadecimal digits, with or without “:” and a number behind it")]
    Line(u64),
    /// There is nothing in it.
    #[error("the list has no password that was seen that often")]
    Empty,
    /// The filter cannot be built.
    #[error("the filter could not be built: {0}")]
    Build(&'static str),
    /// The file is no filter, or was changed.
    #[error(
        "the file is no list of breached passwords as “partner-portal breached-passwords” makes them, or is damaged"
    )]
    Damaged,
}

/// The passwords of a list.
pub struct Breached {
    /// The fingerprints stand behind so many bytes, where their alignment is right.
    fingerprints: Vec<u8>,
    start: usize,
    descriptor: [u8; DESCRIPTOR],
}

impl std::fmt::Debug for Breached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breached").field("bytes", &self.fingerprints.len()).finish_non_exhaustive()
    }
}

/// A password as the filter knows it: the beginning of its SHA-1 hash, which is what such lists hold.
fn key(hash: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(hash.get(..8)?.try_into().ok()?))
}

impl Breached {
    /// Reads a filter.
    ///
    /// # Errors
    /// When it is none, or damaged.
    pub fn read(mut file: impl Read) -> Result<Self, BreachedError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let content = bytes.len().checked_sub(CHECKSUM).ok_or(BreachedError::Damaged)?;
        let (content, checksum) = bytes.split_at(content);
        let rest = content.strip_prefix(MAGIC).filter(|_| Sha256::digest(content).as_slice() == checksum);
        let (descriptor, fingerprints) =
            rest.and_then(|rest| rest.split_first_chunk::<DESCRIPTOR>()).ok_or(BreachedError::Damaged)?;
        let mut aligned = vec![0; fingerprints.len() + BinaryFuse16Ref::FINGERPRINT_ALIGNMENT];
        let start = aligned.as_ptr().align_offset(BinaryFuse16Ref::FINGERPRINT_ALIGNMENT);
        let place = aligned.get_mut(start..start + fingerprints.len()).ok_or(BreachedError::Damaged)?;
        place.copy_from_slice(fingerprints);
        aligned.truncate(start + fingerprints.len());
        Ok(Self { fingerprints: aligned, start, descriptor: *descriptor })
    }

    /// Whether the list has a password, as it is typed or in its normal form.
    #[must_use]
    pub fn has(&self, password: &str) -> bool {
        let filter = BinaryFuse16Ref::from_dma(&self.descriptor, &self.fingerprints[self.start..]);
        let found = |text: &str| key(&Sha1::digest(text.as_bytes())).is_some_and(|key| filter.contains(&key));
        found(password) || found(&normalised(password))
    }
}

/// Builds a filter from a list: a line for each password, its SHA-1 hash in hexadecimal digits and, behind a colon, how often it was seen;
/// those that were seen less often than `least` are left out. Answers how many went in. Takes about 40 bytes of memory for each.
///
/// # Errors
/// When a line is none, or nothing is left.
pub fn build(list: impl BufRead, mut filter: impl Write, least: u64) -> Result<usize, BreachedError> {
    let mut keys = Vec::new();
    for (number, line) in (1..).zip(list.lines()) {
        let line = line?;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (hash, count) = line.split_once(':').unwrap_or((line, ""));
        let digits = Some(hash).filter(|hash| hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let first = digits.and_then(|hash| u64::from_str_radix(hash.get(..16)?, 16).ok());
        let seen = if count.is_empty() { Some(u64::MAX) } else { count.trim().parse::<u64>().ok() };
        let (Some(key), Some(seen)) = (first, seen) else { return Err(BreachedError::Line(number)) };
        if seen >= least {
            keys.push(key);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Err(BreachedError::Empty);
    }
    let count = keys.len();
    let built = BinaryFuse16::try_from(keys).map_err(BreachedError::Build)?;
    let mut content = Vec::with_capacity(MAGIC.len() + DESCRIPTOR + built.dma_fingerprints().len());
    content.extend_from_slice(MAGIC);
    let mut descriptor = [0; DESCRIPTOR];
    built.dma_copy_descriptor_to(&mut descriptor);
    content.extend_from_slice(&descriptor);
    content.extend_from_slice(built.dma_fingerprints());
    filter.write_all(&content)?;
    filter.write_all(&Sha256::digest(&content))?;
    filter.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(passwords: &[(&str, u64)]) -> String {
        let hex =
            |text: &str| Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        passwords.iter().map(|(password, seen)| format!("{}:{seen}\r\n", hex(password))).collect()
    }

    #[test]
    fn what_is_on_the_list_is_found_and_nearly_nothing_else() {
        let many: Vec<_> = (0..5_000).map(|number| format!("stolen password {number}")).collect();
        let rows: Vec<_> = many
            .iter()
            .map(|password| (password.as_str(), 3))
            .chain([("Größe und Élan", 9), ("rare one", 1)])
            .collect();
        let mut file = Vec::new();
        assert_eq!(build(list(&rows).as_bytes(), &mut file, 2).unwrap(), 5_001);
        let breached = Breached::read(&*file).unwrap();
        assert!(many.iter().all(|password| breached.has(password)));
        assert!(breached.has("Gro\u{308}ße\u{a0}und E\u{301}lan"), "in another spelling");
        assert!(!breached.has("rare one"), "seen too seldom");
        let wrong = (0..20_000).filter(|number| breached.has(&format!("some other password {number}"))).count();
        assert!(wrong <= 3, "{wrong} of 20,000");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let mut file = Vec::new();
        build(list(&[("one", 1), ("two", 1)]).as_bytes(), &mut file, 1).unwrap();
        assert!(Breached::read(&*file).is_ok());
        for place in [0, 20, file.len() / 2, file.len() - 1] {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(Breached::read(&*changed).is_err(), "{place}");
        }
        for length in [0, 10, 40, file.len() - 1] {
            assert!(Breached::read(&file[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_list_that_is_none_says_where() {
        let build = |text: &str| build(text.as_bytes(), Vec::new(), 1).unwrap_err().to_string();
        assert!(build(&format!("{}nonsense\n", list(&[("one", 1)]))).starts_with("line 2 is no SHA-1 hash"));
        assert!(build(&format!("{}:many\n", "0".repeat(40))).starts_with("line 1"));
        assert!(build("\u{e9}".repeat(20).as_str()).starts_with("line 1"));
        assert!(build("\n\n").contains("no password"));
    }
}

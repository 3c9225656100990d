//! The account's logo: a PNG of modest size, known by the hash of its bytes.

use serde::{Deserialize, Serialize};

/// Maximum number of bytes of a logo.
pub const MAX_BYTES: usize = 256 * 1024;
/// Maximum number of pixels along a side.
pub const MAX_SIDE: u32 = 2_000;

/// A logo, by the SHA-256 of its bytes, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogoHash(pub String);

impl LogoHash {
    /// Where browsers find it. The hash is in the address, so that it may be kept for good.
    #[must_use]
    pub fn href(&self, slug: &str) -> String {
        format!("/brand/{slug}/{}.png", self.0)
    }
}

/// Not a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLogo {
    /// Something else than a PNG.
    #[error("The logo must be a PNG file.")]
    NoPng,
    /// Over [`MAX_BYTES`].
    #[error("The logo must be smaller than 256 KB.")]
    TooLarge,
    /// Over [`MAX_SIDE`], or without any size.
    #[error("The logo must measure at most {MAX_SIDE} pixels along each side.")]
    TooWide,
}

/// Judges a file by its first bytes (PNG, third edition, 5.2 and 11.2.1): width and height.
///
/// # Errors
/// Why it is none.
pub fn measure(bytes: &[u8]) -> Result<(u32, u32), BadLogo> {
    if bytes.len() > MAX_BYTES {
        return Err(BadLogo::TooLarge);
    }
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").ok_or(BadLogo::NoPng)?;
    let side = |at: usize| {
        header.get(at..at + 4).and_then(|part| part.try_into().ok()).map(u32::from_be_bytes).ok_or(BadLogo::NoPng)
    };
    let (width, height) = (side(0)?, side(4)?);
    if (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) {
        Ok((width, height))
    } else {
        Err(BadLogo::TooWide)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_png_is_measured_by_its_head() {
        let png = |width: u32, height: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes
        };
        assert_eq!(measure(&png(120, 40)), Ok((120, 40)));
        assert_eq!(measure(&png(120, 2_001)), Err(BadLogo::TooWide));
        assert_eq!(measure(&png(0, 1)), Err(BadLogo::TooWide));
        assert_eq!(measure(b"<svg/>"), Err(BadLogo::NoPng));
        assert_eq!(measure(&vec![0; MAX_BYTES + 1]), Err(BadLogo::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = measure(&bytes);
        }
    }
}

//! Bytes as hexadecimal digits.

/// Two digits a byte, in lower case.
#[must_use]
pub fn write(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a text of digits, two a byte, in either case; none for any other text.
#[must_use]
pub fn read(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(write(&[0, 15, 255]), "000fff");
        assert_eq!(read("000fFF"), Some(vec![0, 15, 255]));
        assert_eq!(read(""), Some(Vec::new()));
        for wrong in ["0", "0g", "+1", "é", " 1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

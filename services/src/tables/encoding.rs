//! How a file's bytes are text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The encoding of that label, if it is one of [`domain::tables::ENCODINGS`]. Labels are those of the WHATWG Encoding Standard,
/// in any case, so that `latin1` and `cp1252` are Windows-1252.
#[must_use]
pub fn known_encoding(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes())?;
    domain::tables::ENCODINGS.iter().any(|(name, _)| *name == encoding.name()).then_some(encoding)
}

/// Watches a file go by and says how it is encoded.
pub struct Sniffer {
    detector: EncodingDetector,
    begin: Vec<u8>,
    /// How what came before the detector was needed ends; none once it is at work. Most files are UTF-8 and never need it.
    before: Option<Vec<u8>>,
    /// Bytes of a character that the last piece cut.
    cut: Vec<u8>,
    /// Characters beyond ASCII that are well-formed UTF-8, and bytes that are not.
    utf8: (u64, u64),
}

/// The detector wants to know what stands before a letter, not what stands a page before it.
const BEFORE: usize = 64;

impl Default for Sniffer {
    fn default() -> Self {
        let detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        Self { detector, begin: Vec::new(), before: Some(Vec::new()), cut: Vec::new(), utf8: (0, 0) }
    }
}

impl Sniffer {
    /// Takes the next piece of the file.
    pub fn feed(&mut self, piece: &[u8]) {
        if self.begin.len() < 4_096 {
            let more = piece.len().min(4_096 - self.begin.len());
            self.begin.extend_from_slice(&piece[..more]);
        }
        self.count(piece);
        if self.utf8.1 == 0 {
            if let Some(before) = &mut self.before {
                before.extend_from_slice(&piece[piece.len().saturating_sub(BEFORE)..]);
                before.drain(..before.len().saturating_sub(BEFORE));
            }
            return;
        }
        self.wake();
        self.detector.feed(piece, false);
    }

    /// Puts the detector to work.
    fn wake(&mut self) {
        if let Some(before) = self.before.take() {
            self.detector.feed(&before, false);
        }
    }

    /// Counts what is well-formed UTF-8 and what is not.
    fn count(&mut self, piece: &[u8]) {
        if piece.is_ascii() && self.cut.is_empty() {
            return;
        }
        let joined = [&self.cut, piece].concat();
        self.cut.clear();
        let mut rest = joined.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.utf8.0 += beyond_ascii(text);
                    return;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.utf8.0 += std::str::from_utf8(good).map_or(0, beyond_ascii);
                    let Some(length) = error.error_len() else {
                        bad.clone_into(&mut self.cut);
                        return;
                    };
                    self.utf8.1 += length as u64;
                    rest = &bad[length..];
                }
            }
        }
    }

    /// The encoding, once all of the file was seen.
    ///
    /// A byte order mark decides. Without one, bytes of which every other is zero are UTF-16. What is UTF-8 but for a few slips
    /// is UTF-8: the rows with the slips are rejected, not all the others read wrong.
    #[must_use]
    pub fn finish(mut self) -> &'static Encoding {
        if let Some((encoding, _)) = Encoding::for_bom(&self.begin) {
            return encoding;
        }
        if let Some(encoding) = utf16_without_mark(&self.begin) {
            return encoding;
        }
        let (good, bad) = (self.utf8.0, self.utf8.1 + self.cut.len() as u64);
        if bad == 0 || good > 10 * bad {
            return UTF_8;
        }
        // Files whose lines end in CR alone are those that spreadsheets call “Macintosh”, encoding included.
        if self.begin.contains(&b'\r') && !self.begin.contains(&b'\n') {
            return MACINTOSH;
        }
        self.wake();
        self.detector.feed(b"", true);
        let guess = self.detector.guess(None, Utf8Detection::Deny);
        known_encoding(guess.name()).unwrap_or(WINDOWS_1252)
    }
}

fn beyond_ascii(text: &str) -> u64 {
    text.chars().filter(|c| !c.is_ascii()).count() as u64
}

fn utf16_without_mark(begin: &[u8]) -> Option<&'static Encoding> {
    let pairs = begin.len() / 2;
    let zeros = |offset: usize| begin.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match () {
        () if pairs >= 2 && odd * 2 > pairs && even * 10 < odd => Some(UTF_16LE),
        () if pairs >= 2 && even * 2 > pairs && odd * 10 < even => Some(UTF_16BE),
        () => None,
    }
}

/// The byte order mark that files of an encoding begin with, here at least those that had none before: spreadsheets know UTF-8
/// by it.
#[must_use]
pub(super) fn mark(encoding: &'static Encoding) -> &'static [u8] {
    match () {
        () if encoding == UTF_8 => b"\xef\xbb\xbf",
        () if encoding == UTF_16LE => b"\xff\xfe",
        () if encoding == UTF_16BE => b"\xfe\xff",
        () => b"",
    }
}

/// Whether text of an encoding is split into cells after it was decoded: two bytes of UTF-16 are one sign, while in all the
/// others separators, quotation marks and line breaks are the bytes of ASCII.
pub(super) fn is_wide(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// A text in an encoding; `?` stands for what it cannot say.
#[must_use]
pub(super) fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    if is_wide(encoding) {
        let bytes = |unit: u16| if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
        return text.encode_utf16().flat_map(bytes).collect();
    }
    let mut encoder = encoding.new_encoder();
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).unwrap_or(text.len() * 4);
    let mut bytes = Vec::with_capacity(most);
    let mut rest = text;
    loop {
        bytes.reserve(rest.len() * 4 + 16);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            encoding_rs::EncoderResult::Unmappable(_) => bytes.push(b'?'),
            encoding_rs::EncoderResult::OutputFull => {}
            encoding_rs::EncoderResult::InputEmpty => return bytes,
        }
    }
}

/// The text of a cell; none when its bytes are none in that encoding. Cells of wide encodings were decoded before.
pub(super) fn decode<'a>(cell: &'a [u8], encoding: &'static Encoding) -> Option<Cow<'a, str>> {
    if encoding == UTF_8 || is_wide(encoding) {
        return std::str::from_utf8(cell).ok().map(Cow::Borrowed);
    }
    encoding.decode_without_bom_handling_and_without_replacement(cell)
}

/// UTF-16 as UTF-8. What is no text becomes a byte that UTF-8 does not have, so that its cell is none.
pub(super) fn narrow(bytes: &[u8], encoding: &'static Encoding, is_last: bool) -> Vec<u8> {
    let unit = |pair: [u8; 2]| if encoding == UTF_16LE { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    if !is_last && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
        // Its other half is in the next window.
        units.pop();
    }
    let mut text = Vec::with_capacity(units.len() + units.len() / 8);
    for read in char::decode_utf16(units) {
        match read {
            Ok(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(_) => text.push(0xff),
        }
    }
    text
}

/// How many bytes of UTF-16 a text that [`narrow`] made was.
pub(super) fn widened(text: &[u8]) -> usize {
    text.iter()
        .map(|byte| match byte {
            0x80..=0xbf => 0,
            0xf0..=0xf7 => 4,
            _ => 2,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(bytes: &[u8], piece: usize) -> &'static str {
        let mut sniffer = Sniffer::default();
        bytes.chunks(piece).for_each(|piece| sniffer.feed(piece));
        sniffer.finish().name()
    }

    const TEXTS: [(&str, &str); 6] = [
        ("windows-1252", "Name;Ort\r\nJürgen Groß;Köln\r\nRené Français;Orléans\r\nJörg Müller;Düsseldorf\r\n"),
        (
            "windows-1250",
            "Imię;Miasto\r\nŁukasz Wiśniewski;Łódź\r\nZażółć Gęślą;Kraków\r\nMałgorzata Dąbrowska;Gdańsk\r\n",
        ),
        ("windows-1251", "Имя;Город\r\nАлексей Петров;Москва\r\nОльга Иванова;Новосибирск\r\n"),
        ("windows-1253", "Όνομα;Πόλη\r\nΓιώργος Παπαδόπουλος;Αθήνα\r\nΕλένη Νικολάου;Θεσσαλονίκη\r\n"),
        ("Shift_JIS", "名前;市\r\n山田太郎;東京都\r\n佐藤花子;大阪府\r\n鈴木一郎;名古屋市\r\n"),
        ("GBK", "姓名;城市\r\n王伟;北京市\r\n李娜;上海市\r\n张敏;广州市\r\n陈静;深圳市\r\n"),
    ];

    #[test]
    fn encodings_are_recognised_through_pieces_of_any_size() {
        for (name, text) in TEXTS {
            let bytes = encode(text, known_encoding(name).unwrap());
            for piece in [1, 7, 4_096] {
                assert_eq!(sniffed(&bytes, piece), name, "{text}");
                assert_eq!(sniffed(text.as_bytes(), piece), "UTF-8", "{text}");
                for wide in [UTF_16LE, UTF_16BE] {
                    let bytes = encode("Name;Ort\r\nJürgen;Köln\r\n", wide);
                    assert_eq!(sniffed(&bytes, piece), wide.name());
                    assert_eq!(sniffed(&[mark(wide), &encode(text, wide)].concat(), piece), wide.name());
                }
            }
        }
        assert_eq!(sniffed(b"Name;Ville\rRen\x8e;N\x94mes\r", 5), "macintosh");
        assert_eq!(sniffed(b"plain,ascii\n", 5), "UTF-8");
        assert_eq!(sniffed(b"", 5), "UTF-8");
    }

    #[test]
    fn a_slip_does_not_change_the_encoding_of_all_the_rest() {
        let mut bytes = "Jürgen;Köln\n".repeat(50).into_bytes();
        bytes.extend_from_slice(b"Gro\xdf;Bonn\n");
        assert_eq!(sniffed(&bytes, 100), "UTF-8");
    }

    #[test]
    fn what_cannot_be_encoded_is_a_question_mark() {
        assert_eq!(encode("ał–b", WINDOWS_1252), b"a?\x96b");
        assert_eq!(encode("ä", UTF_16BE), [0, 0xe4]);
    }

    #[test]
    fn utf_16_there_and_back() {
        let text = "aä€😀\u{feff}x";
        for encoding in [UTF_16LE, UTF_16BE] {
            let bytes = encode(text, encoding);
            assert_eq!(narrow(&bytes, encoding, true), text.as_bytes());
            assert_eq!(widened(text.as_bytes()), bytes.len());
        }
        assert_eq!(narrow(&[0x3d, 0xd8, b'a', 0], UTF_16LE, true), [0xff, b'a']);
        assert_eq!(narrow(&[b'a', 0, 0x3d, 0xd8], UTF_16LE, false), b"a");
        assert_eq!(widened(&[0xff, b'a']), 4);
    }

    #[test]
    fn labels_are_those_of_the_standard() {
        for (name, _) in domain::tables::ENCODINGS {
            assert_eq!(known_encoding(name).unwrap().name(), name);
        }
        assert_eq!(known_encoding("latin1").unwrap().name(), "windows-1252");
        assert_eq!(known_encoding(" cp1252 ").unwrap().name(), "windows-1252");
        assert!(known_encoding("klingon").is_none() && known_encoding("utf-7").is_none());
    }
}

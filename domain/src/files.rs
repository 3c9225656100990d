//! Files that people attach to a lead, such as evidence for a return.

use serde::{Deserialize, Serialize};

use crate::{ids::FileId, leads::NoteAuthor, time::LocalTime};

text_enum! {
    /// What a file's content is, whatever its name says.
    FileKind {
        /// PDF (ISO 32000).
        Pdf = "pdf",
        /// PNG image.
        Png = "png",
        /// JPEG image.
        Jpeg = "jpeg",
        /// WebP image.
        Webp = "webp",
        /// WAVE recording.
        Wav = "wav",
        /// MP3 recording.
        Mp3 = "mp3",
        /// Ogg recording.
        Ogg = "ogg",
        /// MPEG-4 recording.
        M4a = "m4a",
        /// Text in UTF-8, mails among it.
        Text = "text",
    }
}

impl FileKind {
    /// What can be attached, for people.
    pub const KINDS: &'static str = "PDF, PNG, JPEG, WebP, WAV, MP3, OGG, M4A or plain text";
    /// The same for a form's file field.
    pub const ACCEPT: &'static str = ".pdf,.png,.jpg,.jpeg,.webp,.wav,.mp3,.ogg,.m4a,.txt,.eml";

    /// Finds out by how the content begins; nothing for what cannot be attached.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        let riff = |kind: &[u8]| content.starts_with(b"RIFF") && content.get(8..12) == Some(kind);
        let sync = |second: u8| second & 0xe0 == 0xe0 && second & 0x18 != 0x08 && second & 0x06 == 0x02;
        Some(match content {
            _ if content.starts_with(b"%PDF-") => Self::Pdf,
            _ if content.starts_with(b"\x89PNG\r\n\x1a\n") => Self::Png,
            _ if content.starts_with(b"\xff\xd8\xff") => Self::Jpeg,
            _ if riff(b"WEBP") => Self::Webp,
            _ if riff(b"WAVE") => Self::Wav,
            _ if content.starts_with(b"OggS") => Self::Ogg,
            _ if content.get(4..8) == Some(b"ftyp") => Self::M4a,
            _ if content.starts_with(b"ID3") => Self::Mp3,
            [0xff, second, ..] if sync(*second) => Self::Mp3,
            _ if Self::is_text(content) => Self::Text,
            _ => return None,
        })
    }

    fn is_text(content: &[u8]) -> bool {
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
        !content.is_empty() && std::str::from_utf8(content).is_ok_and(|text| !text.contains(control))
    }

    /// The media type (RFC 6838).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
            Self::M4a => "audio/mp4",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// The ending that names of such files have.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Text => "txt",
            other => other.as_str(),
        }
    }
}

/// Maximum number of bytes of a file.
pub const MAX_FILE: usize = 10 * 1024 * 1024;
/// The most files that one side attaches to a lead.
pub const MOST_FILES: u64 = 10;

text_enum! {
    /// Why a file is not attached.
    FileFault {
        /// There is none, or nothing in it.
        Empty = "empty",
        /// It is larger than [`MAX_FILE`].
        Large = "large",
        /// It is none of the kinds there are.
        Kind = "kind",
        /// The side has attached [`MOST_FILES`] already.
        Many = "many",
    }
}

impl FileFault {
    /// One sentence for whoever sent it.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::Empty => "Choose a file first; an empty one is none.".to_owned(),
            Self::Large => format!("Choose a file of at most {} MB.", MAX_FILE / 1_024 / 1_024),
            Self::Kind => format!("Choose a file of one of these kinds: {}.", FileKind::KINDS),
            Self::Many => format!("A lead has at most {MOST_FILES} files of each side."),
        }
    }
}

/// A file that is attached to a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFile {
    /// Its id.
    pub id: FileId,
    /// Which side attached it.
    pub author: NoteAuthor,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// How many bytes it has.
    pub size: u64,
    /// Who attached it, and when.
    pub by: (String, LocalTime),
}

impl LeadFile {
    /// The name under which it is saved: letters, digits, `-` and `_`, with the ending of what it is.
    #[must_use]
    pub fn download_name(&self) -> String {
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        let kept: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(80).collect();
        let kept = kept.trim_matches('-');
        format!("{}.{}", if kept.is_empty() { "file" } else { kept }, self.kind.ending())
    }

    /// How large it is, for people.
    #[must_use]
    pub fn size_in_words(&self) -> String {
        match self.size {
            size @ 0..1_000 => format!("{size} bytes"),
            size @ 1_000..1_000_000 => format!("{} KB", size.div_ceil(1_000)),
            size => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
        }
    }
}

/// A file's name as it is shown: its last part, without what no name needs.
#[must_use]
pub fn shown_name(given: &str, otherwise: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if name.trim().is_empty() { otherwise.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_what_a_file_is() {
        for (content, kind) in [
            (&b"%PDF-1.7"[..], Some(FileKind::Pdf)),
            (b"\x89PNG\r\n\x1a\nrest", Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0", Some(FileKind::Jpeg)),
            (b"RIFF\0\0\0\0WEBP", Some(FileKind::Webp)),
            (b"RIFF\0\0\0\0WAVE", Some(FileKind::Wav)),
            (b"RIFF\0\0\0\0AVI ", None),
            (b"ID3\x04", Some(FileKind::Mp3)),
            (b"\xff\xfb\x90", Some(FileKind::Mp3)),
            (b"\0\0\0\x20ftypM4A ", Some(FileKind::M4a)),
            ("Grüße,\r\nAda".as_bytes(), Some(FileKind::Text)),
            (b"MZ\x90\0", None),
            (b"PK\x03\x04", None),
            (b"\x7fELF", None),
            (b"", None),
        ] {
            assert_eq!(FileKind::of(content), kind, "{content:?}");
        }
    }

    #[test]
    fn a_name_takes_no_liberties() {
        let file = |name: &str| LeadFile {
            id: FileId(uuid::Uuid::nil()),
            author: NoteAuthor::Partner,
            name: name.into(),
            kind: FileKind::Jpeg,
            size: 1_234_567,
            by: (String::new(), LocalTime::new(chrono::DateTime::UNIX_EPOCH, 0)),
        };
        assert_eq!(file("call log (2).png").download_name(), "call-log--2.jpg");
        assert_eq!(file("\"; filename=x.exe").download_name(), "filename-x.jpg");
        assert_eq!(file("…").download_name(), "file.jpg");
        assert_eq!(file("a").size_in_words(), "1.2 MB");
        assert_eq!(shown_name("C:\\Users\\ada\\proof.pdf", "file"), "proof.pdf");
        assert_eq!(shown_name("\n", "file"), "file");
    }
}

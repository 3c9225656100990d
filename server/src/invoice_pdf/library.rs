//! The fonts of this machine: for the scripts that the built-in typeface lacks.
//!
//! The folders are looked through once. Of each file no more is read than what it has glyphs for; the font itself is read
//! when it is first drawn with.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{LazyLock, OnceLock},
};

use rustybuzz::ttf_parser::{self, Permissions, cmap, name, os2};
use unicode_script::Script;

use super::{face::Face, style::Weight};

/// A font's file is larger than its glyphs' outlines, but not by such measures.
const MAX_FILE: u64 = 64 << 20;
/// No folder of fonts is deeper; a link that leads in circles is.
const MAX_DEPTH: usize = 8;
/// A collection of fonts has some ten.
const MAX_FACES: u32 = 64;
/// Fonts that have a box, or nothing, for every character there is.
const PLACEHOLDERS: [&str; 4] = ["LastResort", "Last Resort", "Adobe Blank", "Adobe NotDef"];

static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::of(FOLDERS.get().unwrap_or(&standard_folders())));

/// Where systems keep their fonts.
pub(super) fn standard_folders() -> Vec<PathBuf> {
    let own = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share/fonts"));
    ["/usr/local/share/fonts", "/usr/share/fonts"].map(PathBuf::from).into_iter().chain(own).collect()
}

/// Says where fonts are looked for. It has to be said before the first of them is drawn with.
pub(super) fn look_in(folders: &[PathBuf]) {
    // Only the first call of a process counts: what was drawn with some fonts is not drawn with others a moment later.
    let _ = FOLDERS.set(folders.to_vec());
}

/// The fonts that were found, the one that is to be preferred first.
pub(super) struct Library {
    fonts: Vec<Found>,
}

/// A font's place, and what is known of it without reading it whole.
struct Found {
    /// How well it goes with the built-in typeface, 0 best.
    rank: u8,
    family: String,
    path: PathBuf,
    index: u32,
    weight: Weight,
    /// Characters that it has glyphs for, as ranges in their order.
    coverage: Vec<(u32, u32)>,
    face: OnceLock<Option<Face>>,
}

impl Library {
    /// Those of this machine, looked for when first asked for.
    pub(super) fn get() -> &'static Self {
        &LIBRARY
    }

    /// How many fonts there are.
    pub(super) fn len(&self) -> usize {
        self.fonts.len()
    }

    /// Those in some folders.
    pub(super) fn of(folders: &[PathBuf]) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            gather(folder, MAX_DEPTH, &mut files);
        }
        let mut fonts: Vec<Found> = files.iter().flat_map(|path| read_file(path).unwrap_or_default()).collect();
        // Folders are listed in any order; the same fonts have to be preferred in every process.
        fonts.sort_by(|a, b| (a.rank, &a.family, &a.path, a.index).cmp(&(b.rank, &b.family, &b.path, b.index)));
        Self { fonts }
    }

    /// The font that draws all these characters, if there is one: of the weight where possible, and of the language's own
    /// shapes where a family of fonts has several.
    pub(super) fn face_for(
        &'static self,
        weight: Weight,
        script: Option<Script>,
        language: &str,
        text: &str,
    ) -> Option<&'static Face> {
        let fits = |found: &&'static Found| text.chars().all(|c| super::script::is_ignorable(c) || found.has(c));
        let mut fitting: Vec<&'static Found> = self.fonts.iter().filter(fits).collect();
        // A stable sort: within each kind they stay in order of preference.
        fitting.sort_by_key(|found| {
            let other = found.is_for_another_language(language);
            (found.rank, other, found.weight != weight)
        });
        fitting.into_iter().filter_map(Found::face).find(|face| script.is_none_or(|script| face.can_set(script)))
    }
}

impl Found {
    fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        let after = self.coverage.partition_point(|&(first, _)| first <= code);
        after.checked_sub(1).and_then(|index| self.coverage.get(index)).is_some_and(|&(_, last)| code <= last)
    }

    fn is_for_another_language(&self, language: &str) -> bool {
        let named = self.family.rsplit(' ').next().filter(|word| ["JP", "KR", "SC", "TC", "HK"].contains(word));
        named.is_some_and(|named| named != language)
    }

    fn face(&'static self) -> Option<&'static Face> {
        let read = || {
            let file = std::fs::read(&self.path)
                .inspect_err(|error| tracing::warn!("the font {} cannot be read: {error}", self.path.display()))
                .ok()?;
            // It is kept as long as the process lives, as the library is.
            let face = Face::read(&self.family, Box::leak(file.into_boxed_slice()), self.index);
            // A font that no part can be taken from is no reason to owe an invoice.
            let face = face.filter(|face| face.embed(&BTreeSet::new(), std::iter::once(1)).is_ok());
            if face.is_none() {
                tracing::warn!("the font {} cannot be used", self.path.display());
            }
            face
        };
        self.face.get_or_init(read).as_ref()
    }
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    // A folder that is not there, or not for us, has no fonts for us.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        if ["ttf", "otf", "ttc", "otc"].contains(&ending.as_str()) {
            files.push(path);
        } else if path.is_dir() {
            gather(&path, deeper, files);
        }
    }
}

/// The fonts of a file that can be drawn with; none where it is no font at all.
fn read_file(path: &Path) -> io::Result<Vec<Found>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > MAX_FILE {
        return Ok(Vec::new());
    }
    let starts = match number(&mut file, 0)?.to_be_bytes() {
        [b't', b't', b'c', b'f'] => {
            let count = number(&mut file, 8)?.min(MAX_FACES);
            (0..count).map(|face| number(&mut file, 12 + 4 * u64::from(face))).collect::<io::Result<Vec<u32>>>()?
        }
        _ => vec![0],
    };
    let mut found = Vec::new();
    for (start, index) in starts.into_iter().zip(0..) {
        found.extend(read_face(&mut file, start, path, index)?);
    }
    Ok(found)
}

fn read_face(file: &mut File, start: u32, path: &Path, index: u32) -> io::Result<Option<Found>> {
    let head = bytes(file, start.into(), 12)?;
    let count = u16::from_be_bytes([head[4], head[5]]);
    let directory = bytes(file, u64::from(start) + 12, 16 * usize::from(count))?;
    let table = |tag: &[u8; 4]| {
        let entry = directory.chunks_exact(16).find(|entry| entry.starts_with(tag))?;
        let field = |at: usize| Some(u32::from_be_bytes(entry.get(at..at + 4)?.try_into().ok()?));
        Some((field(8)?, field(12)?))
    };
    // Without outlines there are pictures only, as in fonts of coloured emoji.
    if table(b"glyf").or_else(|| table(b"CFF ")).is_none() {
        return Ok(None);
    }
    let (Some(os2), Some(name), Some(cmap)) = (table(b"OS/2"), table(b"name"), table(b"cmap")) else {
        return Ok(None);
    };
    let mut read = |(offset, length): (u32, u32)| {
        let length = usize::try_from(u64::from(length).min(MAX_FILE)).unwrap_or_default();
        bytes(file, offset.into(), length)
    };
    let os2 = read(os2)?;
    let Some(weight) = weight(&os2) else { return Ok(None) };
    let name = read(name)?;
    let Some(family) = family(&name) else { return Ok(None) };
    let cmap = read(cmap)?;
    let coverage = cmap::Table::parse(&cmap).map(coverage).unwrap_or_default();
    let Some(rank) = rank(&family).filter(|_| !coverage.is_empty()) else { return Ok(None) };
    Ok(Some(Found { rank, family, path: path.to_owned(), index, weight, coverage, face: OnceLock::new() }))
}

/// Upright fonts of ordinary width alone, and none whose maker does not let it be embedded in part.
fn weight(os2: &[u8]) -> Option<Weight> {
    let table = os2::Table::parse(os2)?;
    let closed = table.permissions() == Some(Permissions::Restricted)
        || !table.is_subsetting_allowed()
        || !table.is_outline_embedding_allowed();
    if closed || table.style() != ttf_parser::Style::Normal || table.width() != ttf_parser::Width::Normal {
        return None;
    }
    match table.weight().to_number() {
        350..=500 => Some(Weight::Regular),
        600..=750 => Some(Weight::Bold),
        _ => None,
    }
}

fn family(table: &[u8]) -> Option<String> {
    let names = name::Table::parse(table)?.names;
    let of = |id: u16| {
        let named = || names.into_iter().filter(move |name| name.name_id == id);
        let english = named().filter(|name| name.language() == ttf_parser::Language::English_UnitedStates);
        english.chain(named()).find_map(|name| name.to_string())
    };
    // A family of more than four styles has its name in a place of its own.
    of(name::name_id::TYPOGRAPHIC_FAMILY).or_else(|| of(name::name_id::FAMILY))
}

/// How well a family goes with Noto Sans; none where it only stands for others.
fn rank(family: &str) -> Option<u8> {
    if PLACEHOLDERS.iter().any(|name| family.contains(name)) {
        return None;
    }
    let odd = ["Mono", "UI", "Display", "Unifont", "Looped"].iter().any(|word| family.contains(word));
    Some(match family {
        _ if odd => 4,
        _ if family.starts_with("Noto Sans") => 0,
        _ if family.starts_with("Noto ") || family.starts_with("Droid Sans") => 1,
        _ if family.contains("Sans") || family.contains("Hei") => 2,
        _ => 3,
    })
}

fn coverage(cmap: cmap::Table<'_>) -> Vec<(u32, u32)> {
    let mut codes = Vec::new();
    let tables = || cmap.subtables.into_iter().filter(cmap::Subtable::is_unicode);
    // Where there are several, the one that has characters beyond the first 65,536 has the others as well.
    let full = tables().find(|table| matches!(table.format, cmap::Format::SegmentedCoverage(_)));
    if let Some(table) = full.or_else(|| tables().find(|table| table.glyph_index(u32::from(' ')).is_some())) {
        table.codepoints(|code| codes.extend(table.glyph_index(code).filter(|glyph| glyph.0 != 0).map(|_| code)));
    }
    codes.sort_unstable();
    codes.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in codes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges
}

fn number(file: &mut File, at: u64) -> io::Result<u32> {
    let mut four = [0; 4];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut four)?;
    Ok(u32::from_be_bytes(four))
}

fn bytes(file: &mut File, at: u64, count: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(u64::try_from(count).unwrap_or_default()).read_to_end(&mut bytes)?;
    if bytes.len() < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

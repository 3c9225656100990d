//! `partner-portal import-leads`: a CSV file becomes a partner's leads.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    rc::Rc,
};

use clap::Args;
use csv::{ByteRecord, ReaderBuilder, Writer};
use domain::{
    audit::{AuditAction, AuditResult},
    lead_import::{CellError, Defaults, Mapping},
    leads::{LeadStatus, NewLead},
};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use store::{
    Db, StoreError,
    accounts::{self, Account},
    audit::{self, Actor, Event},
    leads::{self, Inserted},
    partners::{self, NamedPartner},
};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Leads stored in one transaction.
const BATCH: usize = 2_000;

/// What to load, and for whom.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The CSV file: UTF-8, columns separated by comma, semicolon or tab.
    file: PathBuf,
    /// The partner's name.
    #[arg(long)]
    partner: String,
    /// The account's slug; needed only when there are several accounts.
    #[arg(long)]
    account: Option<String>,
    /// Only check: store nothing, but write the reject file.
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go; by default beside the file, as NAME.rejected.csv.
    #[arg(long)]
    rejects: Option<PathBuf>,
}

/// How far an import has come.
#[derive(Debug, Default)]
struct Tally {
    good: u64,
    stored: Inserted,
    rejected: u64,
}

/// Loads the file. Answers how many rows were rejected.
pub(crate) async fn run(db: &Db, args: &ImportArgs) -> Result<u64, AnyError> {
    let account = accounts::find(db, args.account.as_deref()).await?.ok_or(match &args.account {
        Some(slug) => format!("there is no account {slug:?}"),
        None => "name the account with --account: there is not exactly one".to_owned(),
    })?;
    let partner = partners::find_by_name(db, account.id, &args.partner)
        .await?
        .ok_or_else(|| format!("the account {} has no partner {:?}", account.slug, args.partner))?;
    let mut source = Source::open(&args.file)?;
    let path = args.rejects.clone().unwrap_or_else(|| beside(&args.file));
    if path.canonicalize().is_ok_and(|path| args.file.canonicalize().is_ok_and(|file| file == path)) {
        return Err("--rejects names the file that is being read; choose another name".into());
    }
    let mut rejects = Rejects::new(path, args.rejects.is_none(), source.header.clone());
    let defaults = Defaults { zone: account.zone, currency: account.currency, now: db.now() };
    let mut tally = Tally::default();
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = source.next() {
        match row.and_then(|row| source.lead(&row, &defaults).map_err(|errors| Box::new((row, errors)))) {
            Ok(lead) => batch.push((lead, LeadStatus::New)),
            Err(rejected) => {
                tally.rejected += 1;
                rejects.write(source.line(&rejected.0), &rejected.0, &rejected.1)?;
            }
        }
        if batch.len() == BATCH {
            store(db, args, &account, &partner, &mut batch, &mut tally).await?;
            source.progress.set_message(format!("{} good, {} rejected", tally.good, tally.rejected));
        }
    }
    store(db, args, &account, &partner, &mut batch, &mut tally).await?;
    source.progress.finish_and_clear();
    rejects.finish()?;
    if !args.dry_run {
        note(db, &account, &partner, &args.file, &tally).await?;
        db.optimize().await?;
    }
    report(args, &partner, &tally, &rejects.path);
    Ok(tally.rejected)
}

async fn store(
    db: &Db,
    args: &ImportArgs,
    account: &Account,
    partner: &NamedPartner,
    batch: &mut Vec<(NewLead, LeadStatus)>,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    tally.good += batch.len() as u64;
    if !args.dry_run && !batch.is_empty() {
        let mut tx = db.begin_write().await?;
        let stored = leads::insert_by_operator(&mut tx, account.id, partner.id, batch, leads::Push::Nowhere).await?;
        tx.commit().await?;
        tally.stored.added += stored.added;
        tally.stored.known += stored.known;
    }
    batch.clear();
    Ok(())
}

async fn note(
    db: &Db,
    account: &Account,
    partner: &NamedPartner,
    file: &Path,
    tally: &Tally,
) -> Result<(), StoreError> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let event = Event {
        account_id: account.id,
        partner_id: Some(partner.id),
        actor: Actor::System,
        action: AuditAction::LeadsImported,
        object: ("partner", Some(partner.id.0)),
        result: AuditResult::Success,
        address: String::new(),
        detail: serde_json::json!({
            "file": name, "added": tally.stored.added, "known": tally.stored.known, "rejected": tally.rejected,
        }),
        occurred_at: None,
    };
    let mut tx = db.begin_write().await?;
    audit::record(&mut tx, &event);
    tx.commit().await
}

fn report(args: &ImportArgs, partner: &NamedPartner, tally: &Tally, rejects: &Path) {
    if args.dry_run {
        println!(
            "{}: {} rows are good, {} would be rejected. Nothing was stored.",
            partner.name, tally.good, tally.rejected
        );
    } else {
        println!(
            "{}: {} leads added, {} known already, {} rows rejected.",
            partner.name, tally.stored.added, tally.stored.known, tally.rejected
        );
    }
    if tally.rejected > 0 {
        println!("The rejected rows and what is wrong with them: {}", rejects.display());
    }
}

fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    file.with_file_name(format!("{stem}.rejected.csv"))
}

/// Where the lines of a file begin, as an editor counts them. The CSV reader's own count is late by one in files whose
/// lines end in CR LF, and points at the blank lines before a row.
#[derive(Debug)]
struct Lines {
    /// The line of the byte that was asked for last.
    line: u64,
    read: u64,
    /// The line breaks read since, by place; and whether they end a line (LF) or only stand before one that does (CR).
    breaks: VecDeque<(u64, bool)>,
}

impl Lines {
    /// The line of the first byte at or after `byte` that is no line break. Asked for ever later bytes.
    fn at(&mut self, byte: u64) -> u64 {
        let mut start = byte;
        while let Some((place, ends_line)) = self.breaks.front().copied().filter(|(place, _)| *place <= start) {
            start += u64::from(place == start);
            self.line += u64::from(ends_line);
            self.breaks.pop_front();
        }
        self.line
    }
}

/// A reader that notes where lines break.
struct Counted<R> {
    inner: R,
    lines: Rc<RefCell<Lines>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut lines = self.lines.borrow_mut();
        for (place, byte) in buffer[..read].iter().enumerate().filter(|(_, byte)| matches!(byte, b'\n' | b'\r')) {
            let place = lines.read + place as u64;
            lines.breaks.push_back((place, *byte == b'\n'));
        }
        lines.read += read as u64;
        Ok(read)
    }
}

/// The file being read.
struct Source {
    reader: csv::Reader<Counted<indicatif::ProgressBarIter<BufReader<File>>>>,
    lines: Rc<RefCell<Lines>>,
    header: Vec<String>,
    mapping: Mapping,
    progress: ProgressBar,
    ended: bool,
}

/// A row that cannot be a lead, with the reasons.
type RejectedRow = Box<(ByteRecord, Vec<CellError>)>;

impl Source {
    fn open(path: &Path) -> Result<Self, AnyError> {
        let complaint = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", path.display());
        let mut file = File::open(path).map_err(|error| complaint(&error))?;
        let size = file.metadata().map_err(|error| complaint(&error))?.len();
        let delimiter = guess_delimiter(&mut file).map_err(|error| complaint(&error))?;
        let progress = ProgressBar::new(size).with_style(
            ProgressStyle::with_template("{bar:32} {percent:>3}% {bytes}/{total_bytes} {eta} left  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let lines = Rc::new(RefCell::new(Lines { line: 1, read: 0, breaks: VecDeque::new() }));
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(Counted {
                inner: progress.wrap_read(BufReader::with_capacity(1 << 16, file)),
                lines: lines.clone(),
            });
        let header = reader.byte_headers().map_err(|error| complaint(&error))?.clone();
        let header: Vec<String> = header
            .iter()
            .map(|name| std::str::from_utf8(name).map(ToOwned::to_owned))
            .collect::<Result<_, _>>()
            .map_err(|_| complaint(&"its first row is not UTF-8 text; save the file as CSV in UTF-8"))?;
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let mapping = Mapping::guess(&names).map_err(|error| complaint(&error))?;
        Ok(Self { reader, lines, header, mapping, progress, ended: false })
    }

    /// The line on which a row begins.
    fn line(&self, row: &ByteRecord) -> u64 {
        row.position().map_or(0, |position| self.lines.borrow_mut().at(position.byte()))
    }

    /// The next row; an unreadable one comes as a rejected row.
    fn next(&mut self) -> Option<Result<ByteRecord, RejectedRow>> {
        if self.ended {
            return None;
        }
        let mut row = ByteRecord::new();
        match self.reader.read_byte_record(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(error) => {
                let unreadable =
                    CellError { column: None, message: format!("the rest of the file cannot be read: {error}") };
                // An error of the disk would come again for ever: this row is the last.
                self.ended = true;
                Some(Err(Box::new((row, vec![unreadable]))))
            }
        }
    }

    fn lead(&self, row: &ByteRecord, defaults: &Defaults) -> Result<NewLead, Vec<CellError>> {
        let cells: Vec<&[u8]> = row.iter().collect();
        let mut lead = self.mapping.read(&cells, defaults)?;
        if lead.external_id.is_empty() {
            lead.external_id = row_id(&cells);
        }
        Ok(lead)
    }
}

/// A row's own id when the file gives none: the same row always has the same.
fn row_id(cells: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update((cell.len() as u64).to_be_bytes());
        hash.update(cell);
    }
    let digest = hash.finalize();
    digest[..12].iter().fold(String::from("row-"), |mut id, byte| {
        id.push_str(&format!("{byte:02x}"));
        id
    })
}

/// The sign that stands most often in the first line, quotes aside.
fn guess_delimiter(file: &mut File) -> std::io::Result<u8> {
    let mut line = Vec::new();
    BufReader::new(file.by_ref().take(64 * 1024)).read_until(b'\n', &mut line)?;
    file.rewind()?;
    let count = |sign: u8| line.iter().filter(|byte| **byte == sign).count();
    Ok([b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b','))
}

/// The file of rejected rows. It is made when the first row is rejected.
struct Rejects {
    path: PathBuf,
    header: Vec<String>,
    writer: Option<Writer<File>>,
    /// Whether the name is ours, and with it what stands there from an earlier run.
    ours: bool,
}

impl Rejects {
    /// Bytes of a rejected cell that are kept: enough to recognise the row by.
    const KEPT: usize = 1_000;

    fn new(path: PathBuf, ours: bool, header: Vec<String>) -> Self {
        Self { path, header, writer: None, ours }
    }

    fn write(&mut self, line: u64, row: &ByteRecord, errors: &[CellError]) -> Result<(), AnyError> {
        let failed =
            |path: &Path, error: csv::Error| format!("the reject file {} cannot be written: {error}", path.display());
        if self.writer.is_none() {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .terminator(csv::Terminator::CRLF)
                .from_path(&self.path)
                .map_err(|error| failed(&self.path, error))?;
            let names = ["line", "errors"].into_iter().chain(self.header.iter().map(String::as_str));
            writer.write_record(names).map_err(|error| failed(&self.path, error))?;
            self.writer = Some(writer);
        }
        let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let cells = row.iter().map(|cell| String::from_utf8_lossy(&cell[..cell.len().min(Self::KEPT)]).into_owned());
        let record = [line.to_string(), reasons.join("; ")].into_iter().chain(cells);
        if let Some(writer) = &mut self.writer {
            let written = writer.write_record(record.map(|cell| domain::csv::defuse(&cell).into_owned()));
            written.map_err(|error| failed(&self.path, error))?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), AnyError> {
        if self.writer.is_none() && self.ours && self.path.exists() {
            // What an earlier run rejected is not rejected any more.
            std::fs::remove_file(&self.path)
                .map_err(|error| format!("the reject file {} cannot be removed: {error}", self.path.display()))?;
        }
        if let Some(writer) = &mut self.writer {
            writer
                .flush()
                .map_err(|error| format!("the reject file {} cannot be written: {error}", self.path.display()))?;
        }
        Ok(())
    }
}

//! `partner-portal import-leads`: a CSV file becomes a partner's leads.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use clap::Args;
use csv::Writer;
use domain::{
    audit::{AuditAction, AuditResult},
    lead_imports::{Mapping, REJECT_COLUMNS, RejectedRow},
    leads::{Defaults, LeadStatus, NewLead},
};
use indicatif::{ProgressBar, ProgressStyle};
use services::{
    lead_imports::rows::{self, Position, Row},
    record_system,
};
use store::{
    Db, StoreError,
    accounts::{self, Account},
    leads::{self, Inserted},
    partners::{self, NamedPartner},
};

use crate::AnyError;

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
    let mut read = db.reader().await?;
    let account = accounts::find(&mut read, args.account.as_deref()).await?.ok_or(match &args.account {
        Some(slug) => format!("there is no account {slug:?}"),
        None => "name the account with --account: there is not exactly one".to_owned(),
    })?;
    let partner = partners::find_by_name(&mut read, account.id, &args.partner)
        .await?
        .ok_or_else(|| format!("the account {} has no partner {:?}", account.slug, args.partner))?;
    drop(read);
    let mut source = Source::open(&args.file)?;
    let path = args.rejects.clone().unwrap_or_else(|| beside(&args.file));
    if path.canonicalize().is_ok_and(|path| args.file.canonicalize().is_ok_and(|file| file == path)) {
        return Err("--rejects names the file that is being read; choose another name".into());
    }
    let mut rejects = Rejects::new(path, args.rejects.is_none(), source.header.clone());
    let defaults = Defaults { zone: account.zone, currency: account.currency, now: db.now() };
    let mut tally = Tally::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let rows = source.next()?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            match rows::lead(&row, &source.mapping, &defaults) {
                Ok(lead) => batch.push((lead, LeadStatus::New)),
                Err(errors) => {
                    tally.rejected += 1;
                    rejects.write(&rows::reject(&row, errors))?;
                }
            }
        }
        store(db, args, &account, &partner, &mut batch, &mut tally).await?;
        source.progress.set_message(format!("{} good, {} rejected", tally.good, tally.rejected));
    }
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
        let stored = leads::insert_unscoped(&mut tx, account.id, partner.id, batch, leads::Push::Nowhere).await?;
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
    let detail = serde_json::json!({
        "file": name, "added": tally.stored.added, "known": tally.stored.known, "rejected": tally.rejected,
    });
    let mut tx = db.begin_write().await?;
    let about = (account.id, Some(partner.id));
    record_system(&mut tx, about, AuditAction::LeadsImported, partner.id, AuditResult::Success, detail);
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
            "{}: {} leads added, {} already present, {} rows rejected.",
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

/// The file being read.
struct Source {
    file: File,
    delimiter: char,
    header: Vec<String>,
    mapping: Mapping,
    position: Position,
    ended: bool,
    progress: ProgressBar,
}

impl Source {
    fn open(path: &Path) -> Result<Self, AnyError> {
        let complaint = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", path.display());
        let mut file = File::open(path).map_err(|error| complaint(&error))?;
        let size = file.metadata().map_err(|error| complaint(&error))?.len();
        let (window, is_last) = window(&mut file, Position::START).map_err(|error| complaint(&error))?;
        let delimiter = rows::delimiter(&window);
        let first = rows::read(&window, is_last, Position::START, delimiter, 1);
        let header = first.rows.first().map_or(Some(Vec::new()), rows::header);
        let header =
            header.ok_or_else(|| complaint(&"its first row is not UTF-8 text; save the file as CSV in UTF-8"))?;
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        let mapping = Mapping::guess(&names).map_err(|error| complaint(&error))?;
        let progress = ProgressBar::new(size).with_style(
            ProgressStyle::with_template("{bar:32} {percent:>3}% {bytes}/{total_bytes} {eta} left  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Ok(Self { file, delimiter, header, mapping, position: first.next, ended: first.ended, progress })
    }

    /// The next rows; none at the end.
    fn next(&mut self) -> Result<Vec<Row>, AnyError> {
        let mut found = Vec::new();
        while found.is_empty() && !self.ended {
            let (bytes, is_last) = window(&mut self.file, self.position)?;
            let read_rows = rows::read(&bytes, is_last, self.position, self.delimiter, BATCH);
            (self.position, self.ended) = (read_rows.next, read_rows.ended);
            let mut cut = read_rows.cut;
            while cut {
                let (bytes, is_last) = window(&mut self.file, self.position)?;
                let next = rows::skip(&bytes, self.position);
                self.position =
                    next.unwrap_or(Position { byte: self.position.byte + bytes.len() as u64, ..self.position });
                (cut, self.ended) = (next.is_none() && !is_last, next.is_none() && is_last);
            }
            self.progress.set_position(self.position.byte);
            found = read_rows.rows;
        }
        Ok(found)
    }
}

/// The bytes of a file from a position on, as many as a row can have at most and more, and whether the file ends there.
fn window(file: &mut File, position: Position) -> std::io::Result<(Vec<u8>, bool)> {
    let most = 2 * rows::MAX_ROW;
    file.seek(SeekFrom::Start(position.byte))?;
    let mut window = Vec::with_capacity(most);
    file.by_ref().take(most as u64).read_to_end(&mut window)?;
    let is_last = window.len() < most;
    Ok((window, is_last))
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
    fn new(path: PathBuf, ours: bool, header: Vec<String>) -> Self {
        Self { path, header, writer: None, ours }
    }

    fn write(&mut self, row: &RejectedRow) -> Result<(), AnyError> {
        let failed =
            |path: &Path, error: csv::Error| format!("the reject file {} cannot be written: {error}", path.display());
        if self.writer.is_none() {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .terminator(csv::Terminator::CRLF)
                .from_path(&self.path)
                .map_err(|error| failed(&self.path, error))?;
            let names = REJECT_COLUMNS.into_iter().chain(self.header.iter().map(String::as_str));
            writer.write_record(names).map_err(|error| failed(&self.path, error))?;
            self.writer = Some(writer);
        }
        let (columns, reasons) = row.columns_and_reasons();
        let line = row.line.to_string();
        let record = [line.as_str(), &columns, &reasons].into_iter().chain(row.cells.iter().map(String::as_str));
        if let Some(writer) = &mut self.writer {
            let written = writer.write_record(record.map(|cell| domain::csv::defuse(cell).into_owned()));
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

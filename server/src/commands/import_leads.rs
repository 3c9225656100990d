//! `partner-portal import-leads`: a file of rows becomes a partner's leads.

use std::{
    fs::File,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use domain::{
    audit::{AuditAction, AuditResult},
    ids::{AccountId, PartnerId},
    lead_imports::{COLUMNS, Column, RejectedRow, dates_to_ask_about},
    leads::{Defaults, LeadStatus, NewLead},
    search::fold,
    tables::{DateOrder, DecimalMark, Reading, Separator},
};
use indicatif::{ProgressBar, ProgressStyle};
use services::{
    lead_imports::{LeadReader, laid_out, remembered},
    record_system,
    tables::{self, BadFile, Dialect, Position, RejectSheet, Row, Sniffer},
};
use store::{
    Db, StoreError,
    accounts::{self, Account},
    lead_imports,
    leads::{self, Inserted},
    partners::{self, NamedPartner},
};

use crate::AnyError;

/// Leads stored in one transaction.
const BATCH: usize = 2_000;

/// What to load, and for whom.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file: CSV in any encoding and with any separator, or a workbook (.xlsx, .xls, .ods).
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
    /// The encoding of the text, such as utf-8, utf-16le, windows-1252; recognised if not given.
    #[arg(long)]
    encoding: Option<String>,
    /// The sign between cells: comma, semicolon, tab or pipe, or the sign itself; recognised if not given.
    #[arg(long)]
    separator: Option<String>,
    /// The sheet of a workbook; the first one if not given.
    #[arg(long)]
    sheet: Option<String>,
    /// The order of day and month: day-first or month-first; recognised if not given.
    #[arg(long)]
    dates: Option<String>,
    /// The sign before decimals: point or comma; recognised if not given.
    #[arg(long)]
    decimal: Option<String>,
    /// What a column holds: name=column, for example phone="Second number". The names are external_id, name, first_name,
    /// last_name, email, phone, campaign, delivered_at, price, currency, field, left_out. `delivered_at=` says that no column
    /// does. May be given several times.
    #[arg(long, value_name = "NAME=COLUMN")]
    map: Vec<String>,
    /// Remember what the columns hold for the partner's next file.
    #[arg(long)]
    save_mapping: bool,
}

impl ImportArgs {
    /// How the file is read, where the arguments say so.
    fn apply(&self, reading: &mut Reading) -> Result<(), AnyError> {
        if let Some(label) = &self.encoding {
            let encoding =
                tables::known_encoding(label).ok_or_else(|| format!("the encoding {label:?} is not known"))?;
            encoding.name().clone_into(&mut reading.encoding);
        }
        if let Some(text) = &self.separator {
            let sign = if text == "\\t" { "\t" } else { text };
            let mut signs = sign.chars();
            let single = signs.next().filter(|_| signs.next().is_none()).and_then(Separator::of);
            reading.separator =
                single.or_else(|| sign.parse().ok()).ok_or("--separator is one of comma, semicolon, tab, pipe")?;
        }
        if let Some(text) = &self.dates {
            reading.dates =
                text.replace('-', "_").parse::<DateOrder>().map_err(|_| "--dates is day-first or month-first")?;
        }
        if let Some(text) = &self.decimal {
            reading.decimal = text.parse::<DecimalMark>().map_err(|_| "--decimal is point or comma")?;
        }
        if let Some(name) = &self.sheet {
            let found = reading.sheets.iter().position(|sheet| sheet.name == *name);
            reading.sheet = found.ok_or_else(|| {
                let names: Vec<&str> = reading.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
                format!("there is no sheet {name:?}; there are: {}", names.join(", "))
            })?;
        }
        Ok(())
    }

    /// Changes what the columns hold, as the arguments say.
    fn map(&self, header: &[String], columns: &mut [String], reading: &mut Reading) -> Result<(), AnyError> {
        for pair in &self.map {
            let (word, name) =
                pair.split_once('=').ok_or_else(|| format!("--map {pair:?}: write it as name=column"))?;
            if Column::parse(word, "").is_none() {
                let words: Vec<&str> = COLUMNS.iter().map(|(word, _)| *word).collect();
                return Err(format!("--map {pair:?}: {word:?} is not one of {}", words.join(", ")).into());
            }
            if word == "delivered_at" && name.is_empty() {
                reading.undated = true;
                columns.iter_mut().filter(|known| *known == word).for_each(|known| *known = "field".to_owned());
                continue;
            }
            let place = header.iter().position(|known| fold(known) == fold(name)).ok_or_else(|| {
                format!("--map {pair:?}: the file has no column {name:?}; it has: {}", header.join(", "))
            })?;
            word.clone_into(&mut columns[place]);
        }
        Ok(())
    }
}

/// How far an import has come.
#[derive(Debug, Default)]
struct Tally {
    good: u64,
    stored: Inserted,
    rejected: u64,
    warned: u64,
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
    let known = lead_imports::mapping_unscoped(&mut db.reader().await?, account.id, partner.id).await?;
    let defaults = Defaults { zone: account.zone, currency: account.currency, now: db.now() };
    let Some(mut source) = Source::open(args, defaults, &known)? else {
        // A header alone is no mistake.
        report(args, &partner, &Tally::default(), Path::new(""));
        return Ok(0);
    };
    let path = args.rejects.clone().unwrap_or_else(|| beside(&args.file));
    if path.canonicalize().is_ok_and(|path| args.file.canonicalize().is_ok_and(|file| file == path)) {
        return Err("--rejects names the file that is being read; choose another name".into());
    }
    source.say();
    let mut rejects = Rejects::new(path, args.rejects.is_none(), &source);
    let mut tally = Tally::default();
    while let Some(section) = source.next()? {
        let mut batch = Vec::with_capacity(BATCH);
        let mut rows = Vec::with_capacity(section.rows.len());
        let mut rejected = Vec::new();
        for row in section.rows {
            match source.reader.read(&row, &section.window) {
                Ok(read) => {
                    tally.warned += u64::from(!read.warnings.is_empty());
                    batch.push((read.lead, LeadStatus::New));
                    rows.push(row);
                }
                Err(reject) => rejected.push(reject),
            }
        }
        for place in store(db, args, (account.id, partner.id), &batch, &mut tally).await? {
            rejected.push(source.reader.stranger(&rows[place], &section.window));
        }
        rejected.sort_by_key(|reject| reject.at);
        tally.rejected += rejected.len() as u64;
        rejected.iter().try_for_each(|reject| rejects.write(reject))?;
        source.progress.set_message(format!("{} good, {} rejected", tally.good, tally.rejected));
    }
    source.progress.finish_and_clear();
    rejects.finish()?;
    if !args.dry_run {
        note(db, &account, &partner, &args.file, &tally).await?;
        if args.save_mapping {
            let mut tx = db.begin_write().await?;
            let columns = remembered(source.header.iter().zip(&source.columns));
            lead_imports::keep_mapping_unscoped(&mut tx, account.id, partner.id, &columns).await?;
            tx.commit().await?;
        }
        db.optimize().await?;
    }
    report(args, &partner, &tally, &rejects.path);
    Ok(tally.rejected)
}

/// Stores leads. Answers the places of those whose id belongs to another person's lead.
async fn store(
    db: &Db,
    args: &ImportArgs,
    (account, partner): (AccountId, PartnerId),
    batch: &[(NewLead, LeadStatus)],
    tally: &mut Tally,
) -> Result<Vec<usize>, StoreError> {
    tally.good += batch.len() as u64;
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    // To check only is to store and to take it back: so it says what storing would.
    let mut tx = db.begin_write().await?;
    let stored = leads::insert_unscoped(&mut tx, account, partner, batch, leads::Push::Nowhere).await?;
    if !args.dry_run {
        tx.commit().await?;
    }
    tally.good -= stored.strangers.len() as u64;
    tally.stored.added += stored.added;
    tally.stored.known += stored.known;
    Ok(stored.strangers)
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
    if tally.warned > 0 {
        println!("{} of them have something that could not be used and is kept as an extra field.", tally.warned);
    }
    if tally.rejected > 0 {
        println!("The rejected rows and what is wrong with them: {}", rejects.display());
    }
}

fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    file.with_file_name(format!("{stem}.rejected.csv"))
}

/// The file being read: of a workbook, its sheets as text.
struct Source {
    file: File,
    /// Behind its last byte that is read.
    end: u64,
    reading: Reading,
    header: Vec<String>,
    columns: Vec<String>,
    reader: LeadReader,
    position: Position,
    progress: ProgressBar,
}

/// Rows, and the bytes they were read from.
struct Section {
    window: Vec<u8>,
    rows: Vec<Row>,
}

impl Source {
    /// Opens the file; nothing when it has no rows.
    fn open(args: &ImportArgs, defaults: Defaults, known: &[(String, String)]) -> Result<Option<Self>, AnyError> {
        let complaint = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", args.file.display());
        let mut file = File::open(&args.file).map_err(|error| complaint(&error))?;
        let (begin, _) = window(&mut file, 0, u64::MAX).map_err(|error| complaint(&error))?;
        let mut reading = if tables::is_workbook(&begin) {
            let bytes = std::fs::read(&args.file).map_err(|error| complaint(&error))?;
            let mut text = BufWriter::new(tempfile::tempfile().map_err(|error| complaint(&error))?);
            let mut keep = |part: &[u8]| text.write_all(part).map_err(|error| error.to_string());
            let sheets = tables::write_sheets(&bytes, &mut keep).map_err(|error| complaint(&error))?;
            file = text.into_inner().map_err(|error| complaint(&error))?;
            Reading { sheets, ..Reading::default() }
        } else {
            let encoding = sniff(&mut file).map_err(|error| complaint(&error))?;
            let chosen = args.encoding.as_deref().and_then(tables::known_encoding);
            tables::begin(chosen.unwrap_or(encoding), &begin, defaults.currency)
        };
        args.apply(&mut reading)?;
        let size = file.metadata().map_err(|error| complaint(&error))?.len();
        let (from, end) = reading.span(size);
        let (begin, _) = window(&mut file, from, end).map_err(|error| complaint(&error))?;
        let layout = match laid_out(&begin, size, reading, known) {
            Ok(layout) => layout,
            Err(BadFile::NoRows) => return Ok(None),
            Err(error) => return Err(complaint(&error).into()),
        };
        let (mut reading, header, mut columns) = (layout.reading, layout.header, layout.columns);
        // What was said decides over what the values suggest.
        args.apply(&mut reading)?;
        args.map(&header, &mut columns, &mut reading)?;
        let reader = LeadReader::new(&reading, header.iter().zip(&columns), defaults);
        let reader = reader.map_err(|error| complaint(&error))?;
        let position = Position { byte: layout.first.0, line: layout.first.1 };
        let (from, end) = layout.span;
        let progress = ProgressBar::new(end - from).with_style(
            ProgressStyle::with_template("{bar:32} {percent:>3}% {bytes}/{total_bytes} {eta} left  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let mut source = Self { file, end, reading, header, columns, reader, position, progress };
        source.ask_about_dates()?;
        Ok(Some(source))
    }

    /// Leads are not said to be delivered today because nobody saw which column says when.
    fn ask_about_dates(&mut self) -> Result<(), AnyError> {
        if self.reading.undated {
            return Ok(());
        }
        let (window, is_last) = window(&mut self.file, self.position.byte, self.end)?;
        let found = tables::read(&window, is_last, self.position, &self.reader.dialect, 1_000);
        let dates = dates_to_ask_about(self.reader.columns(), &tables::sample(&found.rows, &self.reader.dialect));
        if dates.is_empty() {
            return Ok(());
        }
        Err(format!(
            "no column says when the leads were delivered, and these hold dates: {}. Say which one does with --map \
             delivered_at=COLUMN, or with --map delivered_at= that none does",
            dates.join(", ")
        )
        .into())
    }

    /// Says how the file is read.
    fn say(&self) {
        let kind = match self.reading.sheets.get(self.reading.sheet) {
            Some(sheet) => format!("sheet {:?}", sheet.name),
            None => format!("{}, separated by {}", self.reading.encoding, self.reading.separator),
        };
        let columns = self.header.iter().zip(&self.columns).map(|(name, word)| match word.as_str() {
            "field" => format!("{name} (extra field)"),
            "left_out" => format!("{name} (ignored)"),
            word => format!("{name} = {word}"),
        });
        eprintln!("Read as {kind}. Columns: {}.", columns.collect::<Vec<_>>().join(", "));
    }

    /// The next rows; none at the end.
    fn next(&mut self) -> Result<Option<Section>, AnyError> {
        loop {
            let (window, is_last) = window(&mut self.file, self.position.byte, self.end)?;
            let found = tables::read(&window, is_last, self.position, &self.reader.dialect, BATCH);
            let stuck = found.next == self.position && !found.ended;
            self.position = found.next;
            if found.cut {
                self.skip_line()?;
            }
            self.progress.set_position(self.position.byte);
            if !found.rows.is_empty() {
                return Ok(Some(Section { window, rows: found.rows }));
            }
            if found.ended || stuck || self.position.byte >= self.end {
                return Ok(None);
            }
        }
    }

    /// Goes behind the line that a row without an end began with.
    fn skip_line(&mut self) -> Result<(), AnyError> {
        loop {
            let (bytes, is_last) = window(&mut self.file, self.position.byte, self.end)?;
            if let Some(next) = tables::skip(&bytes, self.position, &self.reader.dialect) {
                self.position = next;
                return Ok(());
            }
            self.position.byte += bytes.len() as u64;
            if is_last {
                return Ok(());
            }
        }
    }
}

/// How a file is encoded: all of it is looked at.
fn sniff(file: &mut File) -> std::io::Result<&'static encoding_rs::Encoding> {
    let mut sniffer = Sniffer::default();
    let mut piece = vec![0; tables::MAX_ROW];
    file.seek(SeekFrom::Start(0))?;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(sniffer.finish());
        }
        sniffer.feed(&piece[..read]);
    }
}

/// The bytes of a file from a position on, as many as a row can have at most and more, and whether they reach the end.
fn window(file: &mut File, from: u64, end: u64) -> std::io::Result<(Vec<u8>, bool)> {
    let most = (tables::BEGIN as u64).min(end.saturating_sub(from));
    file.seek(SeekFrom::Start(from))?;
    let mut window = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
    Read::by_ref(file).take(most).read_to_end(&mut window)?;
    let is_last = (window.len() as u64) < most || from + window.len() as u64 >= end;
    Ok((window, is_last))
}

/// The file of rejected rows, in the encoding and with the separator of the file they come from. It is made when the first row is
/// rejected.
struct Rejects {
    path: PathBuf,
    sheet: RejectSheet,
    header: Vec<u8>,
    file: Option<BufWriter<File>>,
    /// Whether the name is ours, and with it what stands there from an earlier run.
    ours: bool,
}

impl Rejects {
    fn new(path: PathBuf, ours: bool, source: &Source) -> Self {
        let sheet = RejectSheet::new(Dialect::of(&source.reading));
        Self { path, sheet, header: sheet.header(&source.header), file: None, ours }
    }

    fn write(&mut self, row: &RejectedRow) -> Result<(), AnyError> {
        let path = self.path.display();
        let failed = |error: std::io::Error| format!("the reject file {path} cannot be written: {error}");
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = BufWriter::new(File::create(&self.path).map_err(failed)?);
                file.write_all(&self.header).map_err(failed)?;
                self.file.insert(file)
            }
        };
        Ok(file.write_all(&self.sheet.reject(row)).map_err(failed)?)
    }

    fn finish(&mut self) -> Result<(), AnyError> {
        let path = self.path.display();
        if self.file.is_none() && self.ours && self.path.exists() {
            // What an earlier run rejected is not rejected any more.
            std::fs::remove_file(&self.path)
                .map_err(|error| format!("the reject file {path} cannot be removed: {error}"))?;
        }
        if let Some(file) = &mut self.file {
            file.flush().map_err(|error| format!("the reject file {path} cannot be written: {error}"))?;
        }
        Ok(())
    }
}

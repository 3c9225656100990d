//! `partner-portal import-leads`, run as an operator runs it: the real binary, files good and bad, and a look into the
//! database afterwards.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed; helpers outside test functions too")]

use std::{path::PathBuf, process::Command, sync::Arc};

use domain::{
    access::Permission,
    audit::AuditAction,
    clock::{OsEntropy, SystemClock},
    email::Email,
    leads::{LeadDetail, LeadFilter, LeadListQuery},
    partners::UserKind,
};
use store::{Db, Options, access::PartnerSession, accounts, audit, leads, users};
use tempfile::TempDir;

const PARTNER: &str = "Contoso Heating";
const HEADER: &str = "Lead ID;Name;E-Mail;Phone;Campaign;Date;Price;Roof area";

/// A folder with the demo account's database in it.
struct Desk {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    said: String,
    complained: String,
}

/// A row of the reject file.
#[derive(Debug, PartialEq, Eq)]
struct Rejected {
    line: u64,
    errors: String,
    cells: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let filled = desk.runs(&["demo", "--leads", "300"]);
        assert_eq!(filled.code, Some(0), "{filled:?}");
        desk
    }

    fn database(&self) -> String {
        format!("sqlite://{}/portal.db", self.folder.path().display())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the binary here, with nothing else in its environment. However bad the input, it must not panic.
    fn runs(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partner-portal"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("DATABASE_URL", self.database());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: output.status.code(), said: text(output.stdout), complained: text(output.stderr) };
        assert!(!ended.complained.contains("panicked"), "{ended:?}");
        ended
    }

    /// Imports a file of this content as `leads.csv`.
    fn imports(&self, content: impl AsRef<[u8]>, more: &[&str]) -> Ended {
        std::fs::write(self.path("leads.csv"), content).unwrap();
        self.runs(&[&["import-leads", "leads.csv", "--partner", PARTNER][..], more].concat())
    }

    /// What the reject file beside `leads.csv` says.
    fn rejected(&self) -> Vec<Rejected> {
        let reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .flexible(true)
            .from_path(self.path("leads.rejected.csv"))
            .unwrap();
        // Rows come back byte for byte, also those that are no text.
        let row = |row: csv::ByteRecord| {
            let row: Vec<String> = row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            let errors = format!("{}: {}", row[1], row[2]);
            Rejected { line: row[0].parse().unwrap(), errors, cells: row[3..].to_vec() }
        };
        reader.into_byte_records().map(|read| row(read.unwrap())).collect()
    }

    /// The partner's leads that match a search, newest first.
    async fn stored(&self, q: &str) -> Vec<LeadDetail> {
        let db = self.opened().await;
        let account = accounts::find(&mut db.reader().await.unwrap(), None).await.unwrap().unwrap();
        let owner = Email::parse("owner@contoso.example").unwrap();
        let owner =
            users::credentials_for_login(&mut db.reader().await.unwrap(), account.id, UserKind::Partner, &owner)
                .await
                .unwrap()
                .unwrap();
        let session = PartnerSession::of_authenticated_user(&mut db.reader().await.unwrap(), owner.user_id())
            .await
            .unwrap()
            .unwrap();
        let scope = session.require(Permission::ViewLeads).unwrap();
        let filter = LeadFilter { q: q.into(), ..LeadFilter::default() };
        let query = LeadListQuery { filter, ..LeadListQuery::default() };
        let mut found = Vec::new();
        let mut read = db.reader().await.unwrap();
        for row in leads::export_batch(&mut read, &scope, &leads::Rows::Of(query.clone()), None, 10_000).await.unwrap()
        {
            found.push(leads::get(&mut read, &scope, row.summary.id).await.unwrap().unwrap());
        }
        drop(read);
        db.close().await;
        found
    }

    /// How many leads the partner has.
    async fn count(&self) -> usize {
        self.stored("").await.len()
    }

    async fn opened(&self) -> Db {
        let options = Options::new(self.database(), 1);
        Db::open(&options, Arc::new(SystemClock), Arc::new(OsEntropy)).await.unwrap()
    }
}

/// A file as a spreadsheet saves it: a byte order mark, semicolons, CRLF.
fn good_file() -> String {
    let rows = [
        HEADER,
        "A-1;Zoë Müller;zoe@mail.example;+49 30 1234;Solar;2025-06-01 08:30;12.50;80 m²",
        "A-2;\"Brown; Bob\";bob@mail.example;;Solar;2025-06-02T09:00:00+02:00;;\"two\r\nlines\"",
        ";=cmd|' /C calc'!A0;;030 99;;2025-06-03;7;",
    ];
    format!("\u{feff}{}\r\n", rows.join("\r\n"))
}

/// What is in the file is what is stored, to the letter.
#[tokio::test]
async fn a_good_file_is_stored_as_it_is() {
    let desk = Desk::new();
    let before = desk.count().await;
    let ended = desk.imports(good_file(), &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("3 leads added, 0 already present, 0 rows rejected"), "{ended:?}");
    assert!(!desk.path("leads.rejected.csv").exists(), "nothing was rejected, so nothing says so");
    assert_eq!(desk.count().await, before + 3);
    let zoe = &desk.stored("zoe@mail.example").await[0];
    assert_eq!(
        (zoe.summary.name.as_str(), zoe.external_id.as_str(), zoe.summary.campaign.as_str()),
        ("Zoë Müller", "A-1", "Solar")
    );
    // The demo account is in Berlin, on summer time then.
    assert_eq!(zoe.summary.received.rfc3339(), "2025-06-01T08:30:00+02:00");
    assert_eq!((zoe.price.unwrap().decimal(), zoe.fields[0].text.as_str()), ("12.50".to_owned(), "80 m²"));
    let bob = &desk.stored("brown; bob").await[0];
    assert_eq!((bob.price, bob.fields[0].text.as_str()), (None, "two\r\nlines"));
    assert_eq!(desk.stored("=cmd|").await[0].summary.name, "=cmd|' /C calc'!A0");
}

/// An operator who is not sure whether the import went through runs it again.
#[tokio::test]
async fn the_same_file_again_adds_nothing() {
    let desk = Desk::new();
    desk.imports(good_file(), &[]);
    let before = desk.count().await;
    let again = desk.imports(good_file(), &[]);
    assert_eq!((again.code, again.said.contains("0 leads added, 3 already present")), (Some(0), true), "{again:?}");
    let longer = format!("{}A-3;Cleo;cleo@mail.example;;;2025-06-04;;\r\n", good_file());
    assert!(desk.imports(longer, &[]).said.contains("1 leads added, 3 already present"));
    assert_eq!(desk.count().await, before + 1);
    let db = desk.opened().await;
    let account = accounts::find(&mut db.reader().await.unwrap(), None).await.unwrap().unwrap().id;
    let events = audit::latest(&mut db.reader().await.unwrap(), account, 1_000).await.unwrap();
    let imports = events.iter().filter(|event| event.action == AuditAction::LeadsImported.as_str());
    assert_eq!(imports.count(), 3, "each run is on the record");
    db.close().await;
}

/// A rehearsal says everything and does nothing.
#[tokio::test]
async fn a_dry_run_stores_nothing_but_tells_all() {
    let desk = Desk::new();
    let before = desk.count().await;
    let content = format!("{HEADER}\nA-1;Ada;ada@mail.example;;;2025-06-01;;\nA-2;Bea;no address;;;2025-06-01;;\n");
    let ended = desk.imports(content, &["--dry-run"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.said.contains("1 rows are good, 1 would be rejected. Nothing was stored."), "{ended:?}");
    assert_eq!((desk.count().await, desk.rejected().len()), (before, 1));
}

/// Every bad row is refused by line and column, in one run, and holds up none of the good ones.
#[tokio::test]
async fn bad_rows_are_reported_by_line_and_column_and_good_ones_are_stored() {
    let desk = Desk::new();
    let before = desk.count().await;
    let huge = "x".repeat(10 * 1024 * 1024);
    let long_name = [b"B-12;".as_slice(), huge.as_bytes(), b";;030 1;;2025-06-01;;"].concat();
    let long_field = [b"B-13;Long Field;;030 1;;2025-06-01;;".as_slice(), huge.as_bytes()].concat();
    let rows: [(&[u8], &[&str]); 17] = [
        ("G-1;Good One;one@mail.example;;öäüöäüöäüöäüöäüöäüöäüöäüöäü;2025-06-01;;".as_bytes(), &[]),
        (b"B-1;Bad Date;a@mail.example;;;31/13/2025;;", &["Date: not a time"]),
        (b"B-2;Bad Date;a@mail.example;;;2025-02-30;;", &["Date: not a time"]),
        (b"B-3;Future;a@mail.example;;;2999-01-01;;", &["Date: is before the year 2000 or in the future"]),
        (b"B-4;Bad Mail;nobody;;;2025-06-01;;", &["E-Mail: "]),
        (b"B-5;Bad Price;;030 1;;2025-06-01;twelve;", &["Price: "]),
        (b"B-6;Bad Bytes \xff\xfe;;030 1;;2025-06-01;;", &["Name: not text in the encoding"]),
        (b"B-7;Nul\0Nul;;030 1;;2025-06-01;;", &["Name: holds a NUL character"]),
        (b"2.38459E+16;Shortened;a@mail.example", &["Lead ID: a spreadsheet has shortened"]),
        (b"B-9;Too Many;a@mail.example;;;2025-06-01;;;more", &["9 cells, the header 8"]),
        (b"B-10;;;;Solar;2025-06-01;;", &["has no contact"]),
        (b"B-11;Two Faults;nobody;;;yesterday;;", &["E-Mail: ", "Date: not a time"]),
        (huge.as_bytes(), &["longer than 256 KiB"]),
        (&long_name, &["longer than 256 KiB"]),
        (&long_field, &["longer than 256 KiB"]),
        (b"B-14;\"Never closed;a@mail.example;;;2025-06-01;;", &["never closed"]),
        (b"G-2;Good Two;two@mail.example;;;2025-06-01;;", &[]),
    ];
    let lines: Vec<&[u8]> = [HEADER.as_bytes()].into_iter().chain(rows.iter().map(|(row, _)| *row)).collect();
    let content = lines.join(&b'\n');
    let ended = desk.imports(&content, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.complained);
    assert!(ended.said.contains("2 leads added, 0 already present, 15 rows rejected"), "{}", ended.said);
    assert!(ended.said.contains("leads.rejected.csv"), "{}", ended.said);

    let expected: Vec<(u64, &[&str])> = (2..)
        .zip(rows)
        .filter(|(_, (_, faults))| !faults.is_empty())
        .map(|(line, (_, faults))| (line, faults))
        .collect();
    let rejected = desk.rejected();
    assert_eq!(
        rejected.iter().map(|row| row.line).collect::<Vec<_>>(),
        expected.iter().map(|(line, _)| *line).collect::<Vec<_>>()
    );
    for (row, (line, faults)) in rejected.iter().zip(expected) {
        for fault in faults {
            let named = row.errors.to_lowercase().contains(&fault.to_lowercase());
            assert!(named, "line {line}: {:?} names {fault:?}", row.errors);
        }
        assert!(
            row.cells.iter().all(|cell| cell.len() < 5_000),
            "line {line}: enough to recognise the row by, no more"
        );
    }
    assert_eq!(desk.count().await, before + 2);
    assert_eq!((desk.stored("good one").await.len(), desk.stored("good two").await.len()), (1, 1));

    let again = desk.imports(&content, &[]);
    assert!(
        again.code == Some(3) && again.said.contains("0 leads added, 2 already present, 15 rows rejected"),
        "{}",
        again.said
    );
}

/// Line numbers are those of a text editor, whatever ends the lines and however many a cell spans.
#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\r"] {
        let desk = Desk::new();
        let rows = [HEADER, "B-1;Bad;no;;;;;", "G-1;Good;;030 1;;;;\"a", "b\"", "", "B-2;Bad;no;;;;;"];
        let ended = desk.imports(rows.join(end), &[]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert_eq!(desk.rejected().iter().map(|row| row.line).collect::<Vec<_>>(), [2, 6], "lines end with {end:?}");
    }
}

/// The reject file is opened in a spreadsheet: it must run nothing there, and show each row as it was.
#[test]
fn the_reject_file_shows_rows_as_they_were_and_runs_nothing() {
    let desk = Desk::new();
    desk.imports(format!("{HEADER}\nB-1;=1+1;no;+49 30 1;\"a;b\";31.31.2026;;\n"), &[]);
    let text = std::fs::read_to_string(desk.path("leads.rejected.csv")).unwrap();
    assert!(
        text.starts_with(
            "\u{feff}rejected line;rejected column;rejected because;Lead ID;Name;E-Mail;Phone;Campaign;Date;Price;Roof area\r\n"
        ),
        "{text}"
    );
    let rejected = desk.rejected();
    assert_eq!(
        rejected[0].cells,
        ["B-1", "'=1+1", "no", "+49 30 1", "a;b", "31.31.2026", "", ""],
        "defused, else as it was"
    );
    for (row, rejects) in [("A-1;Ada;ada@mail.example;;;2025-06-01;;", false), ("B-2;Bad;no;;;;;", true)] {
        desk.imports(format!("{HEADER}\n{row}\n"), &["--rejects", "other.csv"]);
        assert_eq!(desk.path("other.csv").exists(), rejects, "{row}");
    }
}

/// A quote that is never closed costs the line it stands on, and none of those behind it.
#[tokio::test]
async fn an_unclosed_quote_costs_one_line() {
    let desk = Desk::new();
    let before = desk.count().await;
    let ended =
        desk.imports(format!("{HEADER}\nG-1;Good;;030 1;;2025-06-01;;\nB-1;\"Open;;;;;;\nG-2;Saved;;030 2;;;;\n"), &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let rejected = desk.rejected();
    assert_eq!((rejected.len(), rejected[0].line), (1, 3));
    assert!(rejected[0].errors.contains("never closed"), "{rejected:?}");
    assert_eq!(desk.count().await, before + 2);
}

/// A file that cannot be leads at all stops the import with one sentence, before anything is stored.
#[tokio::test]
async fn a_file_that_makes_no_sense_is_refused_whole() {
    let desk = Desk::new();
    let before = desk.count().await;
    let many = (0..101).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let cases: [(&[u8], &str); 8] = [
        (b"colour,shape\nred,round\n", "the header names no contact column"),
        (b"name,wann,auch\nAda,2026-11-20,2026-11-21\n", "delivered_at=COLUMN"),
        (many.as_bytes(), "more than 100 columns"),
        (b"", "the file is empty"),
        (b"\n\n\n", "the file is empty"),
        (&[0; 5_000], "no text in this encoding"),
        (b"PK\x03\x04 and then no workbook", "the workbook cannot be read"),
        (b"\"name,email\nAda,a@mail.example\n", "quotation mark that is never closed"),
    ];
    for (content, complaint) in cases {
        let ended = desk.imports(content, &[]);
        assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{complaint}: {ended:?}");
        let sentence = ended.complained.lines().last().unwrap();
        assert!(sentence.starts_with("partner-portal: ") && sentence.len() < 600, "{ended:?}");
        assert!(sentence.contains(complaint), "{complaint}: {ended:?}");
    }
    assert_eq!(desk.count().await, before);
    assert!(!desk.path("leads.rejected.csv").exists());
    let ended = desk.imports(HEADER, &[]);
    assert_eq!(
        (ended.code, ended.said.contains("0 leads added")),
        (Some(0), true),
        "a header alone is no mistake: {ended:?}"
    );
}

/// What somebody says of a file decides over what it looks like, and is remembered for the partner's next file.
#[tokio::test]
async fn columns_and_encodings_can_be_named() {
    let desk = Desk::new();
    let file = "Wer|Kennwort|Nummer\r\nJ\u{f6}rg|x|030 1\r\n".chars().map(|c| c as u8).collect::<Vec<_>>();
    let named = [
        "--encoding", "latin1", "--separator", "pipe", "--map", "name=Wer", "--map", "phone=nummer", "--map",
        "left_out=Kennwort",
    ];
    let ended = desk.imports(&file, &[&named[..], &["--save-mapping"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.complained.contains("windows-1252, separated by pipe"), "{ended:?}");
    let jorg = &desk.stored("Jörg").await[0];
    assert_eq!((jorg.summary.phone.as_str(), jorg.fields.len()), ("030 1", 0));
    let ended = desk.imports("Nummer;WER\n030 2;Eva\n", &[]);
    assert!(ended.complained.contains("WER = name"), "{ended:?}");
    assert_eq!(desk.stored("Eva").await[0].summary.phone, "030 2");
    for (argument, complaint) in [
        (["--encoding", "klingon"], "the encoding \"klingon\" is not known"),
        (["--separator", "x"], "--separator is one of"),
        (["--dates", "year-first"], "--dates is"),
        (["--map", "nose=Wer"], "\"nose\" is not one of"),
        (["--map", "name=Nase"], "has no column \"Nase\""),
        (["--sheet", "Two"], "there is no sheet \"Two\""),
    ] {
        let ended = desk.imports(&file, &argument);
        assert!(ended.code == Some(1) && ended.complained.contains(complaint), "{ended:?}");
    }
}

/// A mistyped name must not land leads with somebody else, or nowhere.
#[tokio::test]
async fn what_is_named_wrongly_is_named_in_the_complaint() {
    let desk = Desk::new();
    std::fs::write(desk.path("leads.csv"), good_file()).unwrap();
    for (arguments, complaint) in [
        (["leads.csv", "--partner", "Contoso", "--account", "brightway"], "has no partner \"Contoso\""),
        (["leads.csv", "--partner", PARTNER, "--account", "other"], "there is no account \"other\""),
        (["no.csv", "--partner", PARTNER, "--account", "brightway"], "no.csv cannot be read"),
        ([".", "--partner", PARTNER, "--account", "brightway"], "cannot be read"),
    ] {
        let ended = desk.runs(&[&["import-leads"][..], &arguments[..]].concat());
        assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.complained.contains(complaint), "{ended:?}");
    }
    assert!(desk.stored("zoe@mail.example").await.is_empty());
    let ended = desk.runs(&["import-leads", "leads.csv", "--partner", "contoso heating"]);
    assert_eq!(ended.code, Some(0), "case does not matter: {ended:?}");
    assert_eq!(desk.stored("zoe@mail.example").await.len(), 1);
}

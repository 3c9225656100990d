//! Lists as files: rows go from the database to the reader a batch at a time, and how that ended is recorded.

use app::access::AppState;
use axum::body::Body;
use domain::audit::AuditAction;
use serde_json::{Value, json};
use services::{Actor, Object, Scope};
use store::StoreError;
use tokio::sync::mpsc;

use super::{
    CSV, XLSX,
    request::record,
    sheet::{Row, Sheet},
    source::Source,
    stream::{self, Output, Stopped},
    workbook::{self, Book, blocking},
};

/// The kinds of file a list comes as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Xlsx,
}

impl Format {
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => CSV,
            Self::Xlsx => XLSX,
        }
    }

    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The event that says who took which list.
pub(super) struct Event<S> {
    pub(super) state: AppState,
    pub(super) actor: Actor<S>,
    pub(super) action: AuditAction,
    /// What the list is of.
    pub(super) object: &'static str,
    /// The kind of file.
    pub(super) format: Format,
    /// What else there is to say; the kind of file and how many rows went out are added.
    pub(super) detail: Value,
}

impl<S: Scope> Event<S> {
    async fn record(mut self, rows: u64, complete: bool) {
        self.detail["format"] = json!(self.format.ending());
        self.detail["rows"] = json!(rows);
        self.detail["complete"] = json!(complete);
        let object = Object(self.object, None);
        // A failure is in the log already, and the reader cannot be told any more.
        let _ = record(&self.state, &self.actor, complete, self.action, object, self.detail).await;
    }
}

/// A list as a file; a workbook's sheet has the title. The event is written before the last byte is out.
pub(super) fn body<S: Scope + Send + Sync + 'static>(
    title: &'static str,
    source: impl Source,
    event: Event<S>,
) -> Body {
    let (output, body) = stream::body();
    tokio::spawn(async move {
        let mut rows = 0;
        let written = match event.format {
            Format::Csv => write_csv(source, &output, &mut rows).await,
            Format::Xlsx => write_workbook(title, source, &output, &mut rows).await,
        };
        event.record(rows, written.is_ok()).await;
        if let Err(Stopped::Failed) = written {
            output.fail().await;
        }
    });
    body
}

type Batch = Result<Vec<Row>, StoreError>;

/// While one batch is written the next one is read already.
fn read_ahead(mut source: impl Source) -> mpsc::Receiver<Batch> {
    let (batches, ahead) = mpsc::channel(2);
    tokio::spawn(async move {
        while let Some(batch) = source.batch().await.transpose() {
            let failed = batch.is_err();
            if batches.send(batch).await.is_err() || failed {
                return;
            }
        }
    });
    ahead
}

async fn write_csv(mut source: impl Source, output: &Output, written: &mut u64) -> Result<(), Stopped> {
    let columns = source.columns().await?;
    let mut sheet = Sheet::new(columns.iter().map(|column| column.name.as_str()));
    let mut batches = read_ahead(source);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let rows = batch.len() as u64;
        for row in batch {
            sheet.row(row);
        }
        output.send(std::mem::take(&mut sheet).finish()).await?;
        *written += rows;
    }
    // Of an empty list the head is left.
    output.send(sheet.finish()).await
}

async fn write_workbook(
    title: &'static str,
    mut source: impl Source,
    output: &Output,
    written: &mut u64,
) -> Result<(), Stopped> {
    let columns = source.columns().await?;
    let mut book = blocking(move || Book::new(title, columns)).await?;
    let mut batches = read_ahead(source);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        // Not a byte is sent before the last row is there: whoever has left is noticed here.
        if output.is_left() {
            return Err(Stopped::Left);
        }
        let rows = batch.len() as u64;
        book = blocking(move || book.add(batch).map(|()| book)).await?;
        *written += rows;
    }
    let file = blocking(move || book.finish()).await?;
    workbook::send(file, output).await
}

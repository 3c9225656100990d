//! Lists as files: rows go from the database to the reader a batch at a time, and how that ended is recorded.

use std::future::Future;

use app::access::AppState;
use axum::body::Body;
use domain::audit::AuditAction;
use serde_json::{Value, json};
use services::{Actor, Object, Scope};
use store::StoreError;
use tokio::sync::mpsc;

use super::{
    request::record,
    sheet::{Cell, Sheet},
    stream::{self, Output, Stopped},
};

/// A row of a list.
pub(super) type Row = Vec<Cell>;

/// Where a list's rows come from.
pub(super) trait Source: Send + 'static {
    /// The columns' names. They are asked for once, before the first rows.
    fn columns(&mut self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// The next rows; `None` after the last.
    fn batch(&mut self) -> impl Future<Output = Result<Option<Vec<Row>>, StoreError>> + Send;
}

/// Rows that were read already.
pub(super) struct Ready {
    pub(super) columns: Vec<String>,
    pub(super) rows: Option<Vec<Row>>,
}

impl Source for Ready {
    async fn columns(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(std::mem::take(&mut self.columns))
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        Ok(self.rows.take())
    }
}

/// The event that says who took which list.
pub(super) struct Event<S> {
    pub(super) state: AppState,
    pub(super) actor: Actor<S>,
    pub(super) action: AuditAction,
    /// What the list is of.
    pub(super) object: &'static str,
    /// What else there is to say; how many rows went out is added.
    pub(super) detail: Value,
}

impl<S: Scope> Event<S> {
    async fn record(mut self, rows: u64, complete: bool) {
        self.detail["rows"] = json!(rows);
        self.detail["complete"] = json!(complete);
        let object = Object(self.object, None);
        // A failure is in the log already, and the reader cannot be told any more.
        let _ = record(&self.state, &self.actor, complete, self.action, object, self.detail).await;
    }
}

/// A list as a CSV file. The event is written before the last byte is out.
pub(super) fn csv<S: Scope + Send + Sync + 'static>(source: impl Source, event: Event<S>) -> Body {
    let (output, body) = stream::body();
    tokio::spawn(async move {
        let mut rows = 0;
        let written = write(source, &output, &mut rows).await;
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

async fn write(mut source: impl Source, output: &Output, written: &mut u64) -> Result<(), Stopped> {
    let columns = source.columns().await?;
    let mut sheet = Sheet::new(columns.iter().map(String::as_str));
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

//! Where the rows of a list come from.

use std::{collections::VecDeque, future::Future};

use services::pace::Place;
use store::StoreError;

use super::sheet::{Column, Row};

/// Where a list's rows come from.
pub(super) trait Source: Send + 'static {
    /// The columns. They are asked for once, before the first rows.
    fn columns(&mut self) -> impl Future<Output = Result<Vec<Column>, StoreError>> + Send;

    /// The next rows; `None` after the last.
    fn batch(&mut self) -> impl Future<Output = Result<Option<Vec<Row>>, StoreError>> + Send;
}

/// Rows that were read already.
pub(super) struct Ready {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Option<Vec<Row>>,
}

impl Source for Ready {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        Ok(std::mem::take(&mut self.columns))
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        Ok(self.rows.take())
    }
}

/// Rows of which the first were read already.
pub(super) struct ReadAhead<S> {
    columns: Option<Vec<Column>>,
    ahead: VecDeque<Vec<Row>>,
    rest: S,
    /// Free again when the last row was read, or nobody waits for it any more.
    _place: Place,
}

impl<S: Source> ReadAhead<S> {
    /// Nothing was read.
    pub(super) fn nothing(rest: S, place: Place) -> Self {
        Self { columns: None, ahead: VecDeque::new(), rest, _place: place }
    }

    /// Everything was read; nothing when there is more than so much.
    pub(super) async fn at_most(mut rest: S, place: Place, most: usize) -> Result<Option<Self>, StoreError> {
        let columns = Some(rest.columns().await?);
        let (mut ahead, mut rows) = (VecDeque::new(), 0);
        while let Some(batch) = rest.batch().await? {
            rows += batch.len();
            if rows > most {
                return Ok(None);
            }
            ahead.push_back(batch);
        }
        Ok(Some(Self { columns, ahead, rest, _place: place }))
    }
}

impl<S: Source> Source for ReadAhead<S> {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        match self.columns.take() {
            Some(columns) => Ok(columns),
            None => self.rest.columns().await,
        }
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        match self.ahead.pop_front() {
            Some(batch) => Ok(Some(batch)),
            None => self.rest.batch().await,
        }
    }
}

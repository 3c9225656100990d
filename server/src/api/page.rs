//! Pages of a list: a cursor says where the next one begins.

use axum::extract::{Query, rejection::QueryRejection};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next_cursor` of the page before; nothing for the first one.
    #[param(format = Uuid)]
    pub(super) cursor: Option<String>,
    /// How many at most, from 1 to 1,000; 100 if not said.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) limit: Option<i64>,
}

impl PageQuery {
    /// Maximum number of rows of a page.
    const MAX_LIMIT: i64 = 1_000;

    pub(super) fn limit(&self) -> Result<i64, Problem> {
        match self.limit.unwrap_or(100) {
            limit @ 1..=Self::MAX_LIMIT => Ok(limit),
            _ => Err(Problem::bad_request("The limit is a number from 1 to 1000.")),
        }
    }

    pub(super) fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let read = |cursor: &String| cursor.parse().map_err(|_| Problem::bad_request("Invalid cursor."));
        self.cursor.as_ref().map(read).transpose()
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The rows.
    pub(super) data: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub(super) next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Of rows that were asked for with one more than the limit.
    pub(super) fn of(mut data: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = data.len() > limit;
        data.truncate(limit);
        let next_cursor = data.last().filter(|_| more).map(cursor);
        Self { data, next_cursor }
    }
}

/// What stands after a question mark.
pub(super) fn read_query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|rejection| Problem::bad_request(rejection.body_text()))
}

//! One SQL text for both engines: built from literals, bound by position.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{
    AssertSqlSafe, Database, Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type, postgres::PgRow,
    sqlite::SqliteRow,
};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A bound value; `None` is NULL of that type.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    Time(Option<DateTime<Utc>>),
    Day(Option<NaiveDate>),
    Int(Option<i64>),
    Bool(bool),
}

macro_rules! args {
    ($($type:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$type> for Arg {
            fn from(value: $type) -> Self { Self::$variant(Some(value.into())) }
        }
        impl From<Option<$type>> for Arg {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(Into::into)) }
        }
    )+};
}

args! {
    String => Text,
    &str => Text,
    Vec<u8> => Bytes,
    &[u8] => Bytes,
    Uuid => Uuid,
    DateTime<Utc> => Time,
    NaiveDate => Day,
    i64 => Int,
}

macro_rules! id_args {
    ($($type:ident),+) => {$(
        impl From<domain::ids::$type> for Arg {
            fn from(id: domain::ids::$type) -> Self { Self::Uuid(Some(id.0)) }
        }
        impl From<Option<domain::ids::$type>> for Arg {
            fn from(id: Option<domain::ids::$type>) -> Self { Self::Uuid(id.map(|id| id.0)) }
        }
    )+};
}

id_args!(
    AccountId, PartnerId, UserId, LeadId, InvoiceId, InvitationId, AuditEventId, ApiKeyId, DeliveryId, LeadImportId
);

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A connection of either engine. Outside this file and `db.rs` nobody looks which.
pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A row type both engines can give.
pub(crate) trait AnyRow: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> AnyRow for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement under construction. Only literals can be added to its text, so that no value ever becomes SQL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    text: String,
    args: Vec<Arg>,
}

/// Begins a statement.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text: text.to_owned(), args: Vec::new() }
}

impl Sql {
    /// Adds text.
    pub(crate) fn push(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value for the placeholder `$n` that the text already names: the n-th call binds `$n`.
    pub(crate) fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds a placeholder to the text, and its value.
    pub(crate) fn arg(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.args.len().to_string());
        self
    }

    /// Adds the rows of a `VALUES` list.
    pub(crate) fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Arg; N]>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            self = self.push(if index == 0 { "(" } else { ", (" });
            for (column, value) in row.into_iter().enumerate() {
                self = if column == 0 { self } else { self.push(", ") }.arg(value);
            }
            self = self.push(")");
        }
        self
    }

    /// Adds a list in parentheses, as `IN` takes it.
    pub(crate) fn list<T: Into<Arg>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self = self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self = if index == 0 { self } else { self.push(", ") }.arg(value);
        }
        self.push(")")
    }

    /// Runs an `INSERT … VALUES` with these rows and what stands `after` them, in as many statements as suit the engine.
    pub(crate) async fn insert_all<const N: usize>(
        self,
        tx: &mut Tx,
        rows: Vec<[Arg; N]>,
        after: &'static str,
    ) -> Result<(), StoreError> {
        let most = tx.dialect().rows_per_statement(N);
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<[Arg; N]> = rows.by_ref().take(most).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.clone().rows(some).push(after).execute(tx.conn()).await?;
        }
    }

    /// Puts the whole statement so far between two texts.
    pub(crate) fn wrap(mut self, before: &'static str, after: &'static str) -> Self {
        self.text = format!("{before}{}{after}", self.text);
        self
    }

    /// Runs it and counts the rows it changed.
    pub(crate) async fn execute(self, conn: Conn<'_>) -> Result<u64, StoreError> {
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(self.args)?;
                sqlx::query_with(AssertSqlSafe(self.text), arguments).execute(conn).await?.rows_affected()
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(self.args)?;
                sqlx::query_with(AssertSqlSafe(self.text), arguments).execute(conn).await?.rows_affected()
            }
        })
    }

    /// All rows.
    pub(crate) async fn all<T: AnyRow>(self, conn: Conn<'_>) -> Result<Vec<T>, StoreError> {
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(self.args)?;
                sqlx::query_as_with(AssertSqlSafe(self.text), arguments).fetch_all(conn).await?
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(self.args)?;
                sqlx::query_as_with(AssertSqlSafe(self.text), arguments).fetch_all(conn).await?
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: AnyRow>(self, conn: Conn<'_>) -> Result<Option<T>, StoreError> {
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(self.args)?;
                sqlx::query_as_with(AssertSqlSafe(self.text), arguments).fetch_optional(conn).await?
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(self.args)?;
                sqlx::query_as_with(AssertSqlSafe(self.text), arguments).fetch_optional(conn).await?
            }
        })
    }

    /// The row that must be there.
    pub(crate) async fn one<T: AnyRow>(self, conn: Conn<'_>) -> Result<T, StoreError> {
        self.optional(conn).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }

    /// The single number of the single row, for counts and sums; NULL is 0.
    pub(crate) async fn number(self, conn: Conn<'_>) -> Result<i64, StoreError> {
        Ok(self.one::<(Option<i64>,)>(conn).await?.0.unwrap_or(0))
    }
}

fn arguments<DB>(args: Vec<Arg>) -> Result<DB::Arguments, StoreError>
where
    DB: Database,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<Vec<u8>>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<Uuid>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<DateTime<Utc>>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<NaiveDate>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> bool: Encode<'q, DB> + Type<DB>,
{
    use sqlx::Arguments as _;
    let mut arguments = DB::Arguments::default();
    for arg in args {
        match arg {
            Arg::Text(value) => arguments.add(value),
            Arg::Bytes(value) => arguments.add(value),
            Arg::Uuid(value) => arguments.add(value),
            Arg::Time(value) => arguments.add(value),
            Arg::Day(value) => arguments.add(value),
            Arg::Int(value) => arguments.add(value),
            Arg::Bool(value) => arguments.add(value),
        }
        .map_err(|error| StoreError::Database(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_and_values_stay_out_of_the_text() {
        let statement = sql("SELECT * FROM t WHERE a = ")
            .arg("x' OR 1=1")
            .push(" AND (b, c) IN (")
            .rows([[Arg::from(1_i64), Arg::from("two")], [Arg::from(3_i64), Arg::from("four")]]);
        assert_eq!(statement.text, "SELECT * FROM t WHERE a = $1 AND (b, c) IN (($2, $3), ($4, $5)");
        assert_eq!(statement.args.len(), 5);
    }
}

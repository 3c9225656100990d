//! One SQL text for both engines: built from literals, bound by position.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::{
    AssertSqlSafe, Database, Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type, postgres::PgRow,
    sqlite::SqliteRow,
};
use uuid::Uuid;

use crate::StoreError;

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
    AccountId, PartnerId, UserId, LeadId, InvoiceId, InvitationId, AuditEventId, ApiKeyId, DeliveryId, LeadImportId,
    ReturnId, FileId, ReportMailId, ViewId, PasskeyId, ProviderId
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

    /// Adds a list of values in parentheses, as `IN` takes it.
    pub(crate) fn list<T: Into<Arg>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self = self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self = if index == 0 { self } else { self.push(", ") }.arg(value);
        }
        self.push(")")
    }

    /// Puts the whole statement so far between two texts.
    pub(crate) fn wrap(mut self, before: &'static str, after: &'static str) -> Self {
        self.text = format!("{before}{}{after}", self.text);
        self
    }

    /// The text as SQLite takes it quickest: it looks every named placeholder up among all others, so that the thousands of an
    /// insert of many rows would take longer than the insert. Where each is used once and in order, they need no names.
    fn for_sqlite(text: String) -> String {
        let (mut plain, mut rest, mut next) = (String::with_capacity(text.len()), text.as_str(), 1_usize);
        while let Some(at) = rest.find('$') {
            let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let number = &rest[at + 1..at + 1 + digits];
            plain.push_str(&rest[..at]);
            if number.is_empty() {
                plain.push('$');
            } else if number.parse() == Ok(next) {
                plain.push('?');
                next += 1;
            } else {
                return text;
            }
            rest = &rest[at + 1 + digits..];
        }
        plain + rest
    }

    /// Without a condition, if a test has it forgotten to see that somebody notices: `PORTAL_TEST_FORGET` is a part of the
    /// statements meant and, after an arrow, the condition. What is built to be used knows nothing of it.
    #[cfg(debug_assertions)]
    fn mutated(mut self) -> Self {
        static FORGET: std::sync::LazyLock<Option<(String, String)>> = std::sync::LazyLock::new(|| {
            let setting = std::env::var("PORTAL_TEST_FORGET").ok()?;
            setting.split_once(" => ").map(|(part, condition)| (part.to_owned(), condition.to_owned()))
        });
        if let Some((part, condition)) = &*FORGET
            && self.text.contains(part)
        {
            self.text = self.text.replace(condition, &format!("({condition} OR TRUE)"));
        }
        self
    }

    #[cfg(not(debug_assertions))]
    const fn mutated(self) -> Self {
        self
    }

    /// Runs it and counts the rows it changed.
    pub(crate) async fn execute(self, conn: Conn<'_>) -> Result<u64, StoreError> {
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(self.args)?;
                sqlx::query_with(AssertSqlSafe(Self::for_sqlite(self.text)), arguments)
                    .execute(conn)
                    .await?
                    .rows_affected()
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(self.args)?;
                sqlx::query_with(AssertSqlSafe(self.text), arguments).execute(conn).await?.rows_affected()
            }
        })
    }

    /// All rows.
    pub(crate) async fn all<T: AnyRow>(self, conn: Conn<'_>) -> Result<Vec<T>, StoreError> {
        let Self { text, args } = self.mutated();
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(args)?;
                sqlx::query_as_with(AssertSqlSafe(Self::for_sqlite(text)), arguments).fetch_all(conn).await?
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(args)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(conn).await?
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: AnyRow>(self, conn: Conn<'_>) -> Result<Option<T>, StoreError> {
        let Self { text, args } = self.mutated();
        Ok(match conn {
            Conn::Sqlite(conn) => {
                let arguments = arguments::<Sqlite>(args)?;
                sqlx::query_as_with(AssertSqlSafe(Self::for_sqlite(text)), arguments).fetch_optional(conn).await?
            }
            Conn::Postgres(conn) => {
                let arguments = arguments::<Postgres>(args)?;
                sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_optional(conn).await?
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

/// A column's name, and its value beside it.
pub(crate) type Column = (&'static str, Arg);

/// Begins an `INSERT` of one row.
pub(crate) fn insert(table: &'static str, row: impl IntoIterator<Item = Column>) -> Sql {
    let (names, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
    insert_into(table, &names).list(values)
}

/// Begins an `INSERT` of rows, of which there is at least one. All have the columns of the first, in its order.
pub(crate) fn insert_rows<const N: usize>(table: &'static str, rows: impl IntoIterator<Item = [Column; N]>) -> Sql {
    let mut rows = rows.into_iter().peekable();
    let names = rows.peek().map_or([""; N], |row| row.each_ref().map(|(name, _)| *name));
    let mut insert = insert_into(table, &names);
    for (index, row) in rows.enumerate() {
        debug_assert_eq!(row.each_ref().map(|(name, _)| *name), names, "a row of {table}");
        insert = if index == 0 { insert } else { insert.push(", ") }.list(row.map(|(_, value)| value));
    }
    insert
}

fn insert_into(table: &'static str, names: &[&'static str]) -> Sql {
    let mut insert = sql("INSERT INTO ").push(table).push(" (");
    for (index, name) in names.iter().enumerate() {
        insert = if index == 0 { insert } else { insert.push(", ") }.push(name);
    }
    insert.push(") VALUES ")
}

/// Begins an `UPDATE` that sets these columns; its `WHERE` is to follow.
pub(crate) fn update(table: &'static str, columns: impl IntoIterator<Item = Column>) -> Sql {
    let mut update = sql("UPDATE ").push(table);
    for (index, (name, value)) in columns.into_iter().enumerate() {
        update = update.push(if index == 0 { " SET " } else { ", " }).push(name).push(" = ").arg(value);
    }
    update
}

/// Refuses what one of the engines could not keep, alike on both.
fn check(arg: &Arg) -> Result<(), StoreError> {
    let four_digits = |year: i32| (0..=9999).contains(&year);
    match arg {
        Arg::Text(Some(text)) if text.as_bytes().contains(&0) => {
            Err(StoreError::Unstorable("text holds a NUL character"))
        }
        Arg::Time(Some(at)) if !four_digits(at.year()) => Err(StoreError::Unstorable("time is out of range")),
        Arg::Day(Some(day)) if !four_digits(day.year()) => Err(StoreError::Unstorable("day is out of range")),
        _ => Ok(()),
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
        check(&arg)?;
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
        let statement = sql("SELECT * FROM t WHERE a = ").arg("x' OR 1=1").push(" AND b IN ").list([1_i64, 2]);
        assert_eq!(statement.text, "SELECT * FROM t WHERE a = $1 AND b IN ($2, $3)");
        assert_eq!(Sql::for_sqlite(statement.text), "SELECT * FROM t WHERE a = ? AND b IN (?, ?)");
        for kept in ["a = $2 AND b = $1", "a = $1 AND b = $1", "a = $1 AND b = $3"] {
            assert_eq!(Sql::for_sqlite(kept.to_owned()), kept, "their order says which is which");
        }
        assert_eq!(Sql::for_sqlite("json_each('$.a$') = $1".to_owned()), "json_each('$.a$') = ?");
        assert_eq!(statement.args.len(), 3);
    }

    #[test]
    fn what_one_engine_could_not_keep_neither_is_given() {
        let refused = |arg: Arg| matches!(check(&arg), Err(StoreError::Unstorable(_)));
        assert!(refused("a\0b".into()) && refused(NaiveDate::MAX.into()) && refused(DateTime::<Utc>::MIN_UTC.into()));
        let last: NaiveDate = "9999-12-31".parse().unwrap();
        assert!(
            ![Arg::from("ab"), last.into(), Arg::Text(None), DateTime::<Utc>::UNIX_EPOCH.into()]
                .into_iter()
                .any(refused)
        );
    }

    #[test]
    fn columns_and_values_stand_in_the_same_order() {
        let row = |number: i64, text: &str| [("a", number.into()), ("b", text.into())];
        let one = insert("t", row(1, "one")).push(" ON CONFLICT (a) DO NOTHING");
        assert_eq!(one.text, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO NOTHING");
        let two = insert_rows("t", [row(1, "one"), row(2, "two")]);
        assert_eq!(two.text, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
        assert!(
            matches!(&two.args[..], [Arg::Int(Some(1)), Arg::Text(_), Arg::Int(Some(2)), Arg::Text(Some(two))] if two == "two")
        );
        let changed = update("t", row(1, "one")).push(" WHERE c = ").arg(true);
        assert_eq!(changed.text, "UPDATE t SET a = $1, b = $2 WHERE c = $3");
    }
}

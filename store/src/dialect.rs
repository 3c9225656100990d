//! Where the two engines truly differ: searching inside texts.

use domain::ids::PartnerId;

use crate::sql::Sql;

/// The engine's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The shortest text the trigram indexes can look up, in characters.
const MIN_INDEXED: usize = 3;

impl Dialect {
    /// How many rows of so many columns go into one statement. SQLite's driver looks every placeholder up by walking through
    /// those before it, so that a statement's cost grows with the square of its values: many small ones are far quicker.
    /// PostgreSQL saves a round trip with each larger one, up to its 65,535 values.
    pub(crate) const fn rows_per_statement(self, columns: usize) -> usize {
        let values = match self {
            Self::Sqlite => 360,
            Self::Postgres => 18_000,
        };
        if columns >= values { 1 } else { values / columns }
    }

    /// Adds a condition that a row of `leads` contains `needle`, tested on each row.
    pub(crate) fn contains(self, sql: Sql, needle: &str) -> Sql {
        match self {
            Self::Sqlite => sql.push("instr(search_text, ").arg(needle).push(") > 0"),
            Self::Postgres => sql.push("strpos(search_text, ").arg(needle).push(") > 0"),
        }
    }

    /// Adds a query for the keys of this partner's leads, which lie between these two, that contain `needle`: by the trigram index where the text is
    /// long enough for it, else by reading the partner's leads in the order in which they lie on disk.
    ///
    /// SQLite's index is one for all partners, but its row ids are lead keys, which begin with the partner's number:
    /// the range makes it read this partner's part alone. The keys are only ever used beside the scope's own
    /// conditions.
    pub(crate) fn keys_containing(self, sql: Sql, partner: PartnerId, keys: (i64, i64), needle: &str) -> Sql {
        let (first, last) = keys;
        if needle.chars().count() < MIN_INDEXED {
            let leads =
                sql.push("SELECT lead_key FROM leads WHERE lead_key BETWEEN ").arg(first).push(" AND ").arg(last);
            return self.contains(leads.push(" AND "), needle);
        }
        match self {
            Self::Sqlite => sql
                .push("SELECT rowid FROM leads_search WHERE leads_search MATCH ")
                .arg(format!("\"{}\"", needle.replace('"', "\"\"")))
                .push(" AND rowid BETWEEN ")
                .arg(first)
                .push(" AND ")
                .arg(last),
            Self::Postgres => sql
                .push("SELECT lead_key FROM leads WHERE partner_id = ")
                .arg(partner)
                .push(" AND search_text LIKE ")
                .arg(format!("%{}%", needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))),
        }
    }

    /// Adds a condition that a row's key is one of these. They travel as one JSON text, so that the statement is the same
    /// for any number of them.
    pub(crate) fn among(self, sql: Sql, keys: &[i64]) -> Sql {
        let json = serde_json::Value::from(keys).to_string();
        match self {
            Self::Sqlite => sql.push("lead_key IN (SELECT value FROM json_each(").arg(json).push("))"),
            Self::Postgres => sql
                .push("lead_key IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(")
                .arg(json)
                .push(" AS json)))"),
        }
    }
}

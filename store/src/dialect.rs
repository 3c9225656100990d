//! Where the two engines truly differ: searching inside texts.

use domain::{
    ids::{AccountId, PartnerId},
    search::Needle,
};

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

    /// Ends a query for rows that are to be locked: those that nobody else has locked. SQLite's transaction has the only lock there is.
    pub(crate) const fn lock_free_rows(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The quarters of an hour since 1970 at which a lead was delivered. Each lies in one hour of every time zone.
    pub(crate) const fn quarter_hours(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(strftime('%s', delivered_at) AS INTEGER) / 900",
            Self::Postgres => "CAST(floor(extract(epoch FROM delivered_at) / 900) AS BIGINT)",
        }
    }

    /// The first day of a day's month.
    pub(crate) const fn month_of_day(self) -> &'static str {
        match self {
            Self::Sqlite => "date(day, 'start of month')",
            Self::Postgres => "CAST(date_trunc('month', CAST(day AS timestamp)) AS DATE)",
        }
    }

    /// Adds a condition that a row's `search_text` contains what is looked for, tested on each row.
    pub(crate) fn contains(self, sql: Sql, needle: &Needle) -> Sql {
        self.contains_words(sql, needle.words().iter())
    }

    fn contains_words<'a>(self, sql: Sql, words: impl Iterator<Item = &'a Vec<String>>) -> Sql {
        let position = match self {
            Self::Sqlite => "instr(search_text, ",
            Self::Postgres => "strpos(search_text, ",
        };
        each_word(sql, words, |sql, text| sql.push(position).arg(text).push(") > 0"))
    }

    /// Adds a query for the keys of this partner's leads, which lie between these two, that contain what is looked for: by the
    /// trigram index where a word is long enough for it, else by reading the partner's leads in the order in which they lie on disk.
    ///
    /// SQLite's index is one for all partners, but its row ids are lead keys, which begin with the partner's number:
    /// the range makes it read this partner's part alone. The keys are only ever used beside the scope's own
    /// conditions.
    pub(crate) fn keys_containing(self, sql: Sql, partner: PartnerId, keys: (i64, i64), needle: &Needle) -> Sql {
        let (first, last) = keys;
        let (indexed, short): (Vec<_>, Vec<_>) = needle.words().iter().partition(|texts| is_indexed(texts));
        if indexed.is_empty() {
            let leads =
                sql.push("SELECT lead_key FROM leads WHERE lead_key BETWEEN ").arg(first).push(" AND ").arg(last);
            return self.contains(leads.push(" AND "), needle);
        }
        match self {
            Self::Sqlite => {
                let looked_up = |sql: Sql| {
                    sql.push("SELECT rowid FROM leads_search WHERE leads_search MATCH ")
                        .arg(match_words(&indexed))
                        .push(" AND rowid BETWEEN ")
                        .arg(first)
                        .push(" AND ")
                        .arg(last)
                };
                if short.is_empty() {
                    return looked_up(sql);
                }
                // The index keeps no texts: words that are too short for it are looked for in the rows that it finds.
                let leads = looked_up(sql.push("SELECT lead_key FROM leads WHERE lead_key IN ("));
                self.contains_words(leads.push(") AND "), short.into_iter())
            }
            Self::Postgres => {
                let leads = sql.push("SELECT lead_key FROM leads WHERE partner_id = ").arg(partner).push(" AND ");
                each_word(leads, needle.words().iter(), like)
            }
        }
    }

    /// Adds a query for the keys of leads that contain those words of what is looked for that are long enough for the trigram index: one
    /// at least must be. On SQLite the index is one for all accounts. The keys are only ever used beside the scope's own conditions and
    /// the whole of what is looked for.
    pub(crate) fn keys_containing_in(self, sql: Sql, account: AccountId, needle: &Needle) -> Sql {
        let indexed: Vec<_> = needle.words().iter().filter(|texts| is_indexed(texts)).collect();
        match self {
            Self::Sqlite => {
                sql.push("SELECT rowid FROM leads_search WHERE leads_search MATCH ").arg(match_words(&indexed))
            }
            Self::Postgres => {
                let leads = sql.push("SELECT lead_key FROM leads WHERE account_id = ").arg(account).push(" AND ");
                each_word(leads, indexed.into_iter(), like)
            }
        }
    }

    /// Whether the trigram index can look for this.
    pub(crate) fn can_look_up(needle: &Needle) -> bool {
        needle.words().iter().any(|texts| is_indexed(texts))
    }

    /// Adds a condition that a row's key is one of these. They travel as one text, so that the statement is the same for any number
    /// of them. PostgreSQL reads it before it looks for rows: a text that were read row by row could be compared by no index behind
    /// a wall, for reading it is no leakproof function.
    pub(crate) fn among(self, sql: Sql, keys: &[i64]) -> Sql {
        match self {
            Self::Sqlite => {
                let json = serde_json::Value::from(keys).to_string();
                sql.push("lead_key IN (SELECT value FROM json_each(").arg(json).push("))")
            }
            Self::Postgres => {
                let keys: Vec<_> = keys.iter().map(i64::to_string).collect();
                sql.push("lead_key = ANY (CAST(").arg(format!("{{{}}}", keys.join(","))).push(" AS BIGINT[]))")
            }
        }
    }
}

/// Whether the trigram indexes can look a word up, whichever of its texts it is.
fn is_indexed(texts: &[String]) -> bool {
    texts.iter().all(|text| text.chars().count() >= MIN_INDEXED)
}

/// Adds a condition that a row contains a text, as PostgreSQL's trigram index answers it.
fn like(sql: Sql, text: &str) -> Sql {
    let text = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    sql.push("search_text LIKE ").arg(format!("%{text}%"))
}

/// Adds a condition for each word: that one of its texts is there, as `is_there` says.
fn each_word<'a>(
    mut sql: Sql,
    words: impl Iterator<Item = &'a Vec<String>>,
    is_there: impl Fn(Sql, &'a str) -> Sql,
) -> Sql {
    for (place, texts) in words.enumerate() {
        sql = sql.push(if place == 0 { "(" } else { " AND (" });
        for (place, text) in texts.iter().enumerate() {
            sql = is_there(if place == 0 { sql } else { sql.push(" OR ") }, text);
        }
        sql = sql.push(")");
    }
    sql
}

/// The same in the language of FTS5, in which a text in quotation marks is nothing but a text.
fn match_words(words: &[&Vec<String>]) -> String {
    let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let word = |texts: &&Vec<String>| format!("({})", texts.iter().map(quoted).collect::<Vec<_>>().join(" OR "));
    words.iter().map(word).collect::<Vec<_>>().join(" AND ")
}

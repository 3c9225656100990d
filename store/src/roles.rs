//! The roles of a PostgreSQL database: one owns it and changes its schema, another one serves.

use std::fmt;

use crate::{Db, StoreError, dialect::Dialect, sql::sql};

/// What the database's walls lack, for the log to say so at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallGap {
    /// The role that serves is a superuser or has BYPASSRLS: for it there are no walls.
    Bypassed,
    /// Behind walls, the index for searching is used only where `LIKE` counts as leakproof.
    SlowSearch,
}

impl fmt::Display for WallGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bypassed => {
                "the role in DATABASE_URL is a superuser or has BYPASSRLS: the database's walls between accounts and partners do \
                 not hold for it. docs/OPERATIONS.md, \"Roles on PostgreSQL\", makes one that they hold for"
            }
            Self::SlowSearch => {
                "searching for leads cannot use its index: a superuser has to run ALTER FUNCTION \
                 pg_catalog.textlike(text, text) LEAKPROOF once in this database (docs/OPERATIONS.md, \"Roles on PostgreSQL\")"
            }
        })
    }
}

impl Db {
    /// Gives the role that serves its rights on what the migrations have made.
    pub(crate) async fn admit(&self, server: &str) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        sql("SELECT admit(CAST($1 AS name))").bind(server).execute(tx.conn()).await?;
        tx.end().await
    }

    /// What the walls of a migrated database lack; nothing on SQLite, which has none.
    pub async fn wall_gaps(&self) -> Result<Vec<WallGap>, StoreError> {
        let mut read = self.reader().await?;
        if read.dialect() == Dialect::Sqlite {
            return Ok(Vec::new());
        }
        let (bypasses, is_leakproof) =
            sql("SELECT r.rolsuper OR r.rolbypassrls, p.proleakproof FROM pg_roles r, pg_proc p
            WHERE r.rolname = current_user AND p.oid = CAST('pg_catalog.textlike(text, text)' AS regprocedure)")
            .one::<(bool, bool)>(read.conn())
            .await?;
        let gaps = [(bypasses, WallGap::Bypassed), (!bypasses && !is_leakproof, WallGap::SlowSearch)];
        Ok(gaps.into_iter().filter_map(|(is_there, gap)| is_there.then_some(gap)).collect())
    }

    /// Whether the tables belong to another role of PostgreSQL, which alone may change them and have the engine look at them.
    pub(crate) async fn is_anothers(&self) -> Result<bool, StoreError> {
        let mut read = self.reader().await?;
        if read.dialect() == Dialect::Sqlite {
            return Ok(false);
        }
        let anothers = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM pg_class
            WHERE oid = to_regclass('leads') AND NOT pg_has_role(relowner, 'USAGE')");
        Ok(anothers.number(read.conn()).await? > 0)
    }
}

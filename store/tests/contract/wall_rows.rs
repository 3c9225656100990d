//! A database in which every table holds a row of everybody it can belong to, for the walls to be tried at: made from the schema
//! itself, so that a table which a migration adds is tried as well.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// What a partner reads of its account, and cannot write; but for the chain, to which it adds.
pub(crate) const SHARED: [&str; 6] =
    ["accounts", "account_logos", "lead_fields", "outcomes", "reject_reasons", "audit_chains"];
/// Whose rows are never changed nor removed by the role that serves.
const KEPT: [&str; 4] = ["audit_events", "lead_status_events", "lead_outcome_events", "delivery_attempts"];

/// Somebody rows can belong to: a partner, or without one the staff of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) name: &'static str,
    pub(crate) account: Uuid,
    pub(crate) partner: Option<Uuid>,
    pub(crate) number: u8,
}

impl Owner {
    const fn new(name: &'static str, account: u128, partner: Option<u128>, number: u8) -> Self {
        let partner = match partner {
            Some(partner) => Some(Uuid::from_u128(partner)),
            None => None,
        };
        Self { name, account: Uuid::from_u128(account), partner, number }
    }

    /// The id of its row in a table, or by a suffix of another one.
    fn id(&self, table: &str, suffix: &str) -> Uuid {
        let mut bytes = [self.number; 16];
        for (place, byte) in table.bytes().chain(suffix.bytes()).enumerate() {
            bytes[1 + place % 15] = bytes[1 + place % 15].wrapping_mul(31).wrapping_add(byte);
        }
        Uuid::from_bytes(bytes)
    }
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: String,
    nullable: bool,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Its last column: the first ones are what triggers keep from changing.
    pub(crate) column: String,
    columns: Vec<Column>,
    /// Where each row lies, and whose it is.
    pub(crate) rows: Vec<(String, &'static str)>,
}

impl Table {
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether its rows belong to a partner, or to a user, an import, a key that does.
    fn is_personal(&self) -> bool {
        let links = ["partner_id", "user_id", "import_id", "report_mail_id", "key_id", "session_hash"];
        self.name == "partners" || links.iter().any(|link| self.column(link).is_some())
    }

    pub(crate) fn can_belong_to(&self, owner: &Owner) -> bool {
        match owner.partner {
            Some(_) => self.is_personal(),
            None if !self.is_personal() => true,
            // The staff have no partner and no file of one, but sessions, keys and reports.
            None => {
                !["partners", "lead_import_pieces", "lead_import_rejects"].contains(&self.name.as_str())
                    && self.column("partner_id").is_none_or(|column| column.nullable)
            }
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        KEPT.contains(&self.name.as_str())
    }

    /// How many rows somebody sees, if it is one of the first account.
    pub(crate) fn visible_to(&self, owner: &Owner, staff: &Owner) -> i64 {
        let of = |owner: &Owner| i64::from(self.can_belong_to(owner));
        match owner.partner {
            Some(_) if self.is_personal() => of(owner),
            Some(_) => i64::from(SHARED.contains(&self.name.as_str())),
            // Both partners' rows, and its own.
            None if self.is_personal() => 2 + of(staff),
            None => 1,
        }
    }

    /// Stores a row of somebody.
    pub(crate) fn insert(&self, owner: &Owner, suffix: &str) -> String {
        let value = |column: &Column| -> String {
            let uuid = |id: Uuid| format!("'{id}'");
            let linked = |table: &str| uuid(owner.id(table, ""));
            match (column.name.as_str(), column.kind.as_str()) {
                ("id", "uuid") if self.name == "accounts" && suffix.is_empty() => uuid(owner.account),
                ("id", "uuid") if self.name == "partners" && suffix.is_empty() => uuid(owner.partner.unwrap()),
                ("account_id", _) => uuid(owner.account),
                ("partner_id", _) => owner.partner.map_or("NULL".to_owned(), uuid),
                ("user_id", _) => linked("users"),
                ("import_id", _) => linked("lead_imports"),
                ("lead_id", _) => linked("leads"),
                ("delivery_id", _) => linked("deliveries"),
                ("report_mail_id", _) => linked("report_mails"),
                ("key_id", _) => linked("api_keys"),
                ("id_hash" | "session_hash", _) => format!("decode('{}{suffix}', 'escape')", owner.name),
                (_, "uuid") => uuid(owner.id(&self.name, suffix)),
                (_, "text") => format!("'{}{suffix}'", owner.name),
                (_, "bytea") => format!("decode('{}{suffix}', 'escape')", owner.name),
                (_, "boolean") => "FALSE".to_owned(),
                (_, "bigint" | "integer") => (i64::from(owner.number) + suffix.len() as i64 * 1_000).to_string(),
                (_, "date") => "CURRENT_DATE".to_owned(),
                (_, "timestamp with time zone") => "now()".to_owned(),
                (name, kind) => panic!("{}.{name} has the unforeseen type {kind}", self.name),
            }
        };
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<_> = self.columns.iter().map(value).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, names.join(", "), values.join(", "))
    }
}

pub(crate) struct Filled {
    /// Two partners of one account, its staff, a partner of another account and that one's staff.
    pub(crate) owners: [Owner; 5],
    pub(crate) tables: Vec<Table>,
}

impl Filled {
    /// Fills all tables but some, as a superuser whom neither references nor rules of single columns stop.
    pub(crate) async fn new(superuser: &str, without: &[&str]) -> Self {
        let owners = [
            Owner::new("ours", 0xA, Some(0xA1), 1),
            Owner::new("others", 0xA, Some(0xA2), 2),
            Owner::new("staff", 0xA, None, 3),
            Owner::new("stranger", 0xB, Some(0xB1), 4),
            Owner::new("strange_staff", 0xB, None, 5),
        ];
        let mut conn = PgConnection::connect(superuser).await.unwrap();
        conn.execute(
            "SET session_replication_role = replica;
            DO $$ DECLARE c record; BEGIN
                FOR c IN SELECT conname, conrelid::regclass AS t FROM pg_constraint
                    WHERE contype = 'c' AND connamespace = 'public'::regnamespace
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP;
                FOR c IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                    AND relname NOT LIKE '\\_%'
                LOOP EXECUTE format('TRUNCATE %I CASCADE', c.relname); END LOOP;
            END $$",
        )
        .await
        .unwrap();
        let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'
                AND is_identity = 'NO' AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap();
        let mut tables = Vec::<Table>::new();
        for (table, name, kind, nullable) in columns {
            if without.contains(&table.as_str()) {
                continue;
            }
            if tables.last().is_none_or(|last| last.name != table) {
                tables.push(Table { name: table, column: String::new(), columns: vec![], rows: vec![] });
            }
            let table = tables.last_mut().unwrap();
            table.column.clone_from(&name);
            table.columns.push(Column { name, kind, nullable });
        }
        for table in &mut tables {
            for owner in owners.iter().filter(|owner| table.can_belong_to(owner)).copied().collect::<Vec<_>>() {
                let insert = format!("{} RETURNING CAST(ctid AS TEXT)", table.insert(&owner, ""));
                let place: String = sqlx::query_scalar(AssertSqlSafe(insert.clone()))
                    .fetch_one(&mut conn)
                    .await
                    .unwrap_or_else(|error| panic!("{insert}: {error}"));
                table.rows.push((place, owner.name));
            }
        }
        conn.close().await.unwrap();
        Self { owners, tables }
    }
}

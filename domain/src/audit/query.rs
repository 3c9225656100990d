//! The audit log as admins read it: which events, and how each one reads.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{AuditAction, AuditResult};
use crate::{
    ids::PartnerId,
    time::{LocalTime, read_day, within_years},
};

text_enum! {
    /// What kind of somebody acted.
    ActorKind {
        /// An admin.
        Admin = "admin",
        /// A partner user.
        Partner = "partner",
        /// Somebody who was not logged in.
        Visitor = "visitor",
        /// An API key.
        Api = "api",
        /// The portal itself, or its operator.
        System = "system",
    }
}

impl ActorKind {
    /// The kind as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "Admins",
            Self::Partner => "Partner users",
            Self::Visitor => "Visitors",
            Self::Api => "API keys",
            Self::System => "The portal",
        }
    }
}

/// An event, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the account's log.
    pub sequence: i64,
    /// When.
    pub at: LocalTime,
    /// What kind of somebody acted.
    pub actor_kind: ActorKind,
    /// Who; empty for a visitor.
    pub actor: String,
    /// The partner it concerns.
    pub partner: Option<(PartnerId, String)>,
    /// What was done.
    pub action: AuditAction,
    /// To what kind of object.
    pub object_kind: String,
    /// To which one; may be empty.
    pub object: String,
    /// How it went.
    pub result: AuditResult,
    /// From which network address; empty for the portal itself.
    pub address: String,
    /// What else there is to say, as name and value.
    pub detail: Vec<(String, String)>,
}

impl AuditEntry {
    /// Who acted, in words.
    #[must_use]
    pub fn who(&self) -> &str {
        match self.actor_kind {
            ActorKind::Visitor => "Somebody who was not logged in",
            ActorKind::System => "The portal",
            ActorKind::Admin | ActorKind::Partner | ActorKind::Api => &self.actor,
        }
    }
}

/// Which events to list; what the URL holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Only what this kind of somebody did.
    pub actor_kind: Option<ActorKind>,
    /// Only what somebody of exactly this name did; empty for all.
    pub actor: String,
    /// Only what concerns this partner.
    pub partner: Option<PartnerId>,
    /// Only this.
    pub action: Option<AuditAction>,
    /// Only what was done to this object, by its id.
    pub object: Option<uuid::Uuid>,
    /// Only what went so.
    pub result: Option<AuditResult>,
    /// From this day on, in the account's time zone.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub to: Option<NaiveDate>,
}

/// The state of the audit log's page; what the URL holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Which events.
    pub filter: AuditFilter,
    /// Only events before this position in the log.
    pub before: Option<i64>,
}

impl AuditQuery {
    /// How many rows a page has.
    pub const ROWS: i64 = 50;

    /// Reads a URL's pairs; what makes no sense is left out.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        let filter = &mut query.filter;
        for (key, value) in pairs {
            let value = value.trim();
            match key {
                "who" => filter.actor_kind = value.parse().ok(),
                "actor" => filter.actor = value.chars().filter(|c| !c.is_control()).take(200).collect(),
                "partner" => filter.partner = value.parse().ok(),
                "action" => filter.action = value.parse().ok(),
                "object" => filter.object = value.parse().ok(),
                "result" => filter.result = value.parse().ok(),
                "from" => filter.from = read_day(value).ok(),
                "to" => filter.to = read_day(value).ok(),
                "before" => query.before = value.parse().ok().filter(|place| *place > 0),
                _ => {}
            }
        }
        query
    }

    /// The same within the bounds that a URL has, for a state that came as JSON.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.filter.actor = self.filter.actor.chars().filter(|c| !c.is_control()).take(200).collect();
        self.filter.from = within_years(self.filter.from);
        self.filter.to = within_years(self.filter.to);
        self.before = self.before.filter(|place| *place > 0);
        self
    }

    /// The URL of this state under a path.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let filter = &self.filter;
        let pairs = [
            ("who", filter.actor_kind.map(|kind| kind.to_string())),
            ("actor", Some(filter.actor.clone()).filter(|actor| !actor.is_empty())),
            ("partner", filter.partner.map(|id| id.to_string())),
            ("action", filter.action.map(|action| action.to_string())),
            ("object", filter.object.map(|id| id.to_string())),
            ("result", filter.result.map(|result| result.to_string())),
            ("from", filter.from.map(|day| day.to_string())),
            ("to", filter.to.map(|day| day.to_string())),
            ("before", self.before.map(|place| place.to_string())),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in pairs {
            if let Some(value) = value {
                query.append_pair(key, &value);
            }
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_holds_the_filter() {
        let query = AuditQuery {
            filter: AuditFilter {
                actor_kind: Some(ActorKind::Admin),
                actor: "Ada & Söhne".into(),
                partner: Some(PartnerId(uuid::Uuid::from_u128(7))),
                action: Some(AuditAction::Login),
                object: Some(uuid::Uuid::from_u128(8)),
                result: Some(AuditResult::Failure),
                from: "2026-01-01".parse().ok(),
                to: "2026-02-01".parse().ok(),
            },
            before: Some(12),
        };
        let href = query.href("/admin/audit");
        let pairs: Vec<_> = form_urlencoded::parse(href.split_once('?').unwrap().1.as_bytes()).collect();
        assert_eq!(AuditQuery::from_pairs(pairs.iter().map(|(k, v)| (k.as_ref(), v.as_ref()))), query);
        assert_eq!(AuditQuery::default().href("/x"), "/x");
        assert_eq!(query.clone().bounded(), query);
        let far = AuditFilter {
            actor: "A\0".into(),
            from: Some(NaiveDate::MIN),
            to: Some(NaiveDate::MAX),
            ..AuditFilter::default()
        };
        let near = AuditQuery { filter: far, before: Some(-1) }.bounded();
        assert_eq!(
            near,
            AuditQuery { filter: AuditFilter { actor: "A".into(), ..AuditFilter::default() }, before: None }
        );
        let junk = [("before", "-1"), ("action", "x"), ("from", "soon"), ("to", "+10000-01-01"), ("partner", "'")];
        assert_eq!(AuditQuery::from_pairs(junk.into_iter()), AuditQuery::default());
    }
}

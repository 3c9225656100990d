//! The account's own list of leads: those of all its partners, or of one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Count, LeadListQuery, LeadSort, LeadSummary, keep, left_out};
use crate::{delivery::DeliveryState, ids::PartnerId};

/// How many letters or digits the longest word of a search through all partners' leads has at the least: shorter ones no index finds.
const SHORTEST: usize = 3;

/// The whole state of the list: what a partner's list has, and what only the account can ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLeadQuery {
    /// What the list of a partner has, too.
    pub list: LeadListQuery,
    /// Only leads of this partner.
    pub partner: Option<PartnerId>,
    /// Only leads that are on their way, have arrived or were given up, by any channel.
    pub delivery: Option<DeliveryState>,
}

impl AccountLeadQuery {
    /// Reads decoded key–value pairs, as [`LeadListQuery::from_pairs`] does, with one sentence for each part that was left out. Leads
    /// of all partners come in the order of their delivery alone.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> (Self, Vec<String>) {
        let mut query = Self::default();
        let mut ignored = Vec::new();
        let mut of_list = Vec::new();
        for (key, value) in pairs {
            let text = value.trim();
            let read = match &*key {
                "partner" => text.is_empty() || keep(&mut query.partner, text.parse()),
                "delivery" => text.is_empty() || keep(&mut query.delivery, text.parse()),
                _ => {
                    of_list.push((key.clone(), value.clone()));
                    true
                }
            };
            if !read {
                ignored.push(left_out(&key, text));
            }
        }
        let read = LeadListQuery::from_pairs(of_list);
        query.list = read.query;
        ignored.extend(read.ignored);
        if query.partner.is_none() {
            if matches!(query.list.sort, LeadSort::Name | LeadSort::NameDescending) {
                query.list.sort = LeadSort::Newest;
                ignored.push("Choose a partner to sort by name.".to_owned());
            }
            let q = &mut query.list.filter.q;
            let long = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST;
            if !q.is_empty() && !q.split_whitespace().any(long) {
                q.clear();
                ignored.push(format!(
                    "Searching the leads of all partners takes a word of {SHORTEST} letters or more. Choose a partner to look for less."
                ));
            }
        }
        (query, ignored)
    }

    /// Reads a raw query string, without its question mark.
    #[must_use]
    pub fn from_query_string(raw: &str) -> (Self, Vec<String>) {
        Self::from_pairs(form_urlencoded::parse(raw.as_bytes()))
    }

    /// The same state within the bounds that a URL has, for a state that came by another way.
    #[must_use]
    pub fn bounded(&self) -> Self {
        Self::from_query_string(&self.to_query_string()).0
    }

    /// Writes the query string, without its question mark; what has its default value is left out.
    #[must_use]
    pub fn to_query_string(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(self.list.to_query_string());
        if let Some(partner) = self.partner {
            out.append_pair("partner", &partner.to_string());
        }
        if let Some(delivery) = self.delivery {
            out.append_pair("delivery", delivery.as_str());
        }
        out.finish()
    }

    /// A link to `path` in this state.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let query = self.to_query_string();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The same list with another state of what partners' lists have.
    #[must_use]
    pub fn with(&self, list: LeadListQuery) -> Self {
        Self { list, ..self.clone() }
    }

    /// The same list from its start.
    #[must_use]
    pub fn first_page(&self) -> Self {
        self.with(self.list.first_page())
    }

    /// Whether it lets every lead through.
    #[must_use]
    pub fn is_unfiltered(&self) -> bool {
        self.list.filter.is_empty() && self.partner.is_none() && self.delivery.is_none()
    }
}

/// A lead as the account's list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLead {
    /// What a partner's list shows, and the price.
    pub summary: LeadSummary,
    /// Whom it was delivered to.
    pub partner: (PartnerId, String),
    /// How far it is on its way, by the channel that is behind; nothing where the partner has none.
    pub delivery: Option<DeliveryState>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLeadPage {
    /// The rows, in the order asked for.
    pub leads: Vec<AccountLead>,
    /// How many leads the filter matches.
    pub count: Count,
    /// Whether there are rows before the first.
    pub has_previous: bool,
    /// Whether there are rows after the last.
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_it_all() {
        let raw = "q=adam&status=new&partner=01890a5d-ac96-774b-bcce-b302099a8057&delivery=failed";
        let (query, ignored) = AccountLeadQuery::from_query_string(raw);
        assert!(ignored.is_empty() && query.partner.is_some() && !query.is_unfiltered());
        assert_eq!(query.delivery, Some(DeliveryState::Failed));
        assert_eq!(query.to_query_string(), raw);
        assert_eq!(query.bounded(), query);
        let (query, ignored) = AccountLeadQuery::from_query_string("partner=7&delivery=lost&status=all");
        assert_eq!((query, ignored.len()), (AccountLeadQuery::default(), 3));
        assert!(AccountLeadQuery::from_query_string("partner=&delivery=").1.is_empty());
    }

    #[test]
    fn what_would_read_all_leads_wants_a_partner() {
        for raw in ["sort=name", "q=ab"] {
            let (query, ignored) = AccountLeadQuery::from_query_string(raw);
            assert_eq!((query, ignored.len()), (AccountLeadQuery::default(), 1), "{raw}");
            let one = format!("{raw}&partner=01890a5d-ac96-774b-bcce-b302099a8057");
            assert!(AccountLeadQuery::from_query_string(&one).1.is_empty(), "{raw}");
        }
        assert!(AccountLeadQuery::from_query_string("q=ab+adam").1.is_empty(), "one long word is enough");
    }
}

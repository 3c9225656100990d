//! Leads: the list with its filters, one lead, the partner's decision on it.

pub mod api;
mod bulk;
mod field_filters;
mod files_card;
mod filter_form;
mod keys;
mod lead_page;
mod list;
mod list_page;
mod live;
mod notice;
pub mod outcome_api;
mod outcome_cards;
pub mod outcome_imports;
pub mod return_api;
mod review_form;
mod table;
pub mod view_api;
mod view_menu;

#[cfg(feature = "ssr")]
pub(crate) use api::read_columns;
pub(crate) use files_card::FilesCard;
pub(crate) use filter_form::{FilterForm, ListHref};
pub use lead_page::LeadPage;
pub(crate) use lead_page::{Data, DeliveriesOf, History};
pub(crate) use list::{column_choice, ignored};
pub use list_page::LeadsPage;
pub(crate) use outcome_cards::NoteList;
pub(crate) use review_form::{ReturnList, badge};
pub(crate) use table::{ROW, Told, cell};

use domain::leads::{LeadListQuery, ReadQuery};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where the list is.
const LIST: &str = "/partner/leads";

/// Where it comes as a file: all of it by GET, what is selected by POST.
const EXPORT_CSV: &str = "/partner/leads/export.csv";

/// The address of a link that writes to somebody (RFC 6068). What is no plain part of an address is encoded: a lead's address may hold
/// what a mail program would take for further recipients.
fn mail_link(email: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+~@".contains(&byte);
    let sign = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    format!("mailto:{}", email.bytes().map(sign).collect::<String>())
}

/// The address that calls a number (RFC 3966).
fn dialled(phone: &str) -> String {
    let number: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{number}")
}

/// The list's state, as the current URL says it.
pub(crate) fn use_list_query() -> Memo<ReadQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        // The map keeps its pairs in the URL's order and decoded.
        query.with(|map| {
            LeadListQuery::from_pairs(
                map.latest_values().map(|(key, value)| (key.to_string().into(), value.to_string().into())),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leads_address_adds_no_recipients() {
        assert_eq!(mail_link("ada.lovelace+x@mail.example"), "mailto:ada.lovelace+x@mail.example");
        let planted = mail_link("ada?bcc=eve%40evil.example&x@mail.example");
        assert_eq!(planted, "mailto:ada%3Fbcc%3Deve%2540evil.example%26x@mail.example");
    }
}

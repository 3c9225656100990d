//! Any address of a list is read, and what was understood is written again the same way.

#![no_main]

use domain::{
    audit::AuditQuery,
    invoices::{AdminInvoiceQuery, InvoiceListQuery},
    leads::LeadListQuery,
    partners::PartnerListQuery,
    search::{Needle, document},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    let read = LeadListQuery::from_query_string(raw).query;
    let written = read.to_query_string();
    assert_eq!(LeadListQuery::from_query_string(&written).query, read, "{written}");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    let borrowed = || pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let _ = InvoiceListQuery::from_pairs(borrowed());
    let _ = AuditQuery::from_pairs(borrowed());
    let _ = PartnerListQuery::from_pairs(borrowed());
    let invoices = AdminInvoiceQuery::from_pairs(borrowed());
    let href = invoices.href("/admin/invoices");
    let again: Vec<(String, String)> =
        form_urlencoded::parse(href.split_once('?').map_or("", |(_, pairs)| pairs).as_bytes()).into_owned().collect();
    assert_eq!(AdminInvoiceQuery::from_pairs(again.iter().map(|(key, value)| (&**key, &**value))), invoices);
    for (_, value) in &pairs {
        assert!(Needle::new(value).is_in(&document(&[value], value, Some("49"))), "{value:?} finds itself");
    }
});

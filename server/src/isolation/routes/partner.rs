//! The partners' area.

use domain::{access::Permission, invoices::InvoiceListQuery, leads::LeadListQuery, reports::ReportQuery};
use serde_json::json;

use super::{About, NO_PROVIDER};
use crate::isolation::visitor::{Content, form, json};

/// A well-formed body for a server function, and how it answers each of [`ROLES`](super::ROLES); nothing for one that has no line.
#[must_use]
pub fn call(path: &str, about: &About<'_>) -> Option<(Content, [u16; 4])> {
    let About { lead, other, .. } = *about;
    let (nobody, new, ida) = (about.address("nobody"), about.address("new"), about.address("ida"));
    let query = LeadListQuery::default();
    Some(match path {
        "/fn/auth/login" => {
            (form(&[("email", &nobody), ("password", "a wrong password"), ("account", about.account)]), [401; 4])
        }
        "/fn/auth/logout" => (form(&[]), [200; 4]),
        "/fn/auth/branding" => (form(&[]), [200; 4]),
        // Only for whoever came in by a temporary password.
        "/fn/auth/own-password" => {
            (form(&[("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]), [404; 4])
        }
        "/fn/auth/viewer" => (form(&[]), [200; 4]),
        // Whoever they are, the proof these ask for is in the request, and here there is none.
        "/fn/auth/forgot-password" => (form(&[("email", &nobody), ("account", about.account)]), [200; 4]),
        "/fn/auth/reset-link" | "/fn/auth/invitation-link" | "/fn/auth/email-link" => (form(&[]), [410; 4]),
        "/fn/auth/reset-password" | "/fn/auth/accept-invitation" => {
            (form(&[("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]), [410; 4])
        }
        "/fn/auth/confirm-email" | "/fn/auth/end-sessions-link" | "/fn/auth/end-sessions" => (form(&[]), [410; 4]),
        // Without a password that was right it leads back to the login.
        "/fn/auth/code" => (form(&[("code", "123456")]), [200; 4]),
        "/fn/auth/two-factor" | "/fn/auth/two-factor-begin" => (form(&[]), [200; 4]),
        // There is nothing to turn on in this session, and nothing to turn off.
        "/fn/auth/two-factor-on" => (form(&[("code", "123456")]), [409; 4]),
        "/fn/auth/two-factor-off" | "/fn/auth/recovery-codes" => (form(&[]), [409; 4]),
        "/fn/auth/confirm-view" => (form(&[]), [200; 4]),
        "/fn/auth/confirm" => (form(&[("current", "wrong")]), [422; 4]),
        // Nobody here logs in by a provider, and the account does not let partners set one up.
        "/fn/auth/sso-find" => (form(&[("email", &nobody), ("account", about.account)]), [422; 4]),
        "/fn/auth/sso-provider" => (form(&[]), [200; 4]),
        "/fn/profile/sso" => (form(&[]), [200, 403, 403, 403]),
        "/fn/profile/save-sso" => (form(&NO_PROVIDER), [404, 403, 403, 403]),
        "/fn/profile/remove-sso" => (form(&[]), [404, 403, 403, 403]),
        "/fn/auth/passkey-ask" | "/fn/auth/passkey-begin" => (form(&[]), [200; 4]),
        // There is no answer to what was asked.
        "/fn/auth/passkey" | "/fn/auth/passkey-confirm" | "/fn/auth/passkey-add" => {
            (form(&[("answer", "{}")]), [422; 4])
        }
        "/fn/auth/passkey-remove" => (form(&[("id", other)]), [404; 4]),
        "/fn/profile/contact" | "/fn/profile/security" => (form(&[]), [200; 4]),
        "/fn/profile/activity" => (form(&[("page", "1")]), [200; 4]),
        "/fn/profile/save-contact" => (form(&[("company", "Northwind")]), [200, 200, 200, 403]),
        "/fn/profile/delivery" => (form(&[]), [200, 200, 403, 403]),
        "/fn/profile/save-delivery" => (form(&[("email_mode", "off")]), [200, 200, 403, 403]),
        "/fn/profile/rotate-secret" => (form(&[]), [200, 200, 403, 403]),
        "/fn/delivery/log" => (json(&json!({ "before": null })), [200, 200, 403, 403]),
        "/fn/delivery/get" => (json(&json!({ "id": other })), [404, 404, 403, 403]),
        // There is no webhook to send anything to.
        "/fn/delivery/test" => (form(&[]), [422, 422, 403, 403]),
        "/fn/delivery/replay" => (form(&[("what", "failed")]), [422, 422, 403, 403]),
        // Everybody may change their own password, with the current one.
        "/fn/profile/change-password" => (
            form(&[("current", "wrong"), ("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]),
            [422; 4],
        ),
        "/fn/profile/change-email" => (form(&[("current", "wrong"), ("new_email", new.as_str())]), [422; 4]),
        "/fn/profile/end-other-sessions" => (form(&[]), [200; 4]),
        "/fn/profile/end-session" => (form(&[("session", "0")]), [404; 4]),
        "/fn/users/list" => (form(&[]), [200, 403, 403, 403]),
        "/fn/users/invite" => {
            (form(&[("name", "Ida"), ("email", ida.as_str()), ("role", "viewer")]), [200, 403, 403, 403])
        }
        "/fn/users/revoke" => (form(&[("id", other)]), [404, 403, 403, 403]),
        "/fn/users/change" => (form(&[("id", other), ("role", "viewer"), ("active", "yes")]), [404, 403, 403, 403]),
        "/fn/profile/api-keys" => (form(&[]), [200, 403, 403, 403]),
        "/fn/profile/create-api-key" => {
            (form(&[("name", "CRM"), ("scopes[]", "leads:read"), ("life", "30")]), [200, 403, 403, 403])
        }
        "/fn/profile/revoke-api-key" => (form(&[("id", other)]), [404, 403, 403, 403]),
        "/fn/dashboard/load" => (form(&[]), [200; 4]),
        "/fn/invoices/get" => (json(&json!({ "id": other })), [404, 404, 404, 403]),
        "/fn/invoices/list" => (json(&json!({ "query": InvoiceListQuery::default() })), [200, 200, 200, 403]),
        "/fn/leads/get" => (json(&json!({ "id": lead, "query": query })), [200, 200, 403, 200]),
        "/fn/leads/list" => (json(&json!({ "query": query })), [200, 200, 403, 200]),
        "/fn/reports/get" => (json(&json!({ "query": ReportQuery::default() })), [200, 200, 403, 200]),
        "/fn/reports/mail" => (form(&[("every", "week")]), [200, 200, 403, 200]),
        "/fn/reports/stop-mail" => (form(&[("id", other)]), [404, 404, 403, 404]),
        "/fn/auth/stop-report-link" => (form(&[]), [410; 4]),
        "/fn/auth/stop-report" => (form(&[("id", other)]), [410; 4]),
        "/fn/leads/total" => (form(&[]), [200, 200, 403, 200]),
        "/fn/leads/save-view" => (form(&[("view_name", "Mine")]), [200, 200, 403, 200]),
        "/fn/leads/delete-view" => (form(&[("id", other)]), [404, 404, 403, 404]),
        "/fn/leads/start-with" => (form(&[("list", "status=new")]), [200, 200, 403, 200]),
        "/fn/leads/columns" => (form(&[("columns[]", "email")]), [200, 200, 403, 200]),
        "/fn/leads/review" => (form(&[("id", lead), ("decision", "accept")]), [200, 200, 403, 403]),
        "/fn/leads/review-many" => (form(&[("leads[]", lead), ("decision", "accept")]), [200, 200, 403, 403]),
        "/fn/leads/outcome" => (form(&[("id", lead), ("outcome", "contacted")]), [200, 200, 403, 403]),
        "/fn/leads/outcome-many" => (form(&[("leads[]", lead), ("outcome", "contacted")]), [200, 200, 403, 403]),
        "/fn/outcome-imports/list" => (form(&[]), [200, 200, 403, 403]),
        "/fn/outcome-imports/get"
        | "/fn/outcome-imports/map"
        | "/fn/outcome-imports/cancel"
        | "/fn/outcome-imports/resume"
        | "/fn/outcome-imports/discard" => (form(&[("id", other)]), [404, 404, 403, 403]),
        "/fn/leads/next-step" => (form(&[("id", lead)]), [200, 200, 403, 403]),
        "/fn/leads/note" => (form(&[("id", lead), ("note", "x")]), [200, 200, 403, 403]),
        // There is nothing to withdraw.
        "/fn/leads/withdraw-return" => (form(&[("id", lead)]), [409, 409, 403, 403]),
        // Nothing was decided then.
        "/fn/leads/undo-review" => (form(&[("at", "0")]), [422, 422, 403, 403]),
        _ => return None,
    })
}

/// How a page or download answers each of [`ROLES`](super::ROLES), with the id of a lead wherever one goes; nothing for one that has
/// no line.
#[must_use]
pub fn opened(pattern: &str) -> Option<[u16; 4]> {
    Some(match pattern {
        "/partner/login" | "/partner/login/code" | "/partner/forgot-password" | "/partner/new-password" => [200; 4],
        "/partner/two-factor" | "/partner/confirm" | "/partner/login/sso" => [200; 4],
        "/partner/profile/single-sign-on" => [200, 403, 403, 403],
        // Without the link that leads there.
        "/partner/reset-password"
        | "/partner/invite"
        | "/partner/confirm-email"
        | "/partner/stop-report"
        | "/partner/end-sessions" => [410; 4],
        "/partner/profile" | "/partner/profile/security" | "/partner/profile/activity" => [200; 4],
        "/partner/profile/delivery" | "/partner/profile/delivery/log" => [200, 200, 403, 403],
        "/partner/profile/delivery/log/{delivery}" => [404, 404, 403, 403],
        "/partner/profile/users" | "/partner/profile/api" => [200, 403, 403, 403],
        "/partner" => [200; 4],
        "/partner/invoices" => [200, 200, 200, 403],
        "/partner/invoices/{id}" | "/partner/invoices/{id}/pdf" | "/partner/invoices/{id}/csv" => [404, 404, 404, 403],
        "/partner/invoices/export.zip" => [404, 404, 404, 403],
        "/partner/invoices/export.csv" | "/partner/invoices/export.xlsx" => [200, 200, 200, 403],
        "/partner/leads" | "/partner/leads/{id}" => [200, 200, 403, 200],
        "/partner/leads/export.csv" | "/partner/leads/export.xlsx" => [200, 200, 403, 403],
        "/partner/leads/outcomes" => [200, 200, 403, 403],
        "/partner/leads/outcomes/{import}" | "/partner/leads/outcomes/{import}/rejects.csv" => [404, 404, 403, 403],
        "/partner/leads/{id}/files/{file}" => [404, 404, 403, 404],
        "/partner/reports" => [200, 200, 403, 200],
        "/partner/reports/export.csv" | "/partner/reports/export.xlsx" => [200, 200, 403, 403],
        _ => return None,
    })
}

/// The permissions a partner's page, download or server function asks for; none where being logged in is enough.
#[must_use]
pub fn wanted(path: &str) -> &'static [Permission] {
    match path {
        "/fn/leads/list"
        | "/fn/leads/columns"
        | "/fn/leads/save-view"
        | "/fn/leads/delete-view"
        | "/fn/leads/start-with"
        | "/fn/leads/total"
        | "/fn/reports/get"
        | "/fn/reports/mail"
        | "/fn/reports/stop-mail"
        | "/partner/reports"
        | "/fn/leads/get"
        | "/partner/leads"
        | "/partner/leads/{id}/files/{file}"
        | "/partner/leads/{id}" => &[Permission::ViewLeads],
        "/fn/leads/review" | "/fn/leads/review-many" | "/fn/leads/undo-review" | "/fn/leads/withdraw-return" => {
            &[Permission::ReviewLeads]
        }
        path if path.starts_with("/fn/outcome-imports/") || path.starts_with("/partner/leads/outcomes") => {
            &[Permission::RecordOutcomes]
        }
        "/fn/leads/outcome" | "/fn/leads/outcome-many" | "/fn/leads/next-step" | "/fn/leads/note" => {
            &[Permission::RecordOutcomes]
        }
        "/partner/leads/export.csv" | "/partner/leads/export.xlsx" => &[Permission::ExportLeads],
        "/partner/reports/export.csv" | "/partner/reports/export.xlsx" => &[Permission::ExportLeads],
        "/fn/profile/save-contact" => &[Permission::EditContact],
        "/fn/profile/delivery" | "/fn/delivery/log" | "/fn/delivery/get" => &[Permission::ViewDeliverySettings],
        path if path.starts_with("/partner/profile/delivery") => &[Permission::ViewDeliverySettings],
        "/fn/delivery/test" => &[Permission::EditDeliverySettings],
        // What is sent once more are leads.
        "/fn/delivery/replay" => &[Permission::EditDeliverySettings, Permission::ViewLeads],
        "/fn/profile/save-delivery" | "/fn/profile/rotate-secret" => &[Permission::EditDeliverySettings],
        "/partner/profile/api"
        | "/fn/profile/api-keys"
        | "/fn/profile/create-api-key"
        | "/fn/profile/revoke-api-key" => &[Permission::ManageApi],
        path if path.starts_with("/fn/users/") || path == "/partner/profile/users" => &[Permission::ManageUsers],
        "/partner/profile/single-sign-on" | "/fn/profile/sso" | "/fn/profile/save-sso" | "/fn/profile/remove-sso" => {
            &[Permission::ManageUsers]
        }
        path if path.starts_with("/fn/invoices/") || path.starts_with("/partner/invoices") => {
            &[Permission::ViewInvoices]
        }
        _ => &[],
    }
}

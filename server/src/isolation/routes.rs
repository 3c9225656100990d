//! Who may open and call what: a line for every page, download and server function. A route without a line fails the tests.

use app::access::{is_admin_area, is_public};
use axum::http::Method;
use domain::{
    access::Permission,
    audit::AuditQuery,
    invoices::{AdminInvoiceQuery, InvoiceListQuery},
    leads::{AccountLeadQuery, LeadListQuery},
    partners::PartnerListQuery,
    reports::ReportQuery,
    returns::ReturnQuery,
};
use portal_server::router;
use serde_json::json;

use crate::{
    browser::{form, json},
    world::{FINANCE, LEADS, MEMBER, OWNER, VIEWER, World},
};

pub(crate) const SOME_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Whose answers the tables list, in this order.
pub(crate) const ROLES: [&str; 4] = [OWNER, MEMBER, FINANCE, VIEWER];

pub(crate) fn server_functions() -> Vec<(&'static str, Method)> {
    let mut functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    functions.sort_by_key(|(path, _)| *path);
    assert!(
        functions.iter().any(|(path, _)| *path == "/fn/leads/review"),
        "the functions are linked in: {functions:?}"
    );
    functions
}

pub(crate) fn pages() -> Vec<String> {
    let pages: Vec<_> = router::pages().iter().map(|page| page.path().to_owned()).collect();
    assert!(pages.iter().any(|page| page == LEADS), "{pages:?}");
    pages
}

/// A path with something in place of its parameters.
pub(crate) fn filled(pattern: &str, id: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with(['{', ':', '*']) { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

pub(crate) fn is_open(path: &str) -> bool {
    is_public(path) || router::OPEN.contains(&path)
}

/// The form of a provider that is none.
const NO_PROVIDER: [(&str, &str); 4] = [("name", ""), ("issuer", ""), ("client_id", ""), ("domains", "")];

/// A well-formed body for a server function, and how it answers each of [`ROLES`].
pub(crate) fn call(path: &str, lead: &str) -> ((&'static str, String), [u16; 4]) {
    let query = LeadListQuery::default();
    match path {
        "/fn/auth/login" => {
            (form(&[("email", "nobody@northwind.example"), ("password", "a wrong password")]), [401; 4])
        }
        "/fn/auth/logout" => (form(&[]), [200; 4]),
        "/fn/auth/branding" => (form(&[]), [200; 4]),
        // Only for whoever came in by a temporary password.
        "/fn/auth/own-password" => {
            (form(&[("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]), [404; 4])
        }
        "/fn/auth/viewer" => (form(&[]), [200; 4]),
        // Whoever they are, the proof these ask for is in the request, and here there is none.
        "/fn/auth/forgot-password" => (form(&[("email", "nobody@northwind.example")]), [200; 4]),
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
        "/fn/auth/sso-find" => (form(&[("email", "nobody@northwind.example")]), [422; 4]),
        "/fn/auth/sso-provider" => (form(&[]), [200; 4]),
        "/fn/profile/sso" => (form(&[]), [200, 403, 403, 403]),
        "/fn/profile/save-sso" => (form(&NO_PROVIDER), [404, 403, 403, 403]),
        "/fn/profile/remove-sso" => (form(&[]), [404, 403, 403, 403]),
        "/fn/auth/passkey-ask" | "/fn/auth/passkey-begin" => (form(&[]), [200; 4]),
        // There is no answer to what was asked.
        "/fn/auth/passkey" | "/fn/auth/passkey-confirm" | "/fn/auth/passkey-add" => {
            (form(&[("answer", "{}")]), [422; 4])
        }
        "/fn/auth/passkey-remove" => (form(&[("id", SOME_ID)]), [404; 4]),
        "/fn/profile/contact" | "/fn/profile/security" => (form(&[]), [200; 4]),
        "/fn/profile/activity" => (form(&[("page", "1")]), [200; 4]),
        "/fn/profile/save-contact" => (form(&[("company", "Northwind")]), [200, 200, 200, 403]),
        "/fn/profile/delivery" => (form(&[]), [200, 200, 403, 403]),
        "/fn/profile/save-delivery" => (form(&[("email_mode", "off")]), [200, 200, 403, 403]),
        "/fn/profile/rotate-secret" => (form(&[]), [200, 200, 403, 403]),
        "/fn/delivery/log" => (json(&json!({ "before": null })), [200, 200, 403, 403]),
        "/fn/delivery/get" => (json(&json!({ "id": SOME_ID })), [404, 404, 403, 403]),
        // There is no webhook to send anything to.
        "/fn/delivery/test" => (form(&[]), [422, 422, 403, 403]),
        "/fn/delivery/replay" => (form(&[("what", "failed")]), [422, 422, 403, 403]),
        // Everybody may change their own password, with the current one.
        "/fn/profile/change-password" => (
            form(&[("current", "wrong"), ("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]),
            [422; 4],
        ),
        "/fn/profile/change-email" => (form(&[("current", "wrong"), ("new_email", "new@northwind.example")]), [422; 4]),
        "/fn/profile/end-other-sessions" => (form(&[]), [200; 4]),
        "/fn/profile/end-session" => (form(&[("session", "0")]), [404; 4]),
        "/fn/users/list" => (form(&[]), [200, 403, 403, 403]),
        "/fn/users/invite" => {
            (form(&[("name", "Ida"), ("email", "ida@northwind.example"), ("role", "viewer")]), [200, 403, 403, 403])
        }
        "/fn/users/revoke" => (form(&[("id", SOME_ID)]), [404, 403, 403, 403]),
        "/fn/users/change" => (form(&[("id", SOME_ID), ("role", "viewer"), ("active", "yes")]), [404, 403, 403, 403]),
        "/fn/profile/api-keys" => (form(&[]), [200, 403, 403, 403]),
        "/fn/profile/create-api-key" => {
            (form(&[("name", "CRM"), ("scopes[]", "leads:read"), ("life", "30")]), [200, 403, 403, 403])
        }
        "/fn/profile/revoke-api-key" => (form(&[("id", SOME_ID)]), [404, 403, 403, 403]),
        "/fn/dashboard/load" => (form(&[]), [200; 4]),
        "/fn/invoices/get" => (json(&json!({ "id": SOME_ID })), [404, 404, 404, 403]),
        "/fn/invoices/list" => (json(&json!({ "query": InvoiceListQuery::default() })), [200, 200, 200, 403]),
        "/fn/leads/get" => (json(&json!({ "id": lead, "query": query })), [200, 200, 403, 200]),
        "/fn/leads/list" => (json(&json!({ "query": query })), [200, 200, 403, 200]),
        "/fn/reports/get" => (json(&json!({ "query": ReportQuery::default() })), [200, 200, 403, 200]),
        "/fn/reports/mail" => (form(&[("every", "week")]), [200, 200, 403, 200]),
        "/fn/reports/stop-mail" => (form(&[("id", SOME_ID)]), [404, 404, 403, 404]),
        "/fn/auth/stop-report-link" => (form(&[]), [410; 4]),
        "/fn/auth/stop-report" => (form(&[("id", "019bb3a8-0000-7000-8000-000000000000")]), [410; 4]),
        "/fn/leads/total" => (form(&[]), [200, 200, 403, 200]),
        "/fn/leads/save-view" => (form(&[("view_name", "Mine")]), [200, 200, 403, 200]),
        "/fn/leads/delete-view" => (form(&[("id", SOME_ID)]), [404, 404, 403, 404]),
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
        | "/fn/outcome-imports/discard" => (form(&[("id", SOME_ID)]), [404, 404, 403, 403]),
        "/fn/leads/next-step" => (form(&[("id", lead)]), [200, 200, 403, 403]),
        "/fn/leads/note" => (form(&[("id", lead), ("note", "x")]), [200, 200, 403, 403]),
        // There is nothing to withdraw.
        "/fn/leads/withdraw-return" => (form(&[("id", lead)]), [409, 409, 403, 403]),
        // Nothing was decided then.
        "/fn/leads/undo-review" => (form(&[("at", "0")]), [422, 422, 403, 403]),
        new => panic!("{new} has no line in this table: say who may call it"),
    }
}

/// How a page or download answers each of [`ROLES`].
pub(crate) fn opened(pattern: &str) -> [u16; 4] {
    match pattern {
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
        new => panic!("{new} has no line in this table: say who may open it"),
    }
}

/// The permissions a partner's page, download or server function asks for; none where being logged in is enough.
pub(crate) fn wanted(path: &str) -> &'static [Permission] {
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

/// What the admin tables are about: one partner, and things that are not there.
pub(crate) struct Things {
    pub(crate) partner: String,
}

impl Things {
    pub(crate) fn of(world: &World) -> Self {
        Self { partner: world.northwind.to_string() }
    }
}

/// All admins; owners and managers; owners alone.
const ALL: [u16; 3] = [200; 3];
const MANAGERS: [u16; 3] = [200, 200, 403];
const OWNERS: [u16; 3] = [200, 403, 403];

/// A well-formed body for a server function of the admin area, and how it answers owner, manager and support.
pub(crate) fn admin_call(path: &str, things: &Things) -> ((&'static str, String), [u16; 3]) {
    let partner = things.partner.as_str();
    let nothing = |roles: [u16; 3]| roles.map(|status| if status == 200 { 404 } else { status });
    let wrong = |roles: [u16; 3]| roles.map(|status| if status == 200 { 422 } else { status });
    let passwords = [("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")];
    match path {
        "/fn/admin/auth/login" => {
            (form(&[("email", "nobody@acme.example"), ("password", "a wrong password")]), [401; 3])
        }
        "/fn/admin/auth/logout" | "/fn/admin/auth/viewer" => (form(&[]), ALL),
        // Everybody may change their own access, with the current password where it matters.
        "/fn/admin/account/get" | "/fn/admin/account/end-other-sessions" => (form(&[]), ALL),
        "/fn/admin/account/change-name" => (form(&[("name", " ")]), [422; 3]),
        "/fn/admin/account/change-password" => {
            (form(&[&[("current", "wrong")][..], &passwords[..]].concat()), [422; 3])
        }
        "/fn/admin/account/change-email" => {
            (form(&[("current", "wrong"), ("new_email", "new@acme.example")]), [422; 3])
        }
        "/fn/admin/account/end-session" => (form(&[("session", "0")]), [404; 3]),
        "/fn/admin/auth/email-link"
        | "/fn/admin/auth/confirm-email"
        | "/fn/admin/auth/end-sessions-link"
        | "/fn/admin/auth/end-sessions" => (form(&[]), [410; 3]),
        "/fn/admin/auth/code" => (form(&[("code", "123456")]), ALL),
        "/fn/admin/auth/two-factor" | "/fn/admin/auth/two-factor-begin" => (form(&[]), ALL),
        "/fn/admin/auth/two-factor-on" => (form(&[("code", "123456")]), [409; 3]),
        "/fn/admin/auth/two-factor-off" | "/fn/admin/auth/recovery-codes" => (form(&[]), [409; 3]),
        "/fn/admin/auth/confirm-view" => (form(&[]), ALL),
        "/fn/admin/auth/confirm" => (form(&[("current", "wrong")]), [422; 3]),
        "/fn/admin/settings/sso" | "/fn/admin/settings/let-partners-sso" => (form(&[]), OWNERS),
        "/fn/admin/settings/save-sso" => (form(&NO_PROVIDER), wrong(OWNERS)),
        "/fn/admin/settings/remove-sso" => (form(&[]), nothing(OWNERS)),
        "/fn/admin/auth/passkey-ask" | "/fn/admin/auth/passkey-begin" => (form(&[]), ALL),
        "/fn/admin/auth/passkey" | "/fn/admin/auth/passkey-confirm" | "/fn/admin/auth/passkey-add" => {
            (form(&[("answer", "{}")]), [422; 3])
        }
        "/fn/admin/auth/passkey-remove" => (form(&[("id", SOME_ID)]), [404; 3]),
        "/fn/admin/auth/forgot-password" => (form(&[("email", "nobody@acme.example")]), ALL),
        // Whoever they are, the proof these ask for is in the request, and here there is none.
        "/fn/admin/auth/reset-link" | "/fn/admin/auth/invitation-link" | "/fn/admin/auth/setup-link" => {
            (form(&[]), [410; 3])
        }
        "/fn/admin/auth/reset-password" | "/fn/admin/auth/accept-invitation" => (form(&passwords), [410; 3]),
        "/fn/admin/auth/setup" => {
            let fields = [
                ("account_name", "X"),
                ("slug", "x"),
                ("time_zone", "UTC"),
                ("currency", "EUR"),
                ("name", "X"),
                ("email", "x@x.example"),
            ];
            (form(&[&fields[..], &passwords[..]].concat()), [410; 3])
        }
        "/fn/admin/overview" | "/fn/admin/time-zones" | "/fn/admin/settings/get" | "/fn/admin/admins/list" => {
            (form(&[]), ALL)
        }
        "/fn/admin/audit/list" => (json(&json!({ "query": AuditQuery::default() })), ALL),
        "/fn/admin/partners/list" => (json(&json!({ "query": PartnerListQuery::default() })), ALL),
        "/fn/admin/partners/get" | "/fn/admin/partners/access" | "/fn/admin/partners/users" => {
            (form(&[("id", partner)]), ALL)
        }
        "/fn/admin/delivery/log" => (json(&json!({ "id": partner, "before": null })), ALL),
        "/fn/admin/delivery/get" => (json(&json!({ "id": partner, "delivery": SOME_ID })), [404; 3]),
        // There is no webhook to send anything to.
        "/fn/admin/delivery/test" => (form(&[("id", partner)]), wrong(MANAGERS)),
        "/fn/admin/delivery/replay" => (form(&[("id", partner), ("what", "failed")]), wrong(MANAGERS)),
        "/fn/admin/reports/get" => (json(&json!({ "query": ReportQuery::default() })), ALL),
        "/fn/admin/reports/mail" => (form(&[("every", "week")]), ALL),
        "/fn/admin/reports/stop-mail" => (form(&[("id", SOME_ID)]), [404; 3]),
        "/fn/admin/leads/list" => (json(&json!({ "query": AccountLeadQuery::default() })), ALL),
        "/fn/admin/leads/get" => (form(&[("id", SOME_ID)]), [404; 3]),
        "/fn/admin/leads/note" => (form(&[("id", SOME_ID), ("note", "x")]), nothing(MANAGERS)),
        "/fn/admin/leads/columns" => (form(&[("columns[]", "email")]), ALL),
        "/fn/admin/leads/deliver-again" => (form(&[("leads[]", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/returns/list" => (json(&json!({ "query": ReturnQuery::default() })), ALL),
        "/fn/admin/returns/decide" => (form(&[("returns[]", SOME_ID), ("decision", "approve")]), nothing(MANAGERS)),
        "/fn/admin/returns/policy" => (form(&[("partner", partner)]), ALL),
        "/fn/admin/returns/save-policy" => (form(&[("requests", "yes"), ("days", "x")]), wrong(MANAGERS)),
        "/fn/admin/lead-imports/list" => (form(&[]), MANAGERS),
        "/fn/admin/lead-imports/map" => (form(&[("id", SOME_ID), ("columns[]", "name")]), nothing(MANAGERS)),
        path if path.starts_with("/fn/admin/lead-imports/") => (form(&[("id", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/api-keys/list" => (form(&[]), OWNERS),
        "/fn/admin/webhook/save" => (form(&[("url", "nonsense")]), wrong(OWNERS)),
        "/fn/admin/webhook/rotate-secret" | "/fn/admin/webhook/test" => (form(&[]), nothing(OWNERS)),
        "/fn/admin/api-keys/create" => (form(&[("name", "CRM"), ("scopes[]", "leads:write"), ("life", "30")]), OWNERS),
        "/fn/admin/api-keys/revoke" => (form(&[("id", SOME_ID)]), nothing(OWNERS)),
        "/fn/admin/partners/leads" => (json(&json!({ "id": partner, "query": LeadListQuery::default() })), ALL),
        "/fn/admin/partners/invoices" => (json(&json!({ "id": partner, "query": AdminInvoiceQuery::default() })), ALL),
        "/fn/admin/partners/activity" => (json(&json!({ "id": partner, "query": AuditQuery::default() })), ALL),
        "/fn/admin/partners/view-as" => (form(&[("id", partner)]), ALL),
        "/fn/admin/view/stop" => (form(&[]), ALL),
        "/fn/admin/partners/import-ready" => (form(&[]), MANAGERS),
        "/fn/admin/partners/import-preview"
        | "/fn/admin/partners/import-reading"
        | "/fn/admin/partners/import-read"
        | "/fn/admin/partners/import-run" => (form(&[("id", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/partners/create" => (form(&[("name", "")]), wrong(MANAGERS)),
        "/fn/admin/partners/save" => (form(&[("id", partner), ("name", "Northwind Solar")]), MANAGERS),
        "/fn/admin/partners/set-status" => (form(&[("id", partner), ("status", "active")]), MANAGERS),
        "/fn/admin/partners/bulk" => (form(&[("ids[]", partner), ("action", "activate")]), MANAGERS),
        "/fn/admin/partners/save-access" => {
            (form(&[("id", partner), ("portal_access", "yes"), ("choice[view_leads]", "inherit")]), MANAGERS)
        }
        "/fn/admin/partners/invite" | "/fn/admin/partners/create-user" => (
            form(&[("partner", partner), ("name", ""), ("email", "ida@northwind.example"), ("role", "viewer")]),
            wrong(MANAGERS),
        ),
        "/fn/admin/partners/revoke" => (form(&[("partner", partner), ("id", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/partners/change-user" => {
            (form(&[("partner", partner), ("user", SOME_ID), ("role", "viewer"), ("active", "yes")]), nothing(MANAGERS))
        }
        "/fn/admin/partners/reset-two-factor" => (form(&[("partner", partner), ("user", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/admins/reset-two-factor" => (form(&[("id", SOME_ID)]), nothing(OWNERS)),
        "/fn/admin/settings/save-two-factor" => (form(&[("policy", "offered"), ("grace", "x")]), wrong(OWNERS)),
        "/fn/admin/partners/temporary-password"
        | "/fn/admin/partners/send-reset"
        | "/fn/admin/partners/end-sessions" => (form(&[("partner", partner), ("user", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/invoices/list" => (json(&json!({ "query": AdminInvoiceQuery::default() })), ALL),
        "/fn/admin/invoices/get" => (form(&[("id", SOME_ID)]), [404; 3]),
        "/fn/admin/invoices/partners" => (form(&[]), MANAGERS),
        "/fn/admin/invoices/begin" => (form(&[("partner", partner)]), MANAGERS),
        "/fn/admin/invoices/bill" => {
            (form(&[("id", SOME_ID), ("to", "2026-11-20"), ("tax_rate", "19")]), nothing(MANAGERS))
        }
        "/fn/admin/invoices/unbill" => (form(&[("id", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/invoices/save"
        | "/fn/admin/invoices/delete"
        | "/fn/admin/invoices/issue"
        | "/fn/admin/invoices/unpay" => (form(&[("id", SOME_ID)]), nothing(MANAGERS)),
        "/fn/admin/invoices/pay" => (form(&[("id", SOME_ID), ("paid_on", "2026-11-20")]), nothing(MANAGERS)),
        "/fn/admin/invoices/void" => (form(&[("id", SOME_ID), ("reason", "x")]), nothing(MANAGERS)),
        "/fn/admin/settings/save-account" => (
            form(&[("name", ""), ("slug", ""), ("support_contact", ""), ("time_zone", ""), ("currency", "")]),
            wrong(MANAGERS),
        ),
        "/fn/admin/settings/save-accent" => (form(&[("accent", "")]), wrong(MANAGERS)),
        "/fn/admin/settings/save-fields" => (form(&[("position[0]", "x"), ("name[0]", "none")]), MANAGERS),
        "/fn/admin/settings/save-outcomes" => (form(&[("label[sold]", "")]), wrong(MANAGERS)),
        "/fn/admin/settings/save-reasons" => (form(&[("label[other]", "")]), wrong(MANAGERS)),
        "/fn/admin/settings/switch-portal" => (form(&[("on", "yes")]), MANAGERS),
        "/fn/admin/settings/save-permissions" => {
            let all: Vec<_> = Permission::ALL.iter().map(|permission| format!("allow[{permission}]")).collect();
            (form(&all.iter().map(|name| (name.as_str(), "yes")).collect::<Vec<_>>()), MANAGERS)
        }
        "/fn/admin/settings/save-invoicing" => (form(&[("payment_terms", "14")]), MANAGERS),
        "/fn/admin/settings/save-welcome" => (form(&[]), MANAGERS),
        "/fn/admin/settings/test-welcome" => (form(&[("to", "nobody")]), wrong(MANAGERS)),
        "/fn/admin/settings/save-retention" => (form(&[("months", "")]), OWNERS),
        "/fn/admin/admins/invite" => {
            (form(&[("name", ""), ("email", "x@acme.example"), ("role", "support")]), wrong(OWNERS))
        }
        "/fn/admin/admins/revoke" => (form(&[("id", SOME_ID)]), nothing(OWNERS)),
        "/fn/admin/admins/change" => {
            (form(&[("id", SOME_ID), ("role", "support"), ("active", "yes")]), nothing(OWNERS))
        }
        new => panic!("{new} has no line in this table: say which admins may call it"),
    }
}

/// How a page or download of the admin area answers owner, manager and support. `{id}` is the partner of [`Things`] under
/// `/admin/partners`, and nothing under `/admin/invoices`.
pub(crate) fn admin_opened(pattern: &str) -> [u16; 3] {
    match pattern {
        "/admin/login" | "/admin/login/code" | "/admin/forgot-password" | "/admin/two-factor" | "/admin/confirm" => ALL,
        // Without the link that leads there.
        "/admin/reset-password" | "/admin/confirm-email" | "/admin/end-sessions" | "/admin/invite" | "/admin/setup" => {
            [410; 3]
        }
        "/admin"
        | "/admin/partners"
        | "/admin/partners/{id}"
        | "/admin/partners/{id}/users"
        | "/admin/partners/{id}/permissions"
        | "/admin/partners/{id}/delivery"
        | "/admin/partners/{id}/leads"
        | "/admin/partners/{id}/returns"
        | "/admin/returns"
        | "/admin/settings/returns"
        | "/admin/partners/{id}/invoices"
        | "/admin/partners/{id}/activity"
        | "/admin/invoices"
        | "/admin/audit"
        | "/admin/settings"
        | "/admin/settings/branding"
        | "/admin/settings/permissions"
        | "/admin/settings/leads"
        | "/admin/settings/invoices"
        | "/admin/settings/mails"
        | "/admin/settings/audit-log"
        | "/admin/settings/security"
        | "/admin/users"
        | "/admin/account"
        | "/admin/partners/new" => ALL,
        "/admin/invoices/new" | "/admin/partners/import" => MANAGERS,
        "/admin/leads" | "/admin/reports" => ALL,
        "/admin/reports/export.csv" | "/admin/reports/export.xlsx" => MANAGERS,
        "/admin/leads/{id}" => [404; 3],
        "/admin/leads/{id}/files/{file}" => [404, 404, 403],
        "/admin/returns/export.csv" | "/admin/returns/export.xlsx" => MANAGERS,
        "/admin/leads/export.csv" | "/admin/leads/export.xlsx" => MANAGERS,
        "/admin/leads/import" => MANAGERS,
        "/admin/leads/import/{import}" | "/admin/leads/import/{import}/rejects.csv" => [404, 404, 403],
        "/admin/api-keys" => OWNERS,
        // A delivery that is not there.
        "/admin/partners/{id}/delivery/{delivery}" => [404; 3],
        "/admin/invoices/{id}" => [404; 3],
        "/admin/invoices/{id}/pdf" | "/admin/invoices/{id}/csv" => [404, 404, 403],
        "/admin/partners/export.csv" | "/admin/audit/export.csv" | "/admin/invoices/export.csv" => MANAGERS,
        "/admin/partners/export.xlsx" | "/admin/audit/export.xlsx" | "/admin/invoices/export.xlsx" => MANAGERS,
        new => panic!("{new} has no line in this table: say which admins may open it"),
    }
}

/// The paths of one of the two areas.
pub(crate) fn is_admin_path(path: &str) -> bool {
    is_admin_area(path)
}

//! The admin area.

use domain::{
    access::Permission,
    audit::AuditQuery,
    invoices::AdminInvoiceQuery,
    leads::{AccountLeadQuery, LeadListQuery},
    partners::PartnerListQuery,
    reports::ReportQuery,
    returns::ReturnQuery,
};
use serde_json::json;

use super::{About, NO_PROVIDER};
use crate::isolation::visitor::{Content, form, json};

/// All admins; owners and managers; owners alone.
const ALL: [u16; 3] = [200; 3];
const MANAGERS: [u16; 3] = [200, 200, 403];
const OWNERS: [u16; 3] = [200, 403, 403];

/// A well-formed body for a server function of the admin area, and how it answers each of [`ADMIN_ROLES`](super::ADMIN_ROLES); nothing
/// for one that has no line.
#[must_use]
pub fn admin_call(path: &str, about: &About<'_>) -> Option<(Content, [u16; 3])> {
    let About { partner, other, .. } = *about;
    let (nobody, new, ida) = (about.address("nobody"), about.address("new"), about.address("ida"));
    let nothing = |roles: [u16; 3]| roles.map(|status| if status == 200 { 404 } else { status });
    let wrong = |roles: [u16; 3]| roles.map(|status| if status == 200 { 422 } else { status });
    let passwords = [("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")];
    Some(match path {
        "/fn/admin/auth/login" => {
            (form(&[("email", &nobody), ("password", "a wrong password"), ("account", about.account)]), [401; 3])
        }
        "/fn/admin/auth/logout" | "/fn/admin/auth/viewer" => (form(&[]), ALL),
        // Everybody may change their own access, with the current password where it matters.
        "/fn/admin/account/get" | "/fn/admin/account/end-other-sessions" => (form(&[]), ALL),
        "/fn/admin/account/change-name" => (form(&[("name", " ")]), [422; 3]),
        "/fn/admin/account/change-password" => {
            (form(&[&[("current", "wrong")][..], &passwords[..]].concat()), [422; 3])
        }
        "/fn/admin/account/change-email" => (form(&[("current", "wrong"), ("new_email", new.as_str())]), [422; 3]),
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
        "/fn/admin/auth/passkey-remove" => (form(&[("id", other)]), [404; 3]),
        "/fn/admin/auth/forgot-password" => (form(&[("email", &nobody), ("account", about.account)]), ALL),
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
                ("email", new.as_str()),
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
        "/fn/admin/delivery/get" => (json(&json!({ "id": partner, "delivery": other })), [404; 3]),
        // There is no webhook to send anything to.
        "/fn/admin/delivery/test" => (form(&[("id", partner)]), wrong(MANAGERS)),
        "/fn/admin/delivery/replay" => (form(&[("id", partner), ("what", "failed")]), wrong(MANAGERS)),
        "/fn/admin/reports/get" => (json(&json!({ "query": ReportQuery::default() })), ALL),
        "/fn/admin/reports/mail" => (form(&[("every", "week")]), ALL),
        "/fn/admin/reports/stop-mail" => (form(&[("id", other)]), [404; 3]),
        "/fn/admin/leads/list" => (json(&json!({ "query": AccountLeadQuery::default() })), ALL),
        "/fn/admin/leads/get" => (form(&[("id", other)]), [404; 3]),
        "/fn/admin/leads/note" => (form(&[("id", other), ("note", "x")]), nothing(MANAGERS)),
        "/fn/admin/leads/columns" => (form(&[("columns[]", "email")]), ALL),
        "/fn/admin/leads/deliver-again" => (form(&[("leads[]", other)]), nothing(MANAGERS)),
        "/fn/admin/returns/list" => (json(&json!({ "query": ReturnQuery::default() })), ALL),
        "/fn/admin/returns/decide" => (form(&[("returns[]", other), ("decision", "approve")]), nothing(MANAGERS)),
        "/fn/admin/returns/policy" => (form(&[("partner", partner)]), ALL),
        "/fn/admin/returns/save-policy" => (form(&[("requests", "yes"), ("days", "x")]), wrong(MANAGERS)),
        "/fn/admin/lead-imports/list" => (form(&[]), MANAGERS),
        "/fn/admin/lead-imports/map" => (form(&[("id", other), ("columns[]", "name")]), nothing(MANAGERS)),
        path if path.starts_with("/fn/admin/lead-imports/") => (form(&[("id", other)]), nothing(MANAGERS)),
        "/fn/admin/api-keys/list" => (form(&[]), OWNERS),
        "/fn/admin/webhook/save" => (form(&[("url", "nonsense")]), wrong(OWNERS)),
        "/fn/admin/webhook/rotate-secret" | "/fn/admin/webhook/test" => (form(&[]), nothing(OWNERS)),
        "/fn/admin/api-keys/create" => (form(&[("name", "CRM"), ("scopes[]", "leads:write"), ("life", "30")]), OWNERS),
        "/fn/admin/api-keys/revoke" => (form(&[("id", other)]), nothing(OWNERS)),
        "/fn/admin/partners/leads" => (json(&json!({ "id": partner, "query": LeadListQuery::default() })), ALL),
        "/fn/admin/partners/invoices" => (json(&json!({ "id": partner, "query": AdminInvoiceQuery::default() })), ALL),
        "/fn/admin/partners/activity" => (json(&json!({ "id": partner, "query": AuditQuery::default() })), ALL),
        "/fn/admin/partners/view-as" => (form(&[("id", partner)]), ALL),
        "/fn/admin/view/stop" => (form(&[]), ALL),
        "/fn/admin/partners/import-ready" => (form(&[]), MANAGERS),
        "/fn/admin/partners/import-preview"
        | "/fn/admin/partners/import-reading"
        | "/fn/admin/partners/import-read"
        | "/fn/admin/partners/import-run" => (form(&[("id", other)]), nothing(MANAGERS)),
        "/fn/admin/partners/create" => (form(&[("name", "")]), wrong(MANAGERS)),
        "/fn/admin/partners/save" => (form(&[("id", partner), ("name", "Northwind Solar")]), MANAGERS),
        "/fn/admin/partners/set-status" => (form(&[("id", partner), ("status", "active")]), MANAGERS),
        "/fn/admin/partners/bulk" => (form(&[("ids[]", partner), ("action", "activate")]), MANAGERS),
        "/fn/admin/partners/save-access" => {
            (form(&[("id", partner), ("portal_access", "yes"), ("choice[view_leads]", "inherit")]), MANAGERS)
        }
        "/fn/admin/partners/invite" | "/fn/admin/partners/create-user" => {
            (form(&[("partner", partner), ("name", ""), ("email", ida.as_str()), ("role", "viewer")]), wrong(MANAGERS))
        }
        "/fn/admin/partners/revoke" => (form(&[("partner", partner), ("id", other)]), nothing(MANAGERS)),
        "/fn/admin/partners/change-user" => {
            (form(&[("partner", partner), ("user", other), ("role", "viewer"), ("active", "yes")]), nothing(MANAGERS))
        }
        "/fn/admin/partners/reset-two-factor" => (form(&[("partner", partner), ("user", other)]), nothing(MANAGERS)),
        "/fn/admin/admins/reset-two-factor" => (form(&[("id", other)]), nothing(OWNERS)),
        "/fn/admin/settings/save-two-factor" => (form(&[("policy", "offered"), ("grace", "x")]), wrong(OWNERS)),
        "/fn/admin/partners/temporary-password"
        | "/fn/admin/partners/send-reset"
        | "/fn/admin/partners/end-sessions" => (form(&[("partner", partner), ("user", other)]), nothing(MANAGERS)),
        "/fn/admin/invoices/list" => (json(&json!({ "query": AdminInvoiceQuery::default() })), ALL),
        "/fn/admin/invoices/get" => (form(&[("id", other)]), [404; 3]),
        "/fn/admin/invoices/partners" => (form(&[]), MANAGERS),
        "/fn/admin/invoices/begin" => (form(&[("partner", partner)]), MANAGERS),
        "/fn/admin/invoices/bill" => {
            (form(&[("id", other), ("to", "2026-11-20"), ("tax_rate", "19")]), nothing(MANAGERS))
        }
        "/fn/admin/invoices/unbill" => (form(&[("id", other)]), nothing(MANAGERS)),
        "/fn/admin/invoices/save"
        | "/fn/admin/invoices/delete"
        | "/fn/admin/invoices/issue"
        | "/fn/admin/invoices/unpay" => (form(&[("id", other)]), nothing(MANAGERS)),
        "/fn/admin/invoices/pay" => (form(&[("id", other), ("paid_on", "2026-11-20")]), nothing(MANAGERS)),
        "/fn/admin/invoices/void" => (form(&[("id", other), ("reason", "x")]), nothing(MANAGERS)),
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
            (form(&[("name", ""), ("email", new.as_str()), ("role", "support")]), wrong(OWNERS))
        }
        "/fn/admin/admins/revoke" => (form(&[("id", other)]), nothing(OWNERS)),
        "/fn/admin/admins/change" => (form(&[("id", other), ("role", "support"), ("active", "yes")]), nothing(OWNERS)),
        _ => return None,
    })
}

/// How a page or download of the admin area answers each of [`ADMIN_ROLES`](super::ADMIN_ROLES), filled as
/// [`admin_path`](super::admin_path) does; nothing for one that has no line.
#[must_use]
pub fn admin_opened(pattern: &str) -> Option<[u16; 3]> {
    Some(match pattern {
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
        _ => return None,
    })
}

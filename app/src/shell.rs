//! The document around every page, and which page answers to which address.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    admin::{
        AdminConfirmPage, AdminEndSessionsPage, AdminForgotPasswordPage, AdminInvitePage, AdminLayout,
        AdminLoginCodePage, AdminLoginPage, AdminResetPasswordPage, AdminTwoFactorPage, SetupPage,
        account::{AdminConfirmEmailPage, OwnAccountPage},
        admins::AdminsPage,
        api_keys::ApiKeysPage,
        audit::AuditPage,
        invoices::{AdminInvoicePage, AdminInvoicesPage, NewInvoicePage},
        lead_imports::{LeadImportPage, LeadImportsPage},
        leads::{AccountLeadPage, AccountLeadsPage},
        overview::OverviewPage,
        partners::{
            ImportPartnersPage, NewPartnerPage, PartnerAccessPage, PartnerActivityPage, PartnerInvoicesPage,
            PartnerLeadsPage, PartnerOverviewPage, PartnerUsersPage, PartnersPage,
        },
        reports::AccountReportsPage,
        returns::{PartnerReturnsPage, ReturnsPage, ReturnsSettingsPage},
        settings::{
            AuditLogSettingsPage, BrandingSettingsPage, GeneralSettingsPage, InvoicesSettingsPage, LeadsSettingsPage,
            MailsSettingsPage, PermissionsSettingsPage, SecuritySettingsPage,
        },
    },
    auth::{
        ConfirmEmailPage, ConfirmPage, EndSessionsPage, ForgotPasswordPage, InvitePage, LoginCodePage, LoginPage,
        NewPasswordPage, ResetPasswordPage, SsoPage, TwoFactorPage,
    },
    dashboard::DashboardPage,
    delivery::{DeliveriesPage, DeliveryAttemptsPage, PartnerAttemptsPage, PartnerDeliveryPage},
    invoices::{InvoicePage, InvoicesPage},
    leads::{
        LeadPage, LeadsPage,
        outcome_imports::{OutcomeImportPage, OutcomeImportsPage},
    },
    profile::{ActivityPage, ApiPage, ContactPage, DeliveryPage, SecurityPage, SingleSignOnPage, UsersPage},
    reports::{ReportsPage, StopReportPage},
    ui::{NotFoundPage, PartnerLayout},
};

/// The addresses of what every page loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// The script that belongs to the WebAssembly.
    pub script: String,
    /// The WebAssembly.
    pub wasm: String,
}

/// The HTML document.
pub fn shell(options: LeptosOptions, assets: Assets) -> impl IntoView {
    #[cfg(feature = "ssr")]
    send_content_security_policy(&options);
    let nonce = leptos::nonce::use_nonce();
    // Nothing outside an island is alive in the browser, so nothing outside is written down for it.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" id="leptos" href=assets.style.clone()/>
                <AutoReload options/>
                <script type="module" nonce=nonce.clone()>{wake(&assets)}</script>
                <script type="speculationrules" nonce=nonce>{AHEAD}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The script that wakes a page's islands, if it has any: a module, so that it runs when the page stands, and what it loads comes
/// after the first paint, or a moment later where nothing is painted: in a tab that nobody has looked at yet. A page whose code cannot
/// be loaded works as one without WebAssembly.
fn wake(assets: &Assets) -> String {
    let Assets { script, wasm, .. } = assets;
    format!(
        "const islands = document.querySelectorAll('leptos-island');
if (islands.length) try {{
  await new Promise((painted) => {{
    requestAnimationFrame(() => setTimeout(painted));
    setTimeout(painted, 500);
  }});
  const code = await import('{script}');
  await code.default({{ module_or_path: '{wasm}' }});
  code.hydrate();
  for (const island of islands) code[island.dataset.component](island);
}} catch {{}}
document.documentElement.dataset.awake = '';"
    )
}

/// What a browser may fetch ahead while a finger or pointer rests on it: pages alone that are only looked at. A lead is not among
/// them: fetched ahead it would not count as viewed, and be shown without being asked for.
const AHEAD: &str =
    r#"{"prefetch":[{"where":{"selector_matches":".nav a, .tabs a, .pager a, .chip"},"eagerness":"moderate"}]}"#;

/// Only what this server sends may run or be shown, and of scripts only those that carry the request's nonce or are
/// files of ours. WebAssembly needs its own permission.
#[cfg(feature = "ssr")]
fn send_content_security_policy(options: &LeptosOptions) {
    let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<leptos_axum::ResponseOptions>())
    else {
        return;
    };
    // Under `cargo leptos watch` alone an open page hears of changes by a WebSocket of the build tool's own.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://{0}:{1} ws://localhost:{1}", options.site_addr.ip(), options.reload_port),
        None => String::new(),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = http::HeaderValue::try_from(policy) {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// A page's own title, then the product's. Titles can hold what strangers wrote; the browser sets them as text, but the
/// server writes them into the document as they are, so that there they have to be escaped.
fn page_title(title: String) -> String {
    let title = if title.is_empty() { "Partner Portal".to_owned() } else { format!("{title} · Partner Portal") };
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { title }
}

/// The application: its routes. Pages that show data are rendered whole (`SsrMode::Async`), so that they are complete
/// without WebAssembly and can still answer with a status of their own.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=page_title/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/partner/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/forgot-password") view=ForgotPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/reset-password") view=ResetPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/invite") view=InvitePage ssr=SsrMode::Async/>
                <Route path=path!("/partner/confirm-email") view=ConfirmEmailPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/end-sessions") view=EndSessionsPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/stop-report") view=StopReportPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/new-password") view=NewPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/login/code") view=LoginCodePage ssr=SsrMode::Async/>
                <Route path=path!("/partner/login/sso") view=SsoPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/two-factor") view=TwoFactorPage ssr=SsrMode::Async/>
                <Route path=path!("/partner/confirm") view=ConfirmPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/login") view=AdminLoginPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/login/code") view=AdminLoginCodePage ssr=SsrMode::Async/>
                <Route path=path!("/admin/two-factor") view=AdminTwoFactorPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/confirm") view=AdminConfirmPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/forgot-password") view=AdminForgotPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/reset-password") view=AdminResetPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/invite") view=AdminInvitePage ssr=SsrMode::Async/>
                <Route path=path!("/admin/confirm-email") view=AdminConfirmEmailPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/end-sessions") view=AdminEndSessionsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/setup") view=SetupPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("/admin") view=AdminLayout ssr=SsrMode::Async>
                    <Route path=path!("") view=OverviewPage/>
                    <Route path=path!("partners") view=PartnersPage/>
                    <Route path=path!("partners/new") view=NewPartnerPage/>
                    <Route path=path!("partners/import") view=ImportPartnersPage/>
                    <Route path=path!("partners/:id") view=PartnerOverviewPage/>
                    <Route path=path!("partners/:id/users") view=PartnerUsersPage/>
                    <Route path=path!("partners/:id/permissions") view=PartnerAccessPage/>
                    <Route path=path!("partners/:id/delivery") view=PartnerDeliveryPage/>
                    <Route path=path!("partners/:id/delivery/:delivery") view=PartnerAttemptsPage/>
                    <Route path=path!("partners/:id/leads") view=PartnerLeadsPage/>
                    <Route path=path!("partners/:id/invoices") view=PartnerInvoicesPage/>
                    <Route path=path!("partners/:id/activity") view=PartnerActivityPage/>
                    <Route path=path!("leads") view=AccountLeadsPage/>
                    <Route path=path!("leads/import") view=LeadImportsPage/>
                    <Route path=path!("leads/import/:import") view=LeadImportPage/>
                    <Route path=path!("leads/:id") view=AccountLeadPage/>
                    <Route path=path!("reports") view=AccountReportsPage/>
                    <Route path=path!("returns") view=ReturnsPage/>
                    <Route path=path!("partners/:id/returns") view=PartnerReturnsPage/>
                    <Route path=path!("settings/returns") view=ReturnsSettingsPage/>
                    <Route path=path!("invoices") view=AdminInvoicesPage/>
                    <Route path=path!("invoices/new") view=NewInvoicePage/>
                    <Route path=path!("invoices/:id") view=AdminInvoicePage/>
                    <Route path=path!("audit") view=AuditPage/>
                    <Route path=path!("settings") view=GeneralSettingsPage/>
                    <Route path=path!("settings/branding") view=BrandingSettingsPage/>
                    <Route path=path!("settings/permissions") view=PermissionsSettingsPage/>
                    <Route path=path!("settings/leads") view=LeadsSettingsPage/>
                    <Route path=path!("settings/invoices") view=InvoicesSettingsPage/>
                    <Route path=path!("settings/mails") view=MailsSettingsPage/>
                    <Route path=path!("settings/security") view=SecuritySettingsPage/>
                    <Route path=path!("settings/audit-log") view=AuditLogSettingsPage/>
                    <Route path=path!("users") view=AdminsPage/>
                    <Route path=path!("account") view=OwnAccountPage/>
                    <Route path=path!("api-keys") view=ApiKeysPage/>
                </ParentRoute>
                <ParentRoute path=path!("/partner") view=PartnerLayout ssr=SsrMode::Async>
                    <Route path=path!("") view=DashboardPage/>
                    <Route path=path!("leads") view=LeadsPage/>
                    <Route path=path!("leads/outcomes") view=OutcomeImportsPage/>
                    <Route path=path!("leads/outcomes/:import") view=OutcomeImportPage/>
                    <Route path=path!("leads/:id") view=LeadPage/>
                    <Route path=path!("reports") view=ReportsPage/>
                    <Route path=path!("invoices") view=InvoicesPage/>
                    <Route path=path!("invoices/:id") view=InvoicePage/>
                    <Route path=path!("profile") view=ContactPage/>
                    <Route path=path!("profile/delivery") view=DeliveryPage/>
                    <Route path=path!("profile/delivery/log") view=DeliveriesPage/>
                    <Route path=path!("profile/delivery/log/:delivery") view=DeliveryAttemptsPage/>
                    <Route path=path!("profile/security") view=SecurityPage/>
                    <Route path=path!("profile/activity") view=ActivityPage/>
                    <Route path=path!("profile/users") view=UsersPage/>
                    <Route path=path!("profile/single-sign-on") view=SingleSignOnPage/>
                    <Route path=path!("profile/api") view=ApiPage/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

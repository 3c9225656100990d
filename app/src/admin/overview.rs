//! `/admin`: how the portal does, and what needs attention.

use domain::{
    admin::AdminPermission,
    invoices::AdminInvoiceStatus,
    money::grouped,
    overview::{Overview, WebhookTrouble},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{IfMay, audit::EntryList};
use crate::{
    error::AppError,
    ui::{ErrorPage, When},
};

/// The account's figures.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/overview")]
pub async fn load_overview() -> Result<Overview, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(store::overview::load(&mut read, actor.scope()).await?)
}

/// The start of the admin area.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let view = Resource::new(|| (), |()| load_overview());
    view! {
        <Title text="Overview"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(overview) => view! { <Whole overview/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Whole(overview: Overview) -> impl IntoView {
    let number = |count: u64| grouped(&count.to_string());
    let sums = overview.overdue_sums.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let tile =
        |href: &'static str, key: &'static str, label: &'static str, figure: String, note: String, alarm: bool| {
            view! {
                <a class="tile" class:tile--alarm=alarm href=href data-figure=key>
                    <span class="tile__label">{label}</span>
                    <strong class="tile__figure">{figure}</strong>
                    <span class="tile__note">{note}</span>
                </a>
            }
        };
    let never = format!("{} never logged in, {} paused", number(overview.never_logged_in), number(overview.paused));
    let drafts = match overview.drafts {
        1 => "1 draft".to_owned(),
        some => format!("{} drafts", number(some)),
    };
    let overdue_note = if sums.is_empty() { drafts.clone() } else { format!("{sums}, {drafts}") };
    view! {
        <div class="page__head">
            <h1>"Overview"</h1>
            <nav class="page__ways" aria-label="Quick links">
                <IfMay permission=AdminPermission::ManagePartners><a class="button" href="/admin/partners/new">"New partner"</a></IfMay>
                <IfMay permission=AdminPermission::ManageInvoices><a class="button" href="/admin/invoices/new">"New invoice"</a></IfMay>
            </nav>
        </div>
        <section class="tiles" aria-label="At a glance">
            {tile("/admin/partners?status=active", "active", "Active partners", number(overview.active), never, false)}
            {tile("/admin/partners", "today", "Leads today", number(overview.leads_today),
                format!("{} this month", number(overview.leads_this_month)), false)}
            {tile("/admin/invoices?status=overdue", "overdue", "Overdue invoices", number(overview.overdue), overdue_note,
                overview.overdue > 0)}
        </section>
        <Attention overview=overview.clone()/>
        <section class="card" aria-labelledby="recent">
            <div class="card__head">
                <h2 id="recent">"Recent activity"</h2>
                <a href="/admin/audit">"Full audit log"</a>
            </div>
            <EntryList entries=overview.recent/>
        </section>
    }
}

/// What somebody should look at, each with the way there.
#[component]
fn Attention(overview: Overview) -> impl IntoView {
    let mut points = Vec::new();
    if !overview.portal_enabled {
        points.push(view! {
            <li>"The portal is switched off: no partner can log in. " <a href="/admin/settings">"Switch it on in the settings"</a></li>
        }.into_any());
    }
    if overview.open_returns > 0 {
        let text = match overview.open_returns {
            1 => "1 return is requested".to_owned(),
            some => format!("{} returns are requested", grouped(&some.to_string())),
        };
        let due = overview.returns_due.map(|time| view! { ", the first to be decided by " <When time/> });
        points.push(view! { <li>{text} {due} ". " <a href="/admin/returns">"Decide on them"</a></li> }.into_any());
    }
    if let Some(trouble) = overview.webhook {
        let text = match trouble {
            WebhookTrouble::Failing => "The account’s webhook fails; it is tried again. ",
            WebhookTrouble::Off => "The account’s webhook is switched off; events wait. ",
        };
        points.push(view! {
            <li>{text} <IfMay permission=AdminPermission::ManageApiKeys><a href="/admin/api-keys#webhook">"See why"</a></IfMay></li>
        }.into_any());
    }
    if overview.overdue > 0 {
        let href = format!("/admin/invoices?status={}", AdminInvoiceStatus::Overdue);
        let text = if overview.overdue == 1 {
            "1 invoice is overdue. ".to_owned()
        } else {
            format!("{} invoices are overdue. ", overview.overdue)
        };
        points.push(view! { <li>{text} <a href=href>"View them"</a></li> }.into_any());
    }
    if overview.expired_invitations > 0 {
        let text = match overview.expired_invitations {
            1 => "1 invitation expired unused. ".to_owned(),
            some => format!("{some} invitations expired unused. "),
        };
        points.push(
            view! { <li>{text} <a href="/admin/partners">"Find the partner and invite again"</a></li> }.into_any(),
        );
    }
    if overview.failed_deliveries > 0 {
        let text = match overview.failed_deliveries {
            1 => "1 delivery failed in the last seven days: ".to_owned(),
            some => format!("{some} deliveries failed in the last seven days: "),
        };
        let names = overview.failing.into_iter().map(|(id, name)| {
            view! { <li><a href=format!("/admin/partners/{id}/delivery")><bdi>{name}</bdi></a></li> }
        });
        points.push(view! { <li>{text} <ul class="inline-list">{names.collect_view()}</ul></li> }.into_any());
    }
    if overview.failed_mails > 0 {
        let text = match overview.failed_mails {
            1 => "1 mail could not be sent. ".to_owned(),
            some => format!("{some} mails could not be sent. "),
        };
        points.push(view! { <li>{text} "The server’s log says why."</li> }.into_any());
    }
    let silent = overview.silent;
    if !silent.is_empty() {
        let names = silent.into_iter().map(|(id, name)| {
            view! {
                <li><a href=format!("/admin/partners/{id}/users")><bdi>{name}</bdi></a></li>
            }
        });
        points.push(view! {
            <li>"Nobody at these partners has logged in yet: " <ul class="inline-list">{names.collect_view()}</ul></li>
        }.into_any());
    }
    let none = points.is_empty();
    view! {
        <section class="card" aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            {if none {
                view! { <p class="muted">"Nothing at the moment."</p> }.into_any()
            } else {
                view! { <ul class="points">{points}</ul> }.into_any()
            }}
        </section>
    }
}

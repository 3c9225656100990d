//! What stands above every page about one partner: its name, its state, the way between the pages.

use domain::{ids::PartnerId, partners::PartnerHead};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::LIST;
use crate::ui::PartnerBadge;

/// The partner of the page's address; none when the address holds no id.
pub(crate) fn use_partner_id() -> Memo<Option<PartnerId>> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("id").and_then(|id| id.parse().ok()))
}

/// Name, state and tabs.
#[component]
pub(crate) fn PartnerTop(
    /// Which partner.
    head: PartnerHead,
    /// The page's own title.
    title: &'static str,
) -> impl IntoView {
    let base = format!("{LIST}/{}", head.id);
    let tab = |path: &str, label: &'static str| {
        let href = if path.is_empty() { base.clone() } else { format!("{base}/{path}") };
        view! { <A href=href exact=path.is_empty()>{label}</A> }
    };
    let note = if !head.access.portal_enabled {
        Some("The account’s portal is switched off: nobody can log in.")
    } else if !head.access.portal_access {
        Some("The portal is switched off for this partner.")
    } else {
        None
    };
    view! {
        <Title text=format!("{title} · {}", head.name)/>
        <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to partners"</a></nav>
        <div class="page__head">
            <h1><bdi>{head.name.clone()}</bdi> " " <PartnerBadge status=head.access.status/></h1>
        </div>
        {note.map(|note| view! { <p class="muted">{note}</p> })}
        <nav class="tabs" aria-label="Partner">
            {tab("", "Overview")} {tab("users", "Users")} {tab("permissions", "Permissions")} {tab("delivery", "Delivery")}
            {tab("leads", "Leads")} {tab("returns", "Returns")} {tab("invoices", "Invoices")} {tab("activity", "Activity")}
        </nav>
    }
}

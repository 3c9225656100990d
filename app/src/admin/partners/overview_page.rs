//! `/admin/partners/{id}`: one partner at a glance, its data, and the ways to pause, archive and view as it.

use domain::{
    money::grouped,
    partners::{PartnerStatus, PartnerView},
    version::version,
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{SavePartner, SetPartnerStatus, get_partner, time_zones},
    fields::PartnerFields,
    frame::{PartnerTop, use_partner_id},
    view_api::StartViewing,
};
use crate::{
    error::AppError,
    ui::{Done, ErrorPage, FormAlert, FormError, VersionField, form_error},
};

/// One partner.
#[component]
pub fn PartnerOverviewPage() -> impl IntoView {
    let id = use_partner_id();
    let save = ServerAction::<SavePartner>::new();
    let status = ServerAction::<SetPartnerStatus>::new();
    let error = form_error(move || save.value().get());
    let status_error = form_error(move || status.value().get());
    let view = Resource::new(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(AppError::NotFound)?;
            Ok::<_, AppError>((get_partner(id).await?, time_zones().await?))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((view, zones)) => view! { <Whole view zones save status error status_error/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Whole(
    view: PartnerView,
    zones: Vec<String>,
    save: ServerAction<SavePartner>,
    status: ServerAction<SetPartnerStatus>,
    error: FormError,
    status_error: FormError,
) -> impl IntoView {
    let PartnerView { head, form, figures, invited, logged_in, delivers } = view;
    let (id, may_manage) = (head.id, head.may_manage);
    let now = head.access.status;
    let number = |count: u64| grouped(&count.to_string());
    let lead_tiles = figures.leads.map(|leads| {
        let unopened = format!("{} not opened yet", number(leads.unopened));
        view! {
            <a class="tile" href=format!("/admin/partners/{id}/leads")>
                <span class="tile__label">"Leads this month"</span>
                <strong class="tile__figure">{number(leads.this_month)}</strong>
                <span class="tile__note">{format!("{} in total, {unopened}", number(leads.total))}</span>
            </a>
        }
    });
    let due_tiles = figures.due.into_iter().flatten().map(|due| {
        let alarming = due.overdue_count > 0;
        view! {
            <a class="tile" class:tile--alarm=alarming href=format!("/admin/partners/{id}/invoices")>
                <span class="tile__label">"Overdue"</span>
                <strong class="tile__figure">{due.overdue.to_string()}</strong>
                <span class="tile__note">{format!("{} pending", due.pending)}</span>
            </a>
        }
    });
    let data = form.clone();
    view! {
        <PartnerTop head title="Overview"/>
        <Done word="status" message="The status is changed."/>
        <FormAlert error=status_error/>
        <section class="tiles" aria-label="At a glance">{lead_tiles} {due_tiles.collect_view()}</section>
        <div class="columns">
            <section class="card" aria-labelledby="data">
                <h2 id="data">"The partner’s data"</h2>
                <Done word="saved" message="The data is saved."/>
                {if may_manage {
                    view! {
                        <FormAlert error/>
                        <ActionForm action=save attr:class="stack">
                            <input type="hidden" name="id" value=id.to_string()/>
                            <VersionField version=version(form.fields()) error/>
                            <PartnerFields form zones error/>
                            <div><button class="button button--primary" type="submit">"Save"</button></div>
                        </ActionForm>
                    }.into_any()
                } else {
                    let rows = data.fields().into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
                        view! { <div><dt>{name.replace('_', " ")}</dt><dd><bdi>{value.to_owned()}</bdi></dd></div> }
                    });
                    view! { <dl class="data">{rows.collect_view()}</dl> }.into_any()
                }}
            </section>
            <div class="stack">
                <section class="card" aria-labelledby="onboarding">
                    <h2 id="onboarding">"Onboarding"</h2>
                    <ul class="steps">
                        {step(invited, "A user is invited", format!("/admin/partners/{id}/users"))}
                        {step(logged_in, "A user has logged in", format!("/admin/partners/{id}/users"))}
                        {step(delivers, "A delivery has arrived", format!("/admin/partners/{id}/delivery"))}
                    </ul>
                </section>
                <section class="card" aria-labelledby="look">
                    <h2 id="look">"View as the partner"</h2>
                    <p class="muted">"See the portal as an owner at the partner sees it. Nothing can be changed or downloaded; the audit log records the view."</p>
                    <form method="post" action=StartViewing::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <button class="button" type="submit">"View as partner"</button>
                    </form>
                </section>
                {may_manage.then(|| view! {
                    <section class="card" aria-labelledby="status">
                        <h2 id="status">"Status"</h2>
                        {PartnerStatus::ALL.iter().copied().filter(|to| *to != now).map(|to| view! { <Move id=id.to_string() now to action=status/> }).collect_view()}
                    </section>
                })}
            </div>
        </div>
    }
}

fn step(done: bool, label: &'static str, href: String) -> impl IntoView {
    let (sign, word) = if done { ("✓", "done") } else { ("○", "not yet") };
    view! {
        <li class:steps__done=done>
            <span aria-hidden="true">{sign}</span> " " <a href=href>{label}</a> <span class="sr-only">": " {word}</span>
        </li>
    }
}

/// The way to another status, asked for twice where it shuts people out.
#[component]
fn Move(id: String, now: PartnerStatus, to: PartnerStatus, action: ServerAction<SetPartnerStatus>) -> impl IntoView {
    let (label, meaning) = match (now, to) {
        (_, PartnerStatus::Paused) => (
            "Pause",
            "Its users are logged out at once and cannot log in until you activate it again. Nothing is lost.",
        ),
        (_, PartnerStatus::Archived) => (
            "Archive",
            "Its users are logged out and it is hidden from the list. Nothing is deleted, and you can restore it.",
        ),
        (PartnerStatus::Archived, PartnerStatus::Active) => {
            ("Restore", "It is shown in the list again and its users can log in again.")
        }
        (_, PartnerStatus::Active) => ("Activate", "Its users can log in again."),
    };
    let button = if to == PartnerStatus::Active { "button" } else { "button button--danger" };
    view! {
        <details class="confirm">
            <summary>{label} "…"</summary>
            <p class="muted">{meaning}</p>
            <ActionForm action>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="status" value=to.as_str()/>
                <button class=button type="submit">{label} " this partner"</button>
            </ActionForm>
        </details>
    }
}

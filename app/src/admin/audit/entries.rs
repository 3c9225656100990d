//! Events as sentences, each with its detail behind it.

use domain::audit::{AuditEntry, AuditResult};
use leptos::prelude::*;

use crate::ui::When;

/// Events, in the order given.
#[component]
pub fn EntryList(
    /// The events.
    entries: Vec<AuditEntry>,
) -> impl IntoView {
    if entries.is_empty() {
        return view! { <p class="muted">"No events."</p> }.into_any();
    }
    view! { <ul class="rows events">{entries.into_iter().map(line).collect_view()}</ul> }.into_any()
}

fn line(entry: AuditEntry) -> impl IntoView {
    let failed = (entry.result == AuditResult::Failure).then_some("rows__failed");
    let who = entry.who().to_owned();
    let phrase = entry.action.phrase(entry.result);
    let partner = entry.partner.clone().map(|(id, name)| {
        view! { ", " <a href=format!("/admin/partners/{id}/activity")><bdi>{name}</bdi></a> }
    });
    let mut rows = vec![
        ("Event", format!("{} ({})", entry.sequence, entry.action)),
        ("Result", entry.result.to_string()),
        ("Exact time", entry.at.exact()),
    ];
    if !entry.address.is_empty() {
        rows.push(("Address", entry.address.clone()));
    }
    rows.push((
        "Object",
        if entry.object.is_empty() {
            entry.object_kind.clone()
        } else {
            format!("{} {}", entry.object_kind, entry.object)
        },
    ));
    let rows = rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd><bdi>{value}</bdi></dd></div> });
    let detail = entry.detail.into_iter().map(|(name, value)| {
        view! { <div><dt>{name.replace('_', " ")}</dt><dd><bdi>{value}</bdi></dd></div> }
    });
    view! {
        <li class=failed data-action=entry.action.as_str()>
            <span><bdi>{who}</bdi> " " {phrase} {partner}</span>
            <span class="muted"><When time=entry.at/></span>
            <details class="events__detail">
                <summary>"Detail" <span class="sr-only">{format!(" of event {}", entry.sequence)}</span></summary>
                <dl class="data">{rows.collect_view()} {detail.collect_view()}</dl>
            </details>
        </li>
    }
}

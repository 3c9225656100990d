//! What happened, one line an event.

use domain::audit::{Activity, AuditResult};
use leptos::prelude::*;

use super::When;

/// Events as sentences, newest first.
#[component]
pub fn ActivityList(
    /// The events.
    events: Vec<Activity>,
) -> impl IntoView {
    if events.is_empty() {
        return view! { <p class="muted">"No activity yet."</p> }.into_any();
    }
    view! { <ul class="rows">{events.into_iter().map(line).collect_view()}</ul> }.into_any()
}

fn line(event: Activity) -> impl IntoView {
    let by = if event.by.is_empty() { "Somebody".to_owned() } else { event.by };
    let failed = (event.result == AuditResult::Failure).then_some("rows__failed");
    view! {
        <li class=failed>
            <span><bdi>{by}</bdi> " " {event.action.phrase(event.result)}
                {(!event.detail.is_empty()).then(|| format!(": {}", event.detail))}
            </span>
            <span class="muted"><When time=event.at/>{(!event.address.is_empty()).then(|| format!(", from {}", event.address))}</span>
        </li>
    }
}

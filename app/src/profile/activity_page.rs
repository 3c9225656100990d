//! `/partner/profile/activity`: what happened.

use domain::audit::ActivityKind;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    api::{ActivityView, get_activity},
    frame::ProfileHead,
};
use crate::ui::{ActivityList, ErrorPage, Pager};

const PATH: &str = "/partner/profile/activity";

/// The events, a page at a time; kind and page are in the URL.
#[component]
pub fn ActivityPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| {
            let kind = map.get_str("kind").and_then(|kind| kind.parse::<ActivityKind>().ok());
            let page = map.get_str("page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).clamp(1, 1_000);
            (kind, page)
        })
    });
    let view =
        Resource::new(move || query.get(), |(kind, page)| async move { (get_activity(kind, page).await, kind, page) });
    view! {
        <ProfileHead title="Activity"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    (Ok(view), kind, page) => view! { <Events view kind page/> }.into_any(),
                    (Err(error), ..) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn href(kind: Option<ActivityKind>, page: u32) -> String {
    let pairs = [kind.map(|kind| format!("kind={kind}")), (page > 1).then(|| format!("page={page}"))];
    let pairs = pairs.into_iter().flatten().collect::<Vec<_>>().join("&");
    if pairs.is_empty() { PATH.to_owned() } else { format!("{PATH}?{pairs}") }
}

#[component]
fn Events(view: ActivityView, kind: Option<ActivityKind>, page: u32) -> impl IntoView {
    let kinds = std::iter::once(None).chain(ActivityKind::ALL.iter().copied().map(Some));
    let links = kinds.map(move |to| {
        let label = to.map_or("All", ActivityKind::label);
        view! { <li><a class="chip" href=href(to, 1) aria-current=(to == kind).then_some("true")>{label}</a></li> }
    });
    let whose = if view.everybody { "What everybody at your company did here." } else { "What you did here." };
    view! {
        <p class="muted">{whose}</p>
        <ul class="chips" aria-label="About">{links.collect_view()}</ul>
        <section class="card" aria-label="Events"><ActivityList events=view.events/></section>
        <Pager
            first=(page > 1).then(|| href(kind, 1))
            previous=(page > 1).then(|| href(kind, page - 1))
            next=view.more.then(|| href(kind, page + 1))
        />
    }
}

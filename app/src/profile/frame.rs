//! The frame of the profile's pages: the heading and the way between them.

use domain::access::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::ui::use_viewer;

/// Heading and tabs. The page stands below, not inside: what waits for the viewer may be rendered more than once.
#[component]
pub(super) fn ProfileHead(
    /// The page's own title.
    title: &'static str,
) -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <Title text=format!("{title} · Profile")/>
        <div class="page__head"><h1>{title}</h1></div>
        <nav class="tabs" aria-label="Profile">
            <A href="/partner/profile" exact=true>"Contact"</A>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    let may = viewer.await.map(|viewer| viewer.permissions).unwrap_or_default();
                    view! {
                        {may.has(Permission::ViewDeliverySettings).then(|| view! { <A href="/partner/profile/delivery">"Delivery"</A> })}
                        <A href="/partner/profile/security">"Security"</A>
                        <A href="/partner/profile/activity">"Activity"</A>
                        {may.has(Permission::ManageUsers).then(|| view! { <A href="/partner/profile/users">"Users"</A> })}
                        {may.has(Permission::ManageUsers).then(|| view! { <A href="/partner/profile/single-sign-on">"Single sign-on"</A> })}
                        {may.has(Permission::ManageApi).then(|| view! { <A href="/partner/profile/api">"API"</A> })}
                    }
                })}
            </Suspense>
        </nav>
    }
}

/// What stands in place of fields the reader may not change: what it takes.
#[component]
pub(super) fn ReadOnlyNote(
    /// What is read-only here.
    what: &'static str,
    /// Whom to ask.
    support_contact: String,
) -> impl IntoView {
    view! {
        <p class="muted">
            {what} " can be read here, but not changed: changing is switched off for your company or for your role. Questions? "
            <bdi>{support_contact}</bdi>
        </p>
    }
}

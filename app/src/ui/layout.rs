//! The frame of the partner area: who is looking, where they can go, the way out.

use domain::access::Permission;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::{A, Outlet};

use super::{BrandStyle, LiveTimes, RestoredNotice, TwoFactorDue};
use crate::{
    admin::partners::view_api::StopViewing,
    auth::api::{Logout, Viewer, get_viewer},
    error::AppError,
};

/// Who is looking, as it becomes known.
pub type ViewerResource = Resource<Result<Viewer, AppError>>;

/// Who is looking, for pages within the frame.
#[must_use]
pub fn use_viewer() -> ViewerResource {
    expect_context()
}

/// Header, navigation, and the page within.
///
/// The page stands beside what waits for the viewer, not inside it: the server may render what waits more than once, and
/// a page's data must be asked for once.
#[component]
pub fn PartnerLayout() -> impl IntoView {
    let viewer: ViewerResource = Resource::new(|| (), |()| get_viewer());
    provide_context(viewer);
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                viewer.await.ok().map(|viewer| view! {
                    <BrandStyle slug=viewer.account_slug.clone()/>
                    {viewer.by_admin.then(|| view! { <ViewBanner partner=viewer.partner_name/> })}
                })
            })}
        </Suspense>
        <header class="header">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move { viewer.await.ok().map(|viewer| view! { <HeaderContent viewer/> }) })}
            </Suspense>
        </header>
        <main class="page" id="content">
            <RestoredNotice/>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    let due = viewer.await.ok().and_then(|viewer| viewer.two_factor_due);
                    view! { <TwoFactorDue due page="/partner/two-factor"/> }
                })}
            </Suspense>
            <Outlet/>
        </main>
        <LiveTimes/>
        <footer class="footer">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move { viewer.await.ok().map(|viewer| view! { <FooterContent viewer/> }) })}
            </Suspense>
        </footer>
    }
}

/// Says that it is an admin who looks, and leads back.
#[component]
fn ViewBanner(partner: String) -> impl IntoView {
    view! {
        <aside class="banner" aria-label="You are viewing as the partner">
            <p>"You see the portal as " <strong><bdi>{partner}</bdi></strong> " sees it. Nothing can be changed or downloaded."</p>
            <form method="post" action=StopViewing::url()>
                <button class="button" type="submit">"Stop viewing"</button>
            </form>
        </aside>
    }
}

#[component]
fn HeaderContent(viewer: Viewer) -> impl IntoView {
    let may = |permission| viewer.permissions.has(permission);
    let leads = match &*viewer.start_list {
        "" => "/partner/leads".to_owned(),
        list => format!("/partner/leads?{list}"),
    };
    view! {
        <div class="header__inner">
            <a class="brand" href="/partner">
                <span class="brand__mark" aria-hidden="true"></span>
                {viewer.account_name.clone()}
            </a>
            <nav class="nav" aria-label="Main">
                <A href="/partner" exact=true>"Dashboard"</A>
                {may(Permission::ViewLeads).then(|| view! { <A href=leads>"Leads"</A> })}
                {may(Permission::ViewLeads).then(|| view! { <A href="/partner/reports">"Reports"</A> })}
                {may(Permission::ViewInvoices).then(|| view! { <A href="/partner/invoices">"Invoices"</A> })}
                <A href="/partner/profile">"Profile"</A>
            </nav>
            <div class="header__user">
                <p class="who">
                    <span class="who__partner">{viewer.partner_name}</span>
                    <span class="who__name">{viewer.user_name}</span>
                </p>
                {(!viewer.by_admin).then(|| view! {
                    <form method="post" action=Logout::url()>
                        <button class="button button--quiet" type="submit">"Log out"</button>
                    </form>
                })}
            </div>
        </div>
    }
}

#[component]
fn FooterContent(viewer: Viewer) -> impl IntoView {
    view! {
        <p>{viewer.user_name} ", " {viewer.partner_name}</p>
        <p>"Questions? " {viewer.support_contact}</p>
        <p>"Times are in " {viewer.time_zone.replace('_', " ")}</p>
    }
}

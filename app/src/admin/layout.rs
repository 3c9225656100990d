//! The frame of the admin area: who is looking, where they can go, the way out.

use domain::admin::AdminPermission;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::{A, Outlet};

use super::auth_api::{AdminLogout, AdminViewer, get_admin_viewer};
use crate::{
    error::AppError,
    ui::{BrandStyle, LiveTimes, RestoredNotice, TwoFactorDue},
};

/// Who is looking, as it becomes known.
pub type AdminViewerResource = Resource<Result<AdminViewer, AppError>>;

/// Who is looking, for pages within the frame.
#[must_use]
pub fn use_admin_viewer() -> AdminViewerResource {
    expect_context()
}

/// Header, navigation, and the page within.
#[component]
pub fn AdminLayout() -> impl IntoView {
    let viewer: AdminViewerResource = Resource::new(|| (), |()| get_admin_viewer());
    provide_context(viewer);
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <header class="header header--admin">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move { viewer.await.ok().map(|viewer| view! { <HeaderContent viewer/> }) })}
            </Suspense>
        </header>
        <main class="page" id="content">
            <RestoredNotice/>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    let due = viewer.await.ok().and_then(|viewer| viewer.two_factor_due);
                    view! { <TwoFactorDue due page="/admin/two-factor"/> }
                })}
            </Suspense>
            <Outlet/>
        </main>
        <LiveTimes/>
        <footer class="footer">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    viewer.await.ok().map(|viewer| view! {
                        <p><a href="/admin/account">{viewer.user_name}</a> ", " {viewer.role.label()} " at " {viewer.account_name}</p>
                        <p>"Times are in " {viewer.time_zone.replace('_', " ")}</p>
                    })
                })}
            </Suspense>
        </footer>
    }
}

/// What stands there only for whoever may do something.
#[component]
pub(crate) fn IfMay(
    /// What the reader must be allowed to do.
    permission: AdminPermission,
    /// What stands there then.
    children: ChildrenFn,
) -> impl IntoView {
    let viewer = use_admin_viewer();
    let children = StoredValue::new(children);
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let may = viewer.await.is_ok_and(|viewer| viewer.may(permission));
                may.then(|| children.with_value(|children| children()))
            })}
        </Suspense>
    }
}

#[component]
fn HeaderContent(viewer: AdminViewer) -> impl IntoView {
    view! {
        <BrandStyle slug=viewer.account_slug/>
        <div class="header__inner">
            <a class="brand" href="/admin">
                <span class="brand__mark" aria-hidden="true"></span>
                {viewer.account_name}
                <span class="brand__area">"Admin"</span>
            </a>
            <nav class="nav" aria-label="Main">
                <A href="/admin" exact=true>"Overview"</A>
                <A href="/admin/partners">"Partners"</A>
                <A href="/admin/leads">"Leads"</A>
                <A href="/admin/returns">"Returns"</A> <A href="/admin/reports">"Reports"</A>
                <A href="/admin/invoices">"Invoices"</A>
                <A href="/admin/audit">"Audit log"</A>
                <A href="/admin/settings">"Settings"</A>
                <A href="/admin/users">"Admins"</A>
                {viewer.role.may(AdminPermission::ManageApiKeys).then(|| view! { <A href="/admin/api-keys">"API keys"</A> })}
            </nav>
            <div class="header__user">
                <a class="button button--quiet" href="/admin/account" title=format!("Your account, {}", viewer.user_name)>"Account"</a>
                <form method="post" action=AdminLogout::url()>
                    <button class="button button--quiet" type="submit">"Log out"</button>
                </form>
            </div>
        </div>
    }
}

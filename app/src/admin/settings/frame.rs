//! The frame of the settings' pages: the heading and the menu beside them.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use super::api::{SettingsView, get_settings};
use crate::ui::ErrorPage;

/// Heading, menu and a page made of the settings.
#[component]
pub(crate) fn SettingsFrame<P>(
    /// The page's own title.
    title: &'static str,
    /// The page.
    page: P,
) -> impl IntoView
where
    P: Fn(SettingsView) -> AnyView + Clone + Send + Sync + 'static,
{
    let view = Resource::new(|| (), |()| get_settings());
    view! {
        <Title text=format!("{title} · Settings")/>
        <Suspense fallback=|| ()>
            {move || {
                let page = page.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(settings) => view! {
                            <div class="page__head"><h1>{title}</h1></div>
                            {(!settings.may_manage).then(|| view! { <p class="muted">"You can read the settings, but your role does not include changing them."</p> })}
                            <div class="with-menu">
                                <Menu/>
                                <div class="stack">{page(settings)}</div>
                            </div>
                        }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Menu() -> impl IntoView {
    view! {
        <nav class="menu" aria-label="Settings">
            <A href="/admin/settings" exact=true>"General"</A>
            <A href="/admin/settings/branding">"Branding"</A>
            <A href="/admin/settings/permissions">"Permissions"</A>
            <A href="/admin/settings/leads">"Leads"</A>
            <A href="/admin/settings/returns">"Returns"</A>
            <A href="/admin/settings/invoices">"Invoices"</A>
            <A href="/admin/settings/mails">"Mails"</A>
            <A href="/admin/settings/security">"Security"</A>
            <A href="/admin/settings/audit-log">"Audit log"</A>
        </nav>
    }
}

/// The button under a form, for whoever may use it.
pub(super) fn save_button(may: bool, label: &'static str) -> impl IntoView {
    may.then(|| view! { <div><button class="button button--primary" type="submit">{label}</button></div> })
}

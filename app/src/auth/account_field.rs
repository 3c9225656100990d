//! Which account a page for visitors is for, where several share the portal.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{api::Branding, with_account};
use crate::ui::{FormError, TextField, with_pair};

/// Whose portal a page for visitors is, read once for its frame and its form.
#[derive(Clone, Copy)]
pub(crate) struct PageBranding(pub(crate) Resource<Option<Branding>>);

/// The account that a form is for: named without a word where it is known, asked for where it is not.
#[component]
pub(crate) fn AccountField(error: FormError) -> impl IntoView {
    let PageBranding(branding) = expect_context();
    let query = use_query_map();
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let branding = branding.await;
                let named = query.read_untracked().get("account").unwrap_or_default();
                match branding {
                    Some(Branding { account_name: None, is_shared: true, .. }) => view! {
                        <TextField name="account" label="Company" value=named required=true max_length=40 error
                            hint="The short name of the company whose portal this is. It stands in the links of its mails."/>
                    }.into_any(),
                    Some(Branding { is_shared: true, account_slug, .. }) => {
                        view! { <input type="hidden" name="account" value=account_slug/> }.into_any()
                    }
                    _ => view! { <input type="hidden" name="account" value=named/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// The way to the same page with the question which account is meant, where one is known and there are others.
#[component]
pub(crate) fn OtherAccount() -> impl IntoView {
    let PageBranding(branding) = expect_context();
    let query = use_query_map();
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let is_known = branding.await.is_some_and(|branding| branding.is_shared && branding.account_name.is_some());
                let next = query.read_untracked().get("next").unwrap_or_default();
                is_known.then(|| view! {
                    <p class="gate__help muted">"Not your company? " <a href=another(&next)>"Log in at another one"</a></p>
                })
            })}
        </Suspense>
    }
}

/// The same page, with the question which account is meant.
fn another(next: &str) -> String {
    let page = with_pair("", "other", "1");
    if next.is_empty() { page } else { with_pair(&page, "next", next) }
}

/// A link from one page for visitors to another one, of the same account.
#[component]
pub(crate) fn GateLink(
    to: &'static str,
    text: &'static str,
    /// Whether it is the page's next step and looks like a button.
    #[prop(optional)]
    as_button: bool,
) -> impl IntoView {
    let query = use_query_map();
    let href = move || with_account(to, &query.read().get("account").unwrap_or_default());
    view! { <a href=href class=as_button.then_some("button button--primary")>{text}</a> }
}

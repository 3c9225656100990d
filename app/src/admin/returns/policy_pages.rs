//! `/admin/settings/returns`, and `/admin/partners/{id}/returns`.

use leptos::prelude::*;

use super::{
    api::{SaveReturnPolicy, get_return_policy},
    policy_form::PolicyCard,
};
use crate::{
    admin::{
        partners::frame::{PartnerTop, use_partner_id},
        settings::SettingsFrame,
    },
    error::AppError,
    ui::ErrorPage,
};

/// The account's rules for returns.
#[component]
pub fn ReturnsSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveReturnPolicy>::new();
    // Beside the frame that waits for its own data: within it, it would be asked for each time the frame is built.
    let view = Resource::new(|| (), |()| get_return_policy(None));
    let page = move |_| {
        view! {
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(view) => {
                            let (policy, reasons, may_manage) = (view.policy, view.reasons, view.may_manage);
                            view! { <PolicyCard policy reasons partner=None may_manage action/> }.into_any()
                        }
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    };
    view! { <SettingsFrame title="Returns" page/> }
}

/// A partner's rules for returns.
#[component]
pub fn PartnerReturnsPage() -> impl IntoView {
    let id = use_partner_id();
    let action = ServerAction::<SaveReturnPolicy>::new();
    let view = Resource::new(
        move || id.get(),
        |id| async move {
            let id = id.ok_or(AppError::NotFound)?;
            Ok::<_, AppError>((id, get_return_policy(Some(id)).await?))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((id, view)) => {
                        let own = view.own.is_some();
                        let (policy, reasons, may_manage) = (view.own.unwrap_or(view.policy), view.reasons, view.may_manage);
                        let top = view.partner.map(|head| view! { <PartnerTop head title="Returns"/> });
                        view! {
                            {top}
                            <p>
                                "What its users ask for stands in the "
                                <a href=format!("{}?partner={id}", super::QUEUE)>"list of returns"</a> "."
                            </p>
                            <PolicyCard policy reasons partner=Some((id, own)) may_manage action/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

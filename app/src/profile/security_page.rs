//! `/partner/profile/security`: the reader's own password, address and sessions.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{ChangeEmail, ChangePassword, EndOtherSessions, EndSession, get_security},
    frame::ProfileHead,
};
use crate::{
    auth::{AddressCard, PasswordCard, SessionsCard, TwoFactorCard},
    ui::{ErrorPage, form_error},
};

/// Password, login address, sessions.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let password = ServerAction::<ChangePassword>::new();
    let email = ServerAction::<ChangeEmail>::new();
    let view = Resource::new(|| (), |()| get_security());
    let password_error = form_error(move || password.value().get());
    let email_error = form_error(move || email.value().get());
    view! {
        <ProfileHead title="Security"/>
        <PasswordCard action=ChangePassword::url() error=password_error/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! {
                        <TwoFactorCard on=view.two_factor due=view.two_factor_due page="/partner/two-factor"/>
                        <AddressCard email=view.email action=ChangeEmail::url() error=email_error/>
                        <SessionsCard sessions=view.sessions end=EndSession::url() end_others=EndOtherSessions::url()/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

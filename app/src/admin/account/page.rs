//! The page of an admin's own account, and the one where the mail to a new address leads.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::api::{
    AdminConfirmEmail, ChangeOwnEmail, ChangeOwnName, ChangeOwnPassword, EndOtherOwnSessions, EndOwnSession,
    admin_email_link, get_own_account,
};
use crate::{
    auth::{AddressCard, ConfirmAddress, PasswordCard, SecurityView, SessionsCard, TwoFactorCard},
    ui::{Done, ErrorPage, FormAlert, TextField, form_error},
};

/// `/admin/account`.
#[component]
pub fn OwnAccountPage() -> impl IntoView {
    let name = ServerAction::<ChangeOwnName>::new();
    let password = ServerAction::<ChangeOwnPassword>::new();
    let email = ServerAction::<ChangeOwnEmail>::new();
    let view = Resource::new(|| (), |()| get_own_account());
    let name_error = form_error(move || name.value().get());
    let password_error = form_error(move || password.value().get());
    let email_error = form_error(move || email.value().get());
    let page = move |view: SecurityView| {
        view! {
            <section class="card card--form" aria-labelledby="name-head">
                <h2 id="name-head">"Name"</h2>
                <Done word="name" message="Your name is changed."/>
                <FormAlert error=name_error/>
                <form method="post" action=ChangeOwnName::url() class="stack">
                    <TextField name="name" label="Your name" autocomplete="name" required=true max_length=100 value=view.name error=name_error/>
                    <div><button class="button" type="submit">"Change name"</button></div>
                </form>
            </section>
            <PasswordCard action=ChangeOwnPassword::url() error=password_error/>
            <TwoFactorCard on=view.two_factor due=view.two_factor_due page="/admin/two-factor"/>
            <AddressCard email=view.email action=ChangeOwnEmail::url() error=email_error/>
            <SessionsCard sessions=view.sessions end=EndOwnSession::url() end_others=EndOtherOwnSessions::url()/>
        }
    };
    view! {
        <Title text="Your account"/>
        <div class="page__head"><h1>"Your account"</h1></div>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => page(view).into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// `/admin/confirm-email`. A button, for programs that look at mails follow links.
#[component]
pub fn AdminConfirmEmailPage() -> impl IntoView {
    let action = ServerAction::<AdminConfirmEmail>::new();
    view! {
        <ConfirmAddress link=Resource::new(|| (), |()| admin_email_link()) action=AdminConfirmEmail::url()
            error=form_error(move || action.value().get()) login="/admin/login"/>
    }
}

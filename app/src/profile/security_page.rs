//! `/partner/profile/security`: the reader's own password, address and sessions.

use domain::users::OwnSession;
use leptos::prelude::*;

use super::{
    api::{ChangeEmail, ChangePassword, EndOtherSessions, get_security},
    frame::ProfileHead,
};
use crate::auth::NewPassword;
use crate::ui::{Done, ErrorPage, FormAlert, PasswordField, TextField, When, form_error};

/// Password, login address, sessions.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let password = ServerAction::<ChangePassword>::new();
    let email = ServerAction::<ChangeEmail>::new();
    let end = ServerAction::<EndOtherSessions>::new();
    let view = Resource::new(|| (), |()| get_security());
    let password_error = form_error(move || password.value().get());
    let email_error = form_error(move || email.value().get());
    view! {
        <ProfileHead title="Security"/>
        <section class="card card--form" aria-labelledby="password-head">
            <h2 id="password-head">"Password"</h2>
            <Done word="password" message="Your password is changed, and you are logged out everywhere else."/>
            <FormAlert error=password_error/>
            <ActionForm action=password attr:class="stack" attr:id="password-form">
                <PasswordField name="current" label="Current password" autocomplete="current-password" message=password_error.message("current")/>
                <NewPassword error=password_error/>
                <div><button class="button button--primary" type="submit">"Change password"</button></div>
            </ActionForm>
        </section>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! {
                        <section class="card card--form" aria-labelledby="email-head">
                            <h2 id="email-head">"Login address"</h2>
                            <p>"You log in with " <strong><bdi>{view.email}</bdi></strong> "."</p>
                            <Done word="email" message="We have sent a mail to the new address: follow its link within a day. A note went to the address you have now."/>
                            <FormAlert error=email_error/>
                            <ActionForm action=email attr:class="stack" attr:id="email-form">
                                <TextField name="new_email" label="New login address" kind="email" autocomplete="off" required=true max_length=254 error=email_error/>
                                <div class="field">
                                    <label for="current-for-email">"Your password"</label>
                                    <input id="current-for-email" name="current" type="password" autocomplete="current-password" required/>
                                </div>
                                <div><button class="button" type="submit">"Change login address"</button></div>
                            </ActionForm>
                        </section>
                        <Sessions sessions=view.sessions end/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Sessions(sessions: Vec<OwnSession>, end: ServerAction<EndOtherSessions>) -> impl IntoView {
    let several = sessions.len() > 1;
    let rows = sessions.into_iter().map(|session| view! {
        <li>
            <strong><bdi>{session.device}</bdi></strong>
            {session.current.then(|| view! { <span class="badge badge--accepted">"This session"</span> })}
            <span class="muted">
                "last used " <When time=session.last_used/> ", since " <When time=session.began/> ", from " <bdi>{session.address}</bdi>
            </span>
        </li>
    });
    view! {
        <section class="card card--form" aria-labelledby="sessions">
            <h2 id="sessions">"Active sessions"</h2>
            <Done word="sessions" message="You are logged out everywhere else."/>
            <ul class="rows">{rows.collect_view()}</ul>
            {several.then(|| view! {
                <ActionForm action=end>
                    <button class="button" type="submit">"Log out everywhere else"</button>
                </ActionForm>
            })}
        </section>
    }
}

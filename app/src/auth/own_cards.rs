//! The parts of a page of one's own access: password, login address, sessions. Partner users and admins have the same.

use domain::{time::LocalTime, users::OwnSession};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::NewPassword;
use crate::ui::{Done, FormAlert, FormError, PasswordField, TextField, When};

/// What such a page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityView {
    /// The reader's name.
    pub name: String,
    /// The address the reader logs in with.
    pub email: String,
    /// Whether two-factor authentication is on; nothing when it is neither on nor offered.
    pub two_factor: Option<bool>,
    /// Until when it has to be set up.
    pub two_factor_due: Option<LocalTime>,
    /// Where the reader is logged in, last used first.
    pub sessions: Vec<OwnSession>,
}

/// The form to change the password.
#[component]
pub(crate) fn PasswordCard(
    /// Where the form is sent.
    action: &'static str,
    /// What was wrong with it.
    error: FormError,
) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="password-head">
            <h2 id="password-head">"Password"</h2>
            <Done word="password" message="Your password is changed, and you are logged out everywhere else."/>
            <FormAlert error/>
            <form method="post" action=action class="stack" id="password-form">
                <PasswordField name="current" label="Current password" autocomplete="current-password" message=error.message("current")/>
                <NewPassword error/>
                <div><button class="button button--primary" type="submit">"Change password"</button></div>
            </form>
        </section>
    }
}

/// Whether two-factor authentication is on, and where that is changed.
#[component]
pub(crate) fn TwoFactorCard(
    /// Whether it is on; nothing when it is neither on nor offered.
    on: Option<bool>,
    /// Until when it has to be set up.
    due: Option<LocalTime>,
    /// The page where it is changed.
    page: &'static str,
) -> impl IntoView {
    on.map(|on| {
        let (state, meaning, words) = match on {
            true => (
                view! { <span class="badge badge--accepted">"On"</span> }.into_any(),
                " Logging in takes a code of your app beside the password.",
                "Change it",
            ),
            false => (
                view! { <span class="badge">"Off"</span> }.into_any(),
                " With it, logging in takes a code of an app on your phone too: whoever learns your password alone gets nowhere.",
                "Set it up",
            ),
        };
        view! {
            <section class="card card--form" aria-labelledby="two-factor-head">
                <h2 id="two-factor-head">"Two-factor authentication"</h2>
                <p>{state} {meaning}</p>
                {due.map(|due| view! { <p><strong>"Set it up before " <When time=due/> ": after that you get nowhere without."</strong></p> })}
                <div><a class="button" href=page>{words}</a></div>
            </section>
        }
    })
}

/// The form to change the login address.
#[component]
pub(crate) fn AddressCard(
    /// The address until now.
    email: String,
    /// Where the form is sent.
    action: &'static str,
    /// What was wrong with it.
    error: FormError,
) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="email-head">
            <h2 id="email-head">"Login address"</h2>
            <p>"You log in with " <strong><bdi>{email}</bdi></strong> "."</p>
            <Done word="email" message="We have sent a mail to the new address: follow its link within a day. A note went to the address you have now."/>
            <FormAlert error/>
            <form method="post" action=action class="stack" id="email-form">
                <TextField name="new_email" label="New login address" kind="email" autocomplete="off" required=true max_length=254 error/>
                <div class="field">
                    <label for="current-for-email">"Your password"</label>
                    <input id="current-for-email" name="current" type="password" autocomplete="current-password" required/>
                </div>
                <div><button class="button" type="submit">"Change login address"</button></div>
            </form>
        </section>
    }
}

/// The sessions, and the ways to end them.
#[component]
pub(crate) fn SessionsCard(
    /// The sessions.
    sessions: Vec<OwnSession>,
    /// Where the form that ends one is sent.
    end: &'static str,
    /// Where the form that ends all others is sent.
    end_others: &'static str,
) -> impl IntoView {
    let several = sessions.len() > 1;
    let rows = sessions.into_iter().map(|session| {
        let name = session.device.clone();
        let form = (!session.current).then(|| {
            view! {
                <form method="post" action=end>
                    <input type="hidden" name="session" value=session.key/>
                    <button class="button button--quiet" type="submit">"Log out" <span class="sr-only">{format!(" {name}")}</span></button>
                </form>
            }
        });
        view! {
            <li>
                <strong><bdi>{session.device}</bdi></strong>
                {session.current.then(|| view! { <span class="badge badge--accepted">"This session"</span> })}
                <span class="muted">
                    "last used " <When time=session.last_used/> ", since " <When time=session.began/> ", from " <bdi>{session.address}</bdi>
                </span>
                {form}
            </li>
        }
    });
    view! {
        <section class="card card--form" aria-labelledby="sessions">
            <h2 id="sessions">"Active sessions"</h2>
            <Done word="sessions" message="You are logged out everywhere else."/>
            <Done word="session" message="That session is ended."/>
            <ul class="rows">{rows.collect_view()}</ul>
            {several.then(|| view! {
                <form method="post" action=end_others>
                    <button class="button" type="submit">"Log out everywhere else"</button>
                </form>
            })}
        </section>
    }
}

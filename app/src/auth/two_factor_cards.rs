//! The parts of the pages of two-factor authentication: giving a code at the login, setting an app up, and confirming who one is
//! before something that matters. Partner users and admins have the same. All work as plain forms.

use domain::time::LocalTime;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::{
    GateLink,
    passkey_cards::{PasskeyAlert, PasskeyForm, PasskeyRow, PasskeyScript, passkeys},
    recovery_pages::Gate,
    sso_cards::{SsoAlert, begin_path},
    sso_view::SsoLink,
    ways::Ways,
};
use crate::{
    error::AppError,
    ui::{Alert, Copyable, Done, ErrorPage, FormAlert, FormError, PasswordField, When, with_pair},
};

/// Where a user stands with two-factor authentication.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoFactorView {
    /// Whether it is on.
    pub on: bool,
    /// Whether it can be set up.
    pub is_offered: bool,
    /// Whether the user must have it, now or later.
    pub is_required: bool,
    /// Until when it has to be set up, if that is still to come.
    pub due: Option<LocalTime>,
    /// Whether it has to be set up before anything else.
    pub is_missing: bool,
    /// What the app is to be given, while it is set up: the secret, the same as a QR code, an SVG, and as an address.
    pub set_up: Option<(String, String, String)>,
    /// Recovery codes that were just made: shown this once.
    pub codes: Vec<String>,
    /// How many recovery codes are not used up.
    pub codes_left: i64,
    /// Whether there is an authenticator app.
    pub has_app: bool,
    /// The passkeys; nothing where browsers take none.
    pub passkeys: Option<Vec<PasskeyRow>>,
}

/// Secrets are never printed.
impl std::fmt::Debug for TwoFactorView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwoFactorView").field("on", &self.on).finish_non_exhaustive()
    }
}

/// Whom somebody confirms to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmView {
    /// The address the user logs in with.
    pub email: String,
    /// Whether it takes a code beside the password.
    pub two_factor: bool,
    /// Whether a passkey does it too.
    pub has_passkey: bool,
    /// The provider that does it too.
    pub provider: Option<SsoLink>,
    /// Whether there is a password; who came by a provider need not have one.
    pub has_password: bool,
}

/// The page of a login on which a code is asked for.
#[component]
pub(crate) fn CodeGate(
    /// Where its forms and links lead.
    ways: Ways,
    /// What was wrong with the code.
    error: FormError,
    /// What was wrong with the passkey.
    passkey: FormError,
) -> impl IntoView {
    let Ways { code, login, .. } = ways;
    let query = use_query_map();
    let next = move || query.read().get("next").unwrap_or_default();
    let by_passkey = (query.read_untracked().get("passkey").as_deref() == Some("yes")).then(|| {
        view! {
            <PasskeyAlert error=passkey/>
            <PasskeyForm ask=ways.passkey_ask action=ways.passkey_login text="Use a passkey">
                <input type="hidden" name="second" value="yes"/>
                <input type="hidden" name="next" value=next/>
            </PasskeyForm>
            <PasskeyScript/>
        }
    });
    view! {
        <Gate title="Enter a code">
            {by_passkey}
            <p class="muted">"Open your authenticator app and enter the code it shows for this portal."</p>
            <FormAlert error/>
            <form method="post" action=code class="stack">
                <CodeField error focus=true/>
                <div class="field">
                    <label class="choice">
                        <input type="checkbox" name="remember" value="yes" aria-describedby="remember-hint"/>
                        "Do not ask for a code in this browser for 30 days"
                    </label>
                    <p class="field__hint" id="remember-hint">"Only on a device that nobody else uses."</p>
                </div>
                <input type="hidden" name="next" value=next/>
                <button class="button button--primary button--wide" type="submit">"Log in"</button>
            </form>
            <p class="gate__help muted">
                "Without your app, enter one of your recovery codes. Without these, ask the company that runs this portal: it can turn \
                 two-factor authentication off for you."
            </p>
            <p class="gate__help"><GateLink to=login text="Back to the login"/></p>
        </Gate>
    }
}

/// The field for a code of the app, or a recovery code.
#[component]
fn CodeField(error: FormError, #[prop(optional)] focus: bool) -> impl IntoView {
    let message = move || error.message("code");
    view! {
        <div class="field">
            <label for="code">"Code"</label>
            <input id="code" name="code" type="text" inputmode="text" autocomplete="one-time-code" required maxlength="40" spellcheck="false"
                autocapitalize="none" autofocus=focus aria-describedby="code-error"
                aria-invalid=move || message().is_some().then_some("true")/>
            {move || message().map(|message| view! { <p class="field__error" id="code-error">{message}</p> })}
        </div>
    }
}

/// The way out of a page that has no other.
fn log_out(ways: Ways) -> impl IntoView {
    view! {
        <form method="post" action=ways.logout>
            <button class="button button--quiet button--wide" type="submit">"Log out"</button>
        </form>
    }
}

/// The page on which somebody confirms who they are.
#[component]
pub(crate) fn ConfirmGate(
    /// Where its forms and links lead.
    ways: Ways,
    /// Whom the reader confirms to be.
    view: Resource<Result<ConfirmView, AppError>>,
    /// What was wrong.
    error: FormError,
    /// What was wrong with the passkey.
    passkey: FormError,
) -> impl IntoView {
    let query = use_query_map();
    let next = move || query.read().get("next").unwrap_or_default();
    let form = move |found: ConfirmView| {
        view! {
            <SsoAlert/>
            <p class="muted">"What you are about to do matters: show that it is you. After that you are not asked again for ten minutes."</p>
            {found.provider.map(|SsoLink { whose, name }| {
                let to = begin_path(ways.start, &whose, &next());
                let to = with_pair(&to, "confirm", "yes");
                view! { <p><a class="button button--wide" href=to>"Continue with " <bdi>{name}</bdi></a></p> }
            })}
            <PasskeyAlert error=passkey/>
            {found.has_passkey.then(|| view! {
                <PasskeyForm ask=ways.passkey_ask action=ways.passkey_confirm text="Use a passkey">
                    <input type="hidden" name="next" value=next/>
                </PasskeyForm>
                <PasskeyScript/>
            })}
            <FormAlert error/>
            {found.has_password.then(|| view! {
                <form method="post" action=ways.confirm class="stack">
                    <input type="text" name="username" autocomplete="username" value=found.email hidden readonly/>
                    <PasswordField name="current" label="Your password" autocomplete="current-password" message=error.message("current")/>
                    {found.two_factor.then(|| view! { <CodeField error/> })}
                    <input type="hidden" name="next" value=next/>
                    <button class="button button--primary button--wide" type="submit">"Continue"</button>
                </form>
            })}
            <p class="gate__help"><GateLink to=ways.start text="Cancel"/></p>
            {log_out(ways)}
        }
    };
    view! {
        <Gate title="Confirm your login">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(found) => form(found).into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// The page on which it is set up and turned off.
#[component]
pub(crate) fn SetUpGate(
    /// Where its forms and links lead.
    ways: Ways,
    /// Where the reader stands.
    view: Resource<Result<TwoFactorView, AppError>>,
    /// What was wrong with the first code.
    code_error: FormError,
    /// What was wrong with a passkey.
    passkey: FormError,
    /// What was wrong with anything else.
    error: FormError,
) -> impl IntoView {
    let page = move |mut found: TwoFactorView| {
        let is_missing = found.is_missing;
        let shows_passkeys = found.codes.is_empty() && found.set_up.is_none() && (found.on || found.is_offered);
        let rows = found.passkeys.take().filter(|_| shows_passkeys);
        let content = match found {
            found if !found.codes.is_empty() => recovery_codes(found.codes, ways).into_any(),
            TwoFactorView { set_up: Some(set_up), .. } => first_code(set_up, code_error, ways).into_any(),
            found if found.on => manage(&found, ways).into_any(),
            found => offer(&found, ways).into_any(),
        };
        view! {
            <Done word="off" message="Two-factor authentication is off."/>
            <Done word="passkey" message="The passkey is added. You are logged out everywhere else."/>
            <Done word="passkey-removed" message="The passkey is removed. You are logged out everywhere else."/>
            <FormAlert error/>
            {content}
            <PasskeyAlert error=passkey/>
            {rows.map(|rows| view! { {passkeys(rows, ways, passkey)} <PasskeyScript/> })}
            {(!is_missing).then(|| view! { <p class="gate__help"><GateLink to=ways.account text="Back to your account"/></p> })}
            {log_out(ways)}
        }
    };
    view! {
        <Gate title="Two-factor authentication">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(found) => page(found).into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

fn offer(found: &TwoFactorView, ways: Ways) -> impl IntoView + use<> {
    if !found.is_offered {
        return view! { <p>"The company that runs this portal does not offer two-factor authentication."</p> }
            .into_any();
    }
    let required = if found.is_missing {
        Some(
            view! { <Alert>"Your login has to be protected by a second factor. Set it up to continue."</Alert> }
                .into_any(),
        )
    } else {
        found.due.map(|due| {
            view! { <Alert>"Your login has to be protected by a second factor from " <When time=due/> " on. Set it up before."</Alert> }
                .into_any()
        })
    };
    view! {
        {required}
        <p>"With it, logging in takes your password and a code that an app on your phone shows. Whoever learns your password alone gets nowhere."</p>
        <p class="muted">"You need an authenticator app, such as the password manager of your phone."</p>
        <form method="post" action=ways.begin>
            <button class="button button--primary button--wide" type="submit">"Set it up"</button>
        </form>
    }
    .into_any()
}

fn first_code((secret, qr, url): (String, String, String), error: FormError, ways: Ways) -> impl IntoView {
    view! {
        <ol class="set-up">
            <li>
                <p>"Scan this picture with your authenticator app."</p>
                <div class="qr" role="img" aria-label="QR code for your authenticator app" inner_html=qr></div>
                <p><a href=url>"On this device: open the app"</a></p>
                <p>"Or type this key into it:"</p>
                <p><Copyable><code>{secret}</code></Copyable></p>
            </li>
            <li>
                <p>"Enter the code that the app shows then."</p>
                <FormAlert error/>
                <form method="post" action=ways.on class="stack">
                    <CodeField error/>
                    <button class="button button--primary button--wide" type="submit">"Turn it on"</button>
                </form>
            </li>
        </ol>
        <form method="post" action=ways.begin>
            <button class="button button--quiet button--wide" type="submit">"Start again with another key"</button>
        </form>
    }
}

fn recovery_codes(codes: Vec<String>, ways: Ways) -> impl IntoView {
    view! {
        <Done word="on" message="Two-factor authentication is on. You are logged out everywhere else."/>
        <Done word="passkey" message="The passkey is added, and two-factor authentication is on. You are logged out everywhere else."/>
        <Done word="codes" message="These are your new recovery codes. Those before are worth nothing any more."/>
        <p><strong>"Keep these recovery codes."</strong> " Each gets you in once if you lose your app. They are not shown again."</p>
        <ul class="codes">{codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}</ul>
        <p><a class="button button--primary button--wide" href=ways.start>"I have kept them"</a></p>
    }
}

fn manage(found: &TwoFactorView, ways: Ways) -> impl IntoView + use<> {
    let left = match found.codes_left {
        1 => "You have 1 recovery code left.".to_owned(),
        left => format!("You have {left} recovery codes left."),
    };
    let (meaning, app) = if found.has_app {
        (" Logging in takes your password and a code.", "Set up another app in its place")
    } else {
        (" Logging in takes a passkey, or your password and a recovery code.", "Set up an authenticator app too")
    };
    let off = (!found.is_required).then(|| {
        view! {
            <form method="post" action=ways.off>
                <button class="button button--quiet button--wide" type="submit">"Turn it off"</button>
            </form>
        }
    });
    view! {
        <p><span class="badge badge--accepted">"On"</span> {meaning}</p>
        <p>{left}</p>
        <form method="post" action=ways.begin>
            <button class="button button--wide" type="submit">{app}</button>
        </form>
        <form method="post" action=ways.codes>
            <button class="button button--wide" type="submit">"Create new recovery codes"</button>
        </form>
        {off}
    }
}

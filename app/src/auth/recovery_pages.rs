//! The pages of account recovery. All work as plain forms.

use domain::users::LinkView;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::account_field::{AccountField, GateLink, PageBranding};
use super::api::{SetOwnPassword, get_branding};
use super::recovery_api::{
    AcceptInvitation, ConfirmEmail, EndSessions, ForgotPassword, ResetPassword, email_link, end_sessions_link,
    invitation_link, reset_link,
};
use crate::{
    error::AppError,
    ui::{Alert, BrandStyle, FormAlert, PasswordField, Status, TextField, form_error},
};

/// The frame of a page for visitors: in the account's name and colour, where the address tells which account it is.
#[component]
pub(crate) fn Gate(title: &'static str, children: Children) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let query = query.read();
        (query.get("account").unwrap_or_default(), query.get("other").is_some())
    });
    let branding =
        Resource::new(move || asked.get(), |(account, other)| async move { get_branding(account, other).await.ok() });
    provide_context(PageBranding(branding));
    view! {
        <Title text=title/>
        <main class="gate" id="content">
            <div class="gate__card">
                <p class="gate__brand">
                    <span class="brand__mark" aria-hidden="true"></span>
                    <Suspense fallback=|| "Partner Portal">
                        {move || Suspend::new(async move {
                            let found = branding.await;
                            let slug = found.as_ref().map(|found| found.account_slug.clone()).unwrap_or_default();
                            let name = found.and_then(|found| found.account_name);
                            view! { <BrandStyle slug/> {name.unwrap_or_else(|| "Partner Portal".to_owned())} }
                        })}
                    </Suspense>
                </p>
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

/// `/partner/forgot-password`.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let action = ServerAction::<ForgotPassword>::new();
    let error = form_error(move || action.value().get());
    let query = use_query_map();
    let sent = move || query.read().get("sent").is_some();
    view! {
        <Gate title="Forgot your password?">
            <Show when=sent>
                <div class="alert alert--good" role="status">
                    "If this address has access here, a mail with a link is on its way to it. The link works for an hour."
                </div>
                <p class="muted">"No mail? Check your spam folder, or ask the company that sends you leads which address it has for you."</p>
            </Show>
            <SessionsEnded/>
            <p class="muted">"Enter the address with which you log in. We mail you a link to set a new password."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="email" label="Email" kind="email" autocomplete="username" required=true max_length=254 error/>
                <AccountField error/>
                <button class="button button--primary button--wide" type="submit">"Send me a link"</button>
            </ActionForm>
            <p class="gate__help"><GateLink to="/partner/login" text="Back to the login"/></p>
        </Gate>
    }
}

/// What a link that is not valid any more leads to.
#[component]
pub(crate) fn Ended(error: AppError, advice: &'static str, children: Children) -> impl IntoView {
    view! {
        <Status code=error.status()/>
        <Alert>{error.message()}</Alert>
        <p>{advice}</p>
        {children()}
    }
}

/// The two fields of a new password.
#[component]
pub(crate) fn NewPassword(error: crate::ui::FormError) -> impl IntoView {
    view! {
        <PasswordField name="password" label="New password" autocomplete="new-password"
            hint="At least 12 characters. Several words in a row are easy to remember and hard to guess." message=error.message("password")/>
        <PasswordField name="repeat" label="New password again" autocomplete="new-password" message=error.message("repeat")/>
    }
}

/// `/partner/reset-password`, where the mailed link leads.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let link = Resource::new(|| (), |()| reset_link());
    let action = ServerAction::<ResetPassword>::new();
    let error = form_error(move || action.value().get());
    let form = move |link: LinkView| {
        view! {
            <p class="muted">"For " <bdi>{link.email.clone()}</bdi> " at " <bdi>{link.account_name}</bdi> "."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <input type="text" name="username" autocomplete="username" value=link.email hidden readonly/>
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set the new password"</button>
            </ActionForm>
            <p class="gate__help muted">"You are logged out everywhere and log in with the new password."</p>
        }
    };
    view! {
        <Gate title="Set a new password">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => form(link).into_any(),
                        Err(error) => view! {
                            <Ended error advice="Request a new link: it is sent at once and works for an hour.">
                                <p><GateLink to="/partner/forgot-password" text="Send me a new link" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// `/partner/invite`, where an invitation leads.
#[component]
pub fn InvitePage() -> impl IntoView {
    let link = Resource::new(|| (), |()| invitation_link());
    let action = ServerAction::<AcceptInvitation>::new();
    let error = form_error(move || action.value().get());
    let form = move |link: LinkView| {
        view! {
            <p>"Hello " <bdi>{link.name}</bdi> ", you are invited to the portal of " <bdi>{link.account_name}</bdi> " for " <bdi>{link.partner_name}</bdi> "."</p>
            <p class="muted">"Set a password. You log in with " <bdi>{link.email.clone()}</bdi> "."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <input type="text" name="username" autocomplete="username" value=link.email hidden readonly/>
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set the password and log in"</button>
            </ActionForm>
        }
    };
    view! {
        <Gate title="Welcome">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => form(link).into_any(),
                        Err(error) => view! {
                            <Ended error advice="If you have set a password already, log in with it. If not, ask whoever invited you for a new invitation.">
                                <p><GateLink to="/partner/login" text="To the login" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// `/partner/confirm-email`, where the mail to a new address leads. A button, for programs that look at mails follow links.
#[component]
pub fn ConfirmEmailPage() -> impl IntoView {
    let action = ServerAction::<ConfirmEmail>::new();
    view! {
        <ConfirmAddress link=Resource::new(|| (), |()| email_link()) action=ConfirmEmail::url()
            error=form_error(move || action.value().get()) login="/partner/login"/>
    }
}

/// What both kinds of users confirm a new address with.
#[component]
pub(crate) fn ConfirmAddress(
    /// Whom the link is for.
    link: Resource<Result<LinkView, AppError>>,
    /// Where the form is sent.
    action: &'static str,
    /// What was wrong with it.
    error: crate::ui::FormError,
    /// Where the user logs in.
    login: &'static str,
) -> impl IntoView {
    let form = move |link: LinkView| {
        view! {
            <p>"From now on you log in with " <strong><bdi>{link.email}</bdi></strong> "."</p>
            <FormAlert error/>
            <form method="post" action=action class="stack">
                <button class="button button--primary button--wide" type="submit">"Confirm the new address"</button>
            </form>
        }
    };
    let advice = "Log in and request the change again: a new link is sent at once.";
    view! { <ByLink title="Confirm your new address" link form advice login/> }
}

/// `/partner/new-password`, where somebody lands who came in by a temporary password.
#[component]
pub fn NewPasswordPage() -> impl IntoView {
    let action = ServerAction::<SetOwnPassword>::new();
    let error = form_error(move || action.value().get());
    view! {
        <Gate title="Set your own password">
            <p class="muted">"You logged in with a temporary password that somebody else has seen. Choose one that only you know to continue."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set the password and continue"</button>
            </ActionForm>
            <form method="post" action=super::api::Logout::url()>
                <button class="button button--quiet button--wide" type="submit">"Log out"</button>
            </form>
        </Gate>
    }
}

/// `/partner/end-sessions`, where the mails lead that tell a user what was done in its name.
#[component]
pub fn EndSessionsPage() -> impl IntoView {
    let action = ServerAction::<EndSessions>::new();
    view! {
        <EndAllSessions link=Resource::new(|| (), |()| end_sessions_link()) action=EndSessions::url()
            error=form_error(move || action.value().get()) login="/partner/login"/>
    }
}

/// What both kinds of users end all their sessions with. A button, for programs that look at mails follow links.
#[component]
pub(crate) fn EndAllSessions(
    /// Whom the link is for.
    link: Resource<Result<LinkView, AppError>>,
    /// Where the form is sent.
    action: &'static str,
    /// What was wrong with it.
    error: crate::ui::FormError,
    /// Where the user logs in.
    login: &'static str,
) -> impl IntoView {
    let form = move |link: LinkView| {
        view! {
            <p>"This logs out every browser that is logged in as " <strong><bdi>{link.email}</bdi></strong> "."</p>
            <FormAlert error/>
            <form method="post" action=action class="stack">
                <button class="button button--primary button--wide" type="submit">"End all sessions"</button>
            </form>
            <p class="gate__help muted">"After that, set a new password."</p>
        }
    };
    let advice = "Log in, and end the sessions on the page of your account.";
    view! { <ByLink title="End all sessions" link form advice login/> }
}

/// A page where a mailed link leads: what is done by it, or what to do when it is not valid any more.
#[component]
fn ByLink<F, V>(
    /// The page's title.
    title: &'static str,
    /// Whom the link is for.
    link: Resource<Result<LinkView, AppError>>,
    /// What is done by it.
    form: F,
    /// What to do without it.
    advice: &'static str,
    /// Where the user logs in.
    login: &'static str,
) -> impl IntoView
where
    F: Fn(LinkView) -> V + Copy + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Gate title>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => form(link).into_any(),
                        Err(error) => view! {
                            <Ended error advice>
                                <p><GateLink to=login text="To the login" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// Says, on the page for a forgotten password, that all sessions were ended.
#[component]
pub(crate) fn SessionsEnded() -> impl IntoView {
    let query = use_query_map();
    let ended = move || query.read().get("ended").is_some();
    view! {
        <Show when=ended>
            <div class="alert alert--good" role="status">"All sessions are ended. Now set a new password: we mail you a link for it. If you cannot log in any more, ask the company that runs this portal."</div>
        </Show>
    }
}

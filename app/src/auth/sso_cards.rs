//! The parts of pages about single sign-on: the links that lead to a provider, and the form by which one is set up. Partners and the
//! account have the same form. All of it works without a script.

use leptos::{prelude::*, text_prop::TextProp};
use leptos_router::hooks::use_query_map;

use super::{
    account_field::PageBranding,
    sso_view::{SsoForm, SsoLink},
};
use crate::ui::{Choice, Copyable, Done, FormAlert, FormError, SelectField, TextArea, TextField, with_pair};

/// What a login page says to somebody whom a provider has sent back.
pub(crate) fn sso_notice(notice: &str) -> Option<&'static str> {
    Some(match notice {
        "sso-not-asked" => "This login was not begun in this browser, or it took too long. Please try again.",
        "sso-unreachable" => "Your company's login cannot be reached at the moment. Please try again in a few minutes.",
        "sso-denied" => {
            "Your company's login did not let you in. If you think you should have access there, ask its administrator."
        }
        "sso-code" | "sso-token" => {
            "What your company's login said could not be verified. Please try again; if it fails again, tell whoever set single sign-on up."
        }
        "sso-email" => "Your company's login does not say a verified email address of yours. Ask its administrator.",
        "sso-domain" => {
            "Your address is not one of the company's that log in this way. Log in with your password, if you have one."
        }
        "sso-unknown" => "There is no user with your address here. Ask whoever manages the users to invite you.",
        "sso-closed" => "Your access is switched off, or belongs to another company. Ask whoever manages the users.",
        "sso-not-confirmed" => {
            "Your login could not be confirmed: continue with your own user there, and enter your password again when you are asked."
        }
        "sso-only" => "Your access is ready. Your company logs in by single sign-on alone: continue with that.",
        _ => return None,
    })
}

/// What went wrong with single sign-on, on a login page.
#[component]
pub(crate) fn SsoAlert() -> impl IntoView {
    let query = use_query_map();
    move || {
        let found = sso_notice(&query.read().get("notice").unwrap_or_default());
        found.map(|text| view! { <div class="alert" role="alert">{text}</div> })
    }
}

/// The address that leads to a provider.
pub(crate) fn begin_path(area: &str, whose: &str, next: &str) -> String {
    let path = format!("{area}/sso/begin/{whose}");
    if next.is_empty() { path } else { with_pair(&path, "next", next) }
}

/// The link of the admins' login page to their provider, if they have one.
#[component]
pub(crate) fn AdminSsoLink() -> impl IntoView {
    let PageBranding(branding) = expect_context();
    let query = use_query_map();
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let link = branding.await.and_then(|branding| branding.admin_sso);
                let next = query.read_untracked().get("next").unwrap_or_default();
                link.map(|SsoLink { whose, name }| view! {
                    <p><a class="button button--wide" href=begin_path("/admin", &whose, &next)>"Continue with " <bdi>{name}</bdi></a></p>
                })
            })}
        </Suspense>
    }
}

/// The link of the partners' login page to the page where they say whose provider it is.
#[component]
pub(crate) fn PartnerSsoLink() -> impl IntoView {
    let PageBranding(branding) = expect_context();
    let query = use_query_map();
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let there_is = branding.await.filter(|branding| branding.partner_sso);
                let next = query.read_untracked().get("next").unwrap_or_default();
                there_is.map(|branding| {
                    let page = super::with_account("/partner/login/sso", &branding.account_slug);
                    let page = if next.is_empty() { page } else { with_pair(&page, "next", &next) };
                    view! { <p><a class="button button--wide" href=page>"Single sign-on"</a></p> }
                })
            })}
        </Suspense>
    }
}

/// The form by which a provider is set up, and removed.
#[component]
pub(crate) fn ProviderForm(
    /// What it shows.
    form: SsoForm,
    /// Whose users log in by it.
    who: &'static str,
    /// The roles that users can be made with.
    roles: Vec<Choice>,
    /// Where it is sent.
    save: &'static str,
    /// Where its removal is sent.
    remove: &'static str,
    /// What was wrong.
    error: FormError,
) -> impl IntoView {
    let mut made = vec![(String::new(), "Nobody: only users that are there already log in".to_owned())];
    made.extend(
        roles.iter().map(|(role, label)| (role.clone(), format!("{label}: new users are made with this role"))),
    );
    let checked = |name: &'static str, was: bool| move || error.typed(name).map_or(was, |typed| typed == "yes");
    let secret_hint: TextProp = if form.is_set_up {
        "Leave it empty to keep the one before.".into()
    } else {
        "It is kept encrypted, and never shown again.".into()
    };
    let is_set_up = form.is_set_up;
    view! {
        <section class="card card--form" aria-labelledby="sso">
            <h2 id="sso">"Single sign-on"</h2>
            <p class="muted">
                {who} " log in at your own identity provider, by OpenID Connect (Okta, Google Workspace, Keycloak and others; it has to say a verified email address). \
                 It decides who gets in, and sees to second factors."
            </p>
            <Done word="sso" message="Saved."/>
            <Done word="sso-removed" message="Single sign-on is removed."/>
            <FormAlert error/>
            <p>"Register the portal with the provider as a confidential web client with the code flow and PKCE, and enter this redirect address there:"</p>
            <p><Copyable><code>{form.callback}</code></Copyable></p>
            <p>"For whoever logs out there to be logged out here as well, enter this address for back-channel logout, if the provider has it:"</p>
            <p><Copyable><code>{form.backchannel}</code></Copyable></p>
            <form method="post" action=save class="stack">
                <TextField name="name" label="Name" error value=form.name required=true max_length=60 hint="What your people call it. It stands on the button of the login."/>
                <TextField name="issuer" label="Issuer" kind="url" error value=form.issuer required=true max_length=500 hint="The provider’s address, as its discovery document has it."/>
                <TextField name="client_id" label="Client ID" error value=form.client_id required=true max_length=500/>
                <div class="field">
                    <label for="client_secret">"Client secret"</label>
                    <input id="client_secret" name="client_secret" type="password" autocomplete="off" maxlength="500" required=!is_set_up
                        aria-describedby="client_secret-hint" aria-invalid=move || error.message("client_secret").is_some().then_some("true")/>
                    <p class="field__hint" id="client_secret-hint">{move || secret_hint.get()}</p>
                    {move || error.message("client_secret").map(|message| view! { <p class="field__error">{message}</p> })}
                </div>
                <TextField name="domains" label="Domains of your email addresses" error value=form.domains required=true max_length=2000 hint="Only users with a verified address in one of them get in. Separate several by spaces."/>
                <SelectField name="default_role" label="At the first login" error choices=made value=form.default_role/>
                <TextField name="role_claim" label="Claim with the role" error value=form.role_claim max_length=500 hint="Optional: the claim of the ID token that holds a user’s groups or role."/>
                <TextArea name="roles" label="Values and roles" error value=form.roles rows=3 hint="One per line, such as “sales = member”. The first that a user has counts, at each login."/>
                <label class="choice"><input type="checkbox" name="enabled" value="yes" checked=checked("enabled", form.enabled)/> "Users can log in by it"</label>
                <label class="choice"><input type="checkbox" name="only" value="yes" checked=checked("only", form.only)/> "They can log in by nothing else; you alone keep your password, in case the provider fails"</label>
                <div><button class="button button--primary" type="submit">"Save single sign-on"</button></div>
            </form>
            {is_set_up.then(|| view! {
                <form method="post" action=remove>
                    <button class="button button--quiet" type="submit">"Remove single sign-on"</button>
                </form>
            })}
        </section>
    }
}

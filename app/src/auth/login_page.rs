//! The login page.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{api::Login, recovery_pages::Gate};
use crate::{
    error::AppError,
    ui::{Alert, Status},
};

/// `/partner/login`: a plain form, the same with and without WebAssembly. A wrong password comes back here by a
/// redirect that carries the error.
#[component]
pub fn LoginPage() -> impl IntoView {
    let action = ServerAction::<Login>::new();
    let query = use_query_map();
    let from_url = move |name| query.read().get(name).unwrap_or_default();
    let forgot = move || match from_url("account") {
        account if account.is_empty() => "/partner/forgot-password".to_owned(),
        account => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!("/partner/forgot-password?{}", query.append_pair("account", &account).finish())
        }
    };
    let error = move || action.value().get().and_then(Result::err);
    let message = move || {
        error().map(|error| match error {
            AppError::RateLimited(_) | AppError::Internal(_) => error.message(),
            // Whatever else a crafted link may claim, this is what a failed login says.
            _ => AppError::LoginFailed.message(),
        })
    };
    let notice = move || match from_url("notice").as_str() {
        "reset" => Some("Your password was changed. Log in with the new one."),
        "email" => Some("Your new address is confirmed. Log in with it."),
        _ => None,
    };
    view! {
        <Gate title="Log in">
                <p class="muted">"See your leads, invoices and profile."</p>
                {move || notice().map(|notice| view! { <div class="alert alert--good" role="status">{notice}</div> })}
                {move || message().map(|message| view! { <Status code=401/><Alert>{message}</Alert> })}
                <form method="post" action=Login::url() class="stack">
                    <div class="field">
                        <label for="email">"Email"</label>
                        <input id="email" name="email" type="email" autocomplete="username" required maxlength="254"
                            spellcheck="false" autocapitalize="none" autofocus
                            aria-invalid=move || error().is_some().then_some("true")/>
                    </div>
                    <div class="field">
                        <label for="password">"Password"</label>
                        <input id="password" name="password" type="password" autocomplete="current-password" required
                            aria-invalid=move || error().is_some().then_some("true")/>
                    </div>
                    <input type="hidden" name="account" value=move || from_url("account")/>
                    <input type="hidden" name="next" value=move || from_url("next")/>
                    <button class="button button--primary button--wide" type="submit">"Log in"</button>
                </form>
                <p class="gate__help"><a href=forgot>"Forgot your password?"</a></p>
                <p class="gate__help muted">
                    "No access yet? Ask the company that sends you leads: it manages the access."
                </p>
        </Gate>
    }
}

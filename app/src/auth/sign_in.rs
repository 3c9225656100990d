//! What the two login forms do.

use domain::partners::UserKind;
use services::{
    devices::Memory,
    login::{self, From, LoggedIn, Person, Step},
    login_steps,
};

use crate::{
    access::{
        AccountHints, UnderWay, begin_session, begin_write, begin_write_unguarded, client_address, code_page,
        end_session, half_login, kept_by_device, remember_account, remember_device, remember_two_factor, safe_next,
        state, user_agent,
    },
    error::AppError,
    ui::with_pair,
};

/// Logs somebody in and goes on to `next`, or to where a code is asked for; or says that it failed.
pub(crate) async fn log_in(
    kind: UserKind,
    email: &str,
    password: String,
    (account, next): (&str, &str),
) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hints = AccountHints::of_request()?;
    let mut tx = begin_write_unguarded().await?;
    let account = login::account_of_form(&mut tx, &state.portal, hints.of(account)).await?;
    let (device, two_factor) = (kept_by_device(kind, Memory::Device)?, kept_by_device(kind, Memory::TwoFactor)?);
    let user_agent = user_agent()?;
    let from = From { address: &address, device: &device, two_factor: &two_factor, user_agent: &user_agent };
    let attempt = login::start(&mut tx, &state.portal, kind, account, email, from).await;
    tx.commit().await?;
    let attempt = attempt?;
    let checked = attempt.check(&state.portal, password).await?;
    let mut tx = begin_write_unguarded().await?;
    let step = login::finish(&mut tx, &state.portal, &attempt, checked, from).await;
    tx.commit().await?;
    let next = safe_next(kind, next);
    match step? {
        Step::Done(logged_in) => {
            begin_logged_in(&logged_in).await?;
            leptos_axum::redirect(next);
        }
        Step::Code { half, has_passkey } => {
            UnderWay::HalfLogin.keep(kind, &half.seal(&state.portal)?)?;
            let page = with_pair(code_page(kind), "next", next);
            leptos_axum::redirect(&if has_passkey { with_pair(&page, "passkey", "yes") } else { page });
        }
    }
    Ok(())
}

/// Logs somebody in whose password was right by a code, and goes on to `next`; to the login page when that is too long ago.
pub(crate) async fn log_in_with_code(kind: UserKind, code: &str, remember: bool, next: &str) -> Result<(), AppError> {
    let (state, address) = (state()?, client_address()?);
    let Some(half) = half_login(kind)? else {
        too_late(kind, next);
        return Ok(());
    };
    let mut tx = begin_write_unguarded().await?;
    let counted = login_steps::start_code(&mut tx, &state.portal, (kind, &half), &address).await;
    tx.commit().await?;
    let counted = counted?;
    let mut tx = begin_write_unguarded().await?;
    let from = (&*address, &*user_agent()?);
    let logged_in = login_steps::finish_code(&mut tx, &state.portal, (kind, &half), (&counted, code), from).await;
    tx.commit().await?;
    let logged_in = logged_in?;
    begin_logged_in(&logged_in).await?;
    UnderWay::HalfLogin.forget(kind)?;
    if remember {
        remember_two_factor(&logged_in)?;
    }
    leptos_axum::redirect(safe_next(kind, next));
    Ok(())
}

/// Leads back to the login: the password was right too long ago.
pub(super) fn too_late(kind: UserKind, next: &str) {
    let login = if kind == UserKind::Admin { super::admin_login_path } else { super::login_path };
    leptos_axum::redirect(&with_pair(&login(Some(safe_next(kind, next))), "notice", "too-late"));
}

/// Begins the session and has the browser keep that somebody logged in there.
pub(super) async fn begin_logged_in(logged_in: &LoggedIn) -> Result<(), AppError> {
    begin_session(logged_in).await?;
    remember_account(logged_in.person.account_slug())?;
    remember_device(logged_in.person.kind(), &logged_in.person.login_name())
}

/// Logs in somebody who was just made a user by a link, and goes on to the area; to its login page where users log in by a provider alone.
pub(crate) async fn log_in_by_link(kind: UserKind, user: domain::ids::UserId) -> Result<(), AppError> {
    let mut tx = begin_write_unguarded().await?;
    let logged_in = login::by_link(&mut tx, kind, user, &client_address()?).await?;
    tx.commit().await?;
    let (area, login) = match kind {
        UserKind::Partner => ("/partner", "/partner/login?notice=sso-only"),
        UserKind::Admin => ("/admin", "/admin/login?notice=sso-only"),
    };
    let Some(logged_in) = logged_in else {
        leptos_axum::redirect(login);
        return Ok(());
    };
    begin_logged_in(&logged_in).await?;
    leptos_axum::redirect(area);
    Ok(())
}

/// Logs somebody out.
pub(crate) async fn log_out(person: &Person) -> Result<(), AppError> {
    let mut tx = begin_write(person).await?;
    login::log_out(&mut tx, person, &client_address()?);
    tx.commit().await?;
    end_session(person.kind()).await
}

//! What the two login forms do.

use domain::partners::UserKind;
use services::login::{self, From, LoggedIn, Person};

use crate::{
    access::{
        AccountHints, begin_session, begin_write, client_address, end_session, kept_by_device, remember_account,
        remember_device, state,
    },
    error::AppError,
};

/// Logs somebody in, or says that it failed.
pub(crate) async fn log_in(kind: UserKind, email: &str, password: String, account: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hints = AccountHints::of_request()?;
    let mut tx = state.db.begin_write().await?;
    let account = login::account_of_form(&mut tx, &state.portal, hints.of(account)).await?;
    let from = From { address: &address, device: &kept_by_device(kind)? };
    let attempt = login::start(&mut tx, &state.portal, kind, account, email, from).await;
    tx.commit().await?;
    let attempt = attempt?;
    let checked = attempt.check(&state.portal, password).await?;
    let mut tx = state.db.begin_write().await?;
    let logged_in = login::finish(&mut tx, &attempt, checked, &address).await;
    tx.commit().await?;
    begin(&logged_in?).await
}

/// Begins the session and has the browser keep that somebody logged in there.
async fn begin(logged_in: &LoggedIn) -> Result<(), AppError> {
    begin_session(logged_in).await?;
    remember_account(logged_in.person.account_slug())?;
    remember_device(logged_in.person.kind(), &logged_in.person.login_name())
}

/// Logs in somebody who was just made a user by a link.
pub(crate) async fn log_in_by_link(kind: UserKind, user: domain::ids::UserId) -> Result<(), AppError> {
    let mut tx = begin_write().await?;
    let logged_in = login::by_link(&mut tx, kind, user, &client_address()?).await?;
    tx.commit().await?;
    begin(&logged_in).await
}

/// Logs somebody out.
pub(crate) async fn log_out(person: &Person) -> Result<(), AppError> {
    let mut tx = begin_write().await?;
    login::log_out(&mut tx, person, &client_address()?);
    tx.commit().await?;
    end_session(person.kind()).await
}

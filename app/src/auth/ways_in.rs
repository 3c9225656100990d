//! What the forms of both areas do for whoever has forgotten a password.

use domain::{partners::UserKind, users::LinkView};
use services::{
    Portal,
    links::Link,
    login,
    notices::{self, Place},
    recovery,
};
use store::tokens::Purpose;

use crate::{
    access::{
        AccountHints, begin_write_unguarded, client_address, forget_token, is_within_limits, reader_unguarded,
        remember_account, remember_device, state, token_hash,
    },
    error::AppError,
};

/// Asks for a link to reset a password. The answer is the same whether the address is known or not.
pub(crate) async fn request_reset(kind: UserKind, email: &str, account: &str) -> Result<(), AppError> {
    let state = state()?;
    let email = recovery::read_email(email)?;
    let hints = AccountHints::of_request()?;
    let account = login::account_of_form(&mut reader_unguarded().await?, &state.portal, hints.of(account))
        .await
        .map_err(|error| error.keeping([("email", email.as_str())]))?;
    let tenant = account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
    let purpose = if kind == UserKind::Admin { "adminforgot" } else { "forgot" };
    // Too many are answered like any other: to say so would shut out whoever has forgotten a password, for what somebody else did.
    // The links that were mailed before are good.
    let is_within = is_within_limits(purpose, &format!("{tenant}\n{}", email.key())).await?;
    if let Some(account) = account.filter(|_| is_within) {
        let mut tx = begin_write_unguarded().await?;
        recovery::request_reset(&mut tx, &account, kind, &email, &client_address()?).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whom the followed link to reset a password is for.
pub(crate) async fn reset_link(kind: UserKind) -> Result<LinkView, AppError> {
    let hash = token_hash(Link::reset(kind))?;
    Ok(recovery::link(&mut reader_unguarded().await?, kind, Purpose::Reset, &hash).await?)
}

/// Replaces the forgotten password.
pub(crate) async fn reset_password(kind: UserKind, password: String, repeat: &str) -> Result<(), AppError> {
    let hash = token_hash(Link::reset(kind))?;
    let user = recovery::link(&mut reader_unguarded().await?, kind, Purpose::Reset, &hash).await?;
    let own_words = [&*user.name, &user.email, &user.partner_name, &user.account_name];
    let password = new_password(password, repeat, &own_words).await?;
    let (address, portal) = (client_address()?, state()?.portal);
    let mut tx = begin_write_unguarded().await?;
    let recovered = recovery::reset_password(&mut tx, kind, &hash, &password, place(&address, &portal)).await?;
    tx.commit().await?;
    forget_token(Link::reset(kind))?;
    remember_account(&recovered.account_slug)?;
    // Whoever has proved to hold the mailbox can log in here at once, however many others try under this name.
    remember_device(kind, &recovered.login_name)
}

fn place<'a>(address: &'a str, portal: &'a Portal) -> Place<'a> {
    Place { address, public_url: &portal.public_url }
}

/// Whose sessions the followed link ends.
pub(crate) async fn end_sessions_link(kind: UserKind) -> Result<LinkView, AppError> {
    let hash = token_hash(Link::end_sessions(kind))?;
    Ok(notices::end_link(&mut reader_unguarded().await?, kind, &hash).await?)
}

/// Ends them.
pub(crate) async fn end_sessions(kind: UserKind) -> Result<(), AppError> {
    let link = Link::end_sessions(kind);
    let hash = token_hash(link)?;
    let mut tx = begin_write_unguarded().await?;
    let account = notices::end_by_link(&mut tx, kind, &hash, &client_address()?).await?;
    tx.commit().await?;
    remember_account(&account)?;
    forget_token(link)
}

/// Checks a new password typed twice, and hashes it.
pub(crate) async fn new_password(password: String, repeat: &str, own_words: &[&str]) -> Result<String, AppError> {
    Ok(recovery::new_password(&state()?.portal, password, repeat, own_words).await?)
}

/// Whom the followed link to confirm an address is for.
pub(crate) async fn email_link(kind: UserKind) -> Result<LinkView, AppError> {
    let hash = crate::access::token_hash(Link::email(kind))?;
    let mut read = crate::access::reader_unguarded().await?;
    Ok(services::recovery::link(&mut read, kind, store::tokens::Purpose::Email, &hash).await?)
}

/// Confirms the new address.
pub(crate) async fn confirm_email(kind: UserKind) -> Result<(), AppError> {
    let link = Link::email(kind);
    let hash = crate::access::token_hash(link)?;
    let mut tx = crate::access::begin_write_unguarded().await?;
    let (address, portal) = (client_address()?, state()?.portal);
    let account = recovery::confirm_email(&mut tx, kind, &hash, place(&address, &portal)).await?;
    tx.commit().await?;
    crate::access::remember_account(&account)?;
    crate::access::forget_token(link)
}

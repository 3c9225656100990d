//! What users change of their own access: each change asks for the current password.

use domain::{
    audit::{AuditAction, AuditResult},
    email::Email,
    validation::FieldErrors,
};
use store::{
    access::PartnerSession,
    audit::{self, Event},
    outbox, sessions,
    tokens::{self, Purpose},
    users,
};

use crate::{
    access::{AppState, client_address, current_session, current_user, state},
    auth::{
        links::Link,
        login::limit_tries,
        password::Verdict,
        recovery::{hashed, judged, password_changed},
        token,
    },
    error::AppError,
    mail::Letter,
};

/// How long a link to confirm an address lives.
const CONFIRM_LIFE: chrono::TimeDelta = chrono::TimeDelta::hours(24);

fn event(session: &PartnerSession, action: AuditAction) -> Result<Event, AppError> {
    let object = ("user", Some(session.user_id().0));
    Ok(Event::by_partner(session, &client_address()?, action, object))
}

/// Checks the reader's current password. A stolen session must not be able to guess it.
async fn prove(
    state: &AppState,
    session: &PartnerSession,
    current: String,
    action: AuditAction,
    typed: &[(&str, &str)],
) -> Result<(), AppError> {
    let [by_name, by_address] =
        limit_tries(&state.db, "prove", &session.user_id().to_string(), &client_address()?).await?;
    let hash = users::own_password_hash(&state.db, session).await?;
    let verdict = state.passwords.verify(current, hash).await.map_err(|error| AppError::internal(&error))?;
    if verdict == Verdict::Wrong {
        let mut event = event(session, action)?;
        event.result = AuditResult::Failure;
        let mut tx = state.db.begin_write().await?;
        audit::record(&mut tx, &event);
        tx.commit().await?;
        let wrong = FieldErrors::one("current", "This is not your current password.");
        return Err(AppError::Invalid(wrong.keeping(typed.iter().copied())));
    }
    store::throttle::forget(&state.db, &by_name).await?;
    Ok(store::throttle::take_back(&state.db, &by_address).await?)
}

pub(super) async fn change_password(current: String, password: String, repeat: &str) -> Result<(), AppError> {
    let (state, session) = (state()?, current_user()?);
    let own_words = [session.user_name(), session.email(), session.partner_name(), session.account_name()];
    judged(&password, repeat, &own_words)?;
    prove(&state, &session, current, AuditAction::PasswordChanged, &[]).await?;
    let new = hashed(&state, password).await?;
    let mut tx = state.db.begin_write().await?;
    users::set_password(&mut tx, session.user_id(), &new).await?;
    sessions::end_of_user(&mut tx, session.user_id(), Some(&current_session()?)).await?;
    tokens::end_all(&mut tx, session.user_id(), Purpose::Reset).await?;
    audit::record(&mut tx, &event(&session, AuditAction::PasswordChanged)?);
    if let Ok(to) = Email::parse(session.email()) {
        let letter = password_changed(session.user_name(), session.account_name());
        outbox::enqueue(&mut tx, session.account_id(), &letter.to(to)).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn end_other_sessions() -> Result<(), AppError> {
    let (state, session) = (state()?, current_user()?);
    let mut tx = state.db.begin_write().await?;
    sessions::end_of_user(&mut tx, session.user_id(), Some(&current_session()?)).await?;
    audit::record(&mut tx, &event(&session, AuditAction::OtherSessionsEnded)?);
    Ok(tx.commit().await?)
}

pub(super) async fn change_email(current: String, new_email: &str) -> Result<(), AppError> {
    let (state, session) = (state()?, current_user()?);
    let typed = [("new_email", new_email)];
    let wrong = |message: &str| AppError::Invalid(FieldErrors::one("new_email", message).keeping(typed));
    let new = Email::parse(new_email).map_err(|_| wrong("Enter an address such as name@example.com."))?;
    if new.key() == session.email().to_lowercase() {
        return Err(wrong("This is your address already."));
    }
    prove(&state, &session, current, AuditAction::EmailChangeRequested, &typed).await?;
    let (token, hash) = token::fresh()?;
    let expires_at = state.db.now() + CONFIRM_LIFE;
    let mut tx = state.db.begin_write().await?;
    tokens::create(&mut tx, session.account_id(), session.user_id(), Purpose::Email, Some(&new), &hash, expires_at)
        .await?;
    audit::record(&mut tx, &event(&session, AuditAction::EmailChangeRequested)?);
    let account = session.account_name();
    let letter = |paragraph: String, link: Option<(String, String)>, after: &str| Letter {
        subject: format!("Your login address for {account}"),
        name: session.user_name().to_owned(),
        paragraphs: vec![paragraph],
        link,
        after: vec![after.to_owned()],
        sender: account.to_owned(),
    };
    // Somebody may have the new address already. Then its mail says nothing of use, and the answer here is the same.
    let taken = users::partner_of_address(&mut tx, session.account_id(), &new).await?.is_some();
    let to_new = if taken {
        letter(
            "somebody asked to use this address for another login to the partner portal. It has a login already, so nothing was changed.".into(),
            None,
            "You need to do nothing.",
        )
    } else {
        letter(
            format!("you asked to log in with this address from now on, instead of {}.", session.email()),
            Some(("Confirm the new address".into(), Link::Email.href(&state.settings.public_url, &token))),
            "The link works once, for a day. Until then you log in as before.",
        )
    };
    outbox::enqueue(&mut tx, session.account_id(), &to_new.to(new.clone())).await?;
    if let Ok(old) = Email::parse(session.email()) {
        let to_old = letter(
            format!(
                "somebody who knows your password asked to log in with {} from now on, instead of this address.",
                new.as_str()
            ),
            None,
            "The change takes effect when that mailbox confirms it. If it was not you, change your password at once and tell us.",
        );
        outbox::enqueue(&mut tx, session.account_id(), &to_old.to(old)).await?;
    }
    Ok(tx.commit().await?)
}

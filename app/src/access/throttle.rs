//! Doors that may be tried only so often.

use services::throttle::{self, Counted};

use super::{request::client_address, state::begin_write_unguarded};
use crate::error::AppError;

/// Counts an attempt of one kind, by a name and by the request's network address.
///
/// # Errors
/// [`AppError::RateLimited`] when it is one too many.
pub(crate) async fn limit_tries(purpose: &str, name: &str) -> Result<(), AppError> {
    count_try(purpose, name).await?;
    Ok(())
}

/// Counts an attempt of one kind by the request's network address alone.
///
/// # Errors
/// [`AppError::RateLimited`] when it is one too many.
pub(crate) async fn limit_places(purpose: &str) -> Result<(), AppError> {
    let mut tx = begin_write_unguarded().await?;
    let counted = throttle::count_address(&mut tx, purpose, &client_address()?).await;
    tx.commit().await?;
    counted?;
    Ok(())
}

/// The same, to be taken back after a success.
///
/// # Errors
/// [`AppError::RateLimited`] when it is one too many.
pub(crate) async fn count_try(purpose: &str, name: &str) -> Result<Counted, AppError> {
    let mut tx = begin_write_unguarded().await?;
    let counted = throttle::count(&mut tx, purpose, name, &client_address()?).await;
    tx.commit().await?;
    Ok(counted?)
}

/// The same where nobody is to hear of it: whether the attempt is within the limits.
pub(crate) async fn is_within_limits(purpose: &str, name: &str) -> Result<bool, AppError> {
    match limit_tries(purpose, name).await {
        Ok(()) => Ok(true),
        Err(AppError::RateLimited(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

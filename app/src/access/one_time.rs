//! Secrets that are shown once.

use services::one_time::{self, Purpose};

use super::{
    request::is_prefetch,
    state::{begin_write_unguarded, reader_unguarded, state},
};
use crate::error::AppError;

/// The secrets to show on the page that is asked for, in the session of that hash. A page that is fetched ahead may never be
/// looked at: they stay for the one that is.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn take_one_time(session: &[u8], purpose: Purpose) -> Result<Vec<String>, AppError> {
    if is_prefetch()? || !one_time::any(&mut reader_unguarded().await?, session, purpose).await? {
        return Ok(Vec::new());
    }
    let mut tx = begin_write_unguarded().await?;
    let taken = one_time::take(&state()?.portal, &mut tx, session, purpose).await?;
    tx.commit().await?;
    Ok(taken)
}

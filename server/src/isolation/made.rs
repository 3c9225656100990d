//! What a walk has made, and has to remove.

use std::sync::{Mutex, PoisonError};

use domain::ids::AccountId;

/// The accounts that this walk has made, and no other's.
#[derive(Debug, Default)]
pub(super) struct Made(Mutex<Vec<AccountId>>);

impl Made {
    pub(super) fn note(&self, account: AccountId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(account);
    }

    pub(super) fn accounts(&self) -> Vec<AccountId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

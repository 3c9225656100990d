//! Sums of money.

use domain::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A sum: a decimal number as text, so that no digit is lost, and its currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoneyView {
    /// The amount.
    #[schema(example = "25.00", pattern = r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$")]
    pub(super) amount: String,
    /// An ISO 4217 code.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub(super) currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency: money.currency.code().to_owned() }
    }
}

//! Sums of money.

use domain::money::{Money, Price};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A sum or a price: a decimal number as text, so that no digit is lost, and its currency. A sum has at most the decimals of the
/// currency; a price may have four, where the currency has two or more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoneyView {
    /// The amount.
    #[schema(example = "25.00", pattern = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
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

impl From<Price> for MoneyView {
    fn from(price: Price) -> Self {
        Self { amount: price.decimal(), currency: price.currency.code().to_owned() }
    }
}

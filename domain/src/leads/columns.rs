//! Which columns the list of leads has, as somebody has chosen them.

use serde::{Deserialize, Serialize};

text_enum! {
    /// A column of the list beside the name, which is always there.
    LeadColumn {
        /// The person's email address.
        Email = "email",
        /// The person's phone number.
        Phone = "phone",
        /// What brought the lead.
        Campaign = "campaign",
        /// When it was delivered.
        Received = "received",
        /// What the partner made of it.
        Status = "status",
        /// What it costs, for those who may see that.
        Price = "price",
        /// The CRM's own id.
        ExternalId = "external_id",
    }
}

impl LeadColumn {
    /// The column's head.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::Campaign => "Campaign",
            Self::Received => "Received",
            Self::Status => "Status",
            Self::Price => "Price",
            Self::ExternalId => "Lead ID",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The columns that are shown, in the order of [`LeadColumn::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadColumns(u8);

impl Default for LeadColumns {
    fn default() -> Self {
        use LeadColumn::{Campaign, Email, Phone, Received, Status};
        Self::of([Email, Phone, Campaign, Received, Status])
    }
}

impl LeadColumns {
    /// These columns.
    #[must_use]
    pub fn of(columns: impl IntoIterator<Item = LeadColumn>) -> Self {
        Self(columns.into_iter().fold(0, |bits, column| bits | column.bit()))
    }

    /// Whether a column is shown.
    #[must_use]
    pub const fn has(self, column: LeadColumn) -> bool {
        self.0 & column.bit() != 0
    }

    /// Those of these columns that are there for this reader: prices are for whoever may see them.
    #[must_use]
    pub fn without(self, column: LeadColumn) -> Self {
        Self(self.0 & !column.bit())
    }

    /// The form in the database.
    #[must_use]
    pub const fn to_bits(self) -> i64 {
        self.0 as i64
    }

    /// Reads the form in the database; bits of columns that this version does not know are dropped.
    #[must_use]
    pub fn from_bits(bits: i64) -> Self {
        let known = Self::of(LeadColumn::ALL.iter().copied()).to_bits();
        Self(u8::try_from(bits & known).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_stored_and_read() {
        let chosen = LeadColumns::of([LeadColumn::Phone, LeadColumn::ExternalId]);
        assert_eq!(LeadColumns::from_bits(chosen.to_bits()), chosen);
        assert!(chosen.has(LeadColumn::Phone) && !chosen.has(LeadColumn::Email));
        assert_eq!(chosen.without(LeadColumn::Phone), LeadColumns::of([LeadColumn::ExternalId]));
        assert_eq!(LeadColumns::from_bits(-1), LeadColumns::of(LeadColumn::ALL.iter().copied()));
        assert_eq!(LeadColumns::from_bits(0), LeadColumns::of([]));
    }
}

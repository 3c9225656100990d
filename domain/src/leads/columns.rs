//! Which columns the list of leads has, as somebody has chosen them.

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
        /// What became of it.
        Outcome = "outcome",
        /// Where its return stands.
        Return = "return",
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
            Self::Outcome => "Outcome",
            Self::Return => "Return",
        }
    }

    /// The column's bit in a stored set. These numbers are in databases: never change or reuse one.
    const fn bit(self) -> u16 {
        match self {
            Self::Email => 1,
            Self::Phone => 1 << 1,
            Self::Campaign => 1 << 2,
            Self::Received => 1 << 3,
            Self::Status => 1 << 4,
            Self::Price => 1 << 5,
            Self::ExternalId => 1 << 6,
            Self::Outcome => 1 << 7,
            Self::Return => 1 << 8,
        }
    }
}

bit_set! {
    /// Columns of the list.
    LeadColumns of LeadColumn
}

impl Default for LeadColumns {
    fn default() -> Self {
        use LeadColumn::{Campaign, Email, Phone, Received, Status};
        Self::of(&[Email, Phone, Campaign, Received, Status])
    }
}

impl LeadColumns {
    /// What the account's list has at first, where the partner and the delivery take their room as well.
    #[must_use]
    pub fn of_account() -> Self {
        use LeadColumn::{Campaign, Email, Received, Status};
        Self::of(&[Email, Campaign, Received, Status])
    }

    /// Those there are for a reader: prices are for whoever may see them.
    #[must_use]
    pub fn for_reader(prices: bool) -> Self {
        Self(Self::all().0 & if prices { u16::MAX } else { !LeadColumn::Price.bit() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_stored_and_read() {
        let chosen = LeadColumns::of(&[LeadColumn::Phone, LeadColumn::ExternalId]);
        assert_eq!(LeadColumns::from_bits(chosen.to_bits()), chosen);
        assert!(chosen.has(LeadColumn::Phone) && !chosen.has(LeadColumn::Email));
        let priced = LeadColumns::of(&[LeadColumn::Phone, LeadColumn::Price]);
        assert_eq!(priced.and(LeadColumns::for_reader(false)), LeadColumns::of(&[LeadColumn::Phone]));
        assert_eq!(priced.and(LeadColumns::for_reader(true)), priced);
        assert_eq!(LeadColumns::from_bits(-1), LeadColumns::of(LeadColumn::ALL));
        assert_eq!(LeadColumns::from_bits(0), LeadColumns::of(&[]));
    }
}

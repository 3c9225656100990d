//! Where a lead's return stands: what leads and their lists know of returns.

text_enum! {
    /// Where a return stands.
    ReturnState {
        /// The partner has asked; the account has not decided.
        Requested = "requested",
        /// The account takes the lead back: it is not billed.
        Approved = "approved",
        /// The account does not take it back.
        Declined = "declined",
        /// The account has not decided in its time.
        Expired = "expired",
        /// The partner has changed its mind.
        Withdrawn = "withdrawn",
    }
}

impl ReturnState {
    /// The state as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Requested => "Return requested",
            Self::Approved => "Returned",
            Self::Declined => "Return declined",
            Self::Expired => "Return expired",
            Self::Withdrawn => "Return withdrawn",
        }
    }

    /// Whether it is one of those that a quota allows.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Requested | Self::Approved)
    }

    /// Whether the account has had its say: nothing is asked again.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Approved | Self::Declined)
    }
}

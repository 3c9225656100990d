//! Partners: the companies that receive leads.

text_enum! {
    /// Whether a partner takes part.
    PartnerStatus {
        /// Receives leads; its users may log in.
        Active = "active",
        /// Set aside for a while; nobody can log in.
        Paused = "paused",
        /// Kept for the record only.
        Archived = "archived",
    }
}

text_enum! {
    /// Whether a user may log in at all.
    UserStatus {
        /// May log in.
        Active = "active",
        /// May not, until enabled again.
        Disabled = "disabled",
    }
}

text_enum! {
    /// The two kinds of people who log in. No user is both.
    UserKind {
        /// Belongs to one partner.
        Partner = "partner",
        /// Belongs to the account's staff.
        Admin = "admin",
    }
}

//! What an action is about, and how it went.

text_enum! {
    /// How it went.
    AuditResult {
        /// Done.
        Success = "success",
        /// Tried, and not done.
        Failure = "failure",
    }
}

text_enum! {
    /// What an action is about, to filter by.
    ActivityKind {
        /// Logging in and out, passwords, addresses.
        Access = "access",
        /// Leads.
        Leads = "leads",
        /// Invoices.
        Invoices = "invoices",
        /// Contact data and delivery.
        Settings = "settings",
        /// The partner's users.
        Users = "users",
        /// Partners, their switches and permissions.
        Partners = "partners",
    }
}

impl ActivityKind {
    /// The kind as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::Leads => "Leads",
            Self::Invoices => "Invoices",
            Self::Settings => "Settings",
            Self::Users => "Users",
            Self::Partners => "Partner",
        }
    }
}

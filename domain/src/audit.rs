//! The words of the audit log: who did what to which object, and how it went.

text_enum! {
    /// What was done.
    AuditAction {
        /// Somebody logged in, or tried to.
        Login = "login",
        /// Somebody logged out.
        Logout = "logout",
        /// A partner user opened a lead for the first time.
        LeadViewed = "lead_viewed",
        /// A partner user accepted a lead.
        LeadAccepted = "lead_accepted",
        /// A partner user rejected a lead.
        LeadRejected = "lead_rejected",
        /// Leads were downloaded as CSV.
        LeadsExported = "leads_exported",
        /// Leads were loaded from a file.
        LeadsImported = "leads_imported",
        /// A page or action was refused for want of a permission.
        PermissionRefused = "permission_refused",
        /// The demo account was filled.
        DemoFilled = "demo_filled",
    }
}

text_enum! {
    /// How it went.
    AuditResult {
        /// Done.
        Success = "success",
        /// Tried, and not done.
        Failure = "failure",
    }
}

//! Mails that invite users of a partner, and admins.

use domain::{
    access::{Overrides, PartnerRole, Permission, effective},
    admin::AdminRole,
    partners::{PartnerAccess, PartnerStatus},
    settings::AccountSettings,
    welcome::{SUBJECT, TEXT, Words},
};

use super::frame::templates;

/// A partner invites somebody.
#[derive(Clone, Copy)]
pub struct PartnerInvitation<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// Who invites.
    pub invited_by: &'a str,
    /// The partner's name.
    pub partner: &'a str,
    /// The link, which works once, for seven days.
    pub link: &'a str,
}
templates!(PartnerInvitation, "mail/partner_invitation.txt", "mail/partner_invitation.html");

/// A partner invites somebody whose address has a login at another partner: there cannot be a second one. Only this mail says
/// so, to nobody else.
#[derive(Clone, Copy)]
pub struct PartnerInvitationElsewhere<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// Who invites.
    pub invited_by: &'a str,
    /// The partner's name.
    pub partner: &'a str,
}
templates!(
    PartnerInvitationElsewhere, "mail/partner_invitation_elsewhere.txt", "mail/partner_invitation_elsewhere.html"
);

/// Somebody is invited as an admin.
#[derive(Clone, Copy)]
pub struct AdminInvitation<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// Who invites; none for the operator.
    pub invited_by: Option<&'a str>,
    /// As what.
    pub role: AdminRole,
    /// The link, which works once, for seven days.
    pub link: &'a str,
}
templates!(AdminInvitation, "mail/admin_invitation.txt", "mail/admin_invitation.html");

/// Whom an admin invites to a partner's login.
#[derive(Debug, Clone, Copy)]
pub struct Invited<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The partner's name.
    pub partner: &'a str,
    /// The person's role at the partner.
    pub role: PartnerRole,
}

/// An admin invites somebody to a partner's login, as the account words it.
#[derive(Clone)]
pub struct Welcome<'a> {
    test: bool,
    name: &'a str,
    subject: String,
    before: Vec<String>,
    link: &'a str,
    after: Vec<String>,
}
templates!(Welcome, "mail/welcome.txt", "mail/welcome.html");

impl<'a> Welcome<'a> {
    /// To somebody who is invited: the account's words, or the built-in ones, filled in.
    #[must_use]
    pub fn new(
        settings: &AccountSettings,
        access: &PartnerAccess,
        invited: Invited<'a>,
        login_url: &str,
        link: &'a str,
    ) -> Self {
        let rights = effective(access.defaults, access.overrides, invited.role);
        let actions = |wanted: bool| {
            let actions = Permission::ALL.iter().filter(|permission| rights.has(**permission) == wanted);
            actions.map(|permission| permission.action()).collect::<Vec<_>>().join(", ")
        };
        let sentence =
            |lead: &str, actions: String| if actions.is_empty() { String::new() } else { format!("{lead}{actions}.") };
        let words = Words {
            name: invited.name.to_owned(),
            account: settings.account.name.clone(),
            partner: invited.partner.to_owned(),
            login_url: login_url.to_owned(),
            can_see: sentence("There you can: ", actions(true)),
            cannot_see: sentence("Switched off for you: ", actions(false)),
            support: settings.account.support_contact.clone(),
        };
        let or =
            |own: &'_ str, built_in: &'static str| if own.is_empty() { built_in.to_owned() } else { own.to_owned() };
        let (before, after) = words.paragraphs(&or(&settings.welcome.text, TEXT));
        let subject = words.line(&or(&settings.welcome.subject, SUBJECT));
        Self { test: false, name: invited.name, subject, before, link, after }
    }

    /// As somebody at an example partner would get it, to look at. Its link only leads to the login.
    #[must_use]
    pub fn example(settings: &AccountSettings, login_url: &'a str) -> Self {
        let access = PartnerAccess {
            portal_enabled: true,
            status: PartnerStatus::Active,
            portal_access: true,
            defaults: settings.default_permissions,
            overrides: Overrides::default(),
        };
        let invited = Invited { name: "Ada Lovelace", partner: "Example Ltd", role: PartnerRole::Owner };
        Self::new(settings, &access, invited, login_url, login_url)
    }

    /// The same, marked as a test in its subject.
    #[must_use]
    pub fn as_test(self) -> Self {
        Self { test: true, ..self }
    }

    /// Its subject and its paragraphs, the button among them in brackets.
    #[must_use]
    pub fn preview(&self) -> (String, Vec<String>) {
        let mut paragraphs = vec![format!("Hello {},", self.name)];
        paragraphs.extend(self.before.iter().cloned());
        paragraphs.push(format!("[ {} ]", self.button()));
        paragraphs.extend(self.after.iter().cloned());
        (self.subject.clone(), paragraphs)
    }

    /// What the button says.
    fn button(&self) -> &'static str {
        "Set your password"
    }
}

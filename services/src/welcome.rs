//! The mail that invites a partner's users, as the account words it.

use domain::{
    access::{PartnerRole, Permission, effective},
    partners::PartnerAccess,
    settings::AccountSettings,
    welcome::{SUBJECT, TEXT, Words},
};
use store::{Reader, accounts};

use crate::{Portal, ServiceError, letter::Letter};

/// The address of the partners' login: with the account's short name, where several share the portal.
pub async fn login_url(read: &mut Reader, portal: &Portal, slug: &str) -> Result<String, ServiceError> {
    let url = &portal.public_url;
    Ok(match accounts::count(read).await? {
        0 | 1 => format!("{url}/partner/login"),
        _ => format!("{url}/partner/login?account={slug}"),
    })
}

/// The letter to somebody who is invited, filled in.
pub(crate) fn letter(
    settings: &AccountSettings,
    access: &PartnerAccess,
    (name, partner, role): (&str, &str, PartnerRole),
    login_url: String,
    link: String,
) -> Letter {
    let rights = effective(access.defaults, access.overrides, role);
    let deeds = |wanted: bool| {
        let deeds = Permission::ALL.iter().filter(|permission| rights.has(**permission) == wanted);
        deeds.map(|permission| permission.deed()).collect::<Vec<_>>().join(", ")
    };
    let sentence = |lead: &str, deeds: String| if deeds.is_empty() { String::new() } else { format!("{lead}{deeds}.") };
    let words = Words {
        name: name.to_owned(),
        account: settings.account.name.clone(),
        partner: partner.to_owned(),
        login_url,
        can_see: sentence("There you can: ", deeds(true)),
        cannot_see: sentence("Switched off for you: ", deeds(false)),
        support: settings.account.support_contact.clone(),
    };
    let or = |own: &str, built_in: &str| if own.is_empty() { built_in.to_owned() } else { own.to_owned() };
    let (paragraphs, after) = words.paragraphs(&or(&settings.welcome.text, TEXT));
    Letter {
        subject: words.line(&or(&settings.welcome.subject, SUBJECT)),
        name: name.to_owned(),
        paragraphs,
        link: Some(("Set your password".to_owned(), link)),
        after,
        sender: settings.account.name.clone(),
    }
}

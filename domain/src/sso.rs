//! Single sign-on by OpenID Connect: what is to be known of a provider by which users of an account or a partner log in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{email::Email, text, validation::FieldErrors};

/// A provider as a form has it. Each text may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    /// What its users call it.
    pub name: String,
    /// Its issuer identifier: an address.
    pub issuer: String,
    /// The portal's name with the provider.
    pub client_id: String,
    /// The domains of its users' addresses.
    pub domains: String,
    /// The role of users that are made at their first login; empty when none are made.
    pub default_role: String,
    /// The claim of the ID token that says the role.
    pub role_claim: String,
    /// Lines of a value of that claim and a role.
    pub roles: String,
    /// `yes` when users can log in by it.
    pub enabled: String,
    /// `yes` when they can log in by nothing else.
    pub only: String,
}

/// A provider's settings, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings<R> {
    /// What its users call it.
    pub name: String,
    /// Its issuer identifier, as its discovery document and ID tokens have it.
    pub issuer: String,
    /// The portal's name with the provider.
    pub client_id: String,
    /// The domains of its users' addresses, in lower case.
    pub domains: Vec<String>,
    /// The role of users that are made at their first login; none are made without it.
    pub default_role: Option<R>,
    /// The claim of the ID token that says the role; empty for none.
    pub role_claim: String,
    /// Which value of that claim is which role. The first that a user has counts.
    pub roles: Vec<(String, R)>,
    /// Whether users can log in by it.
    pub enabled: bool,
    /// Whether they can log in by nothing else.
    pub only: bool,
}

/// The most characters of a name.
pub const MAX_NAME: usize = 60;
const MAX_TEXT: usize = 500;
const MAX_ROWS: usize = 50;

/// A role that a provider can give: never the highest one to whoever logs in first.
pub trait Role: FromStr + Copy + PartialEq + fmt::Display {
    /// Whether a user can be made with it without anybody saying so.
    fn is_given_to_new_users(self) -> bool;
}

impl Role for crate::access::PartnerRole {
    fn is_given_to_new_users(self) -> bool {
        self != Self::Owner
    }
}

impl Role for crate::admin::AdminRole {
    fn is_given_to_new_users(self) -> bool {
        self != Self::Owner
    }
}

impl<R: Role> ProviderSettings<R> {
    /// Reads a form.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &ProviderForm) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = required(&mut errors, "name", &text::name(&form.name), MAX_NAME);
        let issuer = required(&mut errors, "issuer", form.issuer.trim(), MAX_TEXT);
        if !issuer.is_empty() && (!issuer.starts_with("http") || issuer.contains(['?', '#', '@', ' '])) {
            errors
                .add("issuer", "Enter the provider’s address, such as https://login.example.com, without “?” or “#”.");
        }
        let client_id = required(&mut errors, "client_id", form.client_id.trim(), MAX_TEXT);
        let domains = read_domains(&mut errors, &form.domains);
        let default_role = match form.default_role.trim() {
            "" => None,
            role => {
                let role = role.parse::<R>().ok().filter(|role| role.is_given_to_new_users());
                if role.is_none() {
                    errors.add("default_role", "Choose one of the list.");
                }
                role
            }
        };
        let role_claim = form.role_claim.trim().to_owned();
        let roles = read_roles(&mut errors, &form.roles);
        if role_claim.chars().count() > MAX_TEXT {
            errors.add("role_claim", format!("Use at most {MAX_TEXT} characters."));
        }
        if !roles.is_empty() && role_claim.is_empty() {
            errors.add("role_claim", "Enter the claim that the values below are of.");
        }
        let (enabled, only) = (form.enabled == "yes", form.only == "yes");
        if only && !enabled {
            errors.add("only", "Let users log in by it first.");
        }
        let read = Self { name, issuer, client_id, domains, default_role, role_claim, roles, enabled, only };
        if errors.is_empty() { Ok(read) } else { Err(errors) }
    }

    /// The role that the values of the role's claim give.
    #[must_use]
    pub fn role_of(&self, values: &[String]) -> Option<R> {
        self.roles.iter().find(|(value, _)| values.contains(value)).map(|(_, role)| *role)
    }

    /// Whether an address is in one of its domains.
    #[must_use]
    pub fn takes(&self, email: &Email) -> bool {
        email.key().rsplit_once('@').is_some_and(|(_, domain)| self.domains.iter().any(|known| known == domain))
    }

    /// The roles as a form has them.
    #[must_use]
    pub fn roles_text(&self) -> String {
        self.roles.iter().map(|(value, role)| format!("{value} = {role}")).collect::<Vec<_>>().join("\n")
    }
}

fn required(errors: &mut FieldErrors, field: &'static str, typed: &str, most: usize) -> String {
    if typed.is_empty() {
        errors.add(field, "This is needed.");
    } else if typed.chars().count() > most || typed.contains('\0') {
        errors.add(field, format!("Use at most {most} characters."));
    }
    typed.to_owned()
}

fn read_domains(errors: &mut FieldErrors, typed: &str) -> Vec<String> {
    let mut domains: Vec<_> = typed
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_start_matches('@').to_lowercase())
        .collect();
    domains.dedup();
    if domains.is_empty() {
        errors.add("domains", "Enter the domain of your users’ email addresses, such as example.com.");
    }
    if let Some(wrong) = domains.iter().find(|domain| Email::parse(&format!("a@{domain}")).is_err()) {
        errors.add("domains", format!("“{wrong}” is no domain, such as example.com."));
    }
    if domains.len() > MAX_ROWS {
        errors.add("domains", format!("Use at most {MAX_ROWS} domains."));
    }
    domains
}

fn read_roles<R: Role>(errors: &mut FieldErrors, typed: &str) -> Vec<(String, R)> {
    let mut roles = Vec::new();
    for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let read = line.rsplit_once('=').map(|(value, role)| (value.trim(), role.trim().to_lowercase().parse::<R>()));
        match read {
            Some((value, Ok(role))) if !value.is_empty() => roles.push((value.to_owned(), role)),
            _ => {
                errors.add("roles", format!("“{line}” is not a value, “=” and a role."));
                break;
            }
        }
    }
    if roles.len() > MAX_ROWS {
        errors.add("roles", format!("Use at most {MAX_ROWS} lines."));
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::PartnerRole;

    fn form() -> ProviderForm {
        ProviderForm {
            name: "Northwind ID".into(),
            issuer: "https://login.northwind.example".into(),
            client_id: "portal".into(),
            domains: "northwind.example, @NW.example".into(),
            default_role: "viewer".into(),
            role_claim: "groups".into(),
            roles: "bosses = owner\n\n sales=Member ".into(),
            enabled: "yes".into(),
            only: String::new(),
        }
    }

    fn wrong(form: &ProviderForm) -> Vec<String> {
        let errors = ProviderSettings::<PartnerRole>::parse(form).unwrap_err();
        errors.iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn a_provider_is_read() {
        let read = ProviderSettings::<PartnerRole>::parse(&form()).unwrap();
        assert_eq!(read.domains, ["northwind.example", "nw.example"]);
        assert_eq!(read.default_role, Some(PartnerRole::Viewer));
        assert_eq!(read.roles_text(), "bosses = owner\nsales = member");
        assert_eq!(read.role_of(&["sales".into(), "bosses".into()]), Some(PartnerRole::Owner), "the first line counts");
        assert_eq!(read.role_of(&["Sales".into()]), None);
        let takes = |email: &str| read.takes(&Email::parse(email).unwrap());
        assert!(takes("Ada@NORTHWIND.example") && takes("x@nw.example"));
        assert!(!takes("ada@sub.northwind.example") && !takes("ada@notnorthwind.example"));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(wrong(&ProviderForm::default()), ["client_id", "domains", "issuer", "name"]);
        assert_eq!(
            wrong(&ProviderForm { default_role: "owner".into(), ..form() }),
            ["default_role"],
            "nobody begins as an owner"
        );
        assert_eq!(wrong(&ProviderForm { role_claim: "".into(), ..form() }), ["role_claim"]);
        assert_eq!(wrong(&ProviderForm { roles: "sales: member".into(), ..form() }), ["roles"]);
        assert_eq!(wrong(&ProviderForm { roles: "sales = king".into(), ..form() }), ["roles"]);
        assert_eq!(wrong(&ProviderForm { issuer: "ftp://x".into(), ..form() }), ["issuer"]);
        assert_eq!(wrong(&ProviderForm { issuer: "https://x.example/?a".into(), ..form() }), ["issuer"]);
        assert_eq!(wrong(&ProviderForm { domains: "northwind".into(), ..form() }), ["domains"]);
        assert_eq!(wrong(&ProviderForm { enabled: "".into(), only: "yes".into(), ..form() }), ["only"]);
    }
}

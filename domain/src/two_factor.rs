//! Two-factor authentication: who must use it, and since when.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{partners::UserKind, validation::FieldErrors};

/// What is to be known of a policy: its label, and what it means.
struct Row {
    label: &'static str,
    meaning: &'static str,
}

text_enum! {
    /// Who must use two-factor authentication.
    TwoFactorPolicy: Row {
        /// Nobody can set it up; whoever has it keeps it.
        Off = "off" => Row { label: "Off", meaning: "Nobody can set it up. Whoever has it keeps it." },
        /// Everybody can set it up.
        Offered = "offered" => Row { label: "Offered", meaning: "Everybody can set it up, nobody has to." },
        /// Admins must have it.
        Admins = "admins" => Row { label: "Required for admins", meaning: "Partners can set it up." },
        /// Everybody must have it.
        All = "all" => Row { label: "Required for everybody", meaning: "Admins and all users of partners." },
    }
}

impl TwoFactorPolicy {
    /// The policy as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.row().label
    }

    /// What it means, as one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// Whether it can be set up.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether users of this kind must have it.
    #[must_use]
    pub const fn requires(self, kind: UserKind) -> bool {
        match self {
            Self::Off | Self::Offered => false,
            Self::Admins => matches!(kind, UserKind::Admin),
            Self::All => true,
        }
    }
}

/// After how many days a stricter policy can begin.
pub const GRACE_DAYS: [u16; 5] = [0, 3, 7, 14, 30];

/// A policy, and from when on whoever must have it gets nowhere without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoFactorRule {
    /// Who must use it.
    pub policy: TwoFactorPolicy,
    /// When that begins for admins; nothing for at once.
    pub admins_from: Option<DateTime<Utc>>,
    /// When it begins for partner users; nothing for at once.
    pub partners_from: Option<DateTime<Utc>>,
}

impl TwoFactorRule {
    /// Reads a form: a policy, and one of [`GRACE_DAYS`], which is for those who had not to have it `before`: what is in force already
    /// stays in force.
    ///
    /// # Errors
    /// A message for each that is none.
    pub fn parse(policy: &str, grace_days: &str, before: Self, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let found = policy.parse::<TwoFactorPolicy>();
        if found.is_err() {
            errors.add("policy", "Choose one of the list.");
        }
        let days = grace_days.trim().parse::<u16>().ok().filter(|days| GRACE_DAYS.contains(days));
        if days.is_none() {
            errors.add("grace", "Choose one of the list.");
        }
        let (Ok(policy), Some(days)) = (found, days) else { return Err(errors) };
        let later = (days > 0).then(|| now + TimeDelta::days(i64::from(days)));
        let from = |kind| {
            let in_force = before.policy.requires(kind) && before.from(kind).is_none_or(|from| from <= now);
            later.filter(|_| policy.requires(kind) && !in_force)
        };
        Ok(Self { policy, admins_from: from(UserKind::Admin), partners_from: from(UserKind::Partner) })
    }

    const fn from(self, kind: UserKind) -> Option<DateTime<Utc>> {
        match kind {
            UserKind::Admin => self.admins_from,
            UserKind::Partner => self.partners_from,
        }
    }

    /// Where a user of this kind stands who has it or has it not.
    #[must_use]
    pub fn state(self, kind: UserKind, on: bool, now: DateTime<Utc>) -> TwoFactorState {
        let missing = self.policy.requires(kind) && !on;
        let from = self.from(kind);
        TwoFactorState {
            on,
            is_offered: self.policy.is_offered(),
            is_required: self.policy.requires(kind),
            due: from.filter(|from| missing && now < *from),
            is_missing: missing && from.is_none_or(|from| from <= now),
        }
    }
}

/// Where a user stands with two-factor authentication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TwoFactorState {
    /// Whether the user has set it up.
    pub on: bool,
    /// Whether it can be set up.
    pub is_offered: bool,
    /// Whether the user must have it, now or later.
    pub is_required: bool,
    /// Until when it has to be set up, if that is still to come.
    pub due: Option<DateTime<Utc>>,
    /// Whether it has to be set up before anything else.
    pub is_missing: bool,
}

/// How many recovery codes a user gets.
pub const RECOVERY_CODES: usize = 10;

/// A code as it was typed, without what people put between its parts, and in lower case.
#[must_use]
pub fn read_code(typed: &str) -> String {
    typed.chars().filter(|c| c.is_ascii_alphanumeric()).take(64).collect::<String>().to_ascii_lowercase()
}

/// Whether a code is one of an authenticator app, and not a recovery code.
#[must_use]
pub fn is_app_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stricter_policy_begins_when_its_grace_is_over() {
        let now = DateTime::UNIX_EPOCH;
        let offered = TwoFactorRule { policy: TwoFactorPolicy::Offered, admins_from: None, partners_from: None };
        let rule = TwoFactorRule::parse("admins", "7", offered, now).unwrap();
        let later = now + TimeDelta::days(7);
        let state = rule.state(UserKind::Admin, false, later - TimeDelta::seconds(1));
        assert_eq!((state.due, state.is_missing), (Some(later), false));
        let state = rule.state(UserKind::Admin, false, later);
        assert_eq!((state.due, state.is_missing), (None, true));
        assert!(!rule.state(UserKind::Admin, true, later).is_missing, "whoever has it is not asked");
        let partner = rule.state(UserKind::Partner, false, later);
        assert_eq!(partner, TwoFactorState { is_offered: true, ..Default::default() });
        let at_once = TwoFactorRule::parse("all", "0", offered, now).unwrap();
        assert!(at_once.state(UserKind::Partner, false, now).is_missing);
        for (policy, grace) in [("some", "7"), ("all", "8"), ("all", ""), ("all", "-1")] {
            assert!(TwoFactorRule::parse(policy, grace, offered, now).is_err(), "{policy} {grace}");
        }
    }

    /// To save the form once more, or to make it stricter, suspends nothing.
    #[test]
    fn what_is_in_force_stays_in_force() {
        let now = DateTime::UNIX_EPOCH;
        let offered = TwoFactorRule { policy: TwoFactorPolicy::Offered, admins_from: None, partners_from: None };
        let admins = TwoFactorRule::parse("admins", "7", offered, now).unwrap();
        let in_force = now + TimeDelta::days(8);
        let again = TwoFactorRule::parse("admins", "7", admins, in_force).unwrap();
        assert!(again.state(UserKind::Admin, false, in_force).is_missing);
        let all = TwoFactorRule::parse("all", "3", admins, in_force).unwrap();
        assert!(all.state(UserKind::Admin, false, in_force).is_missing);
        assert_eq!(all.state(UserKind::Partner, false, in_force).due, Some(in_force + TimeDelta::days(3)));
        let sooner = TwoFactorRule::parse("admins", "0", admins, now).unwrap();
        assert!(sooner.state(UserKind::Admin, false, now).is_missing, "one that is still to come can come sooner");
        assert_eq!(TwoFactorRule::parse("off", "7", admins, in_force).unwrap().admins_from, None);
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(read_code(" 123 456 "), "123456");
        assert_eq!(read_code("ABCD-efgh–ijkl mnop"), "abcdefghijklmnop");
        assert!(is_app_code("123456") && !is_app_code("12345") && !is_app_code("abcdef"));
        assert_eq!(read_code(&"9".repeat(1_000)).len(), 64);
    }
}

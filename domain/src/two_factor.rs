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
    /// When that begins; nothing for at once.
    pub from: Option<DateTime<Utc>>,
}

impl TwoFactorRule {
    /// Reads a form: a policy, and one of [`GRACE_DAYS`].
    ///
    /// # Errors
    /// A message for each that is none.
    pub fn parse(policy: &str, grace_days: &str, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let found = policy.parse::<TwoFactorPolicy>();
        if found.is_err() {
            errors.add("policy", "Choose one of the list.");
        }
        let days = grace_days.trim().parse::<u16>().ok().filter(|days| GRACE_DAYS.contains(days));
        if days.is_none() {
            errors.add("grace", "Choose one of the list.");
        }
        match (found, days) {
            (Ok(policy), Some(days)) => {
                let later = days > 0 && policy.requires(UserKind::Admin);
                Ok(Self { policy, from: later.then(|| now + TimeDelta::days(i64::from(days))) })
            }
            _ => Err(errors),
        }
    }

    /// Where a user of this kind stands who has it or has it not.
    #[must_use]
    pub fn state(self, kind: UserKind, on: bool, now: DateTime<Utc>) -> TwoFactorState {
        let missing = self.policy.requires(kind) && !on;
        TwoFactorState {
            on,
            is_offered: self.policy.is_offered(),
            is_required: self.policy.requires(kind),
            due: self.from.filter(|from| missing && now < *from),
            is_missing: missing && self.from.is_none_or(|from| from <= now),
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
        let rule = TwoFactorRule::parse("admins", "7", now).unwrap();
        let later = now + TimeDelta::days(7);
        let state = rule.state(UserKind::Admin, false, later - TimeDelta::seconds(1));
        assert_eq!((state.due, state.is_missing), (Some(later), false));
        let state = rule.state(UserKind::Admin, false, later);
        assert_eq!((state.due, state.is_missing), (None, true));
        assert!(!rule.state(UserKind::Admin, true, later).is_missing, "whoever has it is not asked");
        assert_eq!(
            rule.state(UserKind::Partner, false, later),
            TwoFactorState { is_offered: true, ..Default::default() }
        );
        assert!(TwoFactorRule::parse("all", "0", now).unwrap().state(UserKind::Partner, false, now).is_missing);
        assert_eq!(TwoFactorRule::parse("off", "7", now).unwrap().from, None);
        for (policy, grace) in [("some", "7"), ("all", "8"), ("all", ""), ("all", "-1")] {
            assert!(TwoFactorRule::parse(policy, grace, now).is_err(), "{policy} {grace}");
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(read_code(" 123 456 "), "123456");
        assert_eq!(read_code("ABCD-efgh–ijkl mnop"), "abcdefghijklmnop");
        assert!(is_app_code("123456") && !is_app_code("12345") && !is_app_code("abcdef"));
        assert_eq!(read_code(&"9".repeat(1_000)).len(), 64);
    }
}

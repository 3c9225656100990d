//! Identifiers: `UUIDv7` (RFC 9562), one type per kind of object so that they cannot be mixed up.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// Builds a version 7 UUID from an instant and ten random bytes.
///
/// Instants before 1970 count as 1970: ids only need to sort roughly by time.
#[must_use]
pub fn uuid_v7(at: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// The tenant.
    AccountId,
    /// A company that receives leads.
    PartnerId,
    /// Somebody who logs in.
    UserId,
    /// One lead as delivered to one partner.
    LeadId,
    /// One entry of the audit log.
    AuditEventId,
    /// A bill to a partner.
    InvoiceId,
    /// A link by which somebody sets a first password.
    InvitationId,
    /// An API key.
    ApiKeyId,
    /// A lead on its way to a partner by one channel.
    DeliveryId,
    /// A partner's request to take a lead back.
    ReturnId,
    /// A file that is attached to a lead.
    FileId,
    /// A report that comes by mail.
    ReportMailId,
    /// A saved view of the list of leads.
    ViewId,
    /// A passkey of a user.
    PasskeyId,
    /// A provider by which users log in.
    ProviderId,
    /// A file of leads that an admin uploaded.
    LeadImportId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_carry_version_7() {
        let early = uuid_v7(DateTime::from_timestamp(1_000, 0).unwrap(), [0xff; 10]);
        let late = uuid_v7(DateTime::from_timestamp(1_001, 0).unwrap(), [0; 10]);
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}

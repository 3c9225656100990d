//! What a column of a file of leads holds.

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The CRM's own id.
    ExternalId,
    /// The person's whole name.
    Name,
    /// The person's first name; joined with the last name.
    FirstName,
    /// The person's last name.
    LastName,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// The campaign.
    Campaign,
    /// When the lead was delivered.
    DeliveredAt,
    /// The price.
    Price,
    /// The price's currency.
    Currency,
    /// Anything else: kept as a free-form field under the header's name.
    Field(String),
    /// Nothing that is kept.
    LeftOut,
}

impl Column {
    /// The identifier that forms and the database use.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Campaign => "campaign",
            Self::DeliveredAt => "delivered_at",
            Self::Price => "price",
            Self::Currency => "currency",
            Self::Field(_) => "field",
            Self::LeftOut => "left_out",
        }
    }

    /// The column of that identifier, under that name.
    #[must_use]
    pub fn parse(word: &str, name: &str) -> Option<Self> {
        Some(match word {
            "external_id" => Self::ExternalId,
            "name" => Self::Name,
            "first_name" => Self::FirstName,
            "last_name" => Self::LastName,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "campaign" => Self::Campaign,
            "delivered_at" => Self::DeliveredAt,
            "price" => Self::Price,
            "currency" => Self::Currency,
            "field" => Self::Field(name.to_owned()),
            "left_out" => Self::LeftOut,
            _ => return None,
        })
    }

    /// Whether it says whom a lead is about.
    #[must_use]
    pub const fn is_contact(&self) -> bool {
        matches!(self, Self::Name | Self::FirstName | Self::LastName | Self::Email | Self::Phone)
    }
}

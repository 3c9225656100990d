/// Declares an enum whose variants have one stable text form, used alike in the database, in URLs and in JSON.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text form, as stored and as written in URLs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::validation::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::validation::UnknownValue::new(stringify!($name), text)),
                }
            }
        }
    };
    // The same with a row of what else there is to know of each value, all of it declared in one place.
    ($(#[$meta:meta])* $name:ident: $row:ty { $($(#[$vmeta:meta])* $variant:ident = $text:literal => $value:expr),+ $(,)? }) => {
        text_enum! { $(#[$meta])* $name { $($(#[$vmeta])* $variant = $text),+ } }

        impl $name {
            const fn row(self) -> $row {
                match self { $(Self::$variant => $value),+ }
            }
        }
    };
}

/// Declares a set of values, stored as an integer with a bit for each of them: the value's `bit` says which.
macro_rules! bit_set {
    ($(#[$meta:meta])* $name:ident of $value:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(u16);

        impl $name {
            /// The set of these.
            #[must_use]
            pub fn of(values: &[$value]) -> Self {
                Self(values.iter().fold(0, |bits, value| bits | value.bit()))
            }

            /// All there are.
            #[must_use]
            pub fn all() -> Self {
                Self::of($value::ALL)
            }

            /// Whether the set holds this one.
            #[must_use]
            pub const fn has(self, value: $value) -> bool {
                self.0 & value.bit() != 0
            }

            /// What is in both sets.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// What is in it, in the order of declaration.
            pub fn iter(self) -> impl Iterator<Item = $value> {
                $value::ALL.iter().copied().filter(move |value| self.has(*value))
            }

            /// The form in the database.
            #[must_use]
            pub const fn to_bits(self) -> i64 {
                self.0 as i64
            }

            /// Reads the form in the database; bits that this version does not know are dropped.
            #[must_use]
            pub fn from_bits(bits: i64) -> Self {
                Self(u16::try_from(bits & Self::all().to_bits()).unwrap_or(0))
            }
        }
    };
}

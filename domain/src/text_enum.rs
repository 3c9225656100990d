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

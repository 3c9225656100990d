//! The mail that invites a partner's users: a text with placeholders.

/// The placeholders and what stands in their place.
pub const PLACEHOLDERS: [(&str, &str); 8] = [
    ("name", "the person's name"),
    ("account", "your company's name"),
    ("partner", "the partner's name"),
    ("link", "the button to set a password"),
    ("login_url", "the address of the login page"),
    ("can_see", "what the person will be able to do"),
    ("cannot_see", "what is switched off for the person"),
    ("support", "whom to ask"),
];

/// The built-in subject.
pub const SUBJECT: &str = "Your invitation to the partner portal of {account}";

/// The built-in text.
pub const TEXT: &str = "you are invited to the partner portal of {account}, where {partner} follows its leads and invoices.

{link}

The link works once, for seven days. Afterwards ask for a new one.

{can_see}

{cannot_see}

From then on you log in at {login_url} with this email address. If you ever forget your password, choose “Forgot your password?” there: a new link comes by mail.

Questions? {support}";

/// What is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The person's name.
    pub name: String,
    /// The account's name.
    pub account: String,
    /// The partner's name.
    pub partner: String,
    /// The address of the login page.
    pub login_url: String,
    /// What the person will be able to do, as a sentence.
    pub can_see: String,
    /// What is switched off for the person, as a sentence; may be empty.
    pub cannot_see: String,
    /// Whom to ask.
    pub support: String,
}

/// A filled text: the paragraphs before the link and those after it.
pub type Filled = (Vec<String>, Vec<String>);

impl Words {
    fn word(&self, name: &str) -> Option<&str> {
        Some(match name {
            "name" => &self.name,
            "account" => &self.account,
            "partner" => &self.partner,
            "login_url" => &self.login_url,
            "can_see" => &self.can_see,
            "cannot_see" => &self.cannot_see,
            "support" => &self.support,
            _ => return None,
        })
    }

    /// One line with its placeholders filled in. What was filled in is not looked at again.
    #[must_use]
    pub fn line(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        for part in parts(template) {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => match self.word(name) {
                    Some(word) => filled.push_str(word),
                    None => filled.extend(["{", name, "}"]),
                },
            }
        }
        filled
    }

    /// The paragraphs of a text, without empty ones, parted where the link stands.
    #[must_use]
    pub fn paragraphs(&self, template: &str) -> Filled {
        let (before, after) = template.split_once("{link}").unwrap_or((template, ""));
        let filled = |text: &str| {
            let whole = text.replace("{link}", "");
            let paragraphs = whole.split("\n\n").map(|part| self.line(part).trim().to_owned());
            paragraphs.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        };
        (filled(before), filled(after))
    }
}

enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn parts(template: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        found.push(Part::Text(before));
        match from.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                found.push(Part::Name(name));
                rest = behind;
            }
            None => {
                found.push(Part::Text("{"));
                rest = from;
            }
        }
    }
    found.push(Part::Text(rest));
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 30 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The first placeholder of a text that stands for nothing.
#[must_use]
pub fn unknown_placeholder(template: &str) -> Option<&str> {
    parts(template).into_iter().find_map(|part| match part {
        Part::Name(name) if !PLACEHOLDERS.iter().any(|(known, _)| *known == name) => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let words = Words { name: "{account}".into(), account: "Acme".into(), ..Words::default() };
        assert_eq!(words.line("Hi {name} of {account}, {} {x y} {"), "Hi {account} of Acme, {} {x y} {");
        let (before, after) = words.paragraphs("One {account}.\n\n{link}\n\n{cannot_see}\n\nTwo.");
        assert_eq!((before, after), (vec!["One Acme.".to_owned()], vec!["Two.".to_owned()]));
    }

    #[test]
    fn the_built_in_texts_use_known_placeholders() {
        assert_eq!((unknown_placeholder(SUBJECT), unknown_placeholder(TEXT)), (None, None));
        assert!(TEXT.contains("{link}") && TEXT.contains("{login_url}"));
        assert_eq!(unknown_placeholder("{name} {nmae}"), Some("nmae"));
    }

    proptest! {
        #[test]
        fn text_without_braces_stays(text in "[^{}]{0,40}") {
            prop_assert_eq!(Words::default().line(&text), text);
        }
    }
}

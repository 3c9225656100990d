//! What an account makes of the extra fields that its leads come with: names, order, and which of them partners see.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{FieldKind, FilterField};
use crate::validation::FieldErrors;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRule {
    /// Its name as it is delivered.
    pub name: String,
    /// What people read in its place; empty for the name. Fields that are called alike stand under one name.
    pub label: String,
    /// Where it stands: those with a number first, in its order.
    pub position: Option<u32>,
    /// Whether partners do not see it.
    pub hidden: bool,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether lists can be narrowed by it.
    pub filterable: bool,
    /// Whether leads are found by its values in a search; not where partners do not see it, as soon as their texts have been written anew.
    pub searched: bool,
}

impl FieldRule {
    /// How many fields of one account can have rules. What comes beyond is shown as it was delivered.
    pub const MOST: usize = 500;
    /// Maximum number of characters of a label.
    pub const MAX_LABEL: usize = 120;
    /// How many characters of a value a search looks through.
    const MAX_SEARCHED: usize = 200;

    /// By which the form knows it. It begins with a letter: forms take what is a number for a place in a list.
    #[must_use]
    pub fn key(&self) -> String {
        format!("f{}", crate::version::version([("name", self.name.as_str())]))
    }

    /// The version of what it says, for a form that is filled with it.
    #[must_use]
    pub fn version(&self) -> String {
        let position = self.position.map(|position| position.to_string()).unwrap_or_default();
        let yes = |is: bool| if is { "yes" } else { "" };
        crate::version::version([
            ("label", self.label.as_str()),
            ("position", &position),
            ("hidden", yes(self.hidden)),
            ("kind", self.kind.as_str()),
            ("filterable", yes(self.filterable)),
            ("searched", yes(self.searched)),
        ])
    }

    /// By what its values are stored, for lists that are narrowed by it.
    #[must_use]
    pub fn stored(&self) -> String {
        super::field_kinds::stored(self.shown(), self.kind, self.hidden)
    }

    /// Whether a search looks at its values. All who search see what they find by.
    #[must_use]
    pub const fn is_searched(&self) -> bool {
        self.searched && !self.hidden
    }

    /// What people read.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.label.is_empty() { &self.name } else { &self.label }
    }
}

/// The rules of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRules(pub Vec<FieldRule>);

/// The fields of a lead: pairs of name and value in the order delivered.
type Fields = Vec<(String, String)>;

impl FieldRules {
    /// The rule for a field of this name.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&FieldRule> {
        self.0.iter().find(|rule| rule.name == name)
    }

    /// Whether partners see a field of this name.
    #[must_use]
    pub fn is_open(&self, name: &str) -> bool {
        self.of(name).is_none_or(|rule| !rule.hidden)
    }

    /// What people read in place of a name.
    #[must_use]
    pub fn label<'a>(&'a self, name: &'a str) -> &'a str {
        self.of(name).map_or(name, FieldRule::shown)
    }

    /// A lead's fields as partners' programs get them: without those that are hidden, under the names delivered.
    #[must_use]
    pub fn open(&self, mut fields: Fields) -> Fields {
        fields.retain(|(name, _)| self.is_open(name));
        fields
    }

    /// A lead's fields as people read them: under their labels and in their order; `hidden` ones as well, or not.
    #[must_use]
    pub fn told(&self, fields: Fields, hidden: bool) -> Fields {
        let fields = if hidden { fields } else { self.open(fields) };
        let mut told: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| {
                let rule = self.of(&name);
                let label = rule.map_or_else(|| name.clone(), |rule| rule.shown().to_owned());
                (rule.and_then(|rule| rule.position).unwrap_or(u32::MAX), label, value)
            })
            .collect();
        told.sort_by_key(|(position, ..)| *position);
        told.into_iter().map(|(_, label, value)| (label, value)).collect()
    }

    /// A lead's fields as a page shows them; `hidden` ones as well, or not.
    #[cfg(feature = "server")]
    #[must_use]
    pub fn shown(&self, told: Fields) -> Vec<super::ShownField> {
        let kind =
            |label: &str| self.0.iter().find(|rule| rule.shown() == label).map_or(FieldKind::Text, |rule| rule.kind);
        told.into_iter().map(|(label, value)| kind(&label).shown(label, &value)).collect()
    }

    /// Whether lists are narrowed by the same values under these rules and under others.
    #[must_use]
    pub fn filter_as(&self, others: &Self) -> bool {
        let found = |rules: &Self| -> BTreeSet<(String, String)> {
            rules.0.iter().filter(|rule| rule.filterable).map(|rule| (rule.name.clone(), rule.stored())).collect()
        };
        found(self) == found(others)
    }

    /// Whether searches look in the same fields under these rules and under others.
    #[must_use]
    pub fn search_as(&self, others: &Self) -> bool {
        fn found(rules: &FieldRules) -> BTreeSet<&str> {
            rules.0.iter().filter(|rule| rule.is_searched()).map(|rule| &*rule.name).collect()
        }
        found(self) == found(others)
    }

    /// The values of a lead's fields by which a search finds it, cut where they are long.
    pub fn searched<'a>(&self, fields: &'a [(String, String)]) -> impl Iterator<Item = &'a str> {
        let searched = fields.iter().filter(|(name, _)| self.of(name).is_some_and(FieldRule::is_searched));
        searched.map(|(_, value)| match value.char_indices().nth(FieldRule::MAX_SEARCHED) {
            Some((end, _)) => &value[..end],
            None => value.as_str(),
        })
    }

    /// The fields that lists can be narrowed by, each label once; `hidden` ones as well, or not.
    #[must_use]
    pub fn filterable(&self, hidden: bool) -> Vec<FilterField> {
        let mut fields: Vec<FilterField> = Vec::new();
        for rule in self.0.iter().filter(|rule| rule.filterable && (hidden || !rule.hidden)) {
            if !fields.iter().any(|field| field.label == rule.shown()) {
                let (label, kind, hidden) = (rule.shown().to_owned(), rule.kind, rule.hidden);
                fields.push(FilterField { label, kind, hidden, values: Vec::new() });
            }
        }
        fields
    }

    /// Where what people read under this label stands among others; the last place for what has none.
    #[must_use]
    pub fn rank(&self, label: &str) -> u32 {
        let positions = self.0.iter().filter(|rule| rule.shown() == label).filter_map(|rule| rule.position);
        positions.min().unwrap_or(u32::MAX)
    }

    /// Reads the form of the rules: for each of a list's places the name, the label, the position and whether it is hidden. What the form
    /// does not name stays as it is.
    ///
    /// # Errors
    /// A message for each label that is too long and each position that is no number.
    pub fn parse(&self, sent: &[SentRule<'_>]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let sent: BTreeMap<&str, &SentRule<'_>> = sent.iter().map(|rule| (rule.name, rule)).collect();
        let read = |rule: &FieldRule| {
            let Some(sent) = sent.get(rule.name.as_str()) else { return rule.clone() };
            let label = crate::text::name(sent.label).into_owned();
            if label.chars().count() > FieldRule::MAX_LABEL || label.contains('\0') {
                errors.add(
                    &format!("label[{}]", sent.place),
                    format!("Use at most {} characters for “{}”.", FieldRule::MAX_LABEL, rule.name),
                );
            }
            let position = match sent.position.trim() {
                "" => None,
                number => match number.parse::<u32>().ok().filter(|number| (1..=9_999).contains(number)) {
                    Some(number) => Some(number),
                    None => {
                        let message = format!("Enter a whole number from 1 to 9999 for “{}”, or nothing.", rule.name);
                        errors.add(&format!("position[{}]", sent.place), message);
                        None
                    }
                },
            };
            let kind = match sent.kind {
                "" => rule.kind,
                kind => kind.parse().unwrap_or_else(|_| {
                    errors.add(&format!("kind[{}]", sent.place), format!("Choose what “{}” is.", rule.name));
                    rule.kind
                }),
            };
            let label = if label == rule.name { String::new() } else { label };
            let SentRule { hidden, filterable, searched, .. } = **sent;
            let wanted = FieldRule { name: rule.name.clone(), label, position, hidden, kind, filterable, searched };
            // What was not touched stays as it is by now; what was, must be what the form was filled with.
            if wanted.version() == sent.was {
                return rule.clone();
            }
            if !sent.was.is_empty() && rule.version() != sent.was {
                let message =
                    format!("Somebody else has changed “{}” in the meantime. Load the page again first.", rule.name);
                errors.add(&format!("label[{}]", sent.place), message);
            }
            wanted
        };
        let rules: Vec<_> = self.0.iter().map(read).collect();
        // What stands under one name is one thing.
        for rule in rules.iter().filter(|rule| rule.filterable) {
            let other = rules
                .iter()
                .filter(|other| other.filterable)
                .find(|other| other.shown() == rule.shown() && (other.kind, other.hidden) != (rule.kind, rule.hidden));
            let place = sent.get(rule.name.as_str()).map(|sent| sent.place);
            if let (Some(other), Some(place)) = (other, place) {
                let message = format!(
                    "“{}” and “{}” stand under one label: give them one type, and hide both or none of them.",
                    rule.name, other.name
                );
                errors.add(&format!("label[{place}]"), message);
            }
        }
        if errors.is_empty() { Ok(Self(rules)) } else { Err(errors) }
    }
}

/// A row of the form.
#[derive(Debug, Clone, Copy)]
pub struct SentRule<'a> {
    /// Which place of the form it has.
    pub place: &'a str,
    /// The field's name as it is delivered.
    pub name: &'a str,
    /// What people are to read.
    pub label: &'a str,
    /// Where it is to stand; may be empty.
    pub position: &'a str,
    /// Whether it is to be hidden from partners.
    pub hidden: bool,
    /// What its values are; empty for as it is.
    pub kind: &'a str,
    /// Whether lists are to be narrowed by it.
    pub filterable: bool,
    /// Whether a search is to look at its values.
    pub searched: bool,
    /// The version of the rule that the form was filled with; empty for whatever there is.
    pub was: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, label: &str, position: Option<u32>, hidden: bool) -> FieldRule {
        let (kind, filterable, searched) = (FieldKind::Text, false, false);
        FieldRule { name: name.into(), label: label.into(), position, hidden, kind, filterable, searched }
    }

    fn fields(names: &[&str]) -> Fields {
        names.iter().map(|name| ((*name).to_owned(), name.to_uppercase())).collect()
    }

    #[test]
    fn fields_are_named_ordered_and_hidden() {
        let rules = FieldRules(vec![
            rule("roof", "Roof type", Some(2), false),
            rule("dach", "Roof type", Some(2), false),
            rule("score", "", Some(1), true),
            rule("area", "", None, false),
        ]);
        let told = |hidden| rules.told(fields(&["new", "area", "roof", "score", "dach"]), hidden);
        let names = |fields: Fields| fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(told(false)), ["Roof type", "Roof type", "new", "area"]);
        assert_eq!(names(told(true)), ["score", "Roof type", "Roof type", "new", "area"]);
        assert_eq!(told(false)[0].1, "ROOF", "no value is lost");
        assert_eq!(names(rules.open(fields(&["roof", "score"]))), ["roof"], "programs get the names delivered");
        assert_eq!((rules.rank("Roof type"), rules.rank("area")), (2, u32::MAX));
    }

    #[test]
    fn leads_are_found_by_what_all_see() {
        let mut rules = FieldRules(vec![rule("roof", "", None, false), rule("score", "", None, true)]);
        let plain = rules.clone();
        rules.0.iter_mut().for_each(|rule| rule.searched = true);
        let long = "ä".repeat(500);
        let of =
            [("roof".to_owned(), long), ("score".to_owned(), "9".to_owned()), ("other".to_owned(), "x".to_owned())];
        assert_eq!(rules.searched(&of).map(|value| value.chars().count()).collect::<Vec<_>>(), [200]);
        assert_eq!((plain.searched(&of).count(), rules.search_as(&plain), rules.filter_as(&plain)), (0, false, true));
        rules.0[0].searched = false;
        assert!(rules.search_as(&plain), "what is hidden is not looked at");
    }

    #[test]
    fn a_form_changes_what_it_names() {
        let rules = FieldRules(vec![rule("roof", "", None, false), rule("area", "Area", Some(4), true)]);
        let (kind, filterable) = ("text", false);
        let sent = |label, position| SentRule {
            place: "0",
            name: "roof",
            label,
            position,
            hidden: true,
            kind,
            filterable,
            searched: false,
            was: "",
        };
        let read = rules.parse(&[sent(" Roof ", "1")]).unwrap();
        assert_eq!(read.0, [rule("roof", "Roof", Some(1), true), rule("area", "Area", Some(4), true)]);
        assert_eq!(rules.parse(&[sent("roof", "")]).unwrap().0[0].label, "", "the name itself is no label");
        let untouched = SentRule { hidden: false, was: &rules.0[0].version(), ..sent("", "") };
        assert_eq!(read.parse(&[untouched]).unwrap(), read, "what somebody else wrote stays where nothing was touched");
        let late = SentRule { label: "Dach", ..untouched };
        assert!(read.parse(&[late]).unwrap_err().get("label[0]").unwrap().contains("Somebody else"));
        let long = "x".repeat(121);
        let errors = rules.parse(&[sent(&long, "first")]).unwrap_err();
        assert!(errors.get("label[0]").is_some() && errors.get("position[0]").is_some());
        let odd = SentRule { kind: "colour", ..sent("", "") };
        assert!(rules.parse(&[odd]).unwrap_err().get("kind[0]").is_some());
        let apart = SentRule { kind: "number", filterable: true, ..sent("Area", "") };
        assert!(rules.parse(&[apart]).is_ok(), "nobody asks for the other");
        let mut rules = rules;
        rules.0[1].filterable = true;
        assert!(rules.parse(&[apart]).unwrap_err().get("label[0]").unwrap().contains("one type"));
        let alike = SentRule { kind: "text", filterable: true, ..sent("Area", "") };
        assert!(rules.parse(&[alike]).unwrap().0[0].filterable);
    }
}

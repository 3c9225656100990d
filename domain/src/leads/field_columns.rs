//! The fields of many leads as the columns of one table.

use std::collections::{HashMap, HashSet};

/// Which names have a column of their own, in the order in which they first appear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldColumns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    has_rest: bool,
}

/// The fields of one lead in the columns of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFields {
    /// A value for each column; empty where the lead has none.
    pub values: Vec<String>,
    /// Those that have no column.
    pub rest: Vec<(String, String)>,
}

impl FieldColumns {
    /// How many names have a column of their own at most. What is beyond stands together in one more column.
    pub const MAX: usize = 200;

    /// Takes the names of one lead's fields into account.
    pub fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let mut own = HashSet::new();
        for name in names {
            if !own.insert(name) {
                // A lead has two fields of one name: the second has no column.
                self.has_rest = true;
            } else if !self.places.contains_key(name) {
                if self.names.len() < Self::MAX {
                    self.places.insert(name.to_owned(), self.names.len());
                    self.names.push(name.to_owned());
                } else {
                    self.has_rest = true;
                }
            }
        }
    }

    /// Puts the columns in the order of their ranks; those of one rank stay in theirs.
    pub fn order(&mut self, rank: impl Fn(&str) -> u32) {
        self.names.sort_by_cached_key(|name| rank(name));
        self.places = self.names.iter().cloned().zip(0..).collect();
    }

    /// The columns' names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there are fields that have no column of their own.
    #[must_use]
    pub const fn has_rest(&self) -> bool {
        self.has_rest
    }

    /// The fields of a lead. Nothing when there is no place for one of them, which cannot be where all leads were taken into
    /// account.
    #[must_use]
    pub fn placed(&self, fields: Vec<(String, String)>) -> Option<PlacedFields> {
        let mut values = vec![None; self.names.len()];
        let mut rest = Vec::new();
        for (name, value) in fields {
            match self.places.get(&name).and_then(|place| values.get_mut(*place)) {
                Some(empty @ None) => *empty = Some(value),
                _ => rest.push((name, value)),
            }
        }
        let values = values.into_iter().map(Option::unwrap_or_default).collect();
        (rest.is_empty() || self.has_rest).then_some(PlacedFields { values, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_name_has_a_column_in_the_order_of_their_appearance() {
        let mut columns = FieldColumns::default();
        columns.add(["Roof", "Age"]);
        columns.add(["Heating", "Roof"]);
        assert_eq!(columns.names(), ["Roof", "Age", "Heating"]);
        assert!(!columns.has_rest());
        let PlacedFields { values, rest } = columns.placed(fields(&[("Heating", "gas"), ("Roof", "flat")])).unwrap();
        assert_eq!((values, rest), (vec!["flat".into(), String::new(), "gas".into()], Vec::new()));
        assert_eq!(columns.placed(fields(&[("New", "x")])), None, "a lead that was not taken into account");
    }

    #[test]
    fn nothing_is_lost_beyond_the_columns() {
        let mut columns = FieldColumns::default();
        let names: Vec<String> = (0..FieldColumns::MAX + 2).map(|n| format!("Field {n}")).collect();
        columns.add(names.iter().map(String::as_str));
        assert_eq!(columns.names(), &names[..FieldColumns::MAX]);
        let last = &names[FieldColumns::MAX + 1];
        let PlacedFields { values, rest } = columns.placed(fields(&[(last, "x"), ("Field 0", "y")])).unwrap();
        assert_eq!((values[0].as_str(), rest), ("y", fields(&[(last, "x")])));
        let mut twice = FieldColumns::default();
        twice.add(["Roof", "Roof"]);
        let PlacedFields { values, rest } = twice.placed(fields(&[("Roof", "flat"), ("Roof", "green")])).unwrap();
        assert_eq!((values, rest), (vec!["flat".to_owned()], fields(&[("Roof", "green")])));
    }
}

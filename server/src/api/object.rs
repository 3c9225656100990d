//! Objects as JSON objects alone. A derived reader takes an array of the fields' values as well, which no description allows.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Something that is read from a JSON object and from nothing else.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

struct OnlyMaps<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMaps<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnlyMaps(PhantomData))
    }
}

/// An object, or null.
pub(super) fn one<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// A list of objects.
pub(super) fn many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Object<T>>::deserialize(deserializer)?.into_iter().map(|Object(value)| value).collect())
}

/// A list of objects; null is an empty one.
pub(super) fn many_or_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let found = Option::<Vec<Object<T>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(found.into_iter().map(|Object(value)| value).collect())
}

/// Something that need not be there; null says that it is not.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair {
        one: String,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "one")]
        pair: Option<Pair>,
        #[serde(default, deserialize_with = "many_or_none")]
        pairs: Vec<Pair>,
        #[serde(default, deserialize_with = "or_default")]
        note: String,
    }

    #[test]
    fn arrays_are_no_objects() {
        let read = |text: &str| serde_json::from_str::<Object<Holder>>(text).map(|Object(holder)| holder);
        let full = read(r#"{"pair":{"one":"x"},"pairs":[{"one":"y"}]}"#).unwrap();
        assert_eq!((full.pair.unwrap().one, full.pairs.len()), ("x".to_owned(), 1));
        assert_eq!(read(r#"{"pair":null}"#).unwrap(), Holder::default());
        assert_eq!(read(r#"{"pair":null,"pairs":null,"note":null}"#).unwrap(), Holder::default());
        for bad in [
            "[]", "[null,null]", "7", "null", r#"{"pair":["x"]}"#, r#"{"pairs":[["y"]]}"#, r#"{"pairs":[null]}"#,
            r#"{"note":7}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}

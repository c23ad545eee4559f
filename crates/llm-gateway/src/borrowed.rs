//! Parts of a record that are read without a copy.

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A string borrowed from its record where it holds no escapes. (`Option<Cow<str>>` alone would always copy.)
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The first element of an array; the others are skipped.
pub(crate) struct First<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taker<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Taker<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<First<T>, A::Error> {
                let first = array.next_element()?;
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_seq(Taker(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_without_escapes_is_not_copied() {
        let borrowed = |json: &str| {
            matches!(serde_json::from_str::<Option<Text<'_>>>(json), Ok(Some(Text(Cow::Borrowed(_)))))
        };
        assert!(borrowed(r#""漢""#));
        assert!(!borrowed(r#""a\n""#));
    }

    #[test]
    fn the_first_of_many_is_taken() {
        let first = |json| serde_json::from_str::<First<u8>>(json).map(|first| first.0);
        assert!(matches!(first("[]"), Ok(None)));
        assert!(matches!(first("[1]"), Ok(Some(1))));
        assert!(matches!(first("[1,2,3]"), Ok(Some(1))));
        assert!(first("7").is_err());
    }
}

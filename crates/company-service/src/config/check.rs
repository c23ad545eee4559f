//! Which values fit a setting.

use crate::CompanyError;
use domain::Routing;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// The most entries of a list, and the most characters of a text.
const MOST: usize = 50;
const LONGEST: usize = 200;

/// Whether the value fits the key.
pub(super) fn check(key: &str, value: &Value) -> Result<(), CompanyError> {
    match key {
        "brain.recommended_models" => names("value", value),
        "brain.routing" => match value.as_str() {
            None => invalid("value", "expected a string"),
            Some(word) => match Routing::from_word(word) {
                Some(_) => Ok(()),
                None => impossible("value", "is one of local_only, api_only, hybrid"),
            },
        },
        "voice.state" => voice(value),
        _ => speech(value),
    }
}

fn voice(value: &Value) -> Result<(), CompanyError> {
    let fields =
        object(value, &["talk_active", "voice_id", "rate", "pitch", "volume", "wake_words", "auto_speak"])?;
    flag("value/talk_active", fields.get("talk_active"))?;
    flag("value/auto_speak", fields.get("auto_speak"))?;
    match fields.get("voice_id") {
        Some(Value::Null) => {}
        Some(Value::String(id)) if is_name(id) => {}
        Some(Value::String(_)) => return impossible("value/voice_id", "is 1 to 200 characters on one line"),
        _ => return invalid("value/voice_id", "expected a string or null"),
    }
    number("value/rate", fields.get("rate"), 0.5..=2.0)?;
    number("value/pitch", fields.get("pitch"), 0.5..=2.0)?;
    number("value/volume", fields.get("volume"), 0.0..=1.0)?;
    names("value/wake_words", fields.get("wake_words").unwrap_or(&Value::Null))
}

fn speech(value: &Value) -> Result<(), CompanyError> {
    let fields = object(value, &["words_per_minute", "pitch"])?;
    let words = "value/words_per_minute";
    match fields.get("words_per_minute") {
        Some(Value::Number(number)) if number.is_f64() => return invalid(words, "expected a whole number"),
        found => number(words, found, 50.0..=400.0)?,
    }
    number("value/pitch", fields.get("pitch"), 0.5..=2.0)
}

fn object<'v>(value: &'v Value, known: &[&str]) -> Result<&'v Map<String, Value>, CompanyError> {
    let fields = value
        .as_object()
        .ok_or_else(|| CompanyError::Invalid { field: "value", detail: "expected an object".to_owned() })?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(other) => Err(CompanyError::Unprocessable {
            field: "value",
            detail: format!("has a field {other:?}; it takes {}", known.join(", ")),
        }),
        None => Ok(fields),
    }
}

fn flag(field: &'static str, value: Option<&Value>) -> Result<(), CompanyError> {
    match value {
        Some(Value::Bool(_)) => Ok(()),
        _ => invalid(field, "expected true or false"),
    }
}

fn number(
    field: &'static str,
    value: Option<&Value>,
    within: RangeInclusive<f64>,
) -> Result<(), CompanyError> {
    match value.and_then(Value::as_f64) {
        None => invalid(field, "expected a number"),
        Some(number) if within.contains(&number) => Ok(()),
        Some(_) => Err(CompanyError::Unprocessable {
            field,
            detail: format!("is {} to {}", within.start(), within.end()),
        }),
    }
}

fn names(field: &'static str, value: &Value) -> Result<(), CompanyError> {
    let Some(list) = value.as_array() else { return invalid(field, "expected a list of strings") };
    if list.iter().any(|name| !name.is_string()) {
        return invalid(field, "expected a list of strings");
    }
    if list.len() > MOST || !list.iter().filter_map(Value::as_str).all(is_name) {
        return impossible(field, "is at most 50 texts, each 1 to 200 characters on one line");
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

fn invalid(field: &'static str, detail: &str) -> Result<(), CompanyError> {
    Err(CompanyError::Invalid { field, detail: detail.to_owned() })
}

fn impossible(field: &'static str, detail: &str) -> Result<(), CompanyError> {
    Err(CompanyError::Unprocessable { field, detail: detail.to_owned() })
}

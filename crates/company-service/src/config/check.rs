//! Which values fit a setting.

use crate::CompanyError;
use domain::Routing;
use serde_json::Value;

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
        _ => Ok(()),
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

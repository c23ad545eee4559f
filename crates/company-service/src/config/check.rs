//! Which values fit a setting.

use crate::CompanyError;
use chat_service::ModelName;
use domain::Routing;
use serde_json::Value;

/// The most entries of a list.
const MOST: usize = 50;

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
    if list.len() > MOST {
        return impossible(field, "is at most 50 names");
    }
    match list.iter().filter_map(Value::as_str).find_map(|name| ModelName::parse(name).err()) {
        Some(error) => impossible(field, &format!("holds what is no model's name: {}", error.reason)),
        None => Ok(()),
    }
}

fn invalid(field: &'static str, detail: &str) -> Result<(), CompanyError> {
    Err(CompanyError::Invalid { field, detail: detail.to_owned() })
}

fn impossible(field: &'static str, detail: &str) -> Result<(), CompanyError> {
    Err(CompanyError::Unprocessable { field, detail: detail.to_owned() })
}

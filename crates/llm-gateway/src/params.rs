//! Parameters that pass from a request to a wire.

use serde_json::{Map, Value};

/// The parameters whose names are known, without nulls.
pub(crate) fn known(params: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let passes = |(name, value): &(&String, &Value)| !value.is_null() && names.contains(&name.as_str());
    params.iter().filter(passes).map(|(name, value)| (name.clone(), value.clone())).collect()
}

//! The example configuration, made from the doc comments and the defaults.

use super::Config;
use serde_json::Value;
use std::fmt::Write as _;

const HEAD: &str = "\
# The configuration of daena, with its defaults. Made by `cargo xtask example-config` from the program's own comments.
# Use it with `daena --config FILE`. Environment variables (DAENA_…) win over it, flags win over them.
";

/// The example as TOML, every key commented out.
pub(crate) fn example() -> String {
    let schema = Value::from(schemars::schema_for!(Config));
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut text = HEAD.to_owned();
    for (section, property) in entries(&schema, "/properties") {
        let kind = resolve(&schema, property);
        let about = property.get("description").or_else(|| kind.get("description"));
        comment(&mut text, "\n", about);
        // Writing to a string cannot fail.
        writeln!(text, "[{section}]").ok();
        for (key, property) in entries(kind, "/properties") {
            comment(&mut text, "", property.get("description"));
            let default =
                defaults.get(section).and_then(|values| values.get(key)).filter(|value| !value.is_null());
            match (default, property.pointer("/examples/0")) {
                (Some(value), _) | (None, Some(value)) => writeln!(text, "# {key} = {value}").ok(),
                (None, None) => writeln!(text, "# {key} =").ok(),
            };
        }
    }
    text
}

fn entries<'a>(schema: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// A property's own schema, where it is a reference.
fn resolve<'a>(schema: &'a Value, property: &'a Value) -> &'a Value {
    let reference = property.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| schema.pointer(reference.trim_start_matches('#'))).unwrap_or(property)
}

fn comment(text: &mut String, before: &str, about: Option<&Value>) {
    let about = about.and_then(Value::as_str).unwrap_or_default();
    text.push_str(before);
    for line in about.lines() {
        writeln!(text, "# {line}").ok();
    }
}

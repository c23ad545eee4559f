//! Holding arguments against a tool's schema.

use crate::ToolError;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// How many parts a schema may have once its references are followed. The largest ones of real servers have some hundreds;
/// a hostile one of three kilobytes can have more than there are atoms.
const MAX_PARTS: usize = 20_000;

/// A schema that nothing is to be held against.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusableSchema {
    #[error("it is not the schema of an object")]
    NoObject,
    #[error("its references make it endless, or far too large")]
    Endless,
    #[error("it refers to what is not a part of it")]
    Foreign,
    #[error("{0}")]
    Invalid(String),
}

/// Compiles a tool's schema. It may refer to its own parts only: nothing is fetched. Patterns are matched in linear time.
pub(crate) fn compile(schema: &Value) -> Result<Validator, UnusableSchema> {
    let object = schema.as_object().ok_or(UnusableSchema::NoObject)?;
    if object.get("type").is_some_and(|kind| kind != "object") {
        return Err(UnusableSchema::NoObject);
    }
    Expansion { root: schema, budget: MAX_PARTS, depth: 0, path: vec![("#", 0)] }.walk(schema)?;
    jsonschema::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| UnusableSchema::Invalid(error.to_string()))
}

/// The first thing that is wrong with the arguments, if there is one.
pub(crate) fn check(validator: &Validator, arguments: &Value) -> Result<(), ToolError> {
    validator.validate(arguments).map_err(|error| ToolError::InvalidArguments {
        pointer: error.instance_path().to_string(),
        detail: crate::words::detail(&error.masked().to_string()),
    })
}

/// A walk over a schema with every reference put in its place.
struct Expansion<'a> {
    root: &'a Value,
    budget: usize,
    /// How deep in the arguments the walk stands.
    depth: usize,
    /// What is being followed, and from which depth.
    path: Vec<(&'a str, usize)>,
}

impl<'a> Expansion<'a> {
    fn walk(&mut self, schema: &'a Value) -> Result<(), UnusableSchema> {
        self.budget = self.budget.checked_sub(1).ok_or(UnusableSchema::Endless)?;
        match schema {
            Value::Array(schemas) => schemas.iter().try_for_each(|schema| self.walk(schema)),
            Value::Object(keywords) => {
                keywords.iter().try_for_each(|(keyword, value)| self.keyword(keyword, value))
            }
            _ => Ok(()),
        }
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value) -> Result<(), UnusableSchema> {
        match (keyword, value) {
            // Values, and what is walked over from where it is used.
            ("$defs" | "definitions" | "enum" | "const" | "default" | "examples", _) => Ok(()),
            ("$ref", Value::String(target)) => self.follow(target),
            ("$dynamicRef" | "$recursiveRef", _) => Err(UnusableSchema::Endless),
            ("$id" | "id", Value::String(_)) if self.budget + 1 < MAX_PARTS => Err(UnusableSchema::Foreign),
            ("dependentSchemas", Value::Object(named)) => {
                named.values().try_for_each(|schema| self.walk(schema))
            }
            ("properties" | "patternProperties", Value::Object(named)) => {
                self.deeper(|walk| named.values().try_for_each(|schema| walk.walk(schema)))
            }
            (
                "items"
                | "prefixItems"
                | "additionalItems"
                | "unevaluatedItems"
                | "contains"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "propertyNames",
                _,
            ) => self.deeper(|walk| walk.walk(value)),
            _ => self.walk(value),
        }
    }

    fn deeper(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<(), UnusableSchema>,
    ) -> Result<(), UnusableSchema> {
        self.depth += 1;
        let walked = walk(self);
        self.depth -= 1;
        walked
    }

    /// What refers to itself from deeper in the arguments ends with them; from the same place it never does.
    fn follow(&mut self, target: &'a str) -> Result<(), UnusableSchema> {
        match self.path.iter().rev().find(|(reference, _)| *reference == target) {
            Some((_, depth)) if *depth == self.depth => return Err(UnusableSchema::Endless),
            Some(_) => return Ok(()),
            None => {}
        }
        let pointer = target.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        let schema = pointer.and_then(|pointer| self.root.pointer(pointer)).ok_or(UnusableSchema::Foreign)?;
        self.path.push((target, self.depth));
        let walked = self.walk(schema);
        self.path.pop();
        walked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(properties: Value) -> Value {
        json!({"type": "object", "properties": properties, "required": ["a"]})
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_pointer() {
        let validator =
            compile(&object(json!({"a": {"type": "array", "items": {"type": "integer"}}}))).unwrap();
        assert_eq!(check(&validator, &json!({"a": [1, 2]})), Ok(()));
        let wrong = |arguments| match check(&validator, &arguments) {
            Err(ToolError::InvalidArguments { pointer, detail }) => (pointer, detail),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            wrong(json!({"a": [1, "two"]})),
            ("/a/1".into(), "value is not of type \"integer\"".into())
        );
        assert_eq!(wrong(json!({})), (String::new(), "\"a\" is a required property".into()));
        assert_eq!(wrong(json!([])).0, "");
    }

    #[test]
    fn a_schema_of_trees_is_followed_into_the_arguments() {
        let tree = json!({
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/node"}},
            "$defs": {"node": {"type": "object", "properties": {"$ref": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}
        });
        let validator = compile(&tree).unwrap();
        check(&validator, &json!({"a": {"children": [{"children": []}]}})).unwrap();
        let wrong = check(&validator, &json!({"a": {"children": [{"children": 7}]}}));
        assert!(
            matches!(wrong, Err(ToolError::InvalidArguments { pointer, .. }) if pointer == "/a/children/0/children")
        );
    }

    #[test]
    fn hostile_schemas_are_refused_at_once() {
        let mut doubling = serde_json::Map::new();
        for n in 0..60 {
            let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
            doubling.insert(format!("d{n}"), json!({"allOf": [next.clone(), next]}));
        }
        doubling.insert("d60".to_owned(), json!({}));
        for hostile in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}),
            json!({"$ref": "#/$defs/d0", "$defs": doubling}),
            json!({"properties": {"a": {"$ref": "https://example.com/schema"}}}),
            json!({"properties": {"a": {"$ref": "file:///etc/passwd"}}}),
            json!({"properties": {"a": {"$id": "x", "$ref": "#/y"}}}),
            json!({"properties": {"a": {"type": 7}}}),
            json!({"properties": {"a": {"pattern": "("}}}),
            json!({"type": "string"}),
            json!(true),
        ] {
            assert!(compile(&hostile).is_err(), "{hostile}");
        }
    }

    #[test]
    fn a_pattern_is_matched_in_linear_time() {
        let validator = compile(&object(json!({"a": {"type": "string", "pattern": "^(a+)+$"}}))).unwrap();
        assert!(check(&validator, &json!({"a": "a".repeat(50_000) + "b"})).is_err());
    }
}

//! Query parameters. Unknown ones are ignored; of one given twice the last counts, unless it may be.

use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use domain::{Limit, Position};
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

/// The query parameters of a request, read into a type.
pub(crate) struct Query<T>(pub(crate) T);

/// A type that is read from query parameters.
pub(crate) trait FromQuery: Sized {
    /// Reads them, or says which one is malformed.
    fn read(parameters: &Parameters) -> Result<Self, Problem>;
}

impl<T: FromQuery> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Parameters::of(request).and_then(|parameters| T::read(&parameters)).map(Self))
    }
}

/// Names and values as they stand in the query.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let query = request.query_string();
        if query.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|error| Problem::invalid("", format!("the query cannot be read: {error}")))?;
        match pairs.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(Problem::invalid(format!("/{name}"), "holds a NUL character")),
            None => Ok(Self(pairs.into_inner())),
        }
    }

    /// The value, as it stands.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// All values of a parameter that may be given more than once or hold several, separated by commas.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        let words = values.flat_map(|(_, value)| value.split(',')).map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// The value of a type.
    pub(crate) fn get<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parse = |text: &str| {
            text.parse().map_err(|error: T::Err| Problem::invalid(format!("/{name}"), error.to_string()))
        };
        self.text(name).map(parse).transpose()
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Problem::invalid(format!("/{name}"), "expected true or false")),
        }
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number =
            text.parse().map_err(|_| Problem::invalid(format!("/{name}"), "expected a whole number"))?;
        Ok(Some(number))
    }

    /// `limit`, as every list has it.
    pub(crate) fn limit(&self) -> Result<Limit, Problem> {
        match self.number("limit")? {
            None => Ok(Limit::default()),
            Some(asked) => Limit::new(asked).map_err(|error| Problem::invalid("/limit", error.to_string())),
        }
    }

    /// A place in the event log.
    pub(crate) fn position(&self, name: &str) -> Result<Option<Position>, Problem> {
        match self.number(name)? {
            None => Ok(None),
            Some(number) if number >= 0 => Ok(Some(Position::new(number))),
            Some(_) => Err(Problem::invalid(format!("/{name}"), "a position is 0 or more")),
        }
    }
}

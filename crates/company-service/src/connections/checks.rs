//! What may stand in a connection.

use crate::{CompanyError, fields};
use chat_service::ReadTx;
use domain::{Grantee, Slug};
use std::path::Path;
use url::Url;

const NAME: usize = 80;
const COMMAND: usize = 1000;
const ARGUMENTS: usize = 100;
const ARGUMENT: usize = 4000;
const DIRECTORY: usize = 1000;
const URL: usize = 2000;
const SECRET_NAME: usize = 128;
const SECRET: usize = 16_000;
const GRANTS: usize = 200;
/// The most variables or headers of a connection.
pub(super) const SECRETS: usize = 64;
/// What requests carry anyway, and with another meaning.
const OWN_HEADERS: [&str; 9] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "mcp-protocol-version",
    "mcp-session-id",
    "transfer-encoding",
];

pub(super) fn impossible(pointer: impl Into<String>, detail: impl Into<String>) -> CompanyError {
    CompanyError::ImpossibleAt { pointer: pointer.into(), detail: detail.into() }
}

pub(super) fn name(text: &str) -> Result<String, CompanyError> {
    fields::line("name", text, NAME)
}

pub(super) fn command(text: &str) -> Result<String, CompanyError> {
    fields::line("command", text, COMMAND)
}

pub(super) fn args(args: Vec<String>) -> Result<Vec<String>, CompanyError> {
    if args.len() > ARGUMENTS {
        return Err(impossible("/args", format!("are at most {ARGUMENTS}")));
    }
    for (number, arg) in args.iter().enumerate() {
        if arg.chars().count() > ARGUMENT || arg.contains('\0') {
            let detail = format!("is at most {ARGUMENT} characters, none of them NUL");
            return Err(impossible(format!("/args/{number}"), detail));
        }
    }
    Ok(args)
}

/// A folder, named from the root on.
pub(super) fn directory(text: &str) -> Result<String, CompanyError> {
    let directory = fields::line("directory", text, DIRECTORY)?;
    match Path::new(&directory).is_absolute() {
        true => Ok(directory),
        false => Err(impossible("/directory", "is a whole path, such as /home/me/papers")),
    }
}

/// An endpoint. What identifies the caller goes into headers, which are sealed; an address is told to everybody.
pub(super) fn url(text: &str) -> Result<String, CompanyError> {
    let text = fields::line("url", text, URL)?;
    let wrong = |detail| impossible("/url", detail);
    let url = Url::parse(&text).map_err(|_| wrong("is no address, such as https://host/mcp"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("is an address that begins with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds no user and password: put them into a header"));
    }
    if url.fragment().is_some() {
        return Err(wrong("has no part behind #"));
    }
    Ok(text)
}

/// The name of a variable.
pub(super) fn variable(name: &str) -> Result<String, CompanyError> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let named = name.bytes().all(known) && !name.starts_with(|c: char| c.is_ascii_digit());
    match named && (1..=SECRET_NAME).contains(&name.len()) {
        true => Ok(name.to_owned()),
        false => Err(impossible(
            pointer("env", name),
            format!("is a name of 1 to {SECRET_NAME} letters, digits and _, not beginning with a digit"),
        )),
    }
}

/// The name of a header, in lower case.
pub(super) fn header(name: &str) -> Result<String, CompanyError> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let lower = name.to_ascii_lowercase();
    if !name.bytes().all(known) || !(1..=SECRET_NAME).contains(&name.len()) {
        let detail = format!("is no name of a header, of 1 to {SECRET_NAME} characters");
        return Err(impossible(pointer("headers", name), detail));
    }
    if OWN_HEADERS.contains(&lower.as_str()) {
        return Err(impossible(pointer("headers", name), "is a header that the protocol sets itself"));
    }
    Ok(lower)
}

/// The value of a variable.
pub(super) fn variable_value(name: &str, value: &str) -> Result<(), CompanyError> {
    match value.len() <= SECRET && !value.contains('\0') {
        true => Ok(()),
        false => {
            Err(impossible(pointer("env", name), format!("is at most {SECRET} bytes, none of them NUL")))
        }
    }
}

/// The value of a header.
pub(super) fn header_value(name: &str, value: &str) -> Result<(), CompanyError> {
    let plain = |b: u8| matches!(b, b' '..=b'~' | b'\t');
    match value.len() <= SECRET && value.bytes().all(plain) {
        true => Ok(()),
        false => Err(impossible(
            pointer("headers", name),
            format!("is at most {SECRET} plain characters on one line"),
        )),
    }
}

/// Whom names grant to. A slug means the department of that name, or else the agent.
pub(super) fn grants(tx: &mut ReadTx<'_>, names: &[String]) -> Result<Vec<Grantee>, CompanyError> {
    if names.len() > GRANTS {
        return Err(impossible("/grants", format!("are at most {GRANTS}")));
    }
    let mut grants = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let grantee = grantee(tx, name)?.ok_or_else(|| {
            let name: String = name.chars().take(NAME).collect();
            let detail = format!("is \"daena\", a department or an agent; {name:?} is none");
            impossible(format!("/grants/{number}"), detail)
        })?;
        if !grants.contains(&grantee) {
            grants.push(grantee);
        }
    }
    Ok(grants)
}

fn grantee(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<Grantee>, CompanyError> {
    if name == Grantee::DAENA {
        return Ok(Some(Grantee::Daena));
    }
    let Ok(slug) = Slug::parse(name) else { return Ok(None) };
    if tx.departments().get(&slug)?.is_some() {
        return Ok(Some(Grantee::Department(slug)));
    }
    Ok(tx.agents().get(&slug)?.map(|_| Grantee::Agent(slug)))
}

/// The pointer to a named value of a field.
fn pointer(field: &str, name: &str) -> String {
    let name: String = name.chars().take(SECRET_NAME).collect();
    format!("/{field}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whole_and_carries_no_credentials() {
        for good in ["https://host.example/mcp", "http://127.0.0.1:3001/mcp?x=1"] {
            assert_eq!(url(good).unwrap(), good);
        }
        for bad in
            ["", "host/mcp", "ftp://host/", "https://", "https://u:p@host/", "https://u@host/", "http://h/#a"]
        {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_secrets_are_those_of_variables_and_headers() {
        assert_eq!(variable("API_KEY2").unwrap(), "API_KEY2");
        assert_eq!(header("X-Api-Key").unwrap(), "x-api-key");
        for bad in ["", "2A", "A-B", "A=B", "Ä", "A\0"] {
            assert!(variable(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a b", "a:b", "Host", "Mcp-Session-Id", "ä"] {
            assert!(header(bad).is_err(), "{bad:?}");
        }
        assert!(header_value("a", "Bearer x y").is_ok());
        assert!(header_value("a", "x\r\nEvil: 1").is_err() && header_value("a", "ü").is_err());
    }
}

//! The audit trail as a file: read page by page as the client takes it.

use crate::api::Api;
use actix_web::HttpResponse;
use bytes::Bytes;
use company_service::Company;
use domain::{AuditEntry, AuditFilter, Position};
use futures_util::{Stream, stream};
use std::fmt::{Display, Write as _};
use std::str::FromStr;

/// How many entries are held at a time.
const PAGE: usize = 100;

/// Why an export ends before its end.
type BrokenOff = Box<dyn std::error::Error>;

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values, RFC 4180.
    Csv,
}

/// A text that names no form.
#[derive(Debug, thiserror::Error)]
#[error("expected jsonl or csv")]
pub(super) struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            _ => Err(UnknownFormat),
        }
    }
}

const CSV_HEAD: &str =
    "event_id,timestamp,actor,action,entity_type,entity_id,department_id,summary,payload\r\n";

impl Format {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/jsonl; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    const fn head(self) -> &'static str {
        match self {
            Self::Jsonl => "",
            Self::Csv => CSV_HEAD,
        }
    }

    fn write(self, out: &mut String, entry: &AuditEntry) -> Result<(), serde_json::Error> {
        match self {
            Self::Jsonl => {
                out.push_str(&serde_json::to_string(entry)?);
                out.push('\n');
            }
            Self::Csv => csv_line(out, entry),
        }
        Ok(())
    }
}

/// The file with all entries there are now. One that breaks off is no whole answer: the connection is cut.
pub(super) fn answer(api: &Api, filter: AuditFilter, format: Format) -> HttpResponse {
    let name = format!("daena-audit-{}.{}", api.chat.clock().now().stamp(), format.ending());
    let reader = Reader {
        company: api.company.clone(),
        filter,
        format,
        after: Position::START,
        end: api.chat.store().head(),
        head: Some(format.head()),
    };
    HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(pages(reader))
}

struct Reader {
    company: Company,
    filter: AuditFilter,
    format: Format,
    after: Position,
    end: Position,
    /// What stands before the first entry, until it is written.
    head: Option<&'static str>,
}

fn pages(reader: Reader) -> impl Stream<Item = Result<Bytes, BrokenOff>> {
    stream::try_unfold(reader, async |mut reader| {
        Ok(reader.next().await?.map(|text| (Bytes::from(text), reader)))
    })
}

impl Reader {
    async fn next(&mut self) -> Result<Option<String>, BrokenOff> {
        let mut text = self.head.take().unwrap_or_default().to_owned();
        if self.after < self.end {
            let entries = self.company.audit_after(self.filter.clone(), self.after, PAGE).await?;
            // What follows a page that is not full came after the export began.
            self.after = if entries.len() < PAGE { self.end } else { self.after };
            for entry in entries.iter().filter(|entry| entry.event_id <= self.end) {
                self.format.write(&mut text, entry)?;
            }
            self.after = entries.last().map_or(self.after, |last| last.event_id.max(self.after));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

fn csv_line(out: &mut String, entry: &AuditEntry) {
    // Writing to a string does not fail.
    write!(out, "{}", entry.event_id).ok();
    let fields: [&dyn Display; 8] = [
        &entry.timestamp,
        &entry.actor,
        &entry.action,
        &entry.entity_type,
        &entry.entity_id,
        &entry.department_id.as_deref().unwrap_or_default(),
        &entry.summary,
        &entry.payload.get(),
    ];
    for field in fields {
        out.push(',');
        quote(out, &field.to_string());
    }
    out.push_str("\r\n");
}

/// A field in quotes. What a spreadsheet would take for a formula is told to be text.
fn quote(out: &mut String, field: &str) {
    out.push('"');
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        out.push('\'');
    }
    out.push_str(&field.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_field_is_quoted_and_no_formula() {
        let quoted = |field: &str| {
            let mut out = String::new();
            quote(&mut out, field);
            out
        };
        assert_eq!(quoted(r#"a "b", c"#), r#""a ""b"", c""#);
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(quoted(formula).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(quoted(r#"=HYPERLINK("x")"#), r#""'=HYPERLINK(""x"")""#);
        assert_eq!(quoted("a=1"), "\"a=1\"");
        assert_eq!(quoted(""), "\"\"");
    }
}

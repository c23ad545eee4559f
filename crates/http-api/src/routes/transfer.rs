//! Sessions as files.

mod file_name;

use crate::api::Api;
use crate::extract::{FromQuery, HistoryPath, Parameters, Query};
use crate::problem::Problem;
use actix_web::HttpResponse;
use bytes::Bytes;
use chat_service::{ChatError, Export, ExportFormat};
use futures_util::{Stream, stream};
use utoipa::IntoParams;

/// The form of the file.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `json` and `jsonl` lose nothing and can be imported; `markdown` and `html` are to be read.
    #[param(value_type = Option<String>, example = "jsonl")]
    format: ExportFormat,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { format: parameters.get("format")?.unwrap_or(ExportFormat::Json) })
    }
}

/// A session as a file, from the trash too.
#[utoipa::path(
    get, path = "/api/v1/chat-history/sessions/{id}/export", tag = "history", params(HistoryPath, Wanted),
    responses((status = 200, description = "The file", content(
        ("application/json"), ("application/jsonl"), ("text/markdown"), ("text/html"),
    ))),
)]
pub(super) async fn export_session(
    api: Api,
    HistoryPath(session): HistoryPath,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let (session, export) = api.chat.export_session(session, wanted.format).await?;
    let name = file_name::of_session(&session, wanted.format.ending());
    Ok(download(export, wanted.format, &name))
}

/// All sessions as one file, those in the trash included.
#[utoipa::path(
    get, path = "/api/v1/chat-history/export", tag = "history",
    responses((status = 200, description = "One JSON object a line", content_type = "application/jsonl")),
)]
pub(super) async fn export_history(api: Api) -> HttpResponse {
    let name = format!("daena-history-{}.jsonl", api.chat.clock().now().stamp());
    download(api.chat.export_all(), ExportFormat::Jsonl, &file_name::disposition(&name))
}

/// The file as the client takes it. One that breaks off is no whole answer: the connection is cut.
fn download(export: Export, format: ExportFormat, disposition: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header(("content-disposition", disposition))
        .streaming(parts(export))
}

fn parts(export: Export) -> impl Stream<Item = Result<Bytes, Box<dyn std::error::Error>>> {
    stream::try_unfold(export, async |mut export| {
        let part =
            export.next().await.map_err(|error: ChatError| Box::<dyn std::error::Error>::from(error))?;
        Ok(part.map(|text| (Bytes::from(text), export)))
    })
}

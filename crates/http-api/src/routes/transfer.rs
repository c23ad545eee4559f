//! Sessions as files.

mod file_name;

use crate::answer::{Accepted, Json};
use crate::api::Api;
use crate::extract::{FromQuery, HistoryPath, ImportPath, Parameters, Query, Upload};
use crate::problem::Problem;
use actix_web::{Either, HttpResponse};
use bytes::Bytes;
use chat_service::{ChatError, Export, ExportFormat};
use domain::view::ImportView;
use futures_util::{Stream, stream};
use std::time::Duration;
use utoipa::IntoParams;

/// The largest file whose end is waited for: 5 MiB.
const SMALL: u64 = 5 * 1024 * 1024;
/// How long a small one is waited for, which may stand behind a large one.
const PATIENCE: Duration = Duration::from_secs(20);

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

/// Takes in a file of sessions: an export of Daena (JSONL or JSON), ChatGPT's `conversations.json`, or an export of Open
/// WebUI. Sessions that are here already stay as they are, so a file may be sent again. Of a small file the answer tells what
/// came of it; a large one is taken in in the background.
#[utoipa::path(
    post, path = "/api/v1/chat-history/import", tag = "history",
    request_body(content(
        (String = "application/x-ndjson"), (serde_json::Value = "application/json"),
    )),
    responses(
        (status = 200, description = "What came of it", body = ImportView),
        (status = 202, description = "It is being taken in", body = ImportView),
    ),
)]
pub(super) async fn import_history(
    Upload(upload): Upload,
) -> Result<Either<Json<ImportView>, Accepted<ImportView>>, Problem> {
    let is_small = upload.bytes() <= SMALL;
    let running = upload.import().await?;
    let begun = ImportView::from(running.import.clone());
    if is_small && let Ok(ended) = tokio::time::timeout(PATIENCE, running.ended()).await {
        return Ok(Either::Left(Json(ended?.into())));
    }
    Ok(Either::Right(Accepted(begun)))
}

/// How far an import is, and what came of it.
#[utoipa::path(
    get, path = "/api/v1/chat-history/imports/{id}", tag = "history", params(ImportPath),
    responses((status = 200, description = "The import", body = ImportView)),
)]
pub(super) async fn read_import(
    api: Api,
    ImportPath(import): ImportPath,
) -> Result<Json<ImportView>, Problem> {
    Ok(Json(api.chat.import(import).await?.into()))
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

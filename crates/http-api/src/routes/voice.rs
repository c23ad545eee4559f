//! Speech: who sounds how, the engines, samples.

pub(super) mod talk;

use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{CommandList, SampleForm, VoiceList, VoiceSampleList, VoiceStateBody, VoiceStatusView};
use crate::extract::{AgentPath, DepartmentPath, Json as Body, Recording, SamplePath};
use crate::problem::Problem;
use actix_web::HttpResponse;
use company_service::{COMMANDS, NewSample};
use domain::VoiceOwner;
use domain::view::{VoiceSampleView, VoiceStateView};

/// How Daena sounds and listens.
#[utoipa::path(
    get, path = "/api/v1/voice/state", tag = "voice",
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn read_voice_state(api: Api) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.voice_state(VoiceOwner::Daena).await?))
}

/// Changes how Daena sounds and listens. What is left out stays; what changes nothing writes nothing. Switching talk off ends
/// what is being spoken.
#[utoipa::path(
    put, path = "/api/v1/voice/state", tag = "voice", request_body = VoiceStateBody,
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn set_voice_state(
    api: Api,
    Body(body): Body<VoiceStateBody>,
) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.set_voice_state(VoiceOwner::Daena, body.into()).await?))
}

/// How a department sounds and listens.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}/voice", tag = "voice", params(DepartmentPath),
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn read_department_voice(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.voice_state(VoiceOwner::Department(department)).await?))
}

/// Changes how a department sounds and listens, and its agents as far as nobody has set theirs.
#[utoipa::path(
    put, path = "/api/v1/departments/{slug}/voice", tag = "voice", params(DepartmentPath),
    request_body = VoiceStateBody,
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn set_department_voice(
    api: Api,
    DepartmentPath(department): DepartmentPath,
    Body(body): Body<VoiceStateBody>,
) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.set_voice_state(VoiceOwner::Department(department), body.into()).await?))
}

/// Takes away what a department has of its own: it sounds and listens as the company began.
#[utoipa::path(
    delete, path = "/api/v1/departments/{slug}/voice", tag = "voice", params(DepartmentPath),
    responses((status = 204, description = "It has nothing of its own")),
)]
pub(super) async fn clear_department_voice(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<NoContent, Problem> {
    api.company.clear_voice_state(VoiceOwner::Department(department)).await?;
    Ok(NoContent)
}

/// How an agent sounds and listens: as its department, until somebody sets it.
#[utoipa::path(
    get, path = "/api/v1/agents/{slug}/voice", tag = "voice", params(AgentPath),
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn read_agent_voice(
    api: Api,
    AgentPath(agent): AgentPath,
) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.voice_state(VoiceOwner::Agent(agent)).await?))
}

/// Changes how an agent sounds and listens. Its `voice_id` is the agent's own, and null takes its department's again.
#[utoipa::path(
    put, path = "/api/v1/agents/{slug}/voice", tag = "voice", params(AgentPath), request_body = VoiceStateBody,
    responses((status = 200, description = "The state", body = VoiceStateView)),
)]
pub(super) async fn set_agent_voice(
    api: Api,
    AgentPath(agent): AgentPath,
    Body(body): Body<VoiceStateBody>,
) -> Result<Json<VoiceStateView>, Problem> {
    Ok(Json(api.company.set_voice_state(VoiceOwner::Agent(agent), body.into()).await?))
}

/// Takes away what an agent has of its own, its `voice_id` too: it sounds and listens as its department.
#[utoipa::path(
    delete, path = "/api/v1/agents/{slug}/voice", tag = "voice", params(AgentPath),
    responses((status = 204, description = "It has nothing of its own")),
)]
pub(super) async fn clear_agent_voice(api: Api, AgentPath(agent): AgentPath) -> Result<NoContent, Problem> {
    api.company.clear_voice_state(VoiceOwner::Agent(agent)).await?;
    Ok(NoContent)
}

/// How the speech engines stand, as the probe found them.
#[utoipa::path(
    get, path = "/api/v1/voice/status", tag = "voice",
    responses((status = 200, description = "The engines", body = VoiceStatusView)),
)]
pub(super) async fn read_voice_status(api: Api) -> Json<VoiceStatusView> {
    Json(api.company.voice_status().into())
}

/// The voices that can be chosen.
#[utoipa::path(
    get, path = "/api/v1/voice/voices", tag = "voice",
    responses((status = 200, description = "The voices", body = VoiceList)),
)]
pub(super) async fn list_voices(api: Api) -> Result<Json<VoiceList>, Problem> {
    let as_of = api.chat.store().head();
    Ok(Json(VoiceList::new(api.company.voices().await?, as_of)))
}

/// What can be said as a command, with examples. All else is talk.
#[utoipa::path(
    get, path = "/api/v1/voice/commands", tag = "voice",
    responses((status = 200, description = "The commands", body = CommandList)),
)]
pub(super) async fn list_voice_commands() -> Json<CommandList> {
    Json(CommandList::of(COMMANDS))
}

/// The samples of voices.
#[utoipa::path(
    get, path = "/api/v1/voice/samples", tag = "voice",
    responses((status = 200, description = "All of them", body = VoiceSampleList)),
)]
pub(super) async fn list_voice_samples(api: Api) -> Result<Json<VoiceSampleList>, Problem> {
    Ok(Json(api.company.voice_samples().await?.into()))
}

/// Stores a sample of a voice for engines that take on voices. The same audio again gives the sample that is there.
#[utoipa::path(
    post, path = "/api/v1/voice/samples", tag = "voice",
    params(("name" = Option<String>, Query, description = "What people call it, where the body is the recording itself")),
    request_body(content((SampleForm = "multipart/form-data"), (String = "application/octet-stream"))),
    responses((status = 201, description = "The sample", body = VoiceSampleView)),
)]
pub(super) async fn create_voice_sample(
    api: Api,
    recording: Recording,
) -> Result<Created<VoiceSampleView>, Problem> {
    let audio = recording.audio().await?;
    let name = recording.field("name").ok_or_else(|| Problem::invalid("/name", "is missing"))?;
    Ok(Created(api.company.create_voice_sample(NewSample { name, audio }).await?.into()))
}

/// The audio of a sample, as it was sent.
#[utoipa::path(
    get, path = "/api/v1/voice/samples/{id}", tag = "voice", params(SamplePath),
    responses((status = 200, description = "The audio", content(("audio/wav"), ("audio/webm"), ("audio/ogg"), ("audio/mpeg"), ("audio/mp4"), ("audio/flac")))),
)]
pub(super) async fn read_voice_sample(api: Api, SamplePath(id): SamplePath) -> Result<HttpResponse, Problem> {
    let (sample, audio) = api.company.voice_sample(id).await?;
    Ok(HttpResponse::Ok().content_type(sample.format.media_type()).body(audio))
}

/// Deletes a sample.
#[utoipa::path(
    delete, path = "/api/v1/voice/samples/{id}", tag = "voice", params(SamplePath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_voice_sample(api: Api, SamplePath(id): SamplePath) -> Result<NoContent, Problem> {
    api.company.delete_voice_sample(id).await?;
    Ok(NoContent)
}

//! Every route, in one list: what is registered and what the OpenAPI document holds.

mod activity;
mod agents;
mod approvals;
mod audit;
mod brain;
mod branches;
mod chat;
mod config;
mod connections;
mod councils;
mod debates;
mod departments;
mod docs;
mod emergency;
mod events;
mod founder;
mod health;
mod history;
mod mcp;
mod messages;
mod metrics;
mod models;
mod pulls;
mod search;
mod sessions;
mod sockets;
mod tasks;
mod transfer;
mod upkeep;
mod usage;
mod voice;
mod wire;

use crate::problem::Problem;
use crate::route::{Kind, Route, register};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::OpenApi;

use voice::talk;

macro_rules! routes {
    ($($kind:ident { $($module:ident :: $handler:ident / $document:ident,)+ })+) => {
        /// The documentation of all routes, and of the tags they carry.
        #[derive(OpenApi)]
        #[openapi(
            paths($($($module::$handler,)+)+),
            components(schemas(domain::ClipId, crate::problem::ProblemDocument, crate::problem::FailedTurn, crate::problem::OpenAiErrorDocument)),
            tags(
                (name = "chat", description = "Turns with Daena, a department or an agent, and their sessions"),
                (name = "messages", description = "One message: reading, rejoining, stopping, making again"),
                (name = "approvals", description = "Calls of tools that wait for the Founder's yes"),
                (name = "history", description = "The same sessions from the archive's side"),
                (name = "events", description = "What changed: pages, server-sent events, WebSockets"),
                (name = "company", description = "Departments and agents"),
                (name = "tasks", description = "Work that agents do"),
                (name = "founder", description = "The Founder panel: overrides, emergencies, the dashboard"),
                (name = "system", description = "Settings, state and maintenance of the server"),
                (name = "councils", description = "Councils, their members, and what they debate"),
                (name = "connections", description = "Outside tools over MCP: servers, their state, their tools"),
                (name = "audit", description = "Who did what, and whether the log is as it was written"),
                (name = "brain", description = "The model side"),
                (name = "voice", description = "Speech: who sounds how, hearing, speaking, talks by voice"),
                (name = "openai", description = "The OpenAI wire: chat completions with whom `model` names"),
                (name = "mcp", description = "The company as a server of tools for MCP hosts"),
                (name = "server", description = "Health, metrics, documentation"),
            ),
        )]
        pub(crate) struct Documented;

        /// Every route, for one worker.
        pub(crate) fn all() -> Vec<Route> {
            vec![$($(Route::new::<$module::$document, _, _>(Kind::$kind, $module::$handler),)+)+]
        }
    };
}

routes! {
    Turn {
        chat::chat_with_daena / __path_chat_with_daena,
        chat::chat_in_session / __path_chat_in_session,
        chat::chat_with_department / __path_chat_with_department,
        chat::chat_with_agent / __path_chat_with_agent,
        wire::create_chat_completion / __path_create_chat_completion,
        mcp::speak_mcp / __path_speak_mcp,
        branches::regenerate_message / __path_regenerate_message,
        branches::edit_message / __path_edit_message,
        talk::interact_by_voice / __path_interact_by_voice,
    }
    Write {
        chat::start_chat / __path_start_chat,
        sessions::delete_daena_session / __path_delete_daena_session,
        sessions::delete_department_session / __path_delete_department_session,
        sessions::delete_agent_session / __path_delete_agent_session,
        messages::stop_message / __path_stop_message,
        messages::retry_message / __path_retry_message,
        branches::select_message / __path_select_message,
        approvals::approve_call / __path_approve_call,
        approvals::refuse_call / __path_refuse_call,
        history::create_session / __path_create_session,
        history::edit_session / __path_edit_session,
        history::delete_session / __path_delete_session,
        history::restore_session / __path_restore_session,
        brain::probe_brain / __path_probe_brain,
        models::select_model / __path_select_model,
        models::unload_model / __path_unload_model,
        models::delete_model / __path_delete_model,
        models::test_model / __path_test_model,
        pulls::pull_model / __path_pull_model,
        pulls::cancel_pull / __path_cancel_pull,
        departments::create_department / __path_create_department,
        departments::edit_department / __path_edit_department,
        departments::delete_department / __path_delete_department,
        agents::create_agent / __path_create_agent,
        agents::edit_agent / __path_edit_agent,
        agents::delete_agent / __path_delete_agent,
        agents::pause_agent / __path_pause_agent,
        agents::resume_agent / __path_resume_agent,
        agents::reset_agent / __path_reset_agent,
        tasks::create_task / __path_create_task,
        tasks::edit_task / __path_edit_task,
        tasks::delete_task / __path_delete_task,
        tasks::start_task / __path_start_task,
        tasks::cancel_task / __path_cancel_task,
        tasks::assign_task / __path_assign_task,
        founder::set_override / __path_set_override,
        founder::clear_override / __path_clear_override,
        emergency::stop_all / __path_stop_all,
        emergency::lock_down / __path_lock_down,
        emergency::release / __path_release,
        emergency::maintain / __path_maintain,
        config::change_setting / __path_change_setting,
        councils::create_council / __path_create_council,
        councils::edit_council / __path_edit_council,
        councils::delete_council / __path_delete_council,
        councils::create_member / __path_create_member,
        councils::edit_member / __path_edit_member,
        councils::delete_member / __path_delete_member,
        connections::create_connection / __path_create_connection,
        connections::edit_connection / __path_edit_connection,
        connections::delete_connection / __path_delete_connection,
        connections::test_connection / __path_test_connection,
        connections::try_tool / __path_try_tool,
        connections::mark_tool / __path_mark_tool,
        debates::start_debate / __path_start_debate,
        debates::join_debate / __path_join_debate,
        debates::synthesize_debate / __path_synthesize_debate,
        debates::stop_debate / __path_stop_debate,
        upkeep::take_backup / __path_take_backup,
        upkeep::reset_company / __path_reset_company,
        voice::set_voice_state / __path_set_voice_state,
        voice::set_department_voice / __path_set_department_voice,
        voice::set_agent_voice / __path_set_agent_voice,
        voice::clear_department_voice / __path_clear_department_voice,
        voice::clear_agent_voice / __path_clear_agent_voice,
        voice::delete_voice_sample / __path_delete_voice_sample,
        talk::hush / __path_hush,
    }
    Upload {
        transfer::import_history / __path_import_history,
        voice::create_voice_sample / __path_create_voice_sample,
        talk::transcribe_audio / __path_transcribe_audio,
        talk::speak_text / __path_speak_text,
    }
    Read {
        sessions::list_daena_sessions / __path_list_daena_sessions,
        sessions::open_daena_session / __path_open_daena_session,
        sessions::list_department_sessions / __path_list_department_sessions,
        sessions::open_department_session / __path_open_department_session,
        sessions::list_agent_sessions / __path_list_agent_sessions,
        sessions::open_agent_session / __path_open_agent_session,
        messages::read_message / __path_read_message,
        branches::list_alternatives / __path_list_alternatives,
        history::list_sessions / __path_list_sessions,
        history::read_session / __path_read_session,
        history::list_messages / __path_list_messages,
        history::list_categories / __path_list_categories,
        history::read_stats / __path_read_stats,
        transfer::export_session / __path_export_session,
        transfer::export_history / __path_export_history,
        transfer::read_import / __path_read_import,
        events::list_events / __path_list_events,
        events::count_events / __path_count_events,
        audit::list_audit_logs / __path_list_audit_logs,
        audit::count_audit / __path_count_audit,
        audit::export_audit / __path_export_audit,
        audit::verify_audit / __path_verify_audit,
        upkeep::list_backups / __path_list_backups,
        search::search_history / __path_search_history,
        brain::read_brain_status / __path_read_brain_status,
        usage::read_usage / __path_read_usage,
        models::list_models / __path_list_models,
        approvals::list_approvals / __path_list_approvals,
        approvals::read_approval / __path_read_approval,
        pulls::list_pulls / __path_list_pulls,
        pulls::read_pull / __path_read_pull,
        departments::list_departments / __path_list_departments,
        departments::read_department / __path_read_department,
        departments::list_department_agents / __path_list_department_agents,
        agents::list_agents / __path_list_agents,
        agents::read_agent / __path_read_agent,
        activity::list_activity / __path_list_activity,
        activity::read_agent_activity / __path_read_agent_activity,
        activity::list_department_activity / __path_list_department_activity,
        tasks::list_tasks / __path_list_tasks,
        tasks::read_task_stats / __path_read_task_stats,
        tasks::read_task / __path_read_task,
        founder::read_dashboard / __path_read_dashboard,
        founder::list_overrides / __path_list_overrides,
        config::list_settings / __path_list_settings,
        config::read_setting / __path_read_setting,
        config::read_status / __path_read_status,
        councils::list_councils / __path_list_councils,
        councils::read_council / __path_read_council,
        councils::list_members / __path_list_members,
        councils::read_member / __path_read_member,
        connections::list_connections / __path_list_connections,
        connections::read_connection / __path_read_connection,
        connections::list_tools / __path_list_tools,
        connections::list_resources / __path_list_resources,
        connections::list_prompts / __path_list_prompts,
        debates::list_debates / __path_list_debates,
        debates::read_debate / __path_read_debate,
        voice::read_voice_state / __path_read_voice_state,
        voice::read_department_voice / __path_read_department_voice,
        voice::read_agent_voice / __path_read_agent_voice,
        voice::read_voice_status / __path_read_voice_status,
        voice::list_voices / __path_list_voices,
        voice::list_voice_commands / __path_list_voice_commands,
        voice::list_voice_samples / __path_list_voice_samples,
        voice::read_voice_sample / __path_read_voice_sample,
        talk::read_voice_clip / __path_read_voice_clip,
        wire::list_wire_models / __path_list_wire_models,
        wire::read_wire_model / __path_read_wire_model,
        health::healthz / __path_healthz,
        health::readyz / __path_readyz,
        metrics::read_metrics / __path_read_metrics,
        docs::read_openapi / __path_read_openapi,
        docs::read_docs / __path_read_docs,
        docs::read_docs_file / __path_read_docs_file,
    }
    Endless {
        messages::stream_message / __path_stream_message,
        events::stream_events / __path_stream_events,
        audit::stream_audit / __path_stream_audit,
        sockets::open_socket / __path_open_socket,
        sockets::open_events_socket / __path_open_events_socket,
        sockets::open_chat_socket / __path_open_chat_socket,
        sockets::open_agent_socket / __path_open_agent_socket,
        sockets::open_department_socket / __path_open_department_socket,
        sockets::open_council_socket / __path_open_council_socket,
    }
}

/// Registers everything on a worker.
pub(crate) fn configure(config: &mut ServiceConfig) {
    register(all(), config);
    config.default_service(web::to(nowhere));
}

async fn nowhere(request: HttpRequest) -> Result<HttpResponse, Problem> {
    if request.path().starts_with("/v1/") {
        let detail = "of the OpenAI wire this server has /v1/chat/completions and /v1/models";
        return Err(Problem::not_found(detail));
    }
    Err(Problem::not_found("this server has no such path"))
}

//! The tables as diesel sees them. Types are those both engines have.

use crate::types::KeyType;

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    events (position) {
        position -> BigInt,
        event_type -> Text,
        entity_type -> Text,
        entity_id -> Text,
        department_id -> Nullable<Text>,
        actor -> Text,
        at -> BigInt,
        payload -> Text,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    log_chain (one) {
        one -> Integer,
        first -> BigInt,
        below -> Binary,
        noted -> BigInt,
        noted_hash -> Binary,
        removed -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    log_gaps (first) {
        first -> BigInt,
        last -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    log_identity (one) {
        one -> Integer,
        epoch -> Text,
        floor -> BigInt,
    }
}

diesel::table! {
    settings (key) {
        key -> Text,
        value -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    overrides (key) {
        key -> Text,
        value -> Text,
        reason -> Text,
        expires_at -> Nullable<BigInt>,
        set_at -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (key) {
        key -> Text,
        fingerprint -> Text,
        status -> Nullable<Integer>,
        content_type -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    departments (slug) {
        slug -> Text,
        name -> Text,
        description -> Text,
        color -> Text,
        status -> Text,
        hidden -> Bool,
        spokesperson_id -> Nullable<Text>,
        position -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    agents (slug) {
        slug -> Text,
        name -> Text,
        role -> Text,
        kind -> Text,
        department_id -> Text,
        status -> Text,
        model -> Nullable<Text>,
        system_prompt -> Nullable<Text>,
        params -> Text,
        voice_id -> Nullable<Text>,
        description -> Text,
        position -> Integer,
        last_seen -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    categories (name) {
        name -> Text,
        title -> Text,
        color -> Text,
        position -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::KeyType;
    sessions (id) {
        id -> KeyType,
        title -> Text,
        title_by_hand -> Bool,
        category -> Text,
        scope_type -> Text,
        scope_id -> Text,
        department_id -> Nullable<Text>,
        pinned -> Bool,
        archived -> Bool,
        message_count -> BigInt,
        last_role -> Nullable<Text>,
        last_speaker -> Nullable<Text>,
        last_preview -> Nullable<Text>,
        last_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        set_aside -> BigInt,
        tip -> Nullable<KeyType>,
    }
}

diesel::table! {
    session_tallies (category, scope_type, scope_id, department_id) {
        category -> Text,
        scope_type -> Text,
        scope_id -> Text,
        department_id -> Text,
        live -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::KeyType;
    messages (n) {
        n -> BigInt,
        id -> KeyType,
        session_id -> KeyType,
        ordinal -> BigInt,
        role -> Text,
        speaker_kind -> Text,
        speaker_id -> Text,
        speaker_name -> Text,
        speaker_role -> Text,
        content -> Text,
        status -> Text,
        model -> Nullable<Text>,
        asked_model -> Nullable<Text>,
        prompt_tokens -> Nullable<BigInt>,
        completion_tokens -> Nullable<BigInt>,
        response_time_ms -> Nullable<BigInt>,
        notes -> Nullable<Text>,
        error_code -> Nullable<Text>,
        error_detail -> Nullable<Text>,
        parent_id -> Nullable<KeyType>,
        client_message_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        active -> Bool,
        tool_calls -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::KeyType;
    tasks (id) {
        id -> KeyType,
        title -> Text,
        description -> Text,
        status -> Text,
        priority -> Integer,
        department_id -> Nullable<Text>,
        agent_id -> Nullable<Text>,
        run -> Integer,
        session_id -> Nullable<KeyType>,
        requested_at -> Nullable<BigInt>,
        turns_done -> Integer,
        turns -> Integer,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    councils (slug) {
        slug -> Text,
        name -> Text,
        description -> Text,
        color -> Text,
        position -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::KeyType;
    council_members (id) {
        id -> KeyType,
        council_id -> Text,
        name -> Text,
        role -> Text,
        persona -> Text,
        persona_source -> Text,
        enabled -> Bool,
        position -> Integer,
        model -> Nullable<Text>,
        seed_key -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use super::KeyType;
    debates (id) {
        id -> KeyType,
        council_id -> Text,
        topic -> Text,
        status -> Text,
        rounds -> Integer,
        round -> Integer,
        seat -> Integer,
        closing -> Nullable<Text>,
        panel -> Text,
        absences -> Text,
        deadline_s -> Integer,
        time_left_ms -> BigInt,
        token_budget -> BigInt,
        tokens_spent -> BigInt,
        synthesis -> Nullable<Text>,
        client_message_id -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use super::KeyType;
    search_titles (n) {
        n -> BigInt,
        session_id -> KeyType,
    }
}

diesel::table! {
    search_rules (one) {
        one -> Integer,
        version -> Integer,
        reaches -> BigInt,
    }
}

diesel::joinable!(search_titles -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(search_titles, sessions);

diesel::table! {
    usage_daily (day, model, agent, department, provider) {
        day -> BigInt,
        model -> Text,
        agent -> Text,
        department -> Text,
        provider -> Text,
        calls -> BigInt,
        uncounted -> BigInt,
        prompt_tokens -> BigInt,
        completion_tokens -> BigInt,
        took_ms -> BigInt,
        counted_ms -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::KeyType;
    pulls (id) {
        id -> KeyType,
        name -> Text,
        provider -> Text,
        status -> Text,
        completed_bytes -> BigInt,
        total_bytes -> Nullable<BigInt>,
        error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::KeyType;
    imports (id) {
        id -> KeyType,
        form -> Text,
        status -> Text,
        bytes -> BigInt,
        done_bytes -> BigInt,
        talks -> BigInt,
        messages -> BigInt,
        report -> Text,
        error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    brain_known (one) {
        one -> Integer,
        state -> Text,
        models -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use super::KeyType;
    connections (id) {
        id -> KeyType,
        name -> Text,
        transport -> Text,
        command -> Nullable<Text>,
        args -> Text,
        directory -> Nullable<Text>,
        url -> Nullable<Text>,
        allow_private -> Bool,
        enabled -> Bool,
        grants -> Text,
        status -> Text,
        error -> Nullable<Text>,
        checked_at -> Nullable<BigInt>,
        latency_ms -> Nullable<BigInt>,
        server_name -> Nullable<Text>,
        server_version -> Nullable<Text>,
        tool_count -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use super::KeyType;
    connection_secrets (connection_id, field) {
        connection_id -> KeyType,
        field -> Text,
        key_id -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use super::KeyType;
    connection_tools (connection_id, tool) {
        connection_id -> KeyType,
        tool -> Text,
        access -> Nullable<Text>,
        approval -> Nullable<Text>,
        digest -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Double, Nullable, Text};
    voice_states (owner) {
        owner -> Text,
        talk_active -> Bool,
        voice_id -> Nullable<Text>,
        rate -> Double,
        pitch -> Double,
        volume -> Double,
        wake_words -> Text,
        auto_speak -> Bool,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use super::KeyType;
    voice_samples (id) {
        id -> KeyType,
        name -> Text,
        format -> Text,
        bytes -> BigInt,
        duration_ms -> Nullable<BigInt>,
        created_at -> BigInt,
        audio -> Binary,
    }
}

diesel::joinable!(messages -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(messages, sessions);
diesel::allow_tables_to_appear_in_same_query!(departments, agents);

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use super::KeyType;
    tool_calls (id) {
        id -> KeyType,
        session_id -> KeyType,
        message_id -> KeyType,
        ordinal -> Integer,
        round -> Integer,
        said -> Text,
        text_offset -> BigInt,
        name -> Text,
        given_id -> Nullable<Text>,
        connection_id -> Nullable<KeyType>,
        connection -> Text,
        tool -> Text,
        arguments -> Text,
        access -> Nullable<Text>,
        status -> Text,
        result -> Nullable<Text>,
        is_error -> Bool,
        error -> Nullable<Text>,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        form -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(tool_calls, messages);
diesel::allow_tables_to_appear_in_same_query!(tool_calls, sessions);

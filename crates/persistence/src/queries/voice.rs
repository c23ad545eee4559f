//! Voices.

use super::Conn;
use crate::rows::{VoiceSampleRow, VoiceStateRow};
use crate::schema::{voice_samples, voice_states};
use crate::types::Key;
use diesel::prelude::*;
use domain::SampleId;

pub(crate) fn state(conn: &mut Conn, owner: &str) -> QueryResult<Option<VoiceStateRow>> {
    voice_states::table.select(VoiceStateRow::as_select()).find(owner).get_result(conn).optional()
}

pub(crate) fn put_state(conn: &mut Conn, row: &VoiceStateRow) -> QueryResult<()> {
    diesel::insert_into(voice_states::table)
        .values(row)
        .on_conflict(voice_states::owner)
        .do_update()
        .set(row)
        .execute(conn)
        .map(drop)
}

pub(crate) fn delete_state(conn: &mut Conn, owner: &str) -> QueryResult<()> {
    diesel::delete(voice_states::table.find(owner)).execute(conn).map(drop)
}

pub(crate) fn samples(conn: &mut Conn) -> QueryResult<Vec<VoiceSampleRow>> {
    voice_samples::table
        .select(VoiceSampleRow::as_select())
        .order((voice_samples::created_at.asc(), voice_samples::id.asc()))
        .load(conn)
}

pub(crate) fn sample(conn: &mut Conn, id: SampleId) -> QueryResult<Option<VoiceSampleRow>> {
    voice_samples::table.select(VoiceSampleRow::as_select()).find(Key(id)).get_result(conn).optional()
}

pub(crate) fn audio(conn: &mut Conn, id: SampleId) -> QueryResult<Option<Vec<u8>>> {
    voice_samples::table.select(voice_samples::audio).find(Key(id)).get_result(conn).optional()
}

/// The sample with this very audio.
pub(crate) fn same_sample(conn: &mut Conn, audio: &[u8]) -> QueryResult<Option<VoiceSampleRow>> {
    voice_samples::table
        .select(VoiceSampleRow::as_select())
        .filter(voice_samples::audio.eq(audio))
        .first(conn)
        .optional()
}

pub(crate) fn insert_sample(conn: &mut Conn, row: &VoiceSampleRow, audio: &[u8]) -> QueryResult<()> {
    diesel::insert_into(voice_samples::table)
        .values((row, voice_samples::audio.eq(audio)))
        .execute(conn)
        .map(drop)
}

pub(crate) fn delete_sample(conn: &mut Conn, id: SampleId) -> QueryResult<bool> {
    diesel::delete(voice_samples::table.find(Key(id))).execute(conn).map(|rows| rows == 1)
}

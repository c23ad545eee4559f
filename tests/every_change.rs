//! Every route that changes something: a success leaves exactly its events, a refusal leaves none.

mod approvals;
mod chats;
mod connections;
mod councils;
mod directory;
mod founder;
mod models;
mod system;
mod tasks;
mod voice;
mod walk;

use walk::Walk;

/// Routes that cannot be refused, once the caller is let in.
const NEVER_REFUSED: &[&str] = &[
    "POST /api/v1/brain/probe",
    "POST /api/v1/founder-panel/emergency/stop-all",
    "POST /api/v1/founder-panel/emergency/release",
    "POST /api/v1/system/backup",
];

#[tokio::test]
async fn every_change_leaves_exactly_its_events_and_every_refusal_none() {
    let mut walk = Walk::begin().await;
    chats::walk(&mut walk).await;
    directory::walk(&mut walk).await;
    tasks::walk(&mut walk).await;
    councils::walk(&mut walk).await;
    models::walk(&mut walk).await;
    connections::walk(&mut walk).await;
    approvals::walk(&mut walk).await;
    voice::walk(&mut walk).await;
    founder::walk(&mut walk).await;
    system::walk(&mut walk).await;
    walk.end(NEVER_REFUSED).await;
}

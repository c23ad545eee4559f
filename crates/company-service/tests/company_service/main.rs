//! The company through its public API, over a real database and a scripted model.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod activity;
mod agents;
mod books;
mod budgets;
mod councils;
mod debates;
mod departments;
mod gone_callers;
mod house;
mod overview;
mod retention;
mod seeding;
mod tasks;
mod tasks_at_once;
mod tasks_interrupted;
mod voice;

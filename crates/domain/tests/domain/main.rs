//! The domain as the rest of the program sees it: wire forms, events, pages.

mod audit;
mod cursors;
mod events;
mod filters;
mod samples;
mod views;
mod words;

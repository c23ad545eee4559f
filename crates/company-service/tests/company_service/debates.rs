//! Debates, over a real database and a model server that misbehaves as told.

mod endings;
mod failures;
mod house;
mod interruptions;
mod many;
mod providers;
mod requests;
mod rounds;

//! The store as the services see it: on a real file, through the public API.

mod audit;
mod backups;
mod brain;
mod chain;
mod child;
mod compaction;
mod company;
mod crash;
mod directory;
mod disk;
mod foreign;
mod log;
mod messages;
mod migrations;
mod opening;
mod overrides;
mod paging;
mod plans;
mod queues;
mod replies;
mod samples;
mod sessions;
mod sql;
mod tallies;
mod tasks;
mod writer;

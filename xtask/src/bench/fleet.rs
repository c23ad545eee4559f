//! What every case needs: the model server, the servers that are measured, and the report.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

use super::Options;
use super::archive;
use super::clients::Turns;
use super::load::Span;
use super::process::{DaenaStart, Process, script, start_floor, start_model};
use super::report::Report;

/// A run of the bench.
pub(super) struct Bench<'a> {
    pub(super) options: &'a Options,
    pub(super) report: Report,
    model: Process,
    directory: TempDir,
    archive: Option<PathBuf>,
}

impl<'a> Bench<'a> {
    pub(super) async fn new(options: &'a Options) -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("daena-bench-")?;
        let model = start_model(directory.path()).await?;
        Ok(Self { options, report: Report::default(), model, directory, archive: None })
    }

    pub(super) fn model(&self) -> &Process {
        &self.model
    }

    /// Says from now on how the model answers.
    pub(super) async fn script(&self, tokens: usize, hang: bool) -> anyhow::Result<()> {
        script(self.model.address, tokens, hang).await
    }

    pub(super) fn rounds(&self) -> u32 {
        self.options.rounds
    }

    /// How long to load: so many seconds, or a quick part of it.
    pub(super) fn span(&self, seconds: f64) -> Span {
        let part = if self.options.quick { 0.3 } else { 1.0 };
        Span::seconds(1.0 * part, seconds * part)
    }

    /// Our server on a new database.
    pub(super) async fn fresh(&self, name: &str) -> anyhow::Result<Process> {
        self.serve(&self.new_database(name)?, &[]).await
    }

    /// Our server on a new database, in this environment.
    pub(super) async fn fresh_in(
        &self,
        name: &str,
        environment: &[(String, String)],
    ) -> anyhow::Result<Process> {
        self.serve(&self.new_database(name)?, environment).await
    }

    /// Our server on the archive, which is filled when it is first needed.
    pub(super) async fn on_archive(&mut self) -> anyhow::Result<Process> {
        let database = match &self.archive {
            Some(database) => database.clone(),
            None => {
                let database = archive::fill(self).await?;
                self.archive.insert(database).clone()
            }
        };
        self.serve(&database, &[]).await
    }

    /// Where a database can be that is not there yet.
    pub(super) fn new_database(&self, name: &str) -> anyhow::Result<PathBuf> {
        let directory = TempDir::with_prefix_in(format!("{name}-"), self.directory.path())?.keep();
        Ok(directory.join("daena.db"))
    }

    /// Our server on this database.
    pub(super) async fn serve(
        &self,
        database: &Path,
        environment: &[(String, String)],
    ) -> anyhow::Result<Process> {
        let server = self.start_on(database, environment).start().await?;
        // the first answer says that the model server was found: from here on, replies are not deferred
        let said = Turns::new(server.address, false).say("Good morning").await;
        said.context("the server does not answer")?;
        Ok(server)
    }

    /// How our server is started on this database.
    pub(super) fn start_on<'b>(
        &'b self,
        database: &'b Path,
        environment: &'b [(String, String)],
    ) -> DaenaStart<'b> {
        let (binary, concurrency) = (self.options.binary.as_deref(), self.options.concurrency);
        DaenaStart { binary, database, model: self.model.address, concurrency, environment }
    }

    /// The floor, if one was named.
    pub(super) async fn floor(&self) -> anyhow::Result<Option<Process>> {
        self.floor_in(&[]).await
    }

    /// The floor in this environment, if one was named.
    pub(super) async fn floor_in(&self, environment: &[(String, String)]) -> anyhow::Result<Option<Process>> {
        let Some(program) = &self.options.floor else { return Ok(None) };
        let directory = TempDir::with_prefix_in("floor-", self.directory.path())?.keep();
        Ok(Some(start_floor(program.as_os_str(), &directory, self.model.address, environment).await?))
    }
}

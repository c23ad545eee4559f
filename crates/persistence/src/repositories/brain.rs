//! The model side: pulls of models, and what was told of the whole.

use super::{Change, rows_for};
use crate::rows::PullRow;
use crate::sqlite::queries::brain as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::view::{BrainState, ModelDeleted, ProviderState, RoutingChanged};
use domain::{Event, Limit, Page, Pull, PullCursor, PullId, PullStatus};

/// What was told of the model side last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBrain {
    /// How it stood.
    pub state: BrainState,
    /// The models there were when a provider could be asked last.
    pub models: Vec<String>,
}

/// The model side, for reading.
#[derive(Debug)]
pub struct Brain<'t, 'c>(&'t mut ReadTx<'c>);

/// The model side, for changing.
#[derive(Debug)]
pub struct BrainMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// The model side.
    pub fn brain(&mut self) -> Brain<'_, 'c> {
        Brain(self)
    }
}

impl<'c> WriteTx<'c> {
    /// The model side, for changing.
    pub fn brain_mut(&mut self) -> BrainMut<'_, 'c> {
        BrainMut(self)
    }
}

impl Brain<'_, '_> {
    /// The pull.
    pub fn pull(&mut self, id: PullId) -> Result<Option<Pull>, StoreError> {
        queries::get(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// A page of pulls, the newest first.
    pub fn pulls(
        &mut self,
        after: Option<PullCursor>,
        limit: Limit,
    ) -> Result<Page<Pull, PullCursor>, StoreError> {
        let pulls = all(queries::list(self.0.conn, after, rows_for(limit))?)?;
        Ok(Page::from_rows(pulls, limit, |last| PullCursor { created_at: last.created_at, id: last.id }))
    }

    /// The pulls that are not over, the oldest first.
    pub fn running_pulls(&mut self) -> Result<Vec<Pull>, StoreError> {
        all(queries::running(self.0.conn)?)
    }

    /// What was told of the model side last; none before the first time.
    pub fn known(&mut self) -> Result<Option<KnownBrain>, StoreError> {
        let Some((state, models)) = queries::known(self.0.conn)? else { return Ok(None) };
        let corrupt = |value: &str| StoreError::Corrupt { what: "known brain", value: value.to_owned() };
        Ok(Some(KnownBrain {
            state: serde_json::from_str(&state).map_err(|_| corrupt(&state))?,
            models: serde_json::from_str(&models).map_err(|_| corrupt(&models))?,
        }))
    }
}

impl BrainMut<'_, '_> {
    /// A pull begins.
    pub fn begin_pull(&mut self, pull: &Pull, change: &Change) -> Result<(), StoreError> {
        queries::insert(self.0.conn(), &PullRow::from(pull))?;
        self.0.record(change.draft(Event::BrainPullStarted(pull.clone().into()), None));
        Ok(())
    }

    /// Keeps how far a pull has come: no event, as with the text of a reply that streams.
    pub fn checkpoint_pull(&mut self, pull: &Pull) -> Result<bool, StoreError> {
        Ok(queries::advance(self.0.conn(), &PullRow::from(pull))?)
    }

    /// A pull ends, as its status says. One that is over already stays as it is; gives whether it was not.
    pub fn end_pull(&mut self, pull: &Pull, change: &Change) -> Result<bool, StoreError> {
        let ended = queries::advance(self.0.conn(), &PullRow::from(pull))?;
        let view = pull.clone().into();
        let event = match pull.status {
            PullStatus::Completed => Event::BrainModelPulled(view),
            PullStatus::Cancelled => Event::BrainPullCancelled(view),
            PullStatus::Failed | PullStatus::Running => Event::BrainPullFailed(view),
        };
        if ended {
            self.0.record(change.draft(event, None));
        }
        Ok(ended)
    }

    /// Records that a provider deleted a model, which is no row of ours.
    pub fn model_deleted(&mut self, deleted: ModelDeleted, change: &Change) {
        self.0.record(change.draft(Event::BrainModelDeleted(deleted), None));
    }

    /// Keeps how the model side stands, and tells what of it has changed since it was told last: `brain.status`, but for
    /// the routing, which has an event of its own. Before the first time nobody was there.
    pub fn tell(&mut self, now: &KnownBrain, change: &Change) -> Result<(), StoreError> {
        let before = self.0.brain().known()?;
        if before.as_ref() == Some(now) {
            return Ok(());
        }
        let unwritten = |error| StoreError::Database(Box::new(error));
        let state = serde_json::to_string(&now.state).map_err(unwritten)?;
        let models = serde_json::to_string(&now.models).map_err(unwritten)?;
        queries::put_known(self.0.conn(), &state, &models, change.at.as_micros())?;
        let before = before.map(|known| known.state);
        let (routing, previous) = (now.state.routing, before.as_ref().map(|before| before.routing));
        if let Some(previous) = previous.filter(|previous| *previous != routing) {
            let changed = RoutingChanged { routing, previous };
            self.0.record(change.draft(Event::BrainRoutingChanged(changed), None));
        }
        let told = BrainState { routing, ..before.unwrap_or_else(|| nothing_there(&now.state)) };
        if told != now.state {
            self.0.record(change.draft(Event::BrainStatus(now.state.clone()), None));
        }
        Ok(())
    }
}

/// What is taken for told before the first time: nobody is there.
fn nothing_there(now: &BrainState) -> BrainState {
    let away = |it: &ProviderState| ProviderState { name: it.name.clone(), connected: false };
    let providers = now.providers.iter().map(away).collect();
    BrainState { connected: false, enabled: true, active_model: None, routing: now.routing, providers }
}

fn all(rows: Vec<PullRow>) -> Result<Vec<Pull>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

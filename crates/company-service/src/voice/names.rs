//! Who there is, to be held against what is said.

use super::commands::Names;
use crate::{Company, CompanyError};
use chat_service::{AgentFilter, ReadTx};
use domain::Limit;

impl Company {
    /// The names of departments, agents and councils, as far as a page goes.
    pub(super) async fn names(&self) -> Result<Names, CompanyError> {
        let read = |tx: &mut ReadTx<'_>| {
            let most = Limit::new(Limit::MAX.into()).unwrap_or_default();
            let departments = tx.departments().list(false, None, most)?.items;
            let agents = tx.agents().list(&AgentFilter::default(), None, most)?.items;
            let councils = tx.councils().list(None, most)?.items;
            Ok::<_, CompanyError>(Names {
                departments: departments.into_iter().map(|it| (it.slug, it.name)).collect(),
                agents: agents.into_iter().map(|it| (it.slug, it.name)).collect(),
                councils: councils.into_iter().map(|it| (it.slug, it.name)).collect(),
            })
        };
        self.store().read(read).await
    }
}

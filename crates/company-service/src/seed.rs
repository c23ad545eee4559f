//! The company a new database starts with.

mod company;
mod councils;

use crate::{Company, CompanyError};
use chat_service::{Change, ReadTx, SystemClock, SystemIds, WriteTx};
use company::{CATEGORIES, DEPARTMENTS, SeedAgent, SeedDepartment};
pub(crate) use company::{settings, voice};
use councils::{COUNCILS, SeedCouncil, SeedMember};
use domain::{
    Actor, Agent, AgentStatus, Category, Clock as _, Council, CouncilMember, Department, DepartmentStatus,
    IdSource, InvalidSlug, MemberId, Slug,
};
use serde_json::Value;
use std::path::Path;

/// A thing of the seed, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedThing {
    /// `department`, `agent`, `category`, `setting`, `council` or `council_member`.
    pub kind: &'static str,
    /// Its slug, name or key.
    pub id: String,
}

/// What seeding made, or would make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeedReport {
    /// What was missing.
    pub made: Vec<SeedThing>,
    /// How many things were there already; what the Founder changed in them stays.
    pub kept: usize,
}

/// What is missing from a database.
#[derive(Default)]
struct Missing {
    departments: Vec<Department>,
    agents: Vec<Agent>,
    categories: Vec<Category>,
    settings: Vec<(&'static str, Value)>,
    councils: Vec<Council>,
    members: Vec<CouncilMember>,
    kept: usize,
}

impl SeedReport {
    /// What [`Company::seed`] would make in a file of this program's schema. It is read beside whoever works on it, and not
    /// changed. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn missing_from(path: &Path) -> Result<Self, CompanyError> {
        let change = Change::new(Actor::System, SystemClock.now());
        let ids = fresh_member_ids(&SystemIds);
        chat_service::look(path, |tx| Ok(Missing::find(tx, &ids, &change)?.report()))
    }
}

impl Company {
    /// Puts in what is missing of the seed, by slug, name and key; all of it or nothing. A second run changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self) -> Result<SeedReport, CompanyError> {
        let change = self.change(Actor::System);
        let ids = self.fresh_member_ids();
        let write = move |tx: &mut WriteTx<'_>| put_missing(tx, &ids, &change);
        self.store().write(write).await
    }

    /// What [`Company::seed`] would make. Changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missing_from_seed(&self) -> Result<SeedReport, CompanyError> {
        let change = self.change(Actor::System);
        let ids = self.fresh_member_ids();
        let read =
            move |tx: &mut ReadTx<'_>| Ok::<_, CompanyError>(Missing::find(tx, &ids, &change)?.report());
        self.store().read(read).await
    }

    /// An id for each member of the seed's councils.
    pub(crate) fn fresh_member_ids(&self) -> Vec<MemberId> {
        fresh_member_ids(&**self.chat.ids())
    }

    /// Whether the database holds no department yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_empty(&self) -> Result<bool, CompanyError> {
        let read = |tx: &mut ReadTx<'_>| {
            Ok::<_, CompanyError>(
                tx.departments().list(true, None, domain::Limit::default())?.items.is_empty(),
            )
        };
        self.store().read(read).await
    }
}

fn fresh_member_ids(ids: &dyn IdSource) -> Vec<MemberId> {
    let members = COUNCILS.iter().flat_map(|council| council.members);
    members.map(|_| MemberId::new(ids.next_id())).collect()
}

/// Puts in what is missing of the seed, as a part of a larger change.
pub(crate) fn put_missing(
    tx: &mut WriteTx<'_>,
    ids: &[MemberId],
    change: &Change,
) -> Result<SeedReport, CompanyError> {
    let missing = Missing::find(tx, ids, change)?;
    missing.put(tx, change)?;
    Ok(missing.report())
}

impl Missing {
    fn find(tx: &mut ReadTx<'_>, ids: &[MemberId], change: &Change) -> Result<Self, CompanyError> {
        let mut missing = Self::default();
        for (place, seed) in (0..).zip(DEPARTMENTS) {
            let department = seed.department(place, change).map_err(bad_seed)?;
            let there = tx.agents().of(&department.slug)?;
            for (place, agent) in (0..).zip(seed.agents) {
                let agent = agent.agent(seed, &department.slug, place, change).map_err(bad_seed)?;
                if there.iter().any(|there| there.slug == agent.slug)
                    || tx.agents().get(&agent.slug)?.is_some()
                {
                    missing.kept += 1;
                } else {
                    missing.agents.push(agent);
                }
            }
            match tx.departments().get(&department.slug)? {
                Some(_) => missing.kept += 1,
                None => missing.departments.push(department),
            }
        }
        missing.find_categories(tx)?;
        for (key, value) in settings() {
            match tx.settings().get(key)? {
                Some(_) => missing.kept += 1,
                None => missing.settings.push((key, value)),
            }
        }
        missing.find_councils(tx, ids, change)?;
        Ok(missing)
    }

    /// Councils by slug, members by the place in the seed they came from.
    fn find_councils(
        &mut self,
        tx: &mut ReadTx<'_>,
        ids: &[MemberId],
        change: &Change,
    ) -> Result<(), CompanyError> {
        let mut ids = ids.iter().copied();
        for (place, seed) in (0..).zip(COUNCILS) {
            let council = seed.council(place, change).map_err(bad_seed)?;
            let there = tx.councils().members(&council.slug)?;
            // Of a council that the Founder has filled up, nothing more can be healed.
            let mut room = Council::MOST_MEMBERS.saturating_sub(there.len());
            for ((place, member), id) in (0..).zip(seed.members).zip(ids.by_ref()) {
                let member = member.member(id, &council.slug, place, change);
                if room == 0 || there.iter().any(|there| there.seed_key == member.seed_key) {
                    self.kept += 1;
                } else {
                    self.members.push(member);
                    room -= 1;
                }
            }
            match tx.councils().get(&council.slug)? {
                Some(_) => self.kept += 1,
                None => self.councils.push(council),
            }
        }
        Ok(())
    }

    fn find_categories(&mut self, tx: &mut ReadTx<'_>) -> Result<(), CompanyError> {
        let there = tx.categories().all()?;
        let general = CATEGORIES.iter().map(|(name, title, color)| ((*name).to_owned(), *title, *color));
        let of_departments = DEPARTMENTS
            .iter()
            .map(|department| (format!("department:{}", department.slug), department.name, department.color));
        for (position, (name, title, color)) in (0..).zip(general.chain(of_departments)) {
            if there.iter().any(|there| there.name == name) {
                self.kept += 1;
            } else {
                let (title, color) = (title.to_owned(), color.to_owned());
                self.categories.push(Category { name, title, color, position });
            }
        }
        Ok(())
    }

    fn put(&self, tx: &mut WriteTx<'_>, change: &Change) -> Result<(), CompanyError> {
        for department in &self.departments {
            tx.departments_mut().create(department, change)?;
        }
        for agent in &self.agents {
            tx.agents_mut().create(agent, change)?;
        }
        for category in &self.categories {
            tx.categories_mut().create(category, change)?;
        }
        for (key, value) in &self.settings {
            tx.settings_mut().set(key, value, change)?;
        }
        for council in &self.councils {
            tx.councils_mut().create(council, change)?;
        }
        for member in &self.members {
            tx.councils_mut().create_member(member, change)?;
        }
        Ok(())
    }

    fn report(&self) -> SeedReport {
        let thing = |kind, id: &str| SeedThing { kind, id: id.to_owned() };
        let departments = self.departments.iter().map(|it| thing("department", it.slug.as_str()));
        let agents = self.agents.iter().map(|it| thing("agent", it.slug.as_str()));
        let categories = self.categories.iter().map(|it| thing("category", &it.name));
        let settings = self.settings.iter().map(|(key, _)| thing("setting", key));
        let councils = self.councils.iter().map(|it| thing("council", it.slug.as_str()));
        let members = self.members.iter().map(|it| thing("council_member", &member_id(it)));
        let company = departments.chain(agents).chain(categories).chain(settings);
        SeedReport { made: company.chain(councils).chain(members).collect(), kept: self.kept }
    }
}

/// The seed's own slugs are checked by a test; here they only cannot be trusted blindly.
fn bad_seed(error: InvalidSlug) -> CompanyError {
    CompanyError::Unprocessable { field: "seed", detail: error.to_string() }
}

/// An agent of the seed as it is when it is made.
pub(crate) fn agent(slug: &Slug, change: &Change) -> Option<Agent> {
    let agents_of = |seed: &'static SeedDepartment| (0..).zip(seed.agents).map(move |at| (seed, at));
    DEPARTMENTS.iter().flat_map(agents_of).find_map(|(seed, (place, agent))| {
        let department = Slug::parse(seed.slug).ok()?;
        agent.agent(seed, &department, place, change).ok().filter(|agent| agent.slug == *slug)
    })
}

/// A member as reports name it: council, slash, its place in the seed.
fn member_id(member: &CouncilMember) -> String {
    format!("{}/{}", member.council_id, member.seed_key.as_deref().unwrap_or_default())
}

impl SeedCouncil {
    fn council(&self, position: i32, change: &Change) -> Result<Council, InvalidSlug> {
        Ok(Council {
            slug: Slug::parse(self.slug)?,
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            color: self.color.to_owned(),
            position,
            created_at: change.at,
            updated_at: change.at,
        })
    }
}

impl SeedMember {
    fn member(&self, id: MemberId, council: &Slug, position: i32, change: &Change) -> CouncilMember {
        CouncilMember {
            id,
            council_id: council.clone(),
            name: self.name.to_owned(),
            role: self.role.to_owned(),
            persona: self.persona.to_owned(),
            persona_source: self.persona_source.to_owned(),
            enabled: true,
            position,
            model: None,
            seed_key: Some(self.name.to_lowercase().replace(' ', "-")),
            created_at: change.at,
            updated_at: change.at,
        }
    }
}

impl SeedDepartment {
    fn department(&self, position: i32, change: &Change) -> Result<Department, InvalidSlug> {
        let spokesperson = self.agents.first().map(|agent| agent.slug(self)).transpose()?;
        Ok(Department {
            slug: Slug::parse(self.slug)?,
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            color: self.color.to_owned(),
            status: DepartmentStatus::Active,
            hidden: false,
            spokesperson_id: spokesperson,
            position,
            agent_count: i64::try_from(self.agents.len()).unwrap_or(i64::MAX),
            created_at: change.at,
            updated_at: change.at,
        })
    }
}

impl SeedAgent {
    /// Department, hyphen, name in lower case.
    fn slug(&self, of: &SeedDepartment) -> Result<Slug, InvalidSlug> {
        Slug::parse(&format!("{}-{}", of.slug, self.name.to_lowercase()))
    }

    fn agent(
        &self,
        of: &SeedDepartment,
        department: &Slug,
        position: i32,
        change: &Change,
    ) -> Result<Agent, InvalidSlug> {
        Ok(Agent {
            slug: self.slug(of)?,
            name: self.name.to_owned(),
            role: self.role.to_owned(),
            kind: self.kind.to_owned(),
            department_id: department.clone(),
            status: AgentStatus::Idle,
            model: None,
            system_prompt: None,
            params: serde_json::Map::new(),
            voice_id: None,
            description: format!("{} in {}.", self.role, of.name),
            position,
            last_seen: None,
            created_at: change.at,
            updated_at: change.at,
        })
    }
}

//! The company a new database starts with.

mod company;

use crate::{Company, CompanyError};
use chat_service::{Change, ReadTx, WriteTx};
use company::{CATEGORIES, DEPARTMENTS, SeedAgent, SeedDepartment, settings};
use domain::{Actor, Agent, AgentStatus, Category, Department, DepartmentStatus, InvalidSlug, Slug};
use serde_json::Value;

/// A thing of the seed, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedThing {
    /// `department`, `agent`, `category` or `setting`.
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
    kept: usize,
}

impl Company {
    /// Puts in what is missing of the seed, by slug, name and key; all of it or nothing. A second run changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self) -> Result<SeedReport, CompanyError> {
        let change = self.change(Actor::System);
        let write = move |tx: &mut WriteTx<'_>| put_missing(tx, &change);
        self.store().write(write).await
    }

    /// What [`Company::seed`] would make. Changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missing_from_seed(&self) -> Result<SeedReport, CompanyError> {
        let change = self.change(Actor::System);
        let read = move |tx: &mut ReadTx<'_>| Ok::<_, CompanyError>(Missing::find(tx, &change)?.report());
        self.store().read(read).await
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

/// Puts in what is missing of the seed, as a part of a larger change.
pub(crate) fn put_missing(tx: &mut WriteTx<'_>, change: &Change) -> Result<SeedReport, CompanyError> {
    let missing = Missing::find(tx, change)?;
    missing.put(tx, change)?;
    Ok(missing.report())
}

impl Missing {
    fn find(tx: &mut ReadTx<'_>, change: &Change) -> Result<Self, CompanyError> {
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
        Ok(missing)
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
        Ok(())
    }

    fn report(&self) -> SeedReport {
        let thing = |kind, id: &str| SeedThing { kind, id: id.to_owned() };
        let departments = self.departments.iter().map(|it| thing("department", it.slug.as_str()));
        let agents = self.agents.iter().map(|it| thing("agent", it.slug.as_str()));
        let categories = self.categories.iter().map(|it| thing("category", &it.name));
        let settings = self.settings.iter().map(|(key, _)| thing("setting", key));
        SeedReport {
            made: departments.chain(agents).chain(categories).chain(settings).collect(),
            kept: self.kept,
        }
    }
}

/// The seed's own slugs are checked by a test; here they only cannot be trusted blindly.
fn bad_seed(error: InvalidSlug) -> CompanyError {
    CompanyError::Unprocessable { field: "seed", detail: error.to_string() }
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

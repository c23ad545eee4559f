//! Departments, made and changed.

use crate::{Company, CompanyError, fields};
use chat_service::WriteTx;
use domain::{Actor, Department, DepartmentStatus, Grantee, Limit, Slug, SlugCursor};

/// The most characters of a name, and of a description.
pub(crate) const NAME: usize = 80;
pub(crate) const DESCRIPTION: usize = 2_000;

/// The colour of a department for which none is chosen.
const GREY: &str = "#808080";

/// A department to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDepartment {
    /// Its stable name; none makes one from the name.
    pub slug: Option<String>,
    /// The name people see.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// Its colour, `#RRGGBB`; none is grey.
    pub color: Option<String>,
    /// Whether it works; none is active.
    pub status: Option<DepartmentStatus>,
    /// Left out of lists unless asked for.
    pub hidden: Option<bool>,
    /// Its place among the departments; none is the last.
    pub position: Option<i64>,
}

/// What is to be changed of a department; none leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepartmentEdit {
    /// The name people see. The slug stays.
    pub name: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Its colour, `#RRGGBB`.
    pub color: Option<String>,
    /// Whether it works.
    pub status: Option<DepartmentStatus>,
    /// Left out of lists unless asked for.
    pub hidden: Option<bool>,
    /// The agent of it that answers for it; nobody in particular when it is emptied.
    pub spokesperson_id: Option<Option<Slug>>,
    /// Its place among the departments.
    pub position: Option<i64>,
}

impl Company {
    /// Makes a department without agents.
    ///
    /// # Errors
    /// [`CompanyError::Unprocessable`] for a value that cannot be; [`CompanyError::Conflict`] when the slug is taken.
    pub async fn create_department(&self, new: NewDepartment) -> Result<Department, CompanyError> {
        let change = self.change(Actor::Founder);
        let name = fields::line("name", &new.name, NAME)?;
        let made = Department {
            slug: new.slug.as_deref().map_or_else(|| fields::slug_of(&name), fields::slug)?,
            description: fields::text("description", &new.description.unwrap_or_default(), DESCRIPTION)?,
            color: fields::color(new.color.as_deref().unwrap_or(GREY))?,
            status: new.status.unwrap_or(DepartmentStatus::Active),
            hidden: new.hidden.unwrap_or(false),
            spokesperson_id: None,
            position: 0,
            agent_count: 0,
            created_at: change.at,
            updated_at: change.at,
            name,
        };
        fields::free_slug(&made.slug, &[])?;
        let position = new.position.map(fields::position).transpose()?;
        let write = move |tx: &mut WriteTx<'_>| {
            if tx.departments().get(&made.slug)?.is_some() {
                return Err(taken("department", &made.slug));
            }
            // Grants and models are told by slug alone.
            if tx.agents().get(&made.slug)?.is_some() {
                return Err(taken("agent", &made.slug));
            }
            let position = match position {
                Some(position) => position,
                None => last_place(tx)?,
            };
            let made = Department { position, ..made.clone() };
            tx.departments_mut().create(&made, &change)?;
            Ok(made)
        };
        self.store().write(write).await
    }

    /// Changes a department. What changes nothing writes nothing.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Unprocessable`] for a value that cannot be.
    pub async fn edit_department(
        &self,
        slug: Slug,
        edit: DepartmentEdit,
    ) -> Result<Department, CompanyError> {
        let edit = edit.checked()?;
        let position = edit.position.map(fields::position).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, &slug)?;
            if let Some(Some(agent)) = &edit.spokesperson_id
                && tx.agents().get(agent)?.is_none_or(|agent| agent.department_id != slug)
            {
                let detail = format!("no agent {agent:?} in {}", before.name);
                return Err(CompanyError::Unprocessable { field: "spokesperson_id", detail });
            }
            let mut department = before.clone();
            edit.clone().apply(&mut department);
            department.position = position.unwrap_or(department.position);
            if department != before {
                department.updated_at = change.at;
                tx.departments_mut().update(&department, &change)?;
            }
            Ok(department)
        };
        let company = self.clone();
        let edited = async move {
            let department = company.store().write(write).await?;
            company.chat.answer_waiting();
            Ok(department)
        };
        self.to_its_end(edited).await
    }

    /// Removes a department without agents, and its lock. What was said with it stays.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] while it has agents.
    pub async fn delete_department(&self, slug: Slug) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let department = existing(tx, &slug)?;
            if department.agent_count > 0 {
                let (name, count) = (department.name, department.agent_count);
                let detail = format!("{name} has {count} agents: move or delete them first");
                return Err(CompanyError::Conflict { detail });
            }
            tx.departments_mut().delete(&slug, &change)?;
            tx.connections_mut().revoke(&Grantee::Department(slug.clone()), &change)?;
            Ok::<_, CompanyError>(())
        };
        let company = self.clone();
        let delete = async move {
            company.store().write(write).await?;
            company.chat.reload_rules().await;
            company.connections.reload().await
        };
        self.to_its_end(delete).await
    }
}

impl DepartmentEdit {
    fn checked(self) -> Result<Self, CompanyError> {
        Ok(Self {
            name: self.name.map(|name| fields::line("name", &name, NAME)).transpose()?,
            description: self
                .description
                .map(|text| fields::text("description", &text, DESCRIPTION))
                .transpose()?,
            color: self.color.map(|color| fields::color(&color)).transpose()?,
            ..self
        })
    }

    fn apply(self, to: &mut Department) {
        to.name = self.name.unwrap_or_else(|| to.name.clone());
        to.description = self.description.unwrap_or_else(|| to.description.clone());
        to.color = self.color.unwrap_or_else(|| to.color.clone());
        to.status = self.status.unwrap_or(to.status);
        to.hidden = self.hidden.unwrap_or(to.hidden);
        to.spokesperson_id = self.spokesperson_id.unwrap_or_else(|| to.spokesperson_id.clone());
    }
}

/// The department.
pub(crate) fn existing(tx: &mut WriteTx<'_>, slug: &Slug) -> Result<Department, CompanyError> {
    tx.departments().get(slug)?.ok_or_else(|| CompanyError::not_found("department", slug))
}

pub(crate) fn taken(what: &'static str, slug: &Slug) -> CompanyError {
    CompanyError::Conflict { detail: format!("there is {what} {slug:?} already: name another slug") }
}

/// The place behind the last department.
fn last_place(tx: &mut WriteTx<'_>) -> Result<i32, CompanyError> {
    let (mut last, mut after): (i32, Option<SlugCursor>) = (-1, None);
    loop {
        let page = tx.departments().list(true, after.as_ref(), Limit::default())?;
        last = page.items.last().map_or(last, |department| department.position);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(last.saturating_add(1)),
        }
    }
}

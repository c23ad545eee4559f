//! Councils and who sits in them.

mod checks;

use crate::{Company, CompanyError, Listed};
use chat_service::{ReadTx, WriteTx};
use checks::{color, line, paragraph, position};
use domain::{Actor, Council, CouncilMember, Limit, MemberCursor, MemberId, Page, Slug, SlugCursor};

/// A council to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCouncil {
    /// Its stable name; none makes it from the name.
    pub slug: Option<String>,
    /// The name people see.
    pub name: String,
    /// What it is asked about.
    pub description: Option<String>,
    /// Its colour, `#RRGGBB`.
    pub color: Option<String>,
    /// Its place; none is behind the last one.
    pub position: Option<i64>,
}

/// What is to be changed of a council; none leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CouncilEdit {
    /// The name people see; the slug stays.
    pub name: Option<String>,
    /// What it is asked about.
    pub description: Option<String>,
    /// Its colour, `#RRGGBB`.
    pub color: Option<String>,
    /// Its place.
    pub position: Option<i64>,
}

/// A member to take into a council.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMember {
    /// The name people see.
    pub name: String,
    /// Its expertise.
    pub role: String,
    /// How it thinks and speaks.
    pub persona: Option<String>,
    /// The school of thought the persona comes from.
    pub persona_source: Option<String>,
    /// Whether it takes part in debates; none means it does.
    pub enabled: Option<bool>,
    /// Its place; none is behind the last one.
    pub position: Option<i64>,
    /// A model of its own.
    pub model: Option<String>,
}

/// What is to be changed of a member; none leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberEdit {
    /// The name people see; the id stays.
    pub name: Option<String>,
    /// Its expertise.
    pub role: Option<String>,
    /// How it thinks and speaks.
    pub persona: Option<String>,
    /// The school of thought the persona comes from.
    pub persona_source: Option<String>,
    /// Whether it takes part in debates.
    pub enabled: Option<bool>,
    /// Its place.
    pub position: Option<i64>,
    /// A model of its own; `Some(None)` takes it away.
    pub model: Option<Option<String>>,
}

const DESCRIPTION: usize = 2000;
const PERSONA: usize = 4000;
const COLOR: &str = "#7F8C8D";

impl Company {
    /// A page of councils in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn councils(
        &self,
        after: Option<SlugCursor>,
        limit: Limit,
    ) -> Result<Listed<Council, SlugCursor>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| tx.councils().list(after.as_ref(), limit);
        Ok(Listed { page: self.store().read(read).await?, as_of })
    }

    /// A council.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn council(&self, slug: Slug) -> Result<Council, CompanyError> {
        self.store().read(move |tx| existing(tx, &slug)).await
    }

    /// Makes a council without members.
    ///
    /// # Errors
    /// [`CompanyError::Unprocessable`] for a value that cannot be; [`CompanyError::Conflict`] for a slug that is taken.
    pub async fn create_council(&self, new: NewCouncil) -> Result<Council, CompanyError> {
        let name = line("name", &new.name)?;
        let slug = match &new.slug {
            Some(slug) => Slug::parse(slug)
                .map_err(|error| CompanyError::Unprocessable { field: "slug", detail: error.to_string() })?,
            None => checks::slug_of(&name)?,
        };
        let description = paragraph("description", new.description.as_deref().unwrap_or(""), DESCRIPTION)?;
        let color = color(new.color.as_deref().unwrap_or(COLOR))?;
        let place = new.position.map(position).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            if tx.councils().get(&slug)?.is_some() {
                return Err(CompanyError::Conflict { detail: format!("there is a council {slug} already") });
            }
            let position = place.map_or_else(|| tx.councils().next_position(), Ok)?;
            let council = Council {
                slug: slug.clone(),
                name: name.clone(),
                description: description.clone(),
                color: color.clone(),
                position,
                created_at: change.at,
                updated_at: change.at,
            };
            tx.councils_mut().create(&council, &change)?;
            Ok(council)
        };
        self.store().write(write).await
    }

    /// Changes a council; its slug stays.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Unprocessable`] for a value that cannot be.
    pub async fn edit_council(&self, slug: Slug, edit: CouncilEdit) -> Result<Council, CompanyError> {
        let name = edit.name.as_deref().map(|text| line("name", text)).transpose()?;
        let description = edit
            .description
            .as_deref()
            .map(|text| paragraph("description", text, DESCRIPTION))
            .transpose()?;
        let color = edit.color.as_deref().map(color).transpose()?;
        let place = edit.position.map(position).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, &slug)?;
            let mut council = before.clone();
            council.name = name.clone().unwrap_or(council.name);
            council.description = description.clone().unwrap_or(council.description);
            council.color = color.clone().unwrap_or(council.color);
            council.position = place.unwrap_or(council.position);
            if council != before {
                council.updated_at = change.at;
                tx.councils_mut().update(&council, &change)?;
            }
            Ok(council)
        };
        self.store().write(write).await
    }

    /// Removes a council and its members. What it debated stays readable.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] while a debate goes on.
    pub async fn delete_council(&self, slug: Slug) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            existing(tx, &slug)?;
            if tx.debates().any_open(&slug)? {
                return Err(CompanyError::Conflict {
                    detail: format!("council {slug} has a debate going on"),
                });
            }
            tx.councils_mut().delete(&slug, &change)?;
            Ok(())
        };
        self.store().write(write).await
    }

    /// A page of a council's members in their order.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn members(
        &self,
        council: Slug,
        after: Option<MemberCursor>,
        limit: Limit,
    ) -> Result<Listed<CouncilMember, MemberCursor>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| {
            existing(tx, &council)?;
            Ok::<_, CompanyError>(tx.councils().members(&council)?)
        };
        let mut members = self.store().read(read).await?;
        if let Some(MemberCursor { position, id }) = after {
            members.retain(|member| (i64::from(member.position), member.id) > (position, id));
        }
        let cursor = |last: &CouncilMember| MemberCursor { position: last.position.into(), id: last.id };
        Ok(Listed { page: Page::from_rows(members, limit, cursor), as_of })
    }

    /// A member of a council.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`], also for a member of another council.
    pub async fn member(&self, council: Slug, id: MemberId) -> Result<CouncilMember, CompanyError> {
        self.store().read(move |tx| existing_member(tx, &council, id)).await
    }

    /// Takes a member into a council.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Unprocessable`] for a value that cannot be; [`CompanyError::Conflict`]
    /// when the council has [`Council::MOST_MEMBERS`] already.
    pub async fn create_member(&self, council: Slug, new: NewMember) -> Result<CouncilMember, CompanyError> {
        let model = match &new.model {
            Some(model) => Some(self.check_model(model).await?),
            None => None,
        };
        let change = self.change(Actor::Founder);
        let member = CouncilMember {
            id: MemberId::new(self.chat.ids().next_id()),
            council_id: council,
            name: line("name", &new.name)?,
            role: line("role", &new.role)?,
            persona: paragraph("persona", new.persona.as_deref().unwrap_or(""), PERSONA)?,
            persona_source: paragraph("persona_source", new.persona_source.as_deref().unwrap_or(""), 200)?,
            enabled: new.enabled.unwrap_or(true),
            position: 0,
            model,
            seed_key: None,
            created_at: change.at,
            updated_at: change.at,
        };
        let place = new.position.map(position).transpose()?;
        let write = move |tx: &mut WriteTx<'_>| {
            existing(tx, &member.council_id)?;
            let there = tx.councils().members(&member.council_id)?;
            if there.len() >= Council::MOST_MEMBERS {
                let detail = format!("a council has at most {} members", Council::MOST_MEMBERS);
                return Err(CompanyError::Conflict { detail });
            }
            let behind = there.last().map_or(0, |last| last.position.saturating_add(1));
            let member = CouncilMember { position: place.unwrap_or(behind), ..member.clone() };
            tx.councils_mut().create_member(&member, &change)?;
            Ok(member)
        };
        self.store().write(write).await
    }

    /// Changes a member; its id stays. A debate under way sees it from the member's next turn on.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Unprocessable`] for a value that cannot be.
    pub async fn edit_member(
        &self,
        council: Slug,
        id: MemberId,
        edit: MemberEdit,
    ) -> Result<CouncilMember, CompanyError> {
        let name = edit.name.as_deref().map(|text| line("name", text)).transpose()?;
        let role = edit.role.as_deref().map(|text| line("role", text)).transpose()?;
        let persona = edit.persona.as_deref().map(|text| paragraph("persona", text, PERSONA)).transpose()?;
        let source =
            edit.persona_source.as_deref().map(|text| paragraph("persona_source", text, 200)).transpose()?;
        let model = match &edit.model {
            Some(Some(model)) => Some(Some(self.check_model(model).await?)),
            Some(None) => Some(None),
            None => None,
        };
        let place = edit.position.map(position).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing_member(tx, &council, id)?;
            let mut member = before.clone();
            member.name = name.clone().unwrap_or(member.name);
            member.role = role.clone().unwrap_or(member.role);
            member.persona = persona.clone().unwrap_or(member.persona);
            member.persona_source = source.clone().unwrap_or(member.persona_source);
            member.enabled = edit.enabled.unwrap_or(member.enabled);
            member.position = place.unwrap_or(member.position);
            member.model = model.clone().unwrap_or(member.model);
            if member != before {
                member.updated_at = change.at;
                tx.councils_mut().update_member(&member, &change)?;
            }
            Ok(member)
        };
        self.store().write(write).await
    }

    /// Removes a member. What it said stays.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn delete_member(&self, council: Slug, id: MemberId) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            existing_member(tx, &council, id)?;
            tx.councils_mut().delete_member(&council, id, &change)?;
            Ok(())
        };
        self.store().write(write).await
    }
}

pub(crate) fn existing(tx: &mut ReadTx<'_>, slug: &Slug) -> Result<Council, CompanyError> {
    tx.councils().get(slug)?.ok_or_else(|| CompanyError::not_found("council", slug))
}

fn existing_member(tx: &mut ReadTx<'_>, council: &Slug, id: MemberId) -> Result<CouncilMember, CompanyError> {
    existing(tx, council)?;
    let member = tx.councils().members(council)?.into_iter().find(|member| member.id == id);
    member.ok_or_else(|| CompanyError::not_found("member", id))
}

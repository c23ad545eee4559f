//! Departments, agents and categories.

use super::Conn;
use super::sessions::contains;
use crate::repositories::AgentFilter;
use crate::rows::{AgentRow, CategoryRow, DepartmentRow};
use crate::schema::{agents, categories, departments};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use domain::{AgentStatus, SlugCursor};

pub(crate) fn department(conn: &mut Conn, slug: &str) -> QueryResult<Option<DepartmentRow>> {
    departments::table.select(DepartmentRow::as_select()).find(slug).get_result(conn).optional()
}

pub(crate) fn departments(
    conn: &mut Conn,
    include_hidden: bool,
    after: Option<&SlugCursor>,
    limit: i64,
) -> QueryResult<Vec<DepartmentRow>> {
    let mut query = departments::table
        .select(DepartmentRow::as_select())
        .order((departments::position.asc(), departments::slug.asc()))
        .limit(limit)
        .into_boxed();
    if !include_hidden {
        query = query.filter(departments::hidden.eq(false));
    }
    if let Some(cursor) = after {
        let place = i32::try_from(cursor.position).unwrap_or(i32::MAX);
        let slug = cursor.slug.as_str().to_owned();
        query = query
            .filter(departments::position.ge(place))
            .filter(departments::position.gt(place).or(departments::slug.gt(slug)));
    }
    query.load(conn)
}

pub(crate) fn insert_department(conn: &mut Conn, row: &DepartmentRow) -> QueryResult<()> {
    diesel::insert_into(departments::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update_department(conn: &mut Conn, row: &DepartmentRow) -> QueryResult<bool> {
    diesel::update(departments::table.find(&row.slug)).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn delete_department(conn: &mut Conn, slug: &str) -> QueryResult<bool> {
    diesel::delete(departments::table.find(slug)).execute(conn).map(|rows| rows == 1)
}

/// How many agents each department has.
pub(crate) fn agent_counts(conn: &mut Conn) -> QueryResult<Vec<(String, i64)>> {
    agents::table
        .group_by(agents::department_id)
        .select((agents::department_id, diesel::dsl::count_star()))
        .load(conn)
}

pub(crate) fn agent(conn: &mut Conn, slug: &str) -> QueryResult<Option<AgentRow>> {
    agents::table.select(AgentRow::as_select()).find(slug).get_result(conn).optional()
}

/// The agents of a department in their order, the first one first.
pub(crate) fn agents_of(conn: &mut Conn, department: &str) -> QueryResult<Vec<AgentRow>> {
    agents::table
        .select(AgentRow::as_select())
        .filter(agents::department_id.eq(department))
        .order((agents::position.asc(), agents::slug.asc()))
        .load(conn)
}

pub(crate) fn agents(
    conn: &mut Conn,
    filter: &AgentFilter,
    after: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<AgentRow>> {
    let mut query =
        agents::table.select(AgentRow::as_select()).order(agents::slug.asc()).limit(limit).into_boxed();
    if let Some(department) = &filter.department {
        query = query.filter(agents::department_id.eq(department.as_str().to_owned()));
    }
    if let Some(status) = filter.status {
        let at_rest = agents::status.eq(AgentStatus::Idle.as_str());
        query = match status {
            AgentStatus::Working => query.filter(at_rest).filter(agents::slug.eq_any(&filter.working)),
            AgentStatus::Idle => query.filter(at_rest).filter(agents::slug.ne_all(&filter.working)),
            AgentStatus::Paused | AgentStatus::Disabled => query.filter(agents::status.eq(status.as_str())),
        };
    }
    if let Some(text) = &filter.text {
        let pattern = contains(text);
        query = query.filter(
            agents::name
                .like(pattern.clone())
                .escape('\\')
                .or(agents::role.like(pattern.clone()).escape('\\'))
                .or(agents::slug.like(pattern).escape('\\')),
        );
    }
    if let Some(slug) = after {
        query = query.filter(agents::slug.gt(slug.to_owned()));
    }
    query.load(conn)
}

pub(crate) fn insert_agent(conn: &mut Conn, row: &AgentRow) -> QueryResult<()> {
    diesel::insert_into(agents::table).values(row).execute(conn).map(drop)
}

pub(crate) fn update_agent(conn: &mut Conn, row: &AgentRow) -> QueryResult<bool> {
    diesel::update(agents::table.find(&row.slug)).set(row).execute(conn).map(|rows| rows == 1)
}

pub(crate) fn delete_agent(conn: &mut Conn, slug: &str) -> QueryResult<bool> {
    diesel::delete(agents::table.find(slug)).execute(conn).map(|rows| rows == 1)
}

statement! {
    /// When an agent last answered.
    Seen<'a> {
        "UPDATE agents SET last_seen = ", at: i64 => BigInt;
        " WHERE slug = ", slug: &'a str => Text;
    } ""
}

pub(crate) fn seen(conn: &mut Conn, slug: &str, at: i64) -> QueryResult<()> {
    Seen { at, slug }.execute(conn).map(drop)
}

pub(crate) fn categories(conn: &mut Conn) -> QueryResult<Vec<CategoryRow>> {
    categories::table
        .select(CategoryRow::as_select())
        .order((categories::position.asc(), categories::name.asc()))
        .load(conn)
}

pub(crate) fn insert_category(conn: &mut Conn, row: &CategoryRow) -> QueryResult<()> {
    diesel::insert_into(categories::table).values(row).execute(conn).map(drop)
}

//! All SQL of the program, once: these modules are compiled for each engine, with `Conn` that engine's connection.

use super::Conn;

type Backend = <Conn as diesel::Connection>::Backend;

/// A statement of fixed text, prepared once per connection. diesel prepares its own UPDATEs anew each time, and puts an
/// INSERT with optional columns together anew; for the few statements of every turn that is a third of the writer's time.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident<$life:lifetime> { $($head:literal, $field:ident: $rust:ty => $sql:ty;)+ } $tail:literal
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name<$life> { $(pub(crate) $field: $rust),+ }

        impl<$life> diesel::query_builder::QueryFragment<super::Backend> for $name<$life> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, super::Backend>,
            ) -> diesel::QueryResult<()> {
                $(
                    out.push_sql($head);
                    out.push_bind_param::<$sql, $rust>(&self.$field)?;
                )+
                out.push_sql($tail);
                Ok(())
            }
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::RunQueryDsl<super::Conn> for $name<'_> {}
    };
}

#[allow(unused_imports, reason = "an engine's own statements are made with it, too")]
pub(crate) use statement;

pub(crate) mod audit;
pub(crate) mod brain;
pub(crate) mod branches;
pub(crate) mod chain;
pub(crate) mod connections;
pub(crate) mod councils;
pub(crate) mod counts;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod idempotency;
pub(crate) mod imports;
pub(crate) mod messages;
pub(crate) mod overrides;
pub(crate) mod reset;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod tasks;
pub(crate) mod tools;
pub(crate) mod transfer;
pub(crate) mod usage;
pub(crate) mod voice;

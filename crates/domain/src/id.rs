//! Ids of things that are made while the company runs.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// An id stored as 16 bytes. Persistence is generic over it, so that no id is ever a loose string.
pub trait EntityId: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The id as it is stored.
    fn bytes(&self) -> [u8; 16];
    /// The id read back.
    fn from_bytes(bytes: [u8; 16]) -> Self;
}

/// Where new ids come from. UUIDv7 in production, a counter in tests.
pub trait IdSource: Send + Sync + 'static {
    /// A fresh id, unique for ever; ids of one process rise with time.
    fn next_id(&self) -> Uuid;
}

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct InvalidId;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = uuid::Uuid))]
        pub struct $name(Uuid);

        impl $name {
            /// Gives a fresh id from the source its type.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl EntityId for $name {
            fn bytes(&self) -> [u8; 16] {
                self.0.into_bytes()
            }
            fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            /// Reads the hyphenated form only: one thing has one name.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

uuid_id!(
    /// One conversation.
    SessionId
);
uuid_id!(
    /// One message of a session.
    MessageId
);
uuid_id!(
    /// One task.
    TaskId
);
uuid_id!(
    /// One file that is taken in.
    ImportId
);
uuid_id!(
    /// One member of a council.
    MemberId
);
uuid_id!(
    /// One pull of a model.
    PullId
);
uuid_id!(
    /// One connection to an outside server of tools.
    ConnectionId
);
uuid_id!(
    /// One call of a tool.
    ToolCallId
);
uuid_id!(
    /// One sample of a voice.
    SampleId
);
uuid_id!(
    /// One sound that was spoken.
    ClipId
);

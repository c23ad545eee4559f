//! Who makes events happen.

use std::net::SocketAddr;

use crate::bench::clients::Turns;
use crate::bench::connection::{Connection, request};

/// One who publishes marked events, one after the other.
pub(in crate::bench) struct Publisher(By);

enum By {
    Turns(Turns),
    /// New sessions with the mark in their title: events that need no model.
    Sessions(Connection),
    Floor(Connection),
}

impl Publisher {
    pub(in crate::bench) fn turns(address: SocketAddr) -> Self {
        Self(By::Turns(Turns::new(address, false)))
    }

    pub(in crate::bench) fn sessions(address: SocketAddr) -> Self {
        Self(By::Sessions(Connection::new(address)))
    }

    pub(in crate::bench) fn floor(address: SocketAddr) -> Self {
        Self(By::Floor(Connection::new(address)))
    }

    /// Publishes once; done when the server has answered.
    pub(super) async fn publish(&mut self, mark: &str) -> anyhow::Result<()> {
        match &mut self.0 {
            By::Turns(turns) => {
                turns.say(&format!("{mark} to everybody: the meeting is at ten.")).await?;
            }
            By::Sessions(connection) => {
                let body = format!(r#"{{"title":"{mark}","scope_type":"executive"}}"#);
                let session = request("POST", "/api/v1/chat-history/sessions", Some(&body));
                connection.send(&session, None).await?;
            }
            By::Floor(connection) => {
                let text = format!("{mark} to everybody: the meeting is at ten.");
                connection.send(&request("POST", "/turn", Some(&text)), None).await?;
            }
        }
        Ok(())
    }
}

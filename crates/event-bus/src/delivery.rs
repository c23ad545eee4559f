//! An event on its way, with its JSON text made once.

use bytes::Bytes;
use domain::RecordedEvent;
use std::sync::{Arc, OnceLock};

/// An event and its texts on the wire. All subscribers share one.
#[derive(Debug)]
pub struct Delivery {
    event: Arc<RecordedEvent>,
    json: OnceLock<Bytes>,
    tagged: OnceLock<Bytes>,
}

/// What stands before an event's own fields in a frame that names its type.
const TAG: &[u8] = br#"{"type":"event","#;

impl Delivery {
    /// An event to deliver.
    pub fn new(event: Arc<RecordedEvent>) -> Self {
        Self { event, json: OnceLock::new(), tagged: OnceLock::new() }
    }

    /// The event.
    pub fn event(&self) -> &RecordedEvent {
        &self.event
    }

    /// About how many bytes it takes, once both texts are made.
    pub(crate) fn size(&self) -> usize {
        const FIELDS: usize = 256;
        3 * (FIELDS + self.event.payload.get().len())
    }

    /// The event as a JSON object.
    pub fn json(&self) -> &Bytes {
        // Strings, numbers and checked JSON: this cannot fail; if it did, the object would be empty.
        self.json.get_or_init(|| serde_json::to_vec(&*self.event).unwrap_or_else(|_| b"{}".to_vec()).into())
    }

    /// The same with `"type": "event"` as its first field.
    pub fn tagged_json(&self) -> &Bytes {
        self.tagged.get_or_init(|| {
            let fields = self.json().get(1..).unwrap_or_default();
            [TAG, fields].concat().into()
        })
    }
}

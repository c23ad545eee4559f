//! The law of the layers, as a table. To change it is to change the architecture: say why in an ADR.

/// What each package of the workspace may use of the others. Downward only, never sideways.
pub(super) const LAYERS: &[(&str, &[&str])] = &[
    // the bottom: values and rules, no I/O
    ("domain", &[]),
    // one job each; none knows another
    ("persistence", &["domain"]),
    ("event-bus", &["domain"]),
    ("llm-gateway", &["domain"]),
    ("tool-gateway", &["domain"]),
    ("voice-gateway", &["domain"]),
    // conversations: embeds without what is above it
    ("chat-service", &["persistence", "event-bus", "llm-gateway", "domain"]),
    // the rest of the company runs its agents through conversations
    (
        "company-service",
        &[
            "chat-service",
            "tool-gateway",
            "voice-gateway",
            "persistence",
            "event-bus",
            "llm-gateway",
            "domain",
        ],
    ),
    // the edge sees services, and the bus only as chat-service shows it; the binary joins it with the page
    ("http-api", &["company-service", "chat-service", "domain"]),
    ("web-ui", &[]),
    // the programs wire
    ("daena", &["http-api", "web-ui", "company-service", "chat-service", "tool-gateway", "domain"]),
    ("seed-database", &["company-service", "chat-service", "domain"]),
    // beside the house: testkit is in nobody's row but the bench's, so elsewhere it is a dev-dependency
    ("testkit", &["domain"]),
    ("xtask", &["testkit"]),
];

/// Libraries that belong to somebody. A name that ends in `*` stands for its whole family.
pub(super) const OWNED: &[Owned] = &[
    Owned::by(&["persistence"], &["diesel*", "r2d2", "libsqlite3-sys"]),
    Owned::by(&["llm-gateway"], &["ollama-rs"]),
    // testkit's clients speak HTTP too; it is never shipped
    Owned::by(&["tool-gateway"], &["rmcp", "jsonschema"]),
    Owned::by(&["llm-gateway", "tool-gateway", "voice-gateway", "testkit"], &["reqwest"]),
    Owned::by(&["http-api"], &["actix-*"]),
    // domain describes its wire forms, behind its feature `openapi`
    Owned { libraries: &["utoipa*"], owners: &["http-api"], optionally: &["domain"] },
];

/// Libraries, and who may use them.
pub(super) struct Owned {
    pub(super) libraries: &'static [&'static str],
    pub(super) owners: &'static [&'static str],
    /// May use them as an optional dependency only.
    pub(super) optionally: &'static [&'static str],
}

impl Owned {
    const fn by(owners: &'static [&'static str], libraries: &'static [&'static str]) -> Self {
        Self { libraries, owners, optionally: &[] }
    }
}

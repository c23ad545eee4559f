//! The data: 8 departments with 6 agents each, the chat categories, the settings.

use domain::{Slug, VoiceState};
use serde_json::{Value, json};

/// A department of the seed. Its first agent is its spokesperson.
pub(super) struct SeedDepartment {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) color: &'static str,
    pub(super) description: &'static str,
    pub(super) agents: &'static [SeedAgent],
}

/// An agent of the seed.
pub(super) struct SeedAgent {
    pub(super) name: &'static str,
    pub(super) role: &'static str,
    pub(super) kind: &'static str,
}

const fn agent(name: &'static str, role: &'static str, kind: &'static str) -> SeedAgent {
    SeedAgent { name, role, kind }
}

pub(super) const DEPARTMENTS: &[SeedDepartment] = &[
    SeedDepartment {
        slug: "engineering",
        name: "Engineering",
        color: "#4169E1",
        description: "software development and technical infrastructure",
        agents: &[
            agent("Atlas", "Chief Engineer", "technical"),
            agent("Nexus", "Senior Developer", "technical"),
            agent("Codex", "DevOps Specialist", "technical"),
            agent("Vector", "QA Lead", "technical"),
            agent("Syntax", "Architect", "technical"),
            agent("Byte", "Security Engineer", "technical"),
        ],
    },
    SeedDepartment {
        slug: "product",
        name: "Product",
        color: "#9370DB",
        description: "product management and strategy",
        agents: &[
            agent("Nova", "Product Lead", "strategic"),
            agent("Pulse", "Product Manager", "strategic"),
            agent("Flow", "UX Designer", "creative"),
            agent("Spark", "Product Analyst", "analytical"),
            agent("Lens", "Research Lead", "analytical"),
            agent("Scope", "Product Strategist", "strategic"),
        ],
    },
    SeedDepartment {
        slug: "sales",
        name: "Sales",
        color: "#FF8C00",
        description: "sales and revenue",
        agents: &[
            agent("Hunter", "Sales Director", "sales"),
            agent("Apex", "Account Executive", "sales"),
            agent("Velocity", "Sales Engineer", "technical"),
            agent("Summit", "Business Development", "sales"),
            agent("Pivot", "Sales Operations", "analytical"),
            agent("Target", "Inside Sales", "sales"),
        ],
    },
    SeedDepartment {
        slug: "marketing",
        name: "Marketing",
        color: "#FF6B6B",
        description: "marketing and brand",
        agents: &[
            agent("Aura", "CMO", "strategic"),
            agent("Brand", "Brand Manager", "creative"),
            agent("Growth", "Growth Hacker", "analytical"),
            agent("Content", "Content Strategist", "creative"),
            agent("Social", "Social Media Manager", "creative"),
            agent("Metrics", "Marketing Analyst", "analytical"),
        ],
    },
    SeedDepartment {
        slug: "finance",
        name: "Finance",
        color: "#00CED1",
        description: "financial management and accounting",
        agents: &[
            agent("Vault", "CFO", "analytical"),
            agent("Ledger", "Accountant", "analytical"),
            agent("Budget", "Financial Analyst", "analytical"),
            agent("Audit", "Auditor", "analytical"),
            agent("Forecast", "Financial Planner", "analytical"),
            agent("Capital", "Treasury Manager", "analytical"),
        ],
    },
    SeedDepartment {
        slug: "hr",
        name: "Human Resources",
        color: "#E91E7F",
        description: "people and talent",
        agents: &[
            agent("Harmony", "People Ops", "support"),
            agent("Talent", "Recruiter", "support"),
            agent("Culture", "Culture Manager", "support"),
            agent("Wellness", "Wellness Coordinator", "support"),
            agent("Learning", "Learning & Development", "support"),
            agent("Retention", "Retention Specialist", "support"),
        ],
    },
    SeedDepartment {
        slug: "legal",
        name: "Legal",
        color: "#8B5CF6",
        description: "legal affairs and compliance",
        agents: &[
            agent("Justus", "General Counsel", "legal"),
            agent("Compliance", "Compliance Officer", "legal"),
            agent("Contract", "Contract Manager", "legal"),
            agent("IP", "IP Specialist", "legal"),
            agent("Regulatory", "Regulatory Affairs", "legal"),
            agent("Risk", "Risk Manager", "legal"),
        ],
    },
    SeedDepartment {
        slug: "customer",
        name: "Customer Success",
        color: "#32CD32",
        description: "customer support and success",
        agents: &[
            agent("Echo", "Success Lead", "support"),
            agent("Support", "Support Engineer", "support"),
            agent("Onboard", "Onboarding Specialist", "support"),
            agent("Retention", "Retention Manager", "support"),
            agent("Advocate", "Customer Advocate", "support"),
            agent("Feedback", "Feedback Analyst", "analytical"),
        ],
    },
];

/// Name, title and colour of the drawers that are not a department's.
pub(super) const CATEGORIES: &[(&str, &str, &str)] = &[
    ("executive", "Daena", "#6C5CE7"),
    ("general", "General", "#7F8C8D"),
    ("departments", "Departments", "#2980B9"),
    ("agents", "Agents", "#27AE60"),
];

/// Words a minute and pitch, by department.
const SPEECH: &[(&str, f64, f64)] = &[
    ("engineering", 140.0, 0.9),
    ("marketing", 160.0, 1.1),
    ("sales", 145.0, 1.0),
    ("finance", 130.0, 0.95),
    ("hr", 150.0, 1.05),
    ("customer", 155.0, 1.0),
    ("product", 160.0, 1.1),
    ("legal", 140.0, 0.95),
];

/// How a department sounds until somebody sets it. Rates have two decimals.
pub(crate) fn voice(department: &Slug) -> VoiceState {
    let known = SPEECH.iter().find(|(slug, ..)| *slug == department.as_str());
    let rate = |words: f64| (words / VoiceState::NORMAL_WORDS_PER_MINUTE * 100.0).round() / 100.0;
    let (rate, pitch) = known.map_or((1.0, 1.0), |(_, words, pitch)| (rate(*words), *pitch));
    VoiceState { rate, pitch, ..VoiceState::default() }
}

/// The settings of a new company.
pub(crate) fn settings() -> Vec<(&'static str, Value)> {
    let models =
        ["qwen2.5:7b-instruct", "qwen2.5:14b-instruct", "qwen2.5-coder:7b", "llama3.2:3b", "deepseek-r1:8b"];
    vec![("brain.recommended_models", json!(models)), ("brain.routing", json!("local_only"))]
}

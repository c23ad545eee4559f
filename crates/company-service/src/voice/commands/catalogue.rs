//! The commands, for who wants to know what can be said.

/// A command for who wants to know what can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    /// Its name, which answers carry.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// How it can be said.
    pub examples: &'static [&'static str],
}

/// Every command.
pub const COMMANDS: &[CommandInfo] = &[
    CommandInfo {
        name: "list_departments",
        description: "Names the departments.",
        examples: &["List departments", "Which departments do we have?"],
    },
    CommandInfo {
        name: "list_agents",
        description: "Names the agents of a department, or says how many there are.",
        examples: &["List the agents in engineering", "Who works in sales?"],
    },
    CommandInfo {
        name: "list_councils",
        description: "Names the councils.",
        examples: &["List councils", "Show me the councils"],
    },
    CommandInfo {
        name: "system_status",
        description: "Says how the company and its brain stand.",
        examples: &["System status", "What's the status of the system?"],
    },
    CommandInfo {
        name: "create_task",
        description: "Makes a task for a department or an agent. It waits until somebody starts it.",
        examples: &[
            "Create a task for engineering to check the backups",
            "Add a task for Atlas: review the design",
        ],
    },
    CommandInfo {
        name: "task_status",
        description: "Says how a task stands, found by words of its title, or how many tasks there are.",
        examples: &["Task status", "What's the status of the task check the backups?"],
    },
    CommandInfo {
        name: "start_debate",
        description: "Starts a debate of a council on a topic.",
        examples: &["Start a debate in the tech council on remote work"],
    },
    CommandInfo {
        name: "open_page",
        description: "Opens a page.",
        examples: &["Open the tasks page", "Go to settings"],
    },
    CommandInfo { name: "stop", description: "Stops speaking.", examples: &["Stop", "Be quiet"] },
    CommandInfo {
        name: "stop_everything",
        description: "Ends every reply, task and debate under way, once you have said yes.",
        examples: &["Stop everything"],
    },
];

//! The five seeded agents: what each is made of.

/// What one seeded agent is made of.
#[derive(Debug)]
pub(super) struct Kit {
    /// Its name in seeds and ids.
    pub(super) key: &'static str,
    /// Its name on the platform.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) description: &'static str,
    /// The team that owns it.
    pub(super) team: &'static str,
    /// Its model's id.
    pub(super) model: &'static str,
    /// Days since it was made.
    pub(super) made_days_ago: i64,
    /// Its own tools, with what they do.
    pub(super) tools: &'static [(&'static str, &'static str)],
    /// Its first prompt.
    pub(super) prompt: &'static str,
    /// How later versions and suggestions edit it.
    pub(super) edits: &'static str,
    /// What its dreams find.
    pub(super) themes: &'static str,
    /// How its sessions go.
    pub(super) sessions: &'static str,
    /// Whether its prompt has the rule by which agents log ratings.
    pub(super) logs_ratings: bool,
    /// How many sessions it has.
    pub(super) session_count: usize,
    /// Name and description of its memory store.
    pub(super) store: (&'static str, &'static str),
    /// What lies in its memory store.
    pub(super) memories: &'static str,
    /// The words that fill the gaps in sessions and memories.
    pub(super) words: &'static str,
}

macro_rules! texts {
    ($key:literal) => {
        Kit {
            key: $key,
            name: "",
            description: "",
            team: "",
            model: "claude-opus-5-5",
            made_days_ago: 0,
            tools: &[],
            prompt: include_str!(concat!("../../seed/", $key, "/prompt.md")),
            edits: include_str!(concat!("../../seed/", $key, "/edits.txt")),
            themes: include_str!(concat!("../../seed/", $key, "/themes.txt")),
            sessions: include_str!(concat!("../../seed/", $key, "/sessions.txt")),
            logs_ratings: false,
            session_count: 0,
            store: ("", ""),
            memories: include_str!(concat!("../../seed/", $key, "/memories.txt")),
            words: include_str!(concat!("../../seed/", $key, "/words.txt")),
        }
    };
}

/// The five seeded agents.
pub(super) const KITS: [Kit; 5] = [
    Kit {
        name: "SupportBot",
        description: "First-line customer support for the shop: orders, returns, refunds, accounts.",
        team: "support",
        model: "claude-sonnet-5",
        made_days_ago: 96,
        tools: &[
            ("lookup_customer", "Finds a customer by e-mail address."),
            ("lookup_order", "Returns an order by its number."),
            ("create_refund", "Refunds an order, in part or in full."),
            ("create_return_label", "Makes a return label for an order."),
            ("open_ticket", "Hands a case to a person."),
        ],
        session_count: 130,
        store: (
            "Support knowledge",
            "Policies, products and what is known of customers, for the support agent.",
        ),
        ..texts!("support")
    },
    Kit {
        name: "Code Review",
        description: "Reviews pull requests before a person does.",
        team: "platform-engineering",
        made_days_ago: 81,
        tools: &[
            (
                "get_pull_request",
                "Returns title, description and changed files.",
            ),
            ("get_diff", "Returns the diff of one file."),
            ("read_file", "Returns a file at a commit."),
            ("post_review", "Posts the review with its comments."),
        ],
        session_count: 90,
        store: (
            "Review conventions",
            "Conventions of each repository and what reviewers asked for before.",
        ),
        ..texts!("review")
    },
    Kit {
        name: "Sales Research",
        description: "Prepares account executives for their first call with a company.",
        team: "revenue",
        model: "claude-sonnet-5",
        made_days_ago: 58,
        tools: &[
            ("search_news", "Searches news of the last year."),
            ("company_profile", "Returns registry data of a company."),
            ("crm_lookup", "Returns what the CRM has on an account."),
        ],
        session_count: 60,
        store: (
            "Account notes",
            "What is known of accounts, segments and competitors.",
        ),
        ..texts!("sales")
    },
    Kit {
        name: "On-call Runbooks",
        description: "Walks the engineer on call through an incident, by the runbooks.",
        team: "site-reliability",
        made_days_ago: 112,
        tools: &[
            ("query_metrics", "Runs a metrics query."),
            ("search_logs", "Searches logs of one service."),
            ("get_deploys", "Lists recent deploys of a service."),
            ("page", "Pages a rotation."),
            (
                "run_action",
                "Runs an action of the operations tool after confirmation.",
            ),
        ],
        logs_ratings: true,
        session_count: 75,
        store: (
            "Incident memory",
            "Past incidents, services and what helped.",
        ),
        ..texts!("oncall")
    },
    Kit {
        name: "Legal Intake",
        description: "Takes in requests to the legal department and routes them.",
        team: "legal-operations",
        made_days_ago: 66,
        tools: &[
            ("find_contract", "Finds contracts by counterparty."),
            ("read_contract", "Returns the text of a contract."),
            ("create_matter", "Opens a matter and assigns it."),
            (
                "conflict_check",
                "Checks parties for conflicts of interest.",
            ),
        ],
        session_count: 45,
        store: (
            "Intake practice",
            "How requests are classified and who takes them.",
        ),
        ..texts!("legal")
    },
];

//! Answers of a proxy, as data.

use review_api::{
    Accuracy, Agent, AgentHealth, AgentSummary, AgentVersion, AppliedVersion, AuditAction,
    AuditEntry, Change, ChangeSize, ChangeState, ChangeSummary, ChangeTarget, DreamReport,
    DreamStatus, DreamingFrequency, DreamingSettings, FeedbackCounts, Freshness, Inbox, InboxItem,
    InboxReason, InboxSubject, LastDream, Measurement, MemoryBefore, MemoryManifest,
    MemoryOperation, MemoryProposal, Metric, NegativeShare, Page, Pattern, Policy, Prices, Prompt,
    Role, Session, SetupWarning, StagingTest, SubjectKind, Suggestion, SuggestionRow,
    SuggestionStatus, TestOutcome, TestState, TestWay, Timestamp, User, VersionAccuracy,
    VersionOutcome,
};
use review_core::digest::sha256_hex;

/// A time in the fixtures' day, `hour` hours after its beginning.
pub fn at_hour(hour: i64) -> Timestamp {
    Timestamp::from_second(1_763_800_000 + hour * 3_600).unwrap()
}

pub fn user(name: &str, role: Role) -> User {
    User {
        name: name.into(),
        role,
    }
}

/// A session of `role` that may switch to every demo user.
pub fn session(role: Role) -> Session {
    Session {
        user: user(role.as_str(), role),
        switchable: vec![
            user("reviewer", Role::Reviewer),
            user("approver", Role::Approver),
            user("admin", Role::Admin),
        ],
        api_version: review_api::API_VERSION,
        proxy_version: "0.1.0".to_owned(),
        platform: "127.0.0.1".to_owned(),
        prices: Prices::default(),
    }
}

pub fn fresh() -> Freshness {
    Freshness {
        read_at: Some(at_hour(9)),
        problem: None,
    }
}

pub fn page<T>(items: Vec<T>) -> Page<T> {
    Page {
        items,
        next_cursor: None,
        freshness: Some(fresh()),
    }
}

pub fn metric() -> Metric {
    let measured = |value| {
        Some(Measurement {
            value,
            cases: Some(120),
        })
    };
    Metric {
        name: "accuracy".to_owned(),
        before: measured(0.82),
        after: measured(0.88),
        measured_by: "pipeline".to_owned(),
    }
}

/// A version with so many negative ratings, made by a change and measured by its staging test.
pub fn outcome(version: u32, negative: u32, rated: u32) -> VersionOutcome {
    let share = review_core::stats::wilson(negative, rated).unwrap();
    let right = review_core::stats::wilson(30, 40).unwrap();
    let change = format!("chg_{version}");
    VersionOutcome {
        version,
        made_at: Some(at_hour(1)),
        applied: Some(AppliedVersion {
            change_id: change.as_str().into(),
            title: format!("Change {version}."),
            by: "ann".into(),
            at: at_hour(2),
            rolled_back_by: None,
        }),
        ratings: Some(NegativeShare {
            negative,
            rated,
            low: share.low,
            high: share.high,
        }),
        accuracy: Some(VersionAccuracy {
            accuracy: Accuracy {
                right: 30,
                cases: 40,
                low: right.low,
                high: right.high,
            },
            test_id: format!("tst_{version}"),
            change_id: change.as_str().into(),
            as_proposal: true,
            worse: 0,
            better: 0,
            model: "claude-sonnet-5".to_owned(),
            measured_at: at_hour(1),
        }),
    }
}

pub fn inbox_item(id: &str, title: &str) -> InboxItem {
    InboxItem {
        subject: InboxSubject::Suggestion { id: id.into() },
        reason: InboxReason::Decide,
        title: title.to_owned(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        size: ChangeSize {
            lines_added: 3,
            lines_removed: 1,
        },
        metric: Some(metric()),
        rejected_before: false,
        since: at_hour(7),
    }
}

pub fn health() -> AgentHealth {
    AgentHealth {
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        dreaming_enabled: true,
        last_dream: Some(last_dream()),
        next_due_at: Some(at_hour(30)),
        warnings: vec![SetupWarning::NoWebhook],
    }
}

pub fn inbox(items: Vec<InboxItem>) -> Inbox {
    Inbox {
        total: items.len() as u64,
        items,
        next_cursor: None,
        health: vec![health()],
        automatic: Vec::new(),
        paused: None,
        freshness: fresh(),
    }
}

pub fn last_dream() -> LastDream {
    LastDream {
        id: "drm_1".into(),
        status: DreamStatus::Completed,
        created_at: at_hour(5),
        ended_at: Some(at_hour(6)),
        suggestions: Some(0),
    }
}

pub fn agent_summary(id: &str, name: &str) -> AgentSummary {
    AgentSummary {
        id: id.into(),
        name: name.to_owned(),
        model: "claude-sonnet-4-5".to_owned(),
        version: 12,
        prompt_chars: 4_210,
        dreaming: DreamingSettings {
            dreaming_enabled: true,
            dreaming_frequency: DreamingFrequency::Daily,
            ..DreamingSettings::default()
        },
        last_dream: Some(last_dream()),
        next_due_at: Some(at_hour(30)),
        open_suggestions: 2,
        open_changes: 1,
        feedback: FeedbackCounts {
            positive: 31,
            negative: 12,
        },
        warnings: vec![SetupWarning::NoWebhook],
    }
}

pub fn prompt(version: u32, text: &str) -> Prompt {
    Prompt {
        version,
        sha256: "a".repeat(64),
        text: text.to_owned(),
    }
}

pub fn agent(id: &str, name: &str) -> Agent {
    Agent {
        summary: agent_summary(id, name),
        description: Some("Answers customers of the shop.".to_owned()),
        prompt: prompt(12, "You are the support agent.\nBe brief."),
        policy: Policy::default(),
        drift: None,
        revision: 4,
        created_at: at_hour(-900),
        updated_at: at_hour(1),
        freshness: fresh(),
    }
}

pub fn version(number: u32) -> AgentVersion {
    AgentVersion {
        version: number,
        created_at: at_hour(i64::from(number)),
        prompt_chars: 4_000 + u64::from(number),
        change_id: (number == 12).then(|| "chg_1".into()),
    }
}

pub fn pattern() -> Pattern {
    Pattern {
        key: "refunds".to_owned(),
        title: "Refunds without an order number".to_owned(),
        description: "The agent refunds before it knows the order.".to_owned(),
        occurrences: Some(14),
        interaction_ids: vec!["sesn_1".into(), "sesn_2".into()],
        found_by: None,
    }
}

pub fn dream(id: &str) -> DreamReport {
    DreamReport {
        id: id.into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        status: DreamStatus::Completed,
        created_at: at_hour(5),
        ended_at: Some(at_hour(6)),
        reported_at: Some(at_hour(6)),
        reported_by: Some("webhook".to_owned()),
        summary: Some("Refunds go wrong when no order number is asked for.".to_owned()),
        patterns: vec![pattern()],
        suggestions: vec![SuggestionRow {
            id: "sug_1".into(),
            title: "Ask for the order number before any refund".to_owned(),
            status: SuggestionStatus::Open,
            size: ChangeSize {
                lines_added: 3,
                lines_removed: 1,
            },
            proposed_by: None,
            takes_back: false,
        }],
        metrics: vec![metric()],
        usage: None,
        cost: None,
        model: Some("claude-opus-4-1".to_owned()),
        instructions: None,
        interactions_read: 40,
        error: None,
        in_place: None,
        reflection: None,
        has_log: true,
    }
}

pub fn suggestion(id: &str) -> Suggestion {
    Suggestion {
        id: id.into(),
        dream_id: "drm_1".into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        title: "Ask for the order number before any refund".to_owned(),
        rationale: "Refunds without an order number went to the wrong person.".to_owned(),
        status: SuggestionStatus::Open,
        current: prompt(12, "# Refunds\nYou may refund up to $200.\nBe brief.\n"),
        made_on_version: 12,
        proposed: "# Refunds\nRefund only with an order number.\nBe brief.\n".to_owned(),
        size: ChangeSize {
            lines_added: 1,
            lines_removed: 1,
        },
        proposed_by: None,
        takes_back: false,
        findings: Vec::new(),
        memory_uses: Vec::new(),
        patterns: vec![pattern()],
        metrics: vec![metric()],
        target: ChangeTarget::Prompt,
        memory: None,
        rejection: None,
        earlier_rejections: Vec::new(),
        change_id: None,
        position: (1, 1),
        created_at: at_hour(6),
        revision: 1,
    }
}

pub fn change_summary(id: &str, state: ChangeState) -> ChangeSummary {
    ChangeSummary {
        id: id.into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        title: "Ask for the order number before any refund".to_owned(),
        state,
        target: ChangeTarget::Prompt,
        rolls_back: None,
        size: ChangeSize {
            lines_added: 1,
            lines_removed: 1,
        },
        base_version: 12,
        staged_by: "reviewer".into(),
        staged_at: at_hour(7),
        updated_at: at_hour(7),
        approvals: 0,
        approvals_needed: 1,
    }
}

pub fn change(id: &str, state: ChangeState) -> Change {
    let suggestion = suggestion("sug_1");
    Change {
        summary: change_summary(id, state),
        base: suggestion.current,
        proposed: suggestion.proposed,
        memory: None,
        findings_sha256: None,
        digest: "d".repeat(64),
        policy: Policy::default(),
        suggestion_ids: vec!["sug_1".into()],
        hands: Vec::new(),
        approvals: Vec::new(),
        overlaps: Vec::new(),
        moved_to: None,
        rolled_back_by: None,
        test: None,
        automatic: None,
        glass: None,
        outcome: None,
        trouble: None,
        history: vec![audit_entry(1, "reviewer", AuditAction::ChangeStaged)],
        revision: 1,
    }
}

pub fn audit_entry(seq: u64, actor: &str, action: AuditAction) -> AuditEntry {
    AuditEntry {
        seq,
        at: at_hour(7),
        actor: actor.to_owned(),
        action,
        subject_kind: SubjectKind::Change,
        subject_id: "chg_1".to_owned(),
        subject_title: "Ask for the order number before any refund".to_owned(),
        agent_id: Some("agent_support".into()),
        detail: serde_json::json!({ "base_version": 12 }),
        prev_hash: "0".repeat(64),
        hash: format!("{seq:064x}"),
    }
}

/// A staging test of the change `chg_1`, 12 of 24 cases right before and 17 after.
pub fn staging_test(state: TestState, outcome: Option<TestOutcome>) -> StagingTest {
    let accuracy = |right| Accuracy {
        right,
        cases: 24,
        low: 0.5,
        high: 0.9,
    };
    StagingTest {
        id: "tst_1".to_owned(),
        change_id: "chg_1".into(),
        digest: "d".repeat(64),
        state,
        reason: None,
        way: TestWay::Messages,
        model: "claude-opus-5-5".to_owned(),
        repeats: 1,
        budget_tokens: 96_000,
        estimated_tokens: 48_000,
        estimated_most: Some(60_000),
        estimated_cost: None,
        cost: None,
        tokens: 31_000,
        cases: 24,
        waiting: if state == TestState::Running { 12 } else { 0 },
        left_out: 0,
        failed: 0,
        worse: 1,
        better: 6,
        before: Some(accuracy(12)),
        after: Some(accuracy(17)),
        difference: Some([0.05, 0.37]),
        p_value: 0.125,
        outcome,
        sentence: "Not decisive: of 24 cases 6 got better and 1 got worse.".to_owned(),
        asked_by: "reviewer".into(),
        asked_at: at_hour(8),
        ended_at: None,
    }
}

/// A proposal that makes a memory, edits one and deletes one.
pub fn memories() -> MemoryProposal {
    let before = |id: &str, path: &str| MemoryBefore {
        memory_id: id.into(),
        path: path.to_owned(),
        sha256: sha256_hex("Be kind.\n"),
        content: "Be kind.\n".to_owned(),
    };
    MemoryProposal {
        manifest: MemoryManifest {
            store_id: "memstore_1".into(),
            operations: vec![
                MemoryOperation::Create {
                    path: "/orders.md".to_owned(),
                    content: "Ask first.\n".to_owned(),
                },
                MemoryOperation::Edit {
                    memory_id: "mem_1".into(),
                    path: "/tone.md".to_owned(),
                    expected_sha256: sha256_hex("Be kind.\n"),
                    content: "Be brief.\n".to_owned(),
                },
                MemoryOperation::Delete {
                    memory_id: "mem_2".into(),
                    path: "/dates.md".to_owned(),
                    expected_sha256: sha256_hex("Be kind.\n"),
                },
            ],
        },
        store_name: "Support notes".to_owned(),
        before: vec![before("mem_1", "/tone.md"), before("mem_2", "/dates.md")],
    }
}

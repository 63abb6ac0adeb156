//! The seed is deterministic, believable in its figures, and consistent.

use super::*;
use std::collections::HashSet;

fn world() -> Model {
    let mut model = Model::default();
    for entry in entries("2026-11-23T09:00:00Z".parse().unwrap(), 1) {
        model.apply(entry);
    }
    model
}

#[test]
fn the_same_start_makes_the_same_world() {
    let lines = || {
        let all = entries(Timestamp::UNIX_EPOCH, 2);
        let text: Vec<String> = all
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap())
            .collect();
        text
    };
    assert_eq!(lines(), lines());
}

#[test]
fn every_edit_of_every_kit_fits_its_prompt() {
    for kit in &KITS {
        let wanted = 1 + edits::versions(kit.edits).len();
        let prompts = prompts(kit);
        assert_eq!(
            prompts.len(),
            wanted,
            "{}: a version's edits do not fit",
            kit.key
        );
        assert!((3..=6).contains(&wanted), "{}: {wanted} versions", kit.key);
        let (current, _) = prompts.last().unwrap();
        for key in edits::proposal_keys(kit.edits) {
            let proposal = edits::proposed(kit.edits, key).unwrap();
            assert!(
                !proposal.title.is_empty() && !proposal.rationale.is_empty(),
                "{}: {key}",
                kit.key
            );
            assert!(
                edits::applied(current, &proposal.edits).is_some(),
                "{}: {key}",
                kit.key
            );
        }
    }
}

#[test]
fn prompts_go_from_two_to_sixty_kilobytes() {
    let mut sizes: Vec<usize> = KITS
        .iter()
        .map(|kit| prompts(kit).last().unwrap().0.len())
        .collect();
    sizes.sort_unstable();
    assert!((1_500..3_500).contains(&sizes[0]), "{sizes:?}");
    assert!((52_000..70_000).contains(&sizes[4]), "{sizes:?}");
}

#[test]
fn the_world_has_the_promised_size() {
    let world = world();
    assert_eq!(world.agents.len(), 5);
    assert_eq!(world.sessions_by_time.len(), 400);
    for kit in &KITS {
        let files = world.stores[&ids::derived("memstore_", kit.key)]
            .memories
            .len();
        assert!((20..=300).contains(&files), "{}: {files} files", kit.key);
    }
    let statuses: HashSet<&str> = world
        .dreams
        .values()
        .map(|dream| dream.status.as_str())
        .collect();
    assert_eq!(statuses.len(), 5, "{statuses:?}");
}

/// A gap that no word filled, such as `{name}`.
fn gap(text: &str) -> Option<&str> {
    let mut gaps = text
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    gaps.find(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
        .map(|(name, _)| name)
}

#[test]
fn ids_differ_between_copies_and_no_gap_stays_unfilled() {
    let mut agents = HashSet::new();
    for entry in entries(Timestamp::UNIX_EPOCH, 3) {
        match entry {
            Entry::Agent(agent) => drop(agents.insert(agent.id)),
            Entry::Session(session) if session.dream_id.is_none() => {
                let title = session.title.unwrap();
                assert!(!title.contains(['{', '}', '[']), "{title}");
            }
            Entry::Events { events, .. } => {
                let text = serde_json::to_string(&events).unwrap();
                assert!(!text.contains("[["), "{text}");
                assert_eq!(gap(&text), None);
            }
            Entry::Memory(memory) => {
                assert!(
                    !memory.content.contains("[["),
                    "{}: {}",
                    memory.path,
                    memory.content
                );
                assert_eq!(gap(&memory.content), None, "{}", memory.path);
                crate::memory::check_path(&memory.path).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(agents.len(), 15);
}

fn reports(world: &Model) -> Vec<review_api::DreamingReport> {
    let reports = world
        .dreams
        .values()
        .filter_map(|dream| dream.report.as_ref());
    reports
        .map(|report| serde_json::from_value(report.body.clone()).unwrap())
        .collect()
}

#[test]
fn reports_name_real_interactions_and_propose_real_prompts() {
    let world = world();
    let reports = reports(&world);
    let mut open = 0;
    for report in &reports {
        let agent = world.agent(report.agent_id.as_str()).unwrap();
        for pattern in &report.patterns {
            assert!(
                pattern.interaction_ids.len() >= 2,
                "{}: {pattern:?}",
                agent.name
            );
            for id in &pattern.interaction_ids {
                assert_eq!(world.sessions[id.as_str()].agent_id, agent.id);
            }
        }
        for suggestion in &report.suggestions {
            open += 1;
            assert_ne!(Some(&suggestion.new_prompt), agent.system.as_ref());
            assert!(suggestion.new_prompt.chars().count() <= 100_000);
            assert!(
                !report.patterns.is_empty(),
                "{}: a suggestion without a pattern",
                agent.name
            );
        }
    }
    assert!((8..=11).contains(&open), "{open} open suggestions");
    let has_metrics = |report: &&review_api::DreamingReport| !report.metrics.is_empty();
    assert!(reports.iter().filter(has_metrics).count() > 3);
    let unmeasured = reports
        .iter()
        .find(|report| report.metrics.is_empty() && !report.suggestions.is_empty());
    assert!(
        unmeasured.is_some(),
        "one report with suggestions was not measured"
    );
    assert!(reports.iter().any(|report| report.suggestions.is_empty()));
}

#[test]
fn one_proposal_comes_twice_byte_for_byte() {
    let reports = reports(&world());
    let mut seen = HashSet::new();
    let twice = reports
        .iter()
        .flat_map(|report| {
            report
                .suggestions
                .iter()
                .map(move |made| (&report.agent_id, &made.new_prompt))
        })
        .filter(|made| !seen.insert(*made))
        .count();
    assert_eq!(twice, 1);
}

#[test]
fn the_running_dream_ends_about_a_minute_after_the_first_start() {
    let world = world();
    let (first_start, _) = world.origin.unwrap();
    let running = world
        .dreams
        .values()
        .find(|dream| dream.status.as_str() == "running")
        .unwrap();
    let ends_at = running.plan.as_ref().unwrap().ends_at;
    assert!((60..=90).contains(&ends_at.duration_since(first_start).as_secs()));
    assert!(running.output_store_id.is_none());
}

#[test]
fn the_documented_ids_are_those_of_the_agents() {
    let documentation = include_str!("../lib.rs");
    for kit in &KITS {
        let row = format!("| `{}` | `{}` |", kit.name, ids::derived("agent_", kit.key));
        assert!(documentation.contains(&row), "{row}");
    }
}

#[test]
fn an_agent_with_the_rule_logs_some_ratings_and_no_other_does() {
    let world = world();
    let mut logged = 0;
    for entry in entries("2026-11-23T09:00:00Z".parse().unwrap(), 1) {
        let Entry::Events { session_id, events } = entry else {
            continue;
        };
        let said = serde_json::to_string(&events).unwrap();
        let lines = said.matches("[feedback] negative: ").count();
        let session = world.sessions.get(&session_id);
        let agent = session.and_then(|session| world.agent(&session.agent_id));
        let Some(agent) = agent else {
            assert_eq!(lines, 0, "a dream logs nothing");
            continue;
        };
        let prompt = agent.system.clone().unwrap_or_default();
        assert!(lines == 0 || rule_log::has_rule(&prompt), "{}", agent.name);
        logged += lines;
    }
    assert!((2..=15).contains(&logged), "{logged} lines");
}

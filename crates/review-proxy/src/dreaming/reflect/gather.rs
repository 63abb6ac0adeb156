//! What is known when a model is asked to reflect.

use super::Reflector;
use crate::dreaming::SyncError;
use crate::dreaming::log;
use crate::platform::{EventOrder, PageQuery, PlatformError, Trouble};
use crate::store::reflections::{self, Kept, OfMemories};
use crate::store::{agents, feedback, now, settings};
use review_api::{Feedback, Freshness, InteractionId, LogEvent, MemoryOperation, Rating};
use review_core::in_place;
use review_core::reflection::{Material, MemoryChange, Opinion, Transcript};

/// Most ratings, the newest first.
const MOST_RATINGS: u32 = 500;
/// Most interactions whose transcripts are read.
const MOST_TRANSCRIPTS: usize = 20;
/// Events of one page, and most pages of one transcript.
const PAGE: u32 = 100;
/// See [`PAGE`].
const MOST_PAGES: usize = 5;
/// Most proposals that were turned down.
const MOST_REJECTIONS: u32 = 50;

/// What is known, and what the answer will be about.
pub(super) struct Gathered {
    pub(super) material: Material,
    /// The version that has the prompt.
    pub(super) version: u32,
    /// The model to ask.
    pub(super) model: Option<String>,
}

impl Reflector {
    /// Gathers what is known; nothing where the agent has no feedback.
    pub(super) async fn gather(&self, kept: &Kept) -> Result<Option<Gathered>, SyncError> {
        let id = &kept.agent_id;
        let mut read = self.store.read().await?;
        let freshness = Freshness {
            read_at: None,
            problem: None,
        };
        let agent = agents::get(&mut read, id, freshness, now()).await?;
        let ratings = feedback::list(&mut read, id, None, MOST_RATINGS).await?;
        let Some(agent) = agent.filter(|_| !ratings.is_empty()) else {
            return Ok(None);
        };
        let memories = reflections::memories_of(&mut read, &kept.dream_id).await?;
        let rejections = reflections::turned_down(&mut read, id, MOST_REJECTIONS).await?;
        let plan = settings::get(&mut read, id).await?.dreaming.plan;
        let model = match plan.reflection_model {
            Some(model) => Some(model),
            None => agents::model(&mut read, id).await?,
        };
        // Before the platform is asked, which takes its time.
        drop(read);
        let mut transcripts = Vec::new();
        for interaction_id in went_wrong(&ratings) {
            match self.events(&interaction_id).await {
                Ok(events) => transcripts.push(Transcript {
                    interaction_id,
                    events,
                }),
                Err(error) if error.trouble == Trouble::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        let material = Material {
            agent_name: agent.summary.name,
            prompt: agent.prompt.text,
            opinions: ratings.into_iter().map(opinion).collect(),
            transcripts,
            memories: memories.into_iter().flat_map(changes).collect(),
            rejections,
        };
        Ok(Some(Gathered {
            material,
            version: agent.prompt.version,
            model,
        }))
    }

    async fn events(&self, id: &InteractionId) -> Result<Vec<LogEvent>, PlatformError> {
        let mut events = Vec::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let order = EventOrder::OldestFirst;
            let read = match self
                .platform
                .session_events(id.as_str(), order, &page)
                .await
            {
                Ok(read) => read,
                // Tools answer with whole files: what was read by then has to do.
                Err(error) if error.trouble == Trouble::Oversized => break,
                Err(error) => return Err(error),
            };
            events.extend(log::lines(&read.data));
            let Some(next) = read.next_page else {
                break;
            };
            page = PageQuery::after(PAGE, Some(next));
        }
        Ok(events)
    }
}

/// Interactions with negative ratings, those first of which somebody says more; each once.
fn went_wrong(ratings: &[Feedback]) -> Vec<InteractionId> {
    let mut negative: Vec<&Feedback> = ratings
        .iter()
        .filter(|one| one.rating == Rating::Negative)
        .collect();
    negative.sort_by_key(|one| one.comment.is_none());
    let mut ids: Vec<InteractionId> = Vec::new();
    for one in negative {
        if ids.len() < MOST_TRANSCRIPTS && !ids.contains(&one.interaction_id) {
            ids.push(one.interaction_id.clone());
        }
    }
    ids
}

fn opinion(feedback: Feedback) -> Opinion {
    Opinion {
        interaction_id: feedback.interaction_id,
        rating: feedback.rating,
        comment: feedback.comment,
        expected: feedback.expected,
    }
}

fn changes(of: OfMemories) -> Vec<MemoryChange> {
    let manifest = match of {
        OfMemories::Proposed(manifest) => manifest,
        OfMemories::TakenBackBy(back) => return in_place::undone(&back),
    };
    let change = |operation: MemoryOperation| {
        let (what, path, text) = match operation {
            MemoryOperation::Create { path, content } => ("created", path, content),
            MemoryOperation::Edit { path, content, .. } => ("edited", path, content),
            MemoryOperation::Rename { from, to, .. } => ("renamed", from, format!("Now at {to}")),
            MemoryOperation::Delete { path, .. } => ("deleted", path, String::new()),
        };
        MemoryChange { what, path, text }
    };
    manifest.operations.into_iter().map(change).collect()
}

//! `/v1/dreams`.

use super::Shared;
use super::body::{Body, NoBody, chars};
use super::errors::ApiError;
use super::paging::{Asked, time_key};
use super::query::Query;
use crate::dreaming;
use crate::ids;
use crate::state::{Dream, DreamStatus, Entry, Model, Plan, Usage, now};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

type Answer = Result<Json<Value>, ApiError>;

/// What `POST /v1/dreams` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    inputs: Vec<Input>,
    model: AskedModel,
    instructions: Option<String>,
    output_behavior: Option<OutputBehavior>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Input {
    MemoryStore { memory_store_id: String },
    Sessions { session_ids: Vec<String> },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AskedModel {
    Id(String),
    Config(ModelConfig),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelConfig {
    id: String,
    speed: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum OutputBehavior {
    CreateNew {},
    UpdateExisting { memory_store_id: String },
}

fn model_id(model: AskedModel) -> Result<String, ApiError> {
    let (id, speed) = match model {
        AskedModel::Id(id) => (id, None),
        AskedModel::Config(config) => (config.id, config.speed),
    };
    chars("model", &id, 1..=256)?;
    if speed.is_some_and(|speed| speed != "standard") {
        return Err(ApiError::invalid(
            "model.speed: dreams run at standard speed only",
        ));
    }
    if !id.starts_with("claude-") || id.contains("haiku") {
        return Err(ApiError::invalid(format!("model: {id} cannot dream")));
    }
    Ok(id)
}

fn inputs(model: &Model, inputs: Vec<Input>) -> Result<(String, Vec<String>), ApiError> {
    let mut store = None;
    let mut sessions = None;
    let count = inputs.len();
    for input in inputs {
        match input {
            Input::MemoryStore { memory_store_id } => store = Some(memory_store_id),
            Input::Sessions { session_ids } => sessions = Some(session_ids),
        }
    }
    let (Some(store), Some(mut sessions), 2) = (store, sessions, count) else {
        let message = "inputs: takes exactly one memory_store and one sessions entry";
        return Err(ApiError::invalid(message));
    };
    let given = sessions.len();
    sessions.sort();
    sessions.dedup();
    if sessions.len() != given || !(1..=100).contains(&given) {
        return Err(ApiError::invalid("session_ids: 1 to 100 different ids"));
    }
    for id in &sessions {
        if !model.sessions.contains_key(id) {
            return Err(ApiError::invalid(format!(
                "session_ids: no session with id {id}"
            )));
        }
    }
    let Some(record) = model.stores.get(&store) else {
        let message = format!("memory_store_id: no memory store with id {store}");
        return Err(ApiError::invalid(message));
    };
    if record.store.archived_at.is_some() {
        return Err(ApiError::invalid(format!(
            "Memory store {store} is archived."
        )));
    }
    Ok((store, sessions))
}

pub(super) async fn create(
    State(platform): State<Shared>,
    query: Query,
    Body(create): Body<Create>,
) -> Answer {
    query.only(&[])?;
    let model_id = model_id(create.model)?;
    if let Some(instructions) = &create.instructions {
        chars("instructions", instructions, 1..=4_096)?;
    }
    let pace = platform.pace;
    platform.change(|change| {
        let (store, session_ids) = inputs(change.model(), create.inputs)?;
        let update_existing = match create.output_behavior {
            None | Some(OutputBehavior::CreateNew {}) => false,
            Some(OutputBehavior::UpdateExisting { memory_store_id }) => {
                if memory_store_id != store {
                    let message = "output_behavior: memory_store_id must be the input store";
                    return Err(ApiError::invalid(message));
                }
                true
            }
        };
        let holder = change.model().dreams.values().find(|dream| {
            dream.update_existing && dream.input_store_id == store && !dream.status.is_final()
        });
        if let Some(holder) = holder.filter(|_| update_existing) {
            let message = format!("Memory store {store} is in use by dream {}.", holder.id);
            return Err(ApiError::conflict(message).should_retry(false));
        }
        let at = now();
        let starts_at = at + pace.pending;
        let sessions = u64::try_from(session_ids.len()).unwrap_or_default();
        let dream = Dream {
            id: ids::fresh("drm_"),
            status: DreamStatus::Pending,
            input_store_id: store,
            session_ids,
            output_store_id: None,
            update_existing,
            model_id,
            instructions: create.instructions,
            session_id: None,
            usage: Usage::default(),
            error: None,
            created_at: at,
            ended_at: None,
            archived_at: None,
            plan: Some(Plan {
                starts_at,
                output_at: starts_at + pace.without_output,
                ends_at: starts_at + pace.running,
                usage: Usage {
                    input_tokens: 9_000 + 1_150 * sessions,
                    output_tokens: 2_400 + 210 * sessions,
                    cache_read_input_tokens: 38_000 + 12_400 * sessions,
                    cache_creation_input_tokens: 11_000 + 1_900 * sessions,
                },
                fails_with: None,
                theme: None,
            }),
            report: None,
        };
        let view = dream.view(at);
        change.put(Entry::Dream(Box::new(dream)));
        Ok(Json(view))
    })
}

pub(super) async fn list(State(platform): State<Shared>, query: Query) -> Answer {
    query.only_list(&[
        "created_at[gt]",
        "created_at[lt]",
        "statuses",
        "include_archived",
    ])?;
    let asked = Asked::read(&query, "dreams", 100, true)?;
    let times = query.times()?;
    let statuses = query.words("statuses", &DreamStatus::WORDS)?;
    let archived_too = query.flag("include_archived")?;
    let at = now();
    Ok(Json(platform.read(|model| {
        let rows = model
            .dreams
            .values()
            .filter(|dream| archived_too || dream.archived_at.is_none())
            .filter(|dream| times.contains(dream.created_at))
            .filter(|dream| statuses.is_empty() || statuses.contains(&dream.status.as_str()))
            .map(|dream| (time_key(dream.created_at, &dream.id), dream))
            .collect();
        asked.page(rows).view(|dream| dream.view(at))
    })))
}

/// Finds a dream, or says that there is none.
pub(super) fn find<'a>(model: &'a Model, id: &str) -> Result<&'a Dream, ApiError> {
    let found = model.dreams.get(id);
    found.ok_or_else(|| ApiError::no_such("dream", id))
}

pub(super) async fn retrieve(State(platform): State<Shared>, Path(id): Path<String>) -> Answer {
    platform.read(|model| Ok(Json(find(model, &id)?.view(now()))))
}

pub(super) async fn cancel(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    _: NoBody,
) -> Answer {
    platform.change(|change| {
        let dream = find(change.model(), &id)?.clone();
        match dream.status {
            DreamStatus::Completed | DreamStatus::Failed => Err(ApiError::invalid(
                "The dream has ended and cannot be canceled.",
            )),
            DreamStatus::Canceled => Ok(Json(dream.view(now()))),
            DreamStatus::Pending | DreamStatus::Running => {
                dreaming::cancel(change, dream);
                Ok(Json(find(change.model(), &id)?.view(now())))
            }
        }
    })
}

pub(super) async fn archive(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    _: NoBody,
) -> Answer {
    platform.change(|change| {
        let mut dream = find(change.model(), &id)?.clone();
        if !dream.status.is_final() {
            let status = dream.status.as_str();
            let message = format!("Dream is still {status}; cancel it first.");
            return Err(ApiError::invalid(message));
        }
        if dream.archived_at.is_none() {
            dream.archived_at = Some(now());
            change.put(Entry::Dream(Box::new(dream)));
        }
        Ok(Json(find(change.model(), &id)?.view(now())))
    })
}

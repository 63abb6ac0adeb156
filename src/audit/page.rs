//! The page of the audit.

use super::{filters::Filters, state::Audit, verify::ChainStatus};
use crate::{
    api::ApiClient,
    routes::Route,
    ui::{Button, Empty, Faces, PageTitle, ShowMore, SkeletonRows, Time},
};
use leptos::prelude::*;
use review_api::{AuditEntry, SubjectKind};
use review_core::{digest::short, words};
use serde_json::Value;

/// The whole page.
#[component]
pub fn AuditPage() -> impl IntoView {
    let audit = Audit::new(&ApiClient::use_context());
    let rows = move || {
        audit
            .found
            .items()
            .into_iter()
            .map(|entry| (entry.seq, entry))
            .collect::<Vec<_>>()
    };
    let is_empty = Memo::new(move |_| audit.found.items().is_empty());
    view! {
        <div class="page audit">
            <div class="page-head">
                <div>
                    <PageTitle title="Audit" />
                    <p class="page-lede">"Who did what to what, and when. Nothing is ever taken out."</p>
                </div>
            </div>
            <ChainStatus chain=audit.chain />
            <Filters audit />
            <Faces
                query=audit.found.first()
                what="the audit"
                skeleton=|| view! { <SkeletonRows count=10 /> }
                let:_first
            >
                <Show when=move || !is_empty.get() fallback=move || view! { <Nothing audit /> }>
                    <ol class="rows">
                        <For each=rows key=|(seq, _)| *seq let((_, entry))>
                            <EntryRow entry />
                        </For>
                    </ol>
                    <ShowMore listing=audit.found />
                </Show>
            </Faces>
        </div>
    }
}

#[component]
fn Nothing(audit: Audit) -> impl IntoView {
    view! {
        <Show
            when=move || audit.is_filtered()
            fallback=|| {
                view! {
                    <Empty title="Nothing was done yet">
                        "Every report, rating, rejection, staging, approval and apply leaves a line here."
                    </Empty>
                }
            }
        >
            <Empty title="No line fits">
                <Button on_press=Callback::new(move |()| audit.show_all()) action="show-all">
                    "Show everything"
                </Button>
            </Empty>
        </Show>
    }
}

#[component]
fn EntryRow(entry: AuditEntry) -> impl IntoView {
    let place = Route::of_subject(entry.subject_kind, &entry.subject_id);
    let title = if entry.subject_title.is_empty() {
        entry.subject_id.clone()
    } else {
        entry.subject_title.clone()
    };
    let subject = match place {
        Some(place) => view! {
            <a href=place.href() data-row="">
                {title}
            </a>
        }
        .into_any(),
        None => title.into_any(),
    };
    let facts = facts(&entry.detail);
    let hash = (!entry.hash.is_empty()).then(|| {
        let (seal, whole) = (short(&entry.hash).to_owned(), entry.hash.clone());
        view! {
            <code class="audit-hash" title=format!("Seals this line and all before it: {whole}")>
                {seal}
            </code>
        }
    });
    view! {
        <li class="row audit-row" data-seq=entry.seq>
            <span class="row-number audit-seq">{entry.seq}</span>
            <p class="audit-words">
                <strong>{entry.actor}</strong>
                " "
                {words::audit_action(entry.action)}
                " "
                <span class="row-soft">{kind(entry.subject_kind)}</span>
                " "
                {subject}
            </p>
            {hash}
            <span class="row-number">
                <Time at=entry.at />
            </span>
            {(!facts.is_empty()).then(|| view! { <p class="audit-facts">{facts}</p> })}
        </li>
    }
}

fn kind(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Agent => "agent",
        SubjectKind::Dream => "dream",
        SubjectKind::Interaction => "interaction",
        SubjectKind::Suggestion => "suggestion",
        SubjectKind::Change => "change",
        SubjectKind::Automation | SubjectKind::Unknown => "",
    }
}

/// Returns the facts of an entry as one line; what has no value is left out.
fn facts(detail: &Value) -> String {
    let Value::Object(fields) = detail else {
        return String::new();
    };
    let fact = |(name, value): (&String, &Value)| {
        let said = match value {
            Value::Null => return None,
            Value::String(text) if text.is_empty() => return None,
            Value::Array(items) if items.is_empty() => return None,
            // It counts the steps of the thing, which stand here one by one.
            _ if name == "revision" => return None,
            // Nothing left out, nothing unknown: not worth a word. Other zeros are facts, such as no approvals needed.
            Value::Number(count)
                if count.as_u64() == Some(0)
                    && (name.contains("left_out") || name.starts_with("unknown")) =>
            {
                return None;
            }
            Value::String(text) if name.contains("digest") || name.contains("sha256") => {
                text.chars().take(12).collect()
            }
            Value::String(text) => text.clone(),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                items.join(", ")
            }
            Value::Array(items) if items.iter().all(Value::is_object) => {
                let items: Vec<_> = items.iter().map(in_words).collect();
                items.join(", ")
            }
            other => other.to_string(),
        };
        Some(format!("{}: {said}", name.replace('_', " ")))
    };
    let facts: Vec<_> = fields.iter().filter_map(fact).collect();
    facts.join(" · ")
}

/// Returns the values of an object's fields, the last field first: who comes before what they did.
fn in_words(object: &Value) -> String {
    let fields = object.as_object().into_iter().flatten();
    let values: Vec<_> = fields
        .rev()
        .map(|(_, value)| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect();
    values.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_one_line_without_gaps() {
        let detail = serde_json::json!({
            "base_version": 12,
            "digest": "0123456789abcdef",
            "reason": "too strict",
            "note": null,
            "left_out": [],
            "unknown_patterns": 0,
            "suggestions": 0,
            "unknown_interactions": 2,
            "hands": [{ "part": "staged", "who": "ann" }, { "part": "edited", "who": "bo" }],
            "revision": 3,
        });
        assert_eq!(
            facts(&detail),
            "base version: 12 · digest: 0123456789ab · hands: ann staged, bo edited · reason: too strict · suggestions: 0 · unknown interactions: 2"
        );
        assert_eq!(facts(&Value::Null), "");
    }
}

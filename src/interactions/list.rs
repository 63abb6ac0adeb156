//! The interactions of an agent: one row each, filtered by rating and by words.

use super::state::AgentInteractions;
use crate::{
    api::InteractionFilter,
    browser::focus,
    keyboard::{Command, Keyboard},
    routes::{QueryParam, Route},
    ui::{
        Crumb, Empty, Faces, FreshnessLine, PageTitle, ShowMore, SkeletonRows, Tab, Tabs,
        TextField, Time,
    },
};
use leptos::prelude::*;
use review_api::{AgentId, FeedbackCounts, InteractionSummary};

/// The whole page.
#[component]
pub fn AgentInteractionsPage(
    /// Whose.
    id: AgentId,
) -> impl IntoView {
    let rated = QueryParam::new("rated");
    let words = QueryParam::new("q");
    let filter = InteractionFilter {
        rated: match untrack(|| rated.get()).as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        q: untrack(|| words.get()),
        ..InteractionFilter::default()
    };
    let interactions = AgentInteractions::open(id.clone(), filter);
    let listing = interactions.listing();
    let name = Memo::new(move |old: Option<&Option<String>>| {
        let first = listing.first().value();
        let name = first.and_then(|page| page.items.first().map(|item| item.agent_name.clone()));
        name.or_else(|| old.cloned().flatten())
    });
    let files = Route::FeedbackFiles { id: id.clone() }.href();
    let labelling = Route::Labelling { id: id.clone() }.href();
    let crumbs = Memo::new(move |_| {
        let agent = name.get().unwrap_or_else(|| "Agent".to_owned());
        vec![
            Crumb::new("Agents", Route::Agents),
            Crumb::new(agent, Route::Agent { id: id.clone() }),
        ]
    });
    view! {
        <div class="page interactions">
            <PageTitle title="Interactions" crumbs />
            <p class="section-note">
                <a href=labelling data-action="label">
                    "Label those that nobody has rated"
                </a>
                ", one after the other, with a key for each rating; or bring and take "
                <a href=files data-action="files">
                    "ratings as files"
                </a>
                "."
            </p>
            <Toolbar interactions rated words />
            <Faces query=listing.first() what="the interactions" skeleton=|| view! { <SkeletonRows count=10 /> } let:_first>
                <Rows interactions />
            </Faces>
        </div>
    }
}

#[component]
fn Toolbar(interactions: AgentInteractions, rated: QueryParam, words: QueryParam) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Find an interaction", Some("/"), || {
        focus::first("[name=find]");
    }));
    let tabs = vec![
        Tab {
            value: "any",
            label: "All",
        },
        Tab {
            value: "yes",
            label: "Rated",
        },
        Tab {
            value: "no",
            label: "Not rated",
        },
    ];
    let chosen = Signal::derive(move || match rated.get() {
        value if value == "yes" || value == "no" => value,
        _ => "any".to_owned(),
    });
    let choose = Callback::new(move |value: &'static str| {
        rated.set(if value == "any" {
            String::new()
        } else {
            value.to_owned()
        });
        interactions.show_rated(match value {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        });
    });
    let find = Callback::new(move |text: String| {
        words.set(text.clone());
        interactions.search(text);
    });
    view! {
        <div class="toolbar" role="search" aria-label="Interactions">
            <Tabs label="Rated or not" tabs chosen on_choose=choose />
            <TextField
                label="Find by title"
                name="find"
                value=Signal::derive(move || words.get())
                on_input=find
            />
        </div>
    }
}

#[component]
fn Rows(interactions: AgentInteractions) -> impl IntoView {
    let listing = interactions.listing();
    let items = Memo::new(move |_| listing.items());
    let filtered = Memo::new(move |_| interactions.filter().get() != InteractionFilter::default());
    let nothing = move || {
        if filtered.get() {
            view! {
                <Empty title="No interaction fits">
                    "Look for other words, or show all of them."
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty title="No interactions yet">
                    "Each session that the agent has on the platform shows here, usually within a minute. Rate some: a dream learns most from what people thought of them."
                </Empty>
            }
            .into_any()
        }
    };
    view! {
        <Show when=move || !items.with(Vec::is_empty) fallback=nothing>
            <ul class="rows" aria-label="Interactions">
                <For
                    each=move || items.get()
                    key=|item| (item.id.clone(), item.feedback.positive, item.feedback.negative, item.title.clone())
                    let:item
                >
                    <Row item />
                </For>
            </ul>
            <ShowMore listing />
        </Show>
        <FreshnessLine freshness=Signal::derive(move || listing.freshness()) />
    }
}

#[component]
fn Row(item: InteractionSummary) -> impl IntoView {
    let id = item.id.0.clone();
    let href = Route::Interaction { id: item.id }.href();
    let title = if item.title.trim().is_empty() {
        id.clone()
    } else {
        item.title
    };
    view! {
        <li class="row interaction-row">
            <a class="row-link" href=href data-row=id>
                <span class="row-title">{title}</span>
                <span class="interaction-feedback">
                    <Counts counts=item.feedback />
                </span>
                <span class="row-number interaction-version" title=format!("The agent was at version {} then", item.agent_version)>
                    {format!("v{}", item.agent_version)}
                </span>
                <span class="row-number interaction-age">
                    <Time at=item.created_at />
                </span>
            </a>
        </li>
    }
}

#[component]
fn Counts(counts: FeedbackCounts) -> impl IntoView {
    if counts.total() == 0 {
        return view! { <span class="unrated">"not rated"</span> }.into_any();
    }
    let part = |count: u64, word: &'static str| {
        (count > 0).then(
            || view! { <span class="rating" data-rating=word>{format!("{count} {word}")}</span> },
        )
    };
    view! {
        {part(counts.positive, "positive")}
        " "
        {part(counts.negative, "negative")}
    }
    .into_any()
}

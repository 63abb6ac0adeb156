//! The page of the files.

use super::state::{Column, Files};
use crate::{
    api::ExportFormat,
    browser::files::Chosen,
    routes::Route,
    session::Session,
    ui::{Button, ButtonKind, Choice, Crumb, Notice, PageTitle, SelectField, Tone},
};
use leptos::{ev, prelude::*};
use review_api::{AgentId, FeedbackImport, ImportNote};
use review_core::{rules::may_rate, words::grouped};

/// The whole page.
#[component]
pub fn FeedbackFilesPage(
    /// Whose ratings.
    id: AgentId,
) -> impl IntoView {
    let files = Files::open(id.clone());
    let crumbs = Memo::new(move |_| {
        let agent = files.agent.value();
        let name = agent.map_or("Agent".to_owned(), |agent| agent.summary.name.clone());
        vec![
            Crumb::new("Agents", Route::Agents),
            Crumb::new(name, Route::Agent { id: id.clone() }),
            Crumb::new("Interactions", Route::AgentInteractions { id: id.clone() }),
        ]
    });
    view! {
        <div class="page feedback-files">
            <PageTitle title="Ratings as files" crumbs />
            <ImportSection files />
            <ExportSection files />
        </div>
    }
}

#[component]
fn ImportSection(files: Files) -> impl IntoView {
    let user = Session::use_context().user_untracked();
    let forbidden = may_rate(&user).err().map(|refusal| refusal.sentence);
    let off = forbidden.is_some();
    let over = RwSignal::new(false);
    let bring = move |source: Option<Chosen>| {
        if let Some(chosen) = source.filter(|_| !off) {
            files.bring(chosen);
        }
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        bring(
            event
                .data_transfer()
                .and_then(|data| Chosen::first_of(&data)),
        );
    };
    let chosen = move |event: ev::Event| {
        bring(event.target().and_then(|target| Chosen::first_of(&target)));
    };
    view! {
        <section class="page-section" aria-labelledby="import-title">
            <div class="section-head">
                <h2 id="import-title">"Import"</h2>
            </div>
            <p class="section-note">
                "A table (CSV with a first line of names) or JSON lines, at most 5,000 ratings and 4 MB. It needs the interaction and the rating of each line; comment, expected answer and check are read as well. You see what it comes to before anything is kept; while one line is wrong, nothing is."
            </p>
            {forbidden
                .map(|sentence| {
                    view! {
                        <Notice tone=Tone::Quiet about="may-not-import">
                            {sentence}
                        </Notice>
                    }
                })}
            <label
                class="drop-place"
                data-over=move || over.get().then_some("")
                on:dragover=move |event| {
                    event.prevent_default();
                    over.set(true);
                }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <span>
                    {move || {
                        files.name.get().unwrap_or_else(|| "Choose a file, or drop it here".to_owned())
                    }}
                </span>
                <input
                    type="file"
                    name="file"
                    accept=".csv,.tsv,.txt,.jsonl,.ndjson,.json,text/csv"
                    prop:disabled=off
                    on:change=chosen
                />
            </label>
            <Show when=move || files.failure.with(Option::is_some)>
                <Notice tone=Tone::Bad about="import-failure">
                    <p>{move || files.failure.get()}</p>
                    <Show when=move || files.waits()>
                        <Button
                            action="try-import-again"
                            on_press=Callback::new(move |()| files.try_it())
                        >
                            "Look at the file again"
                        </Button>
                    </Show>
                </Notice>
            </Show>
            {move || files.told.get().map(|told| view! { <Told files told /> })}
        </section>
    }
}

#[component]
fn Told(files: Files, told: FeedbackImport) -> impl IntoView {
    let (new, wrong, doubled) = (told.new, told.errors_total, told.duplicates_total);
    let summary = format!(
        "{} ratings in the file: {} new ({} positive, {} negative), {} there already, {} wrong.",
        grouped(told.rows),
        grouped(new.total()),
        grouped(new.positive),
        grouped(new.negative),
        grouped(doubled),
        grouped(wrong),
    );
    let done = !told.dry_run && wrong == 0;
    let refusal = if wrong > 0 {
        Some("Mend the lines that are wrong, and choose the file again.".to_owned())
    } else if new.total() == 0 {
        Some("There is nothing new in the file.".to_owned())
    } else {
        None
    };
    let columns = told.columns.clone();
    let mapping = told.mapping.clone();
    let mapped = Column::ALL.map(|column| {
        let (label, name) = column.words();
        let mut choices = vec![Choice::new("", "Not in the file")];
        choices.extend(
            columns
                .iter()
                .map(|column| Choice::new(column.as_str(), column.as_str())),
        );
        let value = column.of(&mapping).cloned().unwrap_or_default();
        view! {
            <SelectField
                label
                name
                choices=Signal::stored(choices)
                value=Signal::stored(value)
                on_choose=Callback::new(move |name| files.read_as(column, name))
            />
        }
    });
    let sample = told.sample.clone().into_iter().map(|row| {
        let rating = row.rating.as_str();
        view! {
            <tr>
                <td class="row-number">{row.line}</td>
                <td><code>{row.interaction_id.0}</code></td>
                <td><span class="rating" data-rating=rating>{rating}</span></td>
                <td>{short(row.comment)}</td>
                <td>{short(row.expected)}</td>
            </tr>
        }
    });
    let has_sample = !told.sample.is_empty();
    view! {
        <p role="status" data-about="import-summary">
            {if done { format!("Imported. {summary}") } else { summary }}
        </p>
        {(!done)
            .then(|| {
                view! {
                    <div class="toolbar import-columns" role="group" aria-label="Which column is what">
                        {mapped.into_iter().collect_view()}
                    </div>
                }
            })}
        <Notes title="Wrong" about="import-errors" total=wrong notes=told.errors />
        <Notes title="There already, left out" about="import-duplicates" total=doubled notes=told.duplicates />
        {has_sample
            .then(|| {
                view! {
                    <div class="import-sample">
                        <table class="table">
                            <caption>"The first of the new ones"</caption>
                            <thead>
                                <tr>
                                    <th scope="col">"Line"</th>
                                    <th scope="col">"Interaction"</th>
                                    <th scope="col">"Rating"</th>
                                    <th scope="col">"Comment"</th>
                                    <th scope="col">"Expected answer"</th>
                                </tr>
                            </thead>
                            <tbody>{sample.collect_view()}</tbody>
                        </table>
                    </div>
                }
            })}
        {(!done)
            .then(|| {
                let label = match new.total() {
                    1 => "Import 1 rating".to_owned(),
                    count => format!("Import {} ratings", grouped(count)),
                };
                view! {
                    <Button
                        kind=ButtonKind::Primary
                        action="import"
                        busy=files.busy
                        refusal=Signal::stored(refusal)
                        on_press=Callback::new(move |()| files.import())
                    >
                        {label}
                    </Button>
                }
            })}
    }
}

/// The beginning of a text.
fn short(text: Option<String>) -> String {
    const MOST: usize = 120;
    let text = text.unwrap_or_default();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[component]
fn Notes(
    title: &'static str,
    about: &'static str,
    total: u64,
    notes: Vec<ImportNote>,
) -> impl IntoView {
    let shown = notes.len() as u64;
    (total > 0).then(|| {
        let rows = notes.into_iter().map(|note| {
            let field = note.field.map(|field| format!(", {}", field.replace('_', " ")));
            view! {
                <li>
                    <strong>{format!("Line {}", grouped(note.line))} {field} ": "</strong>
                    {note.message}
                </li>
            }
        });
        view! {
            <details class="import-notes" data-about=about open=about == "import-errors">
                <summary>{format!("{title}: {}", grouped(total))}</summary>
                <ul>{rows.collect_view()}</ul>
                {(shown < total)
                    .then(|| {
                        let more = grouped(total - shown);
                        view! { <p class="section-note">{format!("{more} more are not shown.")}</p> }
                    })}
            </details>
        }
    })
}

#[component]
fn ExportSection(files: Files) -> impl IntoView {
    let failure = move || files.export_failure.get().map(|error| error.to_string());
    let export = move |format| Callback::new(move |()| files.export(format));
    view! {
        <section class="page-section" aria-labelledby="export-title">
            <div class="section-head">
                <h2 id="export-title">"Export"</h2>
            </div>
            <p class="section-note">
                "All ratings of the agent's interactions. Either file can be imported again; in the table, what a spreadsheet would take for a formula has an apostrophe before it."
            </p>
            <div class="given-acts">
                <Button action="export-csv" busy=files.busy on_press=export(ExportFormat::Csv)>
                    "Take away as CSV"
                </Button>
                <Button action="export-jsonl" busy=files.busy on_press=export(ExportFormat::Jsonl)>
                    "Take away as JSON lines"
                </Button>
            </div>
            <Show when=move || failure().is_some()>
                <Notice tone=Tone::Bad about="export-failure">
                    {failure}
                </Notice>
            </Show>
        </section>
    }
}

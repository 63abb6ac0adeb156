//! State of the files: the one that was brought, what it comes to, and the one that is fetched.

use crate::{
    api::{ApiClient, ApiError, ExportFormat, ImportFile},
    browser::files::{self, Chosen, Unusable},
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{Agent, AgentId, FeedbackImport, ImportColumns, MAX_IMPORT_BYTES};

/// One of the columns that a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Interaction,
    Rating,
    Comment,
    Expected,
    CheckKind,
    CheckText,
}

impl Column {
    pub(super) const ALL: [Self; 6] = [
        Self::Interaction,
        Self::Rating,
        Self::Comment,
        Self::Expected,
        Self::CheckKind,
        Self::CheckText,
    ];

    /// Returns its label, and its name as a field.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Interaction => ("Id of the interaction", "column-interaction"),
            Self::Rating => ("Rating", "column-rating"),
            Self::Comment => ("Comment", "column-comment"),
            Self::Expected => ("Expected answer", "column-expected"),
            Self::CheckKind => ("Kind of check", "column-check-kind"),
            Self::CheckText => ("What the check looks for", "column-check-text"),
        }
    }

    /// Returns which column of the file it is.
    pub(super) fn of(self, columns: &ImportColumns) -> Option<&String> {
        let found = match self {
            Self::Interaction => &columns.interaction_id,
            Self::Rating => &columns.rating,
            Self::Comment => &columns.comment,
            Self::Expected => &columns.expected,
            Self::CheckKind => &columns.check_kind,
            Self::CheckText => &columns.check_text,
        };
        found.as_ref()
    }

    fn set(self, columns: &mut ImportColumns, name: String) {
        let slot = match self {
            Self::Interaction => &mut columns.interaction_id,
            Self::Rating => &mut columns.rating,
            Self::Comment => &mut columns.comment,
            Self::Expected => &mut columns.expected,
            Self::CheckKind => &mut columns.check_kind,
            Self::CheckText => &mut columns.check_text,
        };
        *slot = Some(name);
    }
}

/// Handle to the files of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(super) struct Files {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    /// Whose ratings they are.
    pub(super) agent: Query<Agent>,
    /// Name of the file that was brought.
    pub(super) name: RwSignal<Option<String>>,
    file: RwSignal<Option<ImportFile>>,
    /// What the file comes to, or came to.
    pub(super) told: RwSignal<Option<FeedbackImport>>,
    /// What is on its way: a trial, an import or an export.
    pub(super) busy: RwSignal<bool>,
    /// Why a file cannot be used, or was not taken in.
    pub(super) failure: RwSignal<Option<String>>,
    /// Why no file could be fetched.
    pub(super) export_failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Files {
    pub(super) fn open(id: AgentId) -> Self {
        let api = ApiClient::use_context();
        let agent = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent(&id).await }
            })
        };
        Self {
            api: StoredValue::new(api),
            id: StoredValue::new(id),
            agent,
            name: RwSignal::new(None),
            file: RwSignal::new(None),
            told: RwSignal::new(None),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            export_failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Takes up a file, and asks what it comes to.
    pub(super) fn bring(self, chosen: Chosen) {
        self.told.set(None);
        self.failure.set(None);
        self.file.set(None);
        self.name.set(Some(chosen.name.clone()));
        spawn_local(async move {
            match chosen.text(MAX_IMPORT_BYTES).await {
                Ok(text) => self.take_up(&chosen.name, text),
                Err(unusable) => {
                    self.failure.try_set(Some(sentence(unusable)));
                }
            }
        });
    }

    /// Takes up the text of a file.
    fn take_up(self, name: &str, text: String) {
        let lower = name.to_lowercase();
        let is_json = [".jsonl", ".ndjson", ".json"];
        let format = if is_json.iter().any(|ending| lower.ends_with(ending)) {
            ExportFormat::Jsonl
        } else {
            ExportFormat::Csv
        };
        self.file.try_set(Some(ImportFile {
            format,
            text,
            columns: ImportColumns::default(),
        }));
        self.try_it();
    }

    /// Reads another column of the file as `column`; an empty name means none.
    pub(super) fn read_as(self, column: Column, name: String) {
        self.file.update(|file| {
            if let Some(file) = file {
                column.set(&mut file.columns, name);
            }
        });
        self.try_it();
    }

    /// Asks what the file comes to.
    pub(super) fn try_it(self) {
        let Some(file) = self.file.try_get_untracked().flatten() else {
            return;
        };
        self.busy.set(true);
        self.failure.set(None);
        let (api, agent) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.try_import(&agent, &file).await;
            // Another file or column was chosen meanwhile: this answer is about what is gone.
            if self.file.try_get_untracked().flatten().as_ref() != Some(&file) {
                return;
            }
            self.busy.try_set(false);
            match answer {
                Ok(told) => self.told.set(Some(told)),
                Err(error) => self.failure.set(Some(error.to_string())),
            }
        });
    }

    /// Takes the file in.
    pub(super) fn import(self) {
        let Some(file) = self.file.get_untracked() else {
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let (api, agent) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.import(&agent, &file).await;
            self.busy.try_set(false);
            match answer {
                Ok(told) => {
                    let count = told.new.total();
                    self.toasts.say(format!("Imported {count} ratings."));
                    self.told.try_set(Some(told));
                    self.file.try_set(None);
                }
                Err(error) => {
                    self.failure.try_set(Some(error.to_string()));
                    // What is wrong may be another thing by now.
                    if let ApiError::Refused {
                        details: Some(details),
                        ..
                    } = error
                    {
                        let told = details.get("import").cloned().unwrap_or_default();
                        if let Ok(told) = serde_json::from_value(told) {
                            self.told.try_set(Some(told));
                        }
                    }
                }
            }
        });
    }

    /// Says whether the file waits for the last word.
    pub(super) fn waits(self) -> bool {
        self.file.with(Option::is_some)
    }

    /// Hands the ratings to the browser as a file.
    pub(super) fn export(self, format: ExportFormat) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.export_failure.set(None);
        let (api, agent) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.export_feedback(&agent, format).await;
            self.busy.try_set(false);
            match answer {
                Ok(text) => {
                    let name = format!("feedback-{agent}.{}", format.as_str());
                    if !files::save(&name, format.media_type(), &text) {
                        self.toasts.say("The browser did not take the file.");
                    }
                }
                Err(error) => {
                    self.export_failure.try_set(Some(error));
                }
            }
        });
    }
}

fn sentence(unusable: Unusable) -> String {
    match unusable {
        Unusable::TooLarge => {
            "The file is larger than 4 MB. Split it, and import the parts one after the other."
                .to_owned()
        }
        Unusable::NotUtf8(line) => format!(
            "Line {line} of the file is not UTF-8. Save it as UTF-8 (in spreadsheets: CSV UTF-8), and choose it again."
        ),
        Unusable::Unreadable => "The browser cannot read the file. Choose it again.".to_owned(),
    }
}

//! Commands: what can be done here, by which key, and in the palette.

use crate::browser::focus;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// Something that can be done from the keyboard.
#[derive(Debug, Clone)]
pub struct Command {
    /// What it does, as the palette and the key sheet say it.
    pub label: String,
    /// Its key, such as `s`, `A`, `g i` (one after the other) or `Mod+k`; nothing for the palette only.
    pub keys: Option<&'static str>,
    /// Why it cannot be done now; nothing means it can.
    pub refusal: Signal<Option<String>>,
    /// Does it.
    pub run: Callback<()>,
}

impl Command {
    /// Creates a command that can always be done.
    pub fn new(
        label: impl Into<String>,
        keys: Option<&'static str>,
        run: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            label: label.into(),
            keys,
            refusal: Signal::stored(None),
            run: Callback::new(move |()| run()),
        }
    }

    /// Makes it refuse with the reason in `refusal`.
    #[must_use]
    pub fn unless(mut self, refusal: impl Into<Signal<Option<String>>>) -> Self {
        self.refusal = refusal.into();
        self
    }
}

/// All commands of what is on screen; `Copy`, lives as long as the app.
#[derive(Debug, Clone, Copy)]
pub struct Keyboard {
    commands: RwSignal<Vec<(u32, Command)>>,
    begun: StoredValue<Option<String>>,
    /// Whether the palette is open.
    pub palette_open: RwSignal<bool>,
    /// Whether the key sheet is open.
    pub sheet_open: RwSignal<bool>,
}

impl Keyboard {
    /// Creates the keyboard and listens. Call once, in the shell.
    pub fn provide() -> Self {
        let keyboard = Self::silent();
        provide_context(keyboard);
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            keyboard.pressed(&event);
        });
        on_cleanup(move || listener.remove());
        keyboard
    }

    fn silent() -> Self {
        Self {
            commands: RwSignal::new(Vec::new()),
            begun: StoredValue::new(None),
            palette_open: RwSignal::new(false),
            sheet_open: RwSignal::new(false),
        }
    }

    /// Returns the keyboard that the shell provided, or one that nobody presses.
    pub fn use_context() -> Self {
        use_context().unwrap_or_else(Self::silent)
    }

    /// Offers `command` until the owner that asked is gone; newer ones take the key from older ones.
    pub fn add(self, command: Command) {
        let number = self.commands.try_update(|commands| {
            let number = commands
                .iter()
                .map(|(number, _)| *number)
                .max()
                .map_or(0, |last| last + 1);
            commands.push((number, command));
            number
        });
        on_cleanup(move || {
            self.commands
                .try_update(|commands| commands.retain(|(other, _)| Some(*other) != number));
        });
    }

    /// Returns what can be done here, what was offered last first.
    pub fn commands(self) -> Vec<Command> {
        self.commands.with(|commands| {
            commands
                .iter()
                .rev()
                .map(|(_, command)| command.clone())
                .collect()
        })
    }

    fn pressed(self, event: &KeyboardEvent) {
        if event.default_prevented() || event.is_composing() || event.alt_key() {
            return;
        }
        let Some(key) = name_of(event) else { return };
        if !key.starts_with("Mod+") && focus::is_taken(event) {
            return;
        }
        let commands = self.commands.with_untracked(|commands| {
            let found = commands.iter().rev();
            found
                .map(|(_, command)| command.clone())
                .collect::<Vec<_>>()
        });
        let begun = self.begun.try_get_value().flatten();
        let keys: Vec<_> = commands.iter().map(|command| command.keys).collect();
        match meaning(begun.as_deref(), &key, &keys) {
            Meaning::Command(index) => {
                self.begun.try_set_value(None);
                if let Some(command) = commands.get(index) {
                    event.prevent_default();
                    if command.refusal.with_untracked(Option::is_none) {
                        command.run.run(());
                    }
                }
            }
            Meaning::Beginning => {
                event.prevent_default();
                self.begun.try_set_value(Some(key));
            }
            Meaning::Nothing => {
                self.begun.try_set_value(None);
            }
        }
    }
}

/// Names a key press as commands do; nothing for a key that only changes others.
fn name_of(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    if matches!(key.as_str(), "Shift" | "Control" | "Alt" | "Meta" | "Dead") {
        return None;
    }
    if event.ctrl_key() || event.meta_key() {
        return Some(format!("Mod+{}", key.to_lowercase()));
    }
    // Letters have Shift in them already; keys with a name do not.
    if event.shift_key() && key.starts_with("Arrow") {
        return Some(format!("Shift+{key}"));
    }
    Some(key)
}

/// What a key press means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The command with this index.
    Command(usize),
    /// The first key of a pair.
    Beginning,
    /// Nothing here.
    Nothing,
}

/// Finds what `key` means after the key `begun`, among `keys`, the first of which count most.
fn meaning(begun: Option<&str>, key: &str, keys: &[Option<&'static str>]) -> Meaning {
    let pair = begun.map(|begun| format!("{begun} {key}"));
    let wanted = |wanted: &str| keys.iter().position(|keys| *keys == Some(wanted));
    if let Some(index) = pair.as_deref().and_then(wanted).or_else(|| wanted(key)) {
        return Meaning::Command(index);
    }
    let begins = |keys: &str| keys.split_once(' ').is_some_and(|(first, _)| first == key);
    if keys.iter().flatten().any(|keys| begins(keys)) {
        Meaning::Beginning
    } else {
        Meaning::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_commands_alone_and_in_pairs() {
        let keys = [
            Some("s"),
            Some("g i"),
            Some("Mod+k"),
            Some("i"),
            None,
            Some("s"),
        ];
        let table = [
            (None, "s", Meaning::Command(0)),
            (None, "g", Meaning::Beginning),
            (Some("g"), "i", Meaning::Command(1)),
            (None, "i", Meaning::Command(3)),
            (Some("g"), "s", Meaning::Command(0)),
            (Some("g"), "x", Meaning::Nothing),
            (Some("g"), "g", Meaning::Beginning),
            (None, "Mod+k", Meaning::Command(2)),
            (None, "S", Meaning::Nothing),
        ];
        for (begun, key, expected) in table {
            assert_eq!(meaning(begun, key, &keys), expected, "{begun:?} {key}");
        }
    }
}

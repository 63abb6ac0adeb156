//! Pictures that stand beside words, never instead of them.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident $path:literal)*) => {$(
        $(#[$doc])*
        #[component]
        pub fn $name() -> impl IntoView {
            view! {
                <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                    <path d=$path />
                </svg>
            }
        }
    )*};
}

icons! {
    /// A tray.
    InboxIcon "M2 9.5h3.2l1 1.8h3.6l1-1.8H14M2 9.5 4 3.5h8l2 6v3H2z"
    /// A head and shoulders.
    AgentIcon "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM2.8 13.4c.5-2.5 2.6-3.9 5.2-3.9s4.7 1.4 5.2 3.9"
    /// Two lines that part and meet.
    ChangeIcon "M4.5 5.5v5M4.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11.5 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11.5 6.5c0 2.6-2.4 3-7 4"
    /// Lines of a ledger.
    AuditIcon "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3"
    /// Two sliders.
    SettingsIcon "M2 5h6.5M12.5 5H14M2 11h1.5M7.5 11H14M10.5 6.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM5.5 12.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z"
    /// A triangle with a stroke: to be read before deciding.
    FindingIcon "M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1"
    /// A lens.
    SearchIcon "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2"
    /// A crescent: a dream.
    DreamIcon "M13 9.8A5.6 5.6 0 0 1 6.2 3a5.6 5.6 0 1 0 6.8 6.8z"
}

/// The mark: a crescent over a reading line.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
            <path
                class="mark-moon"
                d="M18.6 11.4A7 7 0 0 1 10 2.9a7 7 0 1 0 8.6 8.5z"
            />
            <path class="mark-line" d="M4 19h16M4 22.2h9" />
        </svg>
    }
}

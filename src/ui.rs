//! Parts of pages, without fetch.

mod badge;
mod button;
mod chart;
mod decision_bar;
mod dialog;
mod empty;
mod faces;
mod field;
mod freshness;
pub mod icon;
mod key_hint;
mod log_event;
mod long_text;
mod notice;
mod page_title;
mod show_more;
mod size;
mod skeleton;
mod tabs;
mod time;
mod time_field;
mod toast;
mod visible_text;
mod windowed;

pub use crate::{head::Crumb, toasts::Toasts};
pub use badge::{Badge, Tone};
pub use button::{Button, ButtonKind};
pub use chart::{Bar, BarChart, Came, Share, ShareChart, SharePoint};
pub use decision_bar::DecisionBar;
pub use dialog::Dialog;
pub use empty::Empty;
pub use faces::{Faces, LoadFailed, ReloadFailed};
pub use field::{Choice, SelectField, SwitchField, TextArea, TextField};
pub use freshness::FreshnessLine;
pub use key_hint::KeyHint;
pub use log_event::{LogEventItem, OpenParts, event_anchor};
pub use long_text::LongText;
pub use notice::Notice;
pub use page_title::PageTitle;
pub use show_more::ShowMore;
pub use size::Size;
pub use skeleton::{SkeletonRows, SkeletonText};
pub use tabs::{Tab, Tabs};
pub use time::{Time, TimeOr};
pub use time_field::TimeField;
pub use toast::ToastRegion;
pub use visible_text::VisibleText;
pub use windowed::{Windowed, WindowedRows};

use std::sync::atomic::{AtomicU32, Ordering};

/// Returns an element id that no other element has, beginning with `stem`.
pub fn unique_id(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

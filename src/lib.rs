//! The console: where people read what an agent dreamt and decide what it may learn.
#![expect(
    unreachable_pub,
    reason = "#[component] writes public functions into private modules"
)]

pub mod agents;
pub mod api;
pub mod app;
pub mod audit;
pub mod browser;
pub mod changes;
pub mod comments;
pub mod config;
pub mod diff_view;
pub mod dreams;
pub mod events;
pub mod feedback;
pub mod head;
pub mod inbox;
pub mod interactions;
pub mod keyboard;
pub mod listing;
pub mod memory_diff;
pub mod query;
pub mod routes;
pub mod session;
pub mod settings;
pub mod suggestions;
pub mod toasts;
pub mod ui;

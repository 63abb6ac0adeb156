//! Journeys through the whole product: the built console in headless Chromium, the real proxy and the
//! demo platform, each a process of its own, on real HTTP.
//!
//! `cargo xtask test --only e2e` builds everything and names it in the environment; see [`Setup`].

mod browser;
mod dreamt;
mod lived;
mod process;
mod proxy;
mod rated;
mod reported;
mod screens;
mod shop;
mod stack;

pub use browser::{Browser, Theme};
pub use dreamt::complete_dream;
pub use process::Process;
pub use rated::rate_some;
pub use reported::{report, until_true};
pub use screens::{Screen, screens};
pub use shop::{rate, shop_agent, talk};
pub use stack::{Setup, Stack};

/// What goes wrong in a journey is told, not handled.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

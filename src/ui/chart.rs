//! Charts drawn as SVG, of bars over time and of shares by version: from zero, with every value in words, one key press apart, and in a table below.

mod bar_chart;
mod bars;
mod frame;
mod points;
mod shares;
mod table;

pub use bar_chart::{Bar, BarChart};
pub use shares::{Came, Share, ShareChart, SharePoint};

use leptos::prelude::*;
use review_core::scale::Scale;

/// Lines to read values by; that of zero is stronger.
fn draw_lines(scale: Scale) -> impl IntoView {
    let line = |tick: f64| {
        let y = from_top(scale.position(tick));
        let class = if tick > 0.0 {
            "chart-line"
        } else {
            "chart-zero"
        };
        view! { <line x1="0" x2="100%" y1=y.clone() y2=y class=class /> }
    };
    scale.ticks().into_iter().map(line).collect_view()
}

/// Returns where something is that lies `position` of the way up.
fn from_top(position: f64) -> String {
    percent(1.0 - position)
}

fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

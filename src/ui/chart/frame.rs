//! What every chart has around its drawing: heading, scale, a way to read it point by point, and its table.

use super::{
    from_top,
    points::Points,
    table::{Table, TableRow},
};
use crate::ui::unique_id;
use leptos::prelude::*;
use review_core::scale::Scale;

/// Ids of the chart's words, which name its drawing.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    /// Of the title.
    pub(super) title: String,
    /// Of what says what it is drawn of.
    pub(super) lede: String,
}

/// What a drawing needs to know.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    /// The bar or point that is pointed at.
    pub(super) at: Signal<Option<usize>>,
    /// Ids of its words.
    pub(super) ids: Ids,
}

/// The names of what stands first and last.
type Ends = (Option<String>, Option<String>);

/// A chart around its drawing.
#[component]
pub(super) fn Frame(
    /// What it shows.
    title: &'static str,
    /// For tests, as `data-chart`.
    about: &'static str,
    /// What it is drawn of, with n.
    lede: Signal<String>,
    /// What is said where there is nothing to draw.
    nothing: &'static str,
    /// How to read it, until something is pointed at.
    hint: &'static str,
    /// Further style classes of the frame.
    #[prop(default = "chart-frame")]
    class: &'static str,
    /// Whether there is anything to draw.
    #[prop(into)]
    has_some: Signal<bool>,
    /// How high a value is.
    scale: Memo<Scale>,
    /// Writes a value of the scale.
    label: Callback<f64, String>,
    /// How many bars or points there are.
    count: Signal<usize>,
    /// Says what one of them shows.
    said: Callback<usize, Option<String>>,
    /// What stands below the ends of the drawing.
    ends: Signal<Ends>,
    /// What the marks mean.
    #[prop(into)]
    legend: ViewFn,
    /// The drawing itself.
    drawn: Callback<Drawing, AnyView>,
    /// Heads of the table's columns.
    heads: Vec<&'static str>,
    /// The table's rows, newest first.
    rows: Signal<Vec<TableRow>>,
) -> impl IntoView {
    let ids = StoredValue::new(Ids {
        title: unique_id("chart"),
        lede: unique_id("chart"),
    });
    let (title_id, lede_id) = ids.with_value(|ids| (ids.title.clone(), ids.lede.clone()));
    let at = RwSignal::new(None::<usize>);
    let said = Signal::derive(move || said.run(at.get()?));
    let heads = StoredValue::new(heads);
    let legend = StoredValue::new(legend);
    let drawing = move || {
        let ids = ids.get_value();
        let labelled_by = ids.title.clone();
        view! {
            {legend.with_value(ViewFn::run)}
            <div class=class>
                <Axis scale label />
                <div class="chart-plot">
                    {drawn.run(Drawing { at: at.into(), ids })} <Points count at said labelled_by />
                </div>
            </div>
            <div class="chart-ends" aria-hidden="true">
                <span>{move || ends.get().0}</span>
                <span>{move || ends.get().1}</span>
            </div>
            <p class="chart-said" data-about="said">
                {move || said.get().unwrap_or_else(|| hint.to_owned())}
            </p>
            <Table heads=heads.get_value() rows title />
        }
    };
    let heading_id = title_id.clone();
    view! {
        <section class="page-section chart" aria-labelledby=title_id data-chart=about>
            <div class="section-head">
                <h2 id=heading_id>{title}</h2>
                <span class="section-note" id=lede_id>
                    {move || lede.get()}
                </span>
            </div>
            <Show
                when=move || has_some.get()
                fallback=move || view! { <p class="section-note">{nothing}</p> }
            >
                {drawing()}
            </Show>
        </section>
    }
}

/// The values beside the chart.
#[component]
fn Axis(
    scale: Memo<Scale>,
    /// Writes a value.
    label: Callback<f64, String>,
) -> impl IntoView {
    let ticks = move || {
        let scale = scale.get();
        let tick = |tick: f64| {
            view! {
                <text x="100%" y=from_top(scale.position(tick)) text-anchor="end" dominant-baseline="middle">
                    {label.run(tick)}
                </text>
            }
        };
        scale.ticks().into_iter().map(tick).collect_view()
    };
    view! {
        <svg class="chart-axis" aria-hidden="true">
            {ticks}
        </svg>
    }
}

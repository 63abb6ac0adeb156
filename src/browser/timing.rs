//! Marks in the browser's own record of what took how long (User Timing), for `cargo xtask bench` and for profilers.

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast as _;
use web_sys::Performance;

fn performance() -> Option<Performance> {
    web_sys::window()?.performance()
}

/// Something that takes time and began when this was made.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    name: &'static str,
    start_ms: f64,
}

impl Span {
    /// Begins the span called `name`, such as `diff:compute`.
    pub fn begin(name: &'static str) -> Self {
        Self {
            name,
            start_ms: performance().map_or(0.0, |it| it.now()),
        }
    }

    /// Ends it: a measure from its beginning until now stands in the record.
    pub fn end(self) {
        let Some(performance) = performance() else {
            return;
        };
        // A record that cannot be written concerns nobody but who measures.
        let _: Option<()> = measure(&performance, self);
    }
}

/// Measures from a time in the past, which web-sys has no stable call for.
fn measure(performance: &Performance, span: Span) -> Option<()> {
    let options = js_sys::Object::new();
    let set = |name: &str, ms: f64| Reflect::set(&options, &name.into(), &ms.into()).ok();
    set("start", span.start_ms)?;
    set("end", performance.now())?;
    let measure = Reflect::get(performance, &"measure".into()).ok()?;
    let measure: Function = measure.dyn_into().ok()?;
    measure
        .call2(performance, &span.name.into(), &options)
        .ok()?;
    Some(())
}

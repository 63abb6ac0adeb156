//! Hostile texts, and what must not come of them on any page.

use super::{Mounted, ScriptedServer, at, fixtures, mounted, turn, until};
use dream_review::{inbox::Inbox, keyboard::Keyboard, session::Session, ui::Toasts};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use review_api::Role;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Stands in every hostile text, and in none of the console's own.
const MARK: &str = "zq9";

/// Where hostile texts would have the browser go.
const ADDRESSES: [&str; 4] = [
    "https://evil.example/x.png",
    "//evil.example/x.png",
    "data:text/html,<script>alert(1)</script>",
    "javascript:alert(1)",
];

/// Ways to have a browser or a renderer of Markdown ask for an address, or run it; `{}` is the address.
const SHAPES: [&str; 52] = [
    "<img src='{}'>",
    "<img srcset='{} 1x'>",
    "<img src=x onerror=\"fetch('{}')\">",
    "<img src=x onerror=alert(1)>",
    "![a]({})",
    "![a][r]\n\n[r]: {}",
    "[a]({})",
    "<{}>",
    "{}",
    "<a href='{}' ping='{}'>a</a>",
    "<svg><use href='{}#a'/></svg>",
    "<svg><image href='{}'/></svg>",
    "<svg onload=alert(1)>",
    "<svg><style><img src='{}'></style></svg>",
    "<math href='{}'>a</math>",
    "<math><mtext><table><mglyph><style><img src='{}'></style></mglyph></table></mtext></math>",
    "<style>@import '{}';</style>",
    "<style>body{background:url({})}</style>",
    "<div style=\"background:url('{}')\">a</div>",
    "<link rel=preload as=image href='{}'>",
    "<link rel=prefetch href='{}'>",
    "<link rel=dns-prefetch href='{}'>",
    "<link rel=preconnect href='{}'>",
    "<link rel=stylesheet href='{}'>",
    "<link rel=modulepreload href='{}'>",
    "<link rel=icon href='{}'>",
    "<link rel=manifest href='{}'>",
    "<meta http-equiv=refresh content='0;url={}'>",
    "<base href='{}'>",
    "<iframe src='{}'></iframe>",
    "<iframe srcdoc=\"<img src='{}'>\"></iframe>",
    "<object data='{}'></object>",
    "<embed src='{}'>",
    "<video src='{}' poster='{}'></video>",
    "<audio src='{}'></audio>",
    "<picture><source srcset='{}'><img></picture>",
    "<video><track src='{}'></video>",
    "<input type=image src='{}'>",
    "<body background='{}'>",
    "<table background='{}'><tr><td>a</table>",
    "<form action='{}'><button>a</button></form>",
    "<script src='{}'></script>",
    "<script>fetch('{}')</script>",
    "<details open ontoggle=\"fetch('{}')\">a</details>",
    "<noscript><p title=\"</noscript><img src='{}'>\"></noscript>",
    "<template><img src='{}'></template>",
    "\"><img src='{}'>",
    "' onmouseover='alert(1)' a='{}",
    "<!--><img src='{}'>-->",
    "&lt;img src={}&gt; &#60;img src={}&#62;",
    "{{constructor.constructor('fetch(\"{}\")')()}}",
    "\u{1b}]8;;{}\u{7}a\u{1b}]8;;\u{7}",
];

/// What is folded away until somebody opens it.
const FOLDED: &str = "[aria-expanded=false], details:not([open]) > summary";

/// What none of the console's screens has of its own, and what hostile texts would bring.
pub const STRANGE: &str = "img, script, style, link, meta, base, iframe, object, embed, video, audio, source, track, \
    picture, math, template, noscript, mglyph, image, body, [onerror], [onload], [ontoggle], [onmouseover], \
    [background], [ping], [srcset], [srcdoc], [href*=evil], [href^=javascript], [href^=data], [action*=evil], \
    [style*=evil]";

/// Takes the place of texts: one hostile shape after the other.
#[derive(Default)]
pub struct Poison {
    used: usize,
}

impl Poison {
    fn is_used_up(&self) -> bool {
        self.used >= SHAPES.len() * ADDRESSES.len()
    }

    /// Returns the next hostile text.
    pub fn next(&mut self) -> String {
        let all = SHAPES
            .iter()
            .flat_map(|shape| ADDRESSES.map(|address| shape.replace("{}", address)));
        let text = all.cycle().nth(self.used).unwrap();
        self.used += 1;
        format!("{text} {MARK}")
    }

    /// Puts hostile text into every field of `answer` that may hold any text; ids stay, so that pages find what
    /// belongs together.
    pub fn taint<T: Serialize + DeserializeOwned>(&mut self, answer: &T) -> T {
        let mut value = serde_json::to_value(answer).unwrap();
        let mut places = Vec::new();
        texts(&value, String::new(), &mut places);
        assert!(!places.is_empty(), "there is text to taint");
        for place in places {
            let hostile = Value::String(self.next());
            let text = value.pointer_mut(&place).unwrap();
            let honest = std::mem::replace(text, hostile);
            // A date, a state or a version takes no such text.
            if serde_json::from_value::<T>(value.clone()).is_err() {
                *value.pointer_mut(&place).unwrap() = honest;
            }
        }
        serde_json::from_value(value).unwrap()
    }
}

/// Finds the places of all texts but ids, digests and cursors.
fn texts(value: &Value, place: String, found: &mut Vec<String>) {
    let is_name = |key: &str| {
        ["id", "key", "digest", "hash"].contains(&key)
            || ["_id", "_ids", "_keys", "sha256", "_cursor", "_hash"]
                .iter()
                .any(|end| key.ends_with(end))
    };
    match value {
        Value::String(_) => found.push(place),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                texts(item, format!("{place}/{number}"), found);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields.iter().filter(|(key, _)| !is_name(key)) {
                texts(field, format!("{place}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// Shows `page` with tainted answers, and all that is folded on it, until every hostile text stood somewhere on it.
pub async fn withstands(
    path: &str,
    answers: impl Fn(&mut Poison) -> ScriptedServer,
    page: fn() -> AnyView,
) {
    let dialogs = js_sys::Function::new_no_args(
        "window.__dialogs = 0; window.alert = window.confirm = window.prompt = () => { window.__dialogs += 1; };",
    );
    dialogs.call0(&wasm_bindgen::JsValue::NULL).unwrap();
    window().local_storage().unwrap().unwrap().clear().unwrap();
    let mut poison = Poison::default();
    while !poison.is_used_up() {
        let server = answers(&mut poison);
        let shown = mount(path, &server, page);
        until("the page shows what it was told", || shown.shows(MARK)).await;
        for _ in 0..4 {
            turn().await;
        }
        for closed in shown.all(FOLDED) {
            closed.click();
        }
        for _ in 0..4 {
            turn().await;
        }
        assert_eq!(
            shown.count(STRANGE),
            0,
            "{path}, up to text {}: {}",
            poison.used,
            shown
                .find(STRANGE)
                .map(|found| found.outer_html())
                .unwrap_or_default()
        );
    }
    let fired = js_sys::Reflect::get(&window(), &"__dialogs".into()).unwrap();
    assert_eq!(fired.as_f64(), Some(0.0), "no script ran");
    assert_eq!(asked_elsewhere(), Vec::<String>::new());
    at("/");
}

fn mount(path: &str, server: &ScriptedServer, page: fn() -> AnyView) -> Mounted<impl Mountable> {
    at(path);
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client.clone(), fixtures::session(Role::Reviewer));
        Keyboard::provide();
        Toasts::provide();
        Inbox::provide(client);
        view! { <Router>{page()}</Router> }
    })
}

/// Returns the addresses of hostile texts that the browser asked for.
pub fn asked_elsewhere() -> Vec<String> {
    let entries = window().performance().unwrap().get_entries();
    let names = entries.iter().filter_map(|entry| {
        let name = js_sys::Reflect::get(&entry, &"name".into()).unwrap();
        name.as_string()
    });
    names.filter(|name| name.contains("evil")).collect()
}

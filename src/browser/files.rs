//! Files that the reader takes away, and files that they bring.

use leptos::prelude::set_timeout;
use std::time::Duration;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long the browser may take to begin with a file.
const HELD: Duration = Duration::from_mins(1);

/// Hands `text` to the browser as a file called `name`; says whether the browser let us.
///
/// `kind` is its media type. Links cannot be used where a request needs a header of its own.
pub fn save(name: &str, kind: &str, text: &str) -> bool {
    let saved = || {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let parts = js_sys::Array::of1(&text.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let link = web_sys::window()?.document()?.create_element("a").ok()?;
        let link: HtmlAnchorElement = link.dyn_into().ok()?;
        link.set_href(&url);
        link.set_download(name);
        link.click();
        set_timeout(move || drop(Url::revoke_object_url(&url)), HELD);
        Some(())
    };
    saved().is_some()
}

/// A file that the reader chose or dropped.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    file: Blob,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is larger than it may be.
    TooLarge,
    /// It is not UTF-8, from this line on.
    NotUtf8(usize),
    /// The browser does not give it.
    Unreadable,
}

impl Chosen {
    /// Returns the first file that `source` holds: the target of a `change`, or what was dropped.
    pub fn first_of(source: &JsValue) -> Option<Self> {
        let field = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
        let files = field(source, "files")?;
        let file = field(&files, "0")?;
        let name = field(&file, "name")?.as_string()?;
        let file = file.dyn_into().ok()?;
        Some(Self { name, file })
    }

    /// Reads it, at most `most` bytes.
    ///
    /// # Errors
    /// As [`Unusable`] says.
    pub async fn text(&self, most: usize) -> Result<String, Unusable> {
        #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
        if self.file.size() > most as f64 {
            return Err(Unusable::TooLarge);
        }
        let buffer = JsFuture::from(self.file.array_buffer()).await;
        let buffer = buffer.map_err(|_| Unusable::Unreadable)?;
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        String::from_utf8(bytes).map_err(|error| {
            let sound = error.utf8_error().valid_up_to();
            let lines = error.as_bytes().iter().take(sound);
            Unusable::NotUtf8(lines.filter(|byte| **byte == b'\n').count() + 1)
        })
    }
}

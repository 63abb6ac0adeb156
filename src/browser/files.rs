//! Files that the reader takes away.

use leptos::prelude::set_timeout;
use std::time::Duration;
use wasm_bindgen::JsCast as _;
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

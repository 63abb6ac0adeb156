//! The clipboard.

use wasm_bindgen_futures::JsFuture;

/// Copies `text`; says whether the browser let us.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let clipboard = window.navigator().clipboard();
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

//! The address bar, for what the router does not do well.

use web_sys::{Url, UrlSearchParams};

/// Returns the value of the query parameter `name`, decoded once.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    query_of(&search, name)
}

/// Returns the parameter `name` of a query string, decoded once.
pub fn query_of(search: &str, name: &str) -> Option<String> {
    UrlSearchParams::new_with_str(search).ok()?.get(name)
}

/// Returns the path, as the address bar has it.
pub fn path() -> String {
    let window = web_sys::window();
    let path = window.and_then(|window| window.location().pathname().ok());
    path.unwrap_or_default()
}

/// Sets the query parameter `name` without a step in the history; an empty value removes it.
pub fn replace_query(name: &str, value: &str) {
    let replaced = || {
        let window = web_sys::window()?;
        let url = Url::new(&window.location().href().ok()?).ok()?;
        let query = url.search_params();
        if value.is_empty() {
            query.delete(name);
        } else {
            query.set(name, value);
        }
        let history = window.history().ok()?;
        let state = history.state().ok()?;
        history
            .replace_state_with_url(&state, "", Some(&url.href()))
            .ok()
    };
    // A browser that refuses leaves the filter working, only not in the address.
    let _: Option<()> = replaced();
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// Sets the title of the window.
pub fn set_title(title: &str) {
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

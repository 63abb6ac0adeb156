//! Starts the console in the page that loaded it.

use dream_review::{app::App, browser::panic};
use leptos::mount::mount_to_body;

fn main() {
    panic::install();
    mount_to_body(App);
}

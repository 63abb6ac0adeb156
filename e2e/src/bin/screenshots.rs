//! Takes pictures of every screen, in both themes and at two widths, into the folder given.
//!
//! `cargo xtask screenshots` builds everything and calls this.

use e2e::{Browser, Result, Setup, Stack, Theme, screens};
use std::path::PathBuf;

/// Widths and heights of a desk and of a phone, in CSS pixels.
const SIZES: [(u32, u32); 2] = [(1400, 900), (390, 844)];

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| "target/screenshots".into(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let screens = screens(&stack).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    for (width, height) in SIZES {
        browser.resize(width, height).await?;
        for theme in [Theme::Light, Theme::Dark] {
            browser.set_theme(theme).await?;
            for screen in &screens {
                screen.open(&browser).await?;
                let name = screen.name;
                let file = folder.join(format!("{name}-{width}-{}.png", theme.as_str()));
                browser.screenshot(&file).await?;
            }
        }
    }
    browser.close().await
}

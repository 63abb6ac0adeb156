//! A headless Chromium, driven through `WebDriver`.

use crate::{Process, Result, Setup};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::Element,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{path::Path, time::Duration};
use tokio::process::Command;
use url::Url;

/// Longest that anything on a page may take to appear.
const APPEARS_WITHIN: Duration = Duration::from_secs(30);

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// Returns the word that CSS has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A browser with one window, and its driver.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    base: String,
    _driver: Process,
}

/// A command that `WebDriver` itself does not have but Chromium's driver does.
#[derive(Debug)]
struct ChromiumCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ChromiumCommand {
    fn endpoint(
        &self,
        base: &Url,
        session: Option<&str>,
    ) -> std::result::Result<Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _url: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Opens a window that shows pages of `base`.
    ///
    /// # Errors
    /// If driver or browser do not start.
    pub async fn open(setup: &Setup, base: &str) -> Result<Self> {
        let mut driver = Command::new(&setup.chromedriver);
        driver.args(["--port=0", "--log-level=WARNING"]);
        let (driver, port) = Process::start("chromedriver", driver, |line| {
            let after = line.split("successfully on port ").nth(1)?;
            after.trim_end_matches('.').parse::<u16>().ok()
        })
        .await?;
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1400,900",
            ],
        });
        if let (Some(chrome), Some(options)) = (&setup.chrome, options.as_object_mut()) {
            options.insert("binary".to_owned(), json!(chrome));
        }
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            return Err("capabilities are an object".into());
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        let browser = Self {
            client,
            base: base.to_owned(),
            _driver: driver,
        };
        browser.resize(1400, 900).await?;
        Ok(browser)
    }

    async fn chromium(&self, path: &'static str, body: Value) -> Result<Value> {
        Ok(self
            .client
            .issue_cmd(ChromiumCommand { path, body })
            .await?)
    }

    async fn devtools(&self, command: &str, params: Value) -> Result<Value> {
        self.chromium(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": params }),
        )
        .await
    }

    /// Gives pages `width` × `height` CSS pixels.
    ///
    /// # Errors
    /// If the browser refuses; likewise below.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let mobile = width < 600;
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", params)
            .await?;
        Ok(())
    }

    /// Makes pages light or dark.
    ///
    /// # Errors
    /// If the browser refuses.
    pub async fn set_theme(&self, theme: Theme) -> Result<()> {
        let feature = json!({ "name": "prefers-color-scheme", "value": theme.as_str() });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
        .await?;
        Ok(())
    }

    /// Keeps files that pages hand over in `folder`.
    ///
    /// # Errors
    /// If the browser refuses.
    pub async fn keep_downloads_in(&self, folder: &Path) -> Result<()> {
        let params = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Browser.setDownloadBehavior", params).await?;
        Ok(())
    }

    /// Opens a path of the console afresh.
    ///
    /// # Errors
    /// If the page cannot be opened.
    pub async fn goto(&self, path: &str) -> Result<()> {
        Ok(self.client.goto(&format!("{}{path}", self.base)).await?)
    }

    /// Returns the path that is open.
    ///
    /// # Errors
    /// If the browser refuses.
    pub async fn path(&self) -> Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Waits for an element that matches a CSS selector.
    ///
    /// # Errors
    /// If none appears in time.
    pub async fn find(&self, css: &str) -> Result<Element> {
        self.wait_for(Locator::Css(css), css).await
    }

    /// Waits for a `tag` whose text contains `text`; `*` stands for any.
    ///
    /// # Errors
    /// If none appears in time.
    pub async fn find_text(&self, tag: &str, text: &str) -> Result<Element> {
        let path = format!(
            "//{tag}[contains(normalize-space(.), {})]",
            xpath_text(text)
        );
        self.wait_for(Locator::XPath(&path), &format!("{tag} with {text:?}"))
            .await
    }

    async fn wait_for(&self, locator: Locator<'_>, what: &str) -> Result<Element> {
        match self
            .client
            .wait()
            .at_most(APPEARS_WITHIN)
            .for_element(locator)
            .await
        {
            Ok(element) => Ok(element),
            Err(error) => {
                let path = self.path().await.unwrap_or_default();
                let body = self.text("body").await.unwrap_or_default();
                Err(
                    format!("{what} did not appear on {path}: {error}\nThe page says:\n{body}")
                        .into(),
                )
            }
        }
    }

    /// Presses the button or link whose text contains `text`, once it can be pressed.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn press(&self, text: &str) -> Result<()> {
        let text = xpath_text(text);
        let path = format!(
            "//*[self::button or self::a][not(@disabled) and not(@aria-disabled='true') \
             and contains(normalize-space(.), {text})]"
        );
        let element = self
            .wait_for(Locator::XPath(&path), &format!("a button or link {text}"))
            .await?;
        self.press_element(&element).await
    }

    /// Presses the first element that matches a CSS selector.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn press_css(&self, css: &str) -> Result<()> {
        let element = self.find(css).await?;
        self.press_element(&element).await
    }

    async fn press_element(&self, element: &Element) -> Result<()> {
        let script = "arguments[0].scrollIntoView({ block: 'center' })";
        self.client
            .execute(script, vec![serde_json::to_value(element)?])
            .await?;
        Ok(element.click().await?)
    }

    /// Presses a key, wherever the focus is.
    ///
    /// # Errors
    /// If the browser refuses.
    pub async fn press_key(&self, key: char) -> Result<()> {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        Ok(self.client.perform_actions(keys).await?)
    }

    /// Types into the field that matches a CSS selector.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        Ok(self.find(css).await?.send_keys(text).await?)
    }

    /// Chooses the option with `value` in the `<select>` that matches a CSS selector.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn choose(&self, css: &str, value: &str) -> Result<()> {
        Ok(self.find(css).await?.select_by_value(value).await?)
    }

    /// Returns the visible text of the first element that matches a CSS selector.
    ///
    /// # Errors
    /// If there is none now.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.client.find(Locator::Css(css)).await?.text().await?)
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// If the script throws.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Runs a script that gets a function as its last argument, and returns what it calls that with.
    ///
    /// # Errors
    /// If the script throws, or does not call it in time.
    pub async fn run_until_told(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute_async(script, Vec::new()).await?)
    }

    /// Waits until a script returns `true`.
    ///
    /// # Errors
    /// If it does not in time.
    pub async fn until(&self, what: &str, script: &str) -> Result<()> {
        let deadline = tokio::time::Instant::now() + APPEARS_WITHIN;
        while tokio::time::Instant::now() < deadline {
            if self.run(script).await? == Value::Bool(true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let body = self.text("body").await.unwrap_or_default();
        Err(format!("never happened: {what}\nThe page says:\n{body}").into())
    }

    /// Returns what the page logged as an error since the last call: exceptions, failed loads, and
    /// violations of the content security policy.
    ///
    /// # Errors
    /// If the driver refuses.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let entries = self
            .chromium("se/log", json!({ "type": "browser" }))
            .await?;
        let severe = |entry: &&Value| {
            let message = entry["message"].as_str().unwrap_or_default();
            entry["level"] == "SEVERE" || message.contains("Content Security Policy")
        };
        let entries = entries.as_array().cloned().unwrap_or_default();
        Ok(entries
            .iter()
            .filter(severe)
            .map(Value::to_string)
            .collect())
    }

    /// Saves what the window shows.
    ///
    /// # Errors
    /// If the picture cannot be taken or written.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        std::fs::write(file, self.client.screenshot().await?)?;
        Ok(())
    }

    /// Closes the window.
    ///
    /// # Errors
    /// If the driver refuses.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// Writes `text` as an `XPath` literal, whatever quotes it has.
fn xpath_text(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_a_text_do_not_end_it() {
        assert_eq!(xpath_text("plain"), "'plain'");
        assert_eq!(xpath_text("agent's"), "concat('agent', \"'\", 's')");
    }
}

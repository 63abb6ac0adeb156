//! The page of the settings: who one is, what one talks to, and the keys.

use super::automation::AutomationSection;
use crate::{
    keyboard::Keyboard,
    session::Session,
    ui::{Button, PageTitle},
};
use leptos::prelude::*;
use review_api::{API_VERSION, Role};

/// The whole page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = Session::use_context();
    let keyboard = Keyboard::use_context();
    view! {
        <div class="page settings">
            <div class="page-head">
                <div>
                    <PageTitle title="Settings" />
                    <p class="page-lede">
                        "Dream Review is where a team decides what its agents may learn: an agent proposes changes to its own prompt, \
                         people read them, and nothing is applied that nobody approved, save where an agent’s policy says so."
                    </p>
                </div>
            </div>
            <section class="page-section" aria-labelledby="you-title">
                <div class="section-head">
                    <h2 id="you-title">"You"</h2>
                </div>
                <dl class="facts">
                    <dt>"Name"</dt>
                    <dd data-fact="name">{move || session.user().name.0}</dd>
                    <dt>"Role"</dt>
                    <dd data-fact="role">{move || session.user().role.as_str()}</dd>
                    <dt>"You may"</dt>
                    <dd>{move || may(session.user().role)}</dd>
                </dl>
            </section>
            <AutomationSection />
            <section class="page-section" aria-labelledby="server-title">
                <div class="section-head">
                    <h2 id="server-title">"Review server"</h2>
                </div>
                <dl class="facts">
                    <dt>"Platform"</dt>
                    <dd>
                        <code>{move || session.facts().platform.clone()}</code>
                    </dd>
                    <dt>"Server release"</dt>
                    <dd>{move || session.facts().proxy_version.clone()}</dd>
                    <dt>"Console release"</dt>
                    <dd>{env!("CARGO_PKG_VERSION")}</dd>
                    <dt>"Console API"</dt>
                    <dd>{format!("version {API_VERSION}")}</dd>
                </dl>
            </section>
            <section class="page-section" aria-labelledby="keys-title">
                <div class="section-head">
                    <h2 id="keys-title">"Keyboard"</h2>
                </div>
                <p>"Everything can be done from the keyboard. Light or dark follows the system."</p>
                <div>
                    <Button
                        on_press=Callback::new(move |()| keyboard.sheet_open.set(true))
                        keys="?"
                        action="show-keys"
                    >
                        "Show all keys"
                    </Button>
                </div>
            </section>
        </div>
    }
}

/// Returns what a role may do.
fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "read everything",
        Role::Reviewer => "read everything, rate interactions, stage and reject suggestions",
        Role::Approver => {
            "read everything, rate interactions, stage and reject suggestions, approve and apply changes that others staged"
        }
        Role::Admin => {
            "do all that an approver may, create agents and change their settings; nobody approves what they staged"
        }
    }
}

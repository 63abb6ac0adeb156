//! The dialog that shows a webhook's secret.

use crate::{
    agents::state::Webhook,
    browser::clock::moment,
    ui::{Button, ButtonKind, Dialog},
};
use leptos::prelude::*;
use review_api::WebhookSecret;

/// The secret, shown this once.
#[component]
pub(super) fn SecretDialog(webhook: Webhook) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(webhook.secret.with(Option::is_some)));
    // Closed by Escape as well: it must not be there when the next one is asked for.
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if was == Some(true) && !is_open {
            webhook.secret.set(None);
        }
        is_open
    });
    let draw = move |secret: WebhookSecret| {
        let former = secret.state.former_until.map(|until| {
            let until = moment(until);
            view! {
                <p>{format!("Until {until} each report is signed with the former secret as well.")}</p>
            }
        });
        view! {
            <p>
                "Give it to the receiver, which checks "<code>"webhook-signature"</code>" with it. It is shown this once; whoever loses it makes a new one."
            </p>
            <pre class="webhook-secret" data-about="secret">
                {secret.secret}
            </pre>
            {former}
        }
    };
    view! {
        <Dialog open title="The webhook's secret">
            {move || webhook.secret.get().map(draw)}
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| open.set(false)) action="close-secret">
                    "I have it"
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    on_press=Callback::new(move |()| webhook.copy_secret())
                    action="copy-secret"
                >
                    "Copy the secret"
                </Button>
            </div>
        </Dialog>
    }
}

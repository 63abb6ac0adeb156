//! The bar where one decides on a change: what can be done, and why the rest cannot.

use super::{
    dialogs::apply_label,
    refusals::Refusals,
    state::{Act, OpenChange, View},
};
use crate::{
    keyboard::{Command, Keyboard},
    routes::Route,
    ui::{Button, ButtonKind, KeyHint},
};
use leptos::prelude::*;
use review_api::{Change, ChangeState, ChangeTarget};
use review_core::{digest::short, words::listed};
use std::sync::Arc;

/// What the bar offers, in the order of its buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Withdraw,
    BreakGlass,
    Edit,
    Approve,
    Apply,
    Restage,
    RollBack,
    ReviewGlass,
}

impl Offer {
    fn verb(self) -> &'static str {
        match self {
            Self::Withdraw => "Withdraw",
            Self::BreakGlass => "Apply without approvals",
            Self::Edit => "Edit",
            Self::Approve => "Approve",
            Self::Apply => "Apply",
            Self::Restage => "Restage",
            Self::RollBack => "Roll back",
            Self::ReviewGlass => "Review",
        }
    }

    fn reason_id(self) -> String {
        format!("why-not-{}", self.verb().to_lowercase().replace(' ', "-"))
    }

    fn refusal(self, refusals: Refusals) -> Signal<Option<String>> {
        match self {
            Self::Withdraw => refusals.withdraw,
            Self::BreakGlass => refusals.break_glass,
            Self::Edit => refusals.edit,
            Self::Approve => refusals.approve,
            Self::Apply => refusals.apply,
            Self::Restage => refusals.restage,
            Self::RollBack => refusals.roll_back,
            Self::ReviewGlass => refusals.review_glass,
        }
    }
}

/// Returns what can come next from where `change` stands; the last one is the way on.
fn offers(change: &Change) -> Vec<Offer> {
    let is_rollback = change.summary.rolls_back.is_some();
    let is_prompt = change.summary.target == ChangeTarget::Prompt;
    match change.summary.state {
        ChangeState::Staged | ChangeState::Approved => {
            let mut offers = vec![Offer::Withdraw];
            if is_rollback && change.summary.state == ChangeState::Staged {
                offers.push(Offer::BreakGlass);
            }
            if is_prompt && !is_rollback {
                offers.push(Offer::Edit);
            }
            offers.extend([Offer::Approve, Offer::Apply]);
            offers
        }
        ChangeState::Stale if is_prompt && !is_rollback => vec![Offer::Withdraw, Offer::Restage],
        ChangeState::Stale => vec![Offer::Withdraw],
        ChangeState::Applied => {
            let mut offers = Vec::new();
            if change.rolled_back_by.is_none() {
                offers.push(Offer::RollBack);
            }
            if change
                .glass
                .as_ref()
                .is_some_and(|glass| glass.review.is_none())
            {
                offers.push(Offer::ReviewGlass);
            }
            offers
        }
        _ => Vec::new(),
    }
}

#[component]
pub(super) fn Decide(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let refusals = Refusals::of(open, change);
    offer_keys(open, refusals);
    let offered = Memo::new(move |_| change.with(|it| offers(it)));
    let is_over = Memo::new(move |_| change.with(|it| !it.summary.state.is_open()));
    let agent = Memo::new(move |_| change.with(|it| it.summary.agent_id.clone()));
    let way_back = Memo::new(move |_| change.with(|it| it.rolled_back_by.clone()));
    view! {
        <section class="decision-bar" aria-label="Decision">
            <div class="decision-note">
                <FindingsNote open is_over />
                <WhyNot offered refusals />
            </div>
            <div class="decision-actions">
                <Show when=move || is_over.get()>
                    <a class="button" href=move || Route::Agent { id: agent.get() }.href() data-action="to-agent">
                        "Open the agent"
                    </a>
                </Show>
                {move || {
                    way_back
                        .get()
                        .map(|id| {
                            view! {
                                <a class="button" href=Route::Change { id }.href() data-action="to-rollback">
                                    "Open the rollback"
                                </a>
                            }
                        })
                }}
                {move || {
                    let offers = offered.get();
                    let main = main_offer(&offers, change.with(|it| it.summary.state));
                    let button = |offer: Offer| {
                        view! { <OfferButton open change offer refusals is_main=main == Some(offer) /> }
                    };
                    offers.into_iter().map(button).collect_view()
                }}
            </div>
        </section>
    }
}

/// Returns the one that this screen is for: approving while approvals are missing, applying once they are there.
fn main_offer(offers: &[Offer], state: ChangeState) -> Option<Offer> {
    match state {
        ChangeState::Staged => Some(Offer::Approve),
        ChangeState::Applied => offers
            .contains(&Offer::ReviewGlass)
            .then_some(Offer::ReviewGlass),
        ChangeState::Stale => offers.contains(&Offer::Restage).then_some(Offer::Restage),
        _ => offers.last().copied(),
    }
}

#[component]
fn FindingsNote(open: OpenChange, is_over: Memo<bool>) -> impl IntoView {
    let words = move || {
        let findings = open.facts().with(crate::diff_view::Facts::findings);
        match (is_over.get(), findings) {
            (true, _) => None,
            (_, 0) => Some("No findings in the text.".to_owned()),
            (_, 1) => Some("1 finding to read.".to_owned()),
            (_, more) => Some(format!("{more} findings to read.")),
        }
    };
    view! {
        <p role="status" data-about="bar-findings">
            {words}
        </p>
    }
}

/// For each button that is off, the reason; one line for those with the same.
#[component]
fn WhyNot(offered: Memo<Vec<Offer>>, refusals: Refusals) -> impl IntoView {
    let reasons = Memo::new(move |_| {
        let mut reasons: Vec<(String, Vec<Offer>)> = Vec::new();
        for offer in offered.get() {
            let Some(reason) = offer.refusal(refusals).get() else {
                continue;
            };
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, offers)) => offers.push(offer),
                None => reasons.push((reason, vec![offer])),
            }
        }
        reasons
    });
    let line = |(reason, offers): (String, Vec<Offer>)| {
        let verbs: Vec<&str> = offers.iter().map(|offer| offer.verb()).collect();
        let marks = offers
            .iter()
            .map(|offer| view! { <span id=offer.reason_id()>{reason.clone()}</span> });
        // Each button points at a reason of its own; the eye needs it once.
        view! {
            <li>
                <span class="why-verb">{listed(&verbs)}</span>
                <span class="why-reasons">{marks.collect_view()}</span>
            </li>
        }
    };
    view! {
        <ul class="why-not" data-about="why-not">
            {move || reasons.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

#[component]
fn OfferButton(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    offer: Offer,
    refusals: Refusals,
    is_main: bool,
) -> impl IntoView {
    let kind = match offer {
        Offer::BreakGlass => ButtonKind::Danger,
        _ if is_main => ButtonKind::Primary,
        _ => ButtonKind::Plain,
    };
    let busy_with = match offer {
        Offer::Withdraw => Act::Withdraw,
        Offer::BreakGlass => Act::BreakGlass,
        Offer::Edit => Act::Edit,
        Offer::Approve => Act::Approve,
        Offer::Apply => Act::Apply,
        Offer::Restage => Act::Restage,
        Offer::RollBack => Act::RollBack,
        Offer::ReviewGlass => Act::ReviewGlass,
    };
    let busy = Signal::derive(move || open.busy() == Some(busy_with));
    let refusal = offer.refusal(refusals);
    let (action, keys) = match offer {
        Offer::Withdraw => ("withdraw", None),
        Offer::BreakGlass => ("break-glass", None),
        Offer::Edit => ("edit", Some("i")),
        Offer::Approve => ("approve", Some("A")),
        Offer::Apply => ("apply", None),
        Offer::Restage => ("restage", None),
        Offer::RollBack => ("roll-back", None),
        Offer::ReviewGlass => ("review-glass", None),
    };
    let label = move || {
        change.with(|it| match offer {
            Offer::Withdraw => "Withdraw…".to_owned(),
            Offer::BreakGlass => "Apply without approvals…".to_owned(),
            Offer::Edit => "Edit".to_owned(),
            Offer::Approve => "Approve".to_owned(),
            Offer::Apply => format!("{}…", apply_label(it)),
            Offer::Restage => match it.moved_to {
                Some(version) => format!("Restage on v{version}"),
                None => "Restage on the prompt now".to_owned(),
            },
            Offer::RollBack if it.summary.target == ChangeTarget::Memory => "Roll back…".to_owned(),
            Offer::RollBack => format!("Roll back to v{}…", it.base.version),
            Offer::ReviewGlass => "Review what was applied…".to_owned(),
        })
    };
    let digest = (offer == Offer::Approve).then(|| {
        view! {
            <span class="digest-seen" data-about="digest-seen">
                "digest " <code data-about="digest-short">{move || change.with(|it| short(&it.digest).to_owned())}</code>
            </span>
        }
    });
    // What cannot be done before something else is done leaves its room to that on a phone.
    let is_later = move || (!is_main && refusal.with(Option::is_some)).then_some("");
    view! {
        <span class="later" data-off=is_later>
            {digest}
            <Button
                on_press=Callback::new(move |()| press(open, offer))
                kind
                refusal
                busy
                action
                reason_at=offer.reason_id()
            >
                {label}
                {keys.map(|keys| view! { <KeyHint keys /> })}
            </Button>
        </span>
    }
}

fn press(open: OpenChange, offer: Offer) {
    match offer {
        Offer::Withdraw => open.ask.withdraw.set(true),
        Offer::BreakGlass => open.ask.break_glass.set(true),
        Offer::Edit => open.show(View::Edit),
        Offer::Approve => open.approve(),
        Offer::Apply => open.ask.apply.set(true),
        Offer::Restage => open.show(View::Restage),
        Offer::RollBack => open.ask.roll_back.set(true),
        Offer::ReviewGlass => open.ask.review_glass.set(true),
    }
}

/// Offers the same from the keyboard and in the palette.
fn offer_keys(open: OpenChange, refusals: Refusals) {
    let keyboard = Keyboard::use_context();
    let commands = [
        ("Withdraw this change", None, Offer::Withdraw),
        ("Roll this change back", None, Offer::RollBack),
        (
            "Restage this change on the prompt as it is now",
            None,
            Offer::Restage,
        ),
        ("Apply this change", None, Offer::Apply),
        ("Edit what this change proposes", Some("i"), Offer::Edit),
        ("Approve exactly this", Some("A"), Offer::Approve),
    ];
    for (label, keys, offer) in commands {
        let command = Command::new(label, keys, move || press(open, offer));
        keyboard.add(command.unless(offer.refusal(refusals)));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::words::sample::change, *};

    fn in_state(state: ChangeState, is_rollback: bool) -> Vec<Offer> {
        let mut change = change();
        change.summary.state = state;
        change.summary.rolls_back = is_rollback.then(|| "chg_0".into());
        offers(&change)
    }

    #[test]
    fn a_rollback_is_not_edited_nor_restaged_and_alone_may_be_hurried() {
        use Offer::{Apply, Approve, BreakGlass, Edit, Restage, Withdraw};
        assert_eq!(
            in_state(ChangeState::Staged, false),
            [Withdraw, Edit, Approve, Apply]
        );
        assert_eq!(
            in_state(ChangeState::Staged, true),
            [Withdraw, BreakGlass, Approve, Apply]
        );
        assert_eq!(in_state(ChangeState::Stale, false), [Withdraw, Restage]);
        assert_eq!(in_state(ChangeState::Stale, true), [Withdraw]);
    }

    #[test]
    fn nothing_can_be_done_to_what_is_on_its_way_or_given_up() {
        for state in [
            ChangeState::Applying,
            ChangeState::NeedsALook,
            ChangeState::Withdrawn,
        ] {
            assert_eq!(in_state(state, false), []);
        }
    }
}

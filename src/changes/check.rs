//! Whether what is on screen is what the digest names, worked out again in this browser; pure.

use prompt_diff::findings_fingerprint;
use review_api::{Change, ChangeTarget};
use review_core::digest;

/// Whether what would be applied is what the digest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// This console gets the same digest as the proxy.
    Equal,
    /// It does not.
    Different {
        /// What this console gets.
        computed: String,
    },
    /// The base's own digest does not fit its text.
    BaseDiffers,
    /// This console finds something else in the text that has to be read than the proxy does.
    FindingsDiffer,
}

/// Works the digest out again and compares it with the proxy's.
pub(super) fn check(change: &Change) -> Check {
    let is_prompt = change.summary.target == ChangeTarget::Prompt;
    if is_prompt && digest::sha256_hex(&change.base.text) != change.base.sha256 {
        return Check::BaseDiffers;
    }
    if is_prompt
        && findings_fingerprint(&change.base.text, &change.proposed) != change.findings_sha256
    {
        return Check::FindingsDiffer;
    }
    let computed = digest::of(change);
    if computed == change.digest {
        Check::Equal
    } else {
        Check::Different { computed }
    }
}

impl Check {
    /// Says why nothing may be approved or applied; nothing if it may.
    pub(super) fn refusal(&self) -> Option<String> {
        (*self != Self::Equal).then(|| {
            "What is on screen is not what the digest names, so it can be neither approved nor applied here.".to_owned()
        })
    }

    /// Says in a few words what came of it.
    pub(super) fn verdict(&self) -> &'static str {
        match self {
            Self::Equal => "Worked out again in this browser from what is on screen: the same.",
            _ => "Worked out again in this browser: not the same.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::words::sample::change, *};

    #[test]
    fn a_digest_that_fits_is_equal() {
        assert_eq!(check(&change()), Check::Equal);
        assert_eq!(check(&change()).refusal(), None);
    }

    #[test]
    fn one_other_byte_is_seen_and_refused() {
        let swapped = Change {
            proposed: "neW".to_owned(),
            ..change()
        };
        assert!(matches!(check(&swapped), Check::Different { .. }));
        assert!(check(&swapped).refusal().is_some());
        let mut swapped = change();
        swapped.base.text.push(' ');
        assert_eq!(check(&swapped), Check::BaseDiffers);
    }

    #[test]
    fn a_finding_that_the_proxy_keeps_quiet_about_is_seen() {
        let mut hiding = change();
        hiding.proposed.push('\u{200b}');
        hiding.digest = digest::of(&hiding);
        assert_eq!(check(&hiding), Check::FindingsDiffer);
        assert!(check(&hiding).refusal().is_some());
    }
}

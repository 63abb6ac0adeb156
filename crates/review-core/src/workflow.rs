//! How a change moves from state to state.

use review_api::ChangeState;

/// Returns the state of a waiting change that has `valid` of `needed` approvals.
pub fn state_by_approvals(valid: u32, needed: u32) -> ChangeState {
    if valid >= needed {
        ChangeState::Approved
    } else {
        ChangeState::Staged
    }
}

/// Says whether a change may go from one state to another.
///
/// The proxy checks every step with this, whoever asks; `design.md` §7 draws it.
pub fn allows(from: ChangeState, to: ChangeState) -> bool {
    use ChangeState::{Applied, Applying, Approved, NeedsALook, Staged, Stale, Withdrawn};
    matches!(
        (from, to),
        (Staged, Approved | Stale | Withdrawn)
            | (Approved, Staged | Applying | Stale | Withdrawn)
            | (Applying, Applied | Approved | Stale | NeedsALook)
            | (NeedsALook, Applied | Approved | Stale)
            // Put on the prompt as it is now; its approvals are of another digest.
            | (Stale, Staged | Approved | Withdrawn)
    )
}

/// Says whether a rollback may go from one state to another by breaking the glass: without its approvals.
pub fn allows_by_broken_glass(from: ChangeState, to: ChangeState) -> bool {
    allows(from, to) || (from, to) == (ChangeState::Staged, ChangeState::Applying)
}

/// Says whether a change may go from one state to another by its policy's own act, which may need no approvals.
pub fn allows_by_policy(from: ChangeState, to: ChangeState) -> bool {
    allows(from, to) || (from, to) == (ChangeState::Staged, ChangeState::Applying)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_states_stay() {
        let all = [
            ChangeState::Staged,
            ChangeState::Approved,
            ChangeState::Applying,
            ChangeState::Applied,
            ChangeState::Stale,
            ChangeState::NeedsALook,
            ChangeState::Withdrawn,
        ];
        for to in all {
            assert!(
                !allows(ChangeState::Applied, to),
                "applied may not become {to:?}"
            );
            assert!(
                !allows(ChangeState::Withdrawn, to),
                "withdrawn may not become {to:?}"
            );
            assert!(!allows(to, to), "{to:?} to itself is no step");
        }
    }

    #[test]
    fn nothing_is_applied_without_passing_through_approved_and_applying() {
        assert!(!allows(ChangeState::Staged, ChangeState::Applying));
        assert!(!allows(ChangeState::Staged, ChangeState::Applied));
        assert!(!allows(ChangeState::Approved, ChangeState::Applied));
        assert!(!allows(ChangeState::Stale, ChangeState::Applying));
        // A policy may leave approvals out, and nothing else.
        assert!(allows_by_policy(ChangeState::Staged, ChangeState::Applying));
        assert!(!allows_by_policy(ChangeState::Stale, ChangeState::Applying));
        assert!(!allows_by_policy(ChangeState::Staged, ChangeState::Applied));
    }
}

//! How long the proxy waits for what.

use crate::platform::Timing;
use std::time::Duration;

/// Waiting times. Fixed in what is shipped: only tests have others.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Waiting for the platform.
    pub platform: Timing,
    /// How long after the deadline of a request a delayed one may still land.
    pub grace: Duration,
    /// How often open attempts and outdated changes are looked for.
    pub reconcile_every: Duration,
    /// How long a request with a key counts as at work after its proxy was last heard of.
    pub keys: Duration,
    /// How often it is looked for what policies have to do by themselves.
    pub automate_every: Duration,
    /// How long other processes leave an attempt alone after its holder was last heard of.
    pub lease: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            platform: Timing::default(),
            grace: Duration::from_secs(30),
            reconcile_every: Duration::from_secs(10),
            keys: Duration::from_mins(2),
            automate_every: Duration::from_secs(5),
            lease: Duration::from_secs(20),
        }
    }
}

impl Pace {
    /// Returns the waiting times of this build.
    pub(crate) fn of_this_build() -> Self {
        #[cfg(feature = "failpoints")]
        return crate::failpoint::pace();
        #[cfg(not(feature = "failpoints"))]
        Self::default()
    }
}

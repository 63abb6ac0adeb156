//! Ctrl-C and SIGTERM end what was started, not just this process.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::{consts, flag};

use crate::failure::{Failure, Result};

static ASKED_TO_STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Notes Ctrl-C and SIGTERM from now on; a second one ends this process at once.
pub(crate) fn listen() -> Result<()> {
    let stop = Arc::clone(ASKED_TO_STOP.get_or_init(Arc::default));
    for signal in [consts::SIGINT, consts::SIGTERM, consts::SIGHUP] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::new(format!("cannot listen to signal {signal}: {error}")))?;
    }
    Ok(())
}

/// Whether somebody asked this process to end.
pub(crate) fn stop_asked() -> bool {
    ASKED_TO_STOP
        .get()
        .is_some_and(|stop| stop.load(Ordering::Relaxed))
}

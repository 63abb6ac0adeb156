//! The proxy as a program: reads its settings, runs until it is told to stop.

use clap::Parser as _;
use review_proxy::config::{Config, Flags};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Straight to stderr: the reason not to start is for a person, not for the log.
            let _unheard = writeln!(std::io::stderr(), "dream-review-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::complete(Flags::parse(), std::env::vars_os())?;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_new(&config.log)?)
        .with_writer(std::io::stderr)
        .init();
    std::panic::set_hook(Box::new(|panic| {
        // The place only: a panic's text may quote what a person typed.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a defect: something panicked");
    }));
    // Before the start: a signal that comes meanwhile must not be lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let running = review_proxy::start(config).await?;
    writeln!(std::io::stdout(), "listening on http://{}", running.addr)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

//! The proxy as a program: reads its settings, runs until it is told to stop.

use clap::Parser as _;
use clap::error::ContextValue;
use review_proxy::commands::{self, Outcome};
use review_proxy::config::{Config, Flags};
use review_proxy::terminal::{Log, shown};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let mut flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => return misused(error),
    };
    match flags.command.take() {
        None => match serve(flags).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refused(&*error, ExitCode::FAILURE),
        },
        Some(command) => {
            match commands::run(command, flags, std::env::vars_os()).await {
                Ok(Outcome::Good(said)) => told(&said, ExitCode::SUCCESS),
                Ok(Outcome::Bad(said)) => told(&said, ExitCode::FAILURE),
                // Another number: it is not known whether anything is wrong.
                Err(error) => refused(&error, ExitCode::from(2)),
            }
        }
    }
}

fn told(said: &str, code: ExitCode) -> ExitCode {
    let _unheard = writeln!(std::io::stdout(), "{}", shown(said));
    code
}

/// Says straight to stderr why nothing was done: it is for a person, not for the log.
fn refused(error: &dyn std::error::Error, code: ExitCode) -> ExitCode {
    let said = error.to_string();
    let _unheard = writeln!(std::io::stderr(), "dream-review-proxy: {}", shown(&said));
    code
}

/// Says which flag or variable is wrong, or what was asked for with `--help`.
fn misused(mut error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _unheard = error.print();
        return ExitCode::SUCCESS;
    }
    // What was given is quoted, and may be of several lines.
    let given: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, shown(text).replace('\n', "\\n"))),
            _ => None,
        })
        .collect();
    for (kind, text) in given {
        error.insert(kind, ContextValue::String(text));
    }
    let said = error.render().to_string();
    let _unheard = write!(std::io::stderr(), "{}", shown(&said));
    ExitCode::from(2)
}

async fn serve(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::complete(flags, std::env::vars_os())?;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::try_new(&config.log)?)
        .with_writer(Log)
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

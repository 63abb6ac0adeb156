//! The stand-in platform as a program.

use clap::Parser;
use demo_platform::{Config, Pace, ReportTarget, start};
use review_core::webhook::Secret;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// A stand-in for the agent platform: its wire format under /v1, with five seeded agents, their
/// sessions, memory stores and dreams. Any API key is accepted, so listen on loopback only.
///
/// Faults, a request recorder and shortcuts for tests lie under /__control.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// Address to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Folder that keeps the state between starts; seeded when it is empty.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// How many times the seeded data is made, at the first start in a folder.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    scale: u32,
    /// Address that the report of each completed dream is posted to.
    #[arg(long, value_name = "URL", requires = "report_secret")]
    report_webhook: Option<String>,
    /// Secret that reports are signed with: `whsec_` and at least 24 bytes in base64.
    #[arg(long, value_name = "whsec_…", requires = "report_webhook", value_parser = Secret::parse)]
    report_secret: Option<Secret>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    let flags = Flags::parse();
    let report = flags
        .report_webhook
        .zip(flags.report_secret)
        .map(|(url, secret)| ReportTarget { url, secret });
    let config = Config {
        listen: flags.listen,
        data: flags.data,
        scale: flags.scale,
        report,
        pace: Pace::default(),
    };
    let running = match start(config).await {
        Ok(running) => running,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut stdout = io::stdout();
    // Whoever started it may have closed its end; that is no reason to stop.
    let _told = writeln!(stdout, "listening on {}", running.url()).and_then(|()| stdout.flush());
    asked_to_stop().await;
    running.shutdown().await;
    ExitCode::SUCCESS
}

async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _interrupted = tokio::signal::ctrl_c().await;
}

//! Puts the parts together and keeps them running until someone says stop.

use crate::assets::{Assets, BadAssets};
use crate::auth::{BadUsers, Users};
use crate::automation::Automator;
use crate::config::Config;
use crate::dreaming::{Reader, Reflector, Scheduler, Syncer};
use crate::error::Error;
use crate::folder::{Taken, take};
use crate::hooks::{Hints, Receiver, Worker};
use crate::http::{self, App, Limits};
use crate::ledger::{AuditKey, BadAuditKey, Checkpointer};
use crate::outgoing::{BadWebhookKey, Dispatcher, Reach, WebhookKey};
use crate::pace::Pace;
use crate::platform::{BadPlatform, Platform};
use crate::review::Review;
use crate::store::{Store, StoreError};
use crate::testing::Tester;
use review_api::Prices;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Why the proxy does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The users do not go with the address.
    #[error(transparent)]
    Users(#[from] BadUsers),
    /// The platform cannot be used.
    #[error(transparent)]
    Platform(#[from] BadPlatform),
    /// The console's files cannot be used.
    #[error(transparent)]
    Assets(#[from] BadAssets),
    /// The data folder cannot be used.
    #[error("the data folder {0:?} cannot be used: {1}")]
    Data(PathBuf, #[source] std::io::Error),
    /// Another proxy is at work on the same data.
    #[error("another proxy is at work on {0:?}; stop it, or choose another folder with --data")]
    InUse(PathBuf),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key to sign checkpoints with.
    #[error(transparent)]
    AuditKey(#[from] BadAuditKey),
    /// There is no key to derive webhooks' secrets from.
    #[error(transparent)]
    WebhookKey(#[from] BadWebhookKey),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The database cannot be written.
    #[error(transparent)]
    Write(#[from] Error),
}

/// A proxy at work.
#[derive(Debug)]
pub struct Running {
    /// The address that it listens on.
    pub addr: SocketAddr,
    /// What its routes work with.
    pub app: App,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Held while it runs: there is one proxy per folder.
    _lock: File,
}

impl Running {
    /// Ends it: no new requests, those at work come to their end, and the database is closed.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.app.review.finish().await;
        self.app.scheduler.finish().await;
        self.app.tester.finish().await;
        // After the last write.
        if let Err(error) = self.app.checkpointer.take().await {
            tracing::error!(%error, "no last checkpoint of the ledger could be taken");
        }
        self.app.store.close().await;
    }
}

/// Those who ask the platform for what costs.
struct Spenders {
    scheduler: Scheduler,
    tester: Tester,
    reflector: Reflector,
}

impl Spenders {
    fn new(
        store: &Store,
        platform: &Platform,
        syncer: &Syncer,
        prices: &Arc<Prices>,
        pace: Pace,
        stop: &CancellationToken,
    ) -> Self {
        let (store, platform, prices) = (store.clone(), platform.clone(), Arc::clone(prices));
        Self {
            scheduler: Scheduler::new(
                store.clone(),
                platform.clone(),
                syncer.clone(),
                Arc::clone(&prices),
            ),
            reflector: Reflector::new(store.clone(), platform.clone(), Arc::clone(&prices)),
            tester: Tester::new(store, platform, pace, prices, stop.clone()),
        }
    }
}

/// Starts the proxy; it listens when this returns.
///
/// # Errors
/// As [`StartError`] says.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let users = Users::new(&config.dev_users, config.listen)?;
    let place = config.place();
    let platform =
        Platform::with_timing(&config.platform_url, config.api_key, config.pace.platform)?
            .authenticating(config.platform_auth);
    let assets = config.assets.as_deref().map(Assets::read).transpose()?;
    let lock = take(&config.data).map_err(|taken| match taken {
        Taken::InUse => StartError::InUse(config.data.clone()),
        Taken::Unusable(error) => StartError::Data(config.data.clone(), error),
    })?;
    let store = Store::at(&place.location()).await?;
    let unheard = |error| StartError::Listen(config.listen, error);
    let listener = TcpListener::bind(config.listen).await.map_err(unheard)?;
    let addr = listener.local_addr().map_err(unheard)?;

    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let syncer = Syncer::new(store.clone(), platform.clone(), config.sync_every);
    let receiver = Receiver::new(store.clone(), config.webhook_secrets);
    let hints = Hints::new(
        store.clone(),
        syncer.clone(),
        config.platform_webhook_secrets,
    );
    tasks.spawn(hints.clone().run(stop.clone()));
    let prices = Arc::new(config.prices);
    let review = Review::new(
        store.clone(),
        platform.clone(),
        config.pace,
        Arc::clone(&prices),
    );
    let key = audit_key(config.audit_key_file.as_deref(), &config.data)?;
    let checkpointer = Checkpointer::new(store.clone(), key, &config.data);
    tasks.spawn(checkpointer.clone().run(stop.clone()));
    review.take_over(crate::store::now()).await?;
    let tidy = http::keep_keys_tidy(store.clone(), config.pace.keys, stop.clone()).await?;
    tasks.spawn(tidy);
    tasks.spawn(syncer.clone().run(stop.clone()));
    tasks.spawn(Worker::new(receiver.clone(), syncer.clone()).run(stop.clone()));
    tasks.spawn({
        let (review, stop) = (review.clone(), stop.clone());
        async move { review.reconcile_until(stop).await }
    });
    tasks.spawn({
        let (review, stop, every) = (review.clone(), stop.clone(), config.watch_every);
        async move { review.watch_until(every, stop).await }
    });
    let dispatcher = Dispatcher::new(
        store.clone(),
        webhook_key(config.webhook_key_file.as_deref(), &config.data)?,
        Reach::new(config.allow_private_webhooks),
    );
    dispatcher.take_over().await?;
    tasks.spawn(dispatcher.clone().run(stop.clone()));
    let spenders = Spenders::new(&store, &platform, &syncer, &prices, config.pace, &stop);
    tasks.spawn(spenders.scheduler.clone().run(stop.clone()));
    tasks.spawn(spenders.tester.clone().run());
    let automator = Automator::new(store.clone(), review.clone(), spenders.tester.clone());
    let every = config.pace.automate_every;
    tasks.spawn(automator.clone().run(every, stop.clone()));
    tasks.spawn(spenders.reflector.clone().run(stop.clone()));
    let app = App {
        reader: Reader::begin(&store, &platform, config.sync_every, (&tasks, &stop)),
        scheduler: spenders.scheduler,
        tester: spenders.tester,
        automator,
        reflector: spenders.reflector,
        store,
        platform,
        review,
        syncer,
        receiver,
        hints,
        dispatcher,
        checkpointer,
        users: Arc::new(users),
        assets: Arc::new(assets.unwrap_or_else(Assets::none)),
        allowed_origins: config.allow_origins.into(),
        prices,
        pace: config.pace,
        tasks: TaskTracker::new(),
    };
    let router = http::router(app.clone());
    tasks.spawn(http::serve(
        listener,
        router,
        Limits::default(),
        stop.clone(),
    ));
    Ok(Running {
        addr,
        app,
        stop,
        tasks,
        _lock: lock,
    })
}

/// Returns the key that signs the checkpoints of the audit.
fn audit_key(file: Option<&Path>, data: &Path) -> Result<AuditKey, BadAuditKey> {
    match file {
        Some(file) => AuditKey::of_file(file),
        None => AuditKey::of_folder(data),
    }
}

/// Returns the key that the secrets of webhooks are derived from.
fn webhook_key(file: Option<&Path>, data: &Path) -> Result<WebhookKey, BadWebhookKey> {
    match file {
        Some(file) => WebhookKey::of_file(file),
        None => WebhookKey::of_folder(data),
    }
}

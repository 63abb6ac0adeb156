//! Settings: flags, environment variables and a TOML file, in this order of precedence.

mod bad;
mod file;
mod key;
mod nearest;
mod place;

pub use bad::BadConfig;
pub use place::{Place, Upstream};

use crate::auth::DevUser;
use crate::commands::Command;
use crate::pace::Pace;
use crate::platform::PlatformAuth;
use crate::store::Location;
use clap::Parser;
use file::FileSettings;
use key::api_key;
use review_api::Prices;
use review_core::prices;
use review_core::webhook::{BadSecret, Secret};
use secrecy::{ExposeSecret as _, SecretString};
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// What every setting's environment variable begins with.
const PREFIX: &str = "DREAM_REVIEW_";
/// The environment variable with the platform's key.
const KEY_VARIABLE: &str = "ANTHROPIC_API_KEY";
/// The environment variable by which hosts hand databases to programs.
const DATABASE_VARIABLE: &str = "DATABASE_URL";
const DEFAULT_PLATFORM: &str = "https://api.anthropic.com";
const DEFAULT_PORT: u16 = 8787;
const DEFAULT_SYNC_SECS: u64 = 30;
const DEFAULT_WATCH_SECS: u64 = 5;

/// The proxy of Dream Review: holds the platform's key and the review state, and enforces every rule.
///
/// Every flag is also an environment variable (`DREAM_REVIEW_` and the flag's name in capitals) and a
/// line of the TOML file named by `--config` (the flag's name with underscores). A flag counts before
/// the variable, the variable before the file. The platform's key comes from `ANTHROPIC_API_KEY` or
/// `--api-key-file`.
#[derive(Debug, Default, Parser)]
#[command(name = "dream-review-proxy", version)]
pub struct Flags {
    /// A TOML file with settings
    #[arg(long, global = true, value_name = "FILE", env = "DREAM_REVIEW_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address to listen on; loopback only, as there is no login yet [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS:PORT", env = "DREAM_REVIEW_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Address of the agent platform [default: <https://api.anthropic.com>]
    #[arg(long, value_name = "URL", env = "DREAM_REVIEW_PLATFORM_URL")]
    pub platform_url: Option<String>,
    /// How the platform's key is sent: as `Authorization: Bearer`, or as `x-api-key` with the version of the API
    /// that goes with it [default: bearer]
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        env = "DREAM_REVIEW_PLATFORM_AUTH"
    )]
    pub platform_auth: Option<PlatformAuth>,
    /// Folder for the database and the proxy's own files; made if there is none
    #[arg(long, global = true, value_name = "DIR", env = "DREAM_REVIEW_DATA")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL database for the review state, such as <postgres://user@host/name>; several proxies
    /// may share it. Also read from `DATABASE_URL` [default: an SQLite file in the data folder]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DREAM_REVIEW_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<SecretString>,
    /// File with the key that signs checkpoints of the ledger, 64 hex digits, for proxies that share one
    /// [default: audit.key in the data folder, made at the first start]
    #[arg(long, value_name = "FILE", env = "DREAM_REVIEW_AUDIT_KEY_FILE")]
    pub audit_key_file: Option<PathBuf>,
    /// Folder with the built console; without it only the API is served
    #[arg(long, value_name = "DIR", env = "DREAM_REVIEW_ASSETS")]
    pub assets: Option<PathBuf>,
    /// A user who needs no login, on loopback; repeat it for more, the first is the default. ROLE is
    /// viewer, reviewer, approver or admin
    #[arg(
        long,
        value_name = "NAME:ROLE",
        env = "DREAM_REVIEW_DEV_USER",
        value_delimiter = ','
    )]
    pub dev_user: Vec<DevUser>,
    /// Secret that incoming reports are signed with (whsec_…); repeat it while rotating
    #[arg(
        long,
        value_name = "SECRET",
        env = "DREAM_REVIEW_WEBHOOK_SECRET",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub webhook_secret: Vec<String>,
    /// Secret of the platform's own webhooks (whsec_…), which are taken as hints; repeat it while rotating
    #[arg(
        long,
        value_name = "SECRET",
        env = "DREAM_REVIEW_PLATFORM_WEBHOOK_SECRET",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub platform_webhook_secret: Vec<String>,
    /// File with the key that secrets of the agents' own webhooks are derived from, 64 hex digits, for proxies
    /// that share a database [default: webhook.key in the data folder, made at the first start]
    #[arg(long, value_name = "FILE", env = "DREAM_REVIEW_WEBHOOK_KEY_FILE")]
    pub webhook_key_file: Option<PathBuf>,
    /// Post reports to private addresses and over plain http as well, where reports belong there
    #[arg(
        long,
        value_name = "BOOL",
        env = "DREAM_REVIEW_ALLOW_PRIVATE_WEBHOOKS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub allow_private_webhooks: Option<bool>,
    /// File with the platform's key, in place of `ANTHROPIC_API_KEY`
    #[arg(long, value_name = "FILE", env = "DREAM_REVIEW_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Another origin whose console may use this proxy, such as <https://review.example.com>; repeatable
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "DREAM_REVIEW_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    pub allow_origin: Vec<String>,
    /// Seconds between two reads of the platform's lists [default: 30]
    #[arg(long, value_name = "SECONDS", env = "DREAM_REVIEW_SYNC_SECS")]
    pub sync_secs: Option<u64>,
    /// Seconds between two looks at the prompts on which changes wait [default: 5]
    #[arg(long, value_name = "SECONDS", env = "DREAM_REVIEW_WATCH_SECS")]
    pub watch_secs: Option<u64>,
    /// Currency of the prices, by its code, such as EUR; without prices, tokens are shown and no money
    #[arg(long, value_name = "CODE", env = "DREAM_REVIEW_PRICE_CURRENCY")]
    pub price_currency: Option<String>,
    /// What a million tokens of a model cost: read, written, read from the cache, written to the cache; repeat it
    /// for more models
    #[arg(
        long,
        value_name = "MODEL=INPUT/OUTPUT/CACHE_READ/CACHE_WRITE",
        env = "DREAM_REVIEW_PRICE",
        value_delimiter = ','
    )]
    pub price: Vec<String>,
    /// What to log to stderr, such as info, warn or `info,review_proxy=debug` [default: info]
    #[arg(long, value_name = "FILTER", env = "DREAM_REVIEW_LOG")]
    pub log: Option<String>,
    /// What to do instead of serving
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Names of all settings, as the file has them.
const SETTINGS: [&str; 20] = [
    "config",
    "listen",
    "platform_url",
    "platform_auth",
    "data",
    "database_url",
    "audit_key_file",
    "assets",
    "dev_user",
    "webhook_secret",
    "platform_webhook_secret",
    "webhook_key_file",
    "allow_private_webhooks",
    "api_key_file",
    "allow_origin",
    "sync_secs",
    "watch_secs",
    "price_currency",
    "price",
    "log",
];

/// Settings, checked and complete.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address of the agent platform.
    pub platform_url: String,
    /// How its key is sent.
    pub platform_auth: PlatformAuth,
    /// The platform's key.
    pub api_key: SecretString,
    /// Folder for the database and the proxy's own files.
    pub data: PathBuf,
    /// The PostgreSQL database for the review state; an SQLite file in the folder where absent.
    pub database_url: Option<SecretString>,
    /// File with the key that signs checkpoints; the data folder's own where absent.
    pub audit_key_file: Option<PathBuf>,
    /// Folder with the built console.
    pub assets: Option<PathBuf>,
    /// Users who need no login.
    pub dev_users: Vec<DevUser>,
    /// Secrets that incoming reports are signed with.
    pub webhook_secrets: Vec<Secret>,
    /// Secrets of the platform's own webhooks.
    pub platform_webhook_secrets: Vec<Secret>,
    /// File with the key that webhooks' secrets are derived from; the data folder's own where absent.
    pub webhook_key_file: Option<PathBuf>,
    /// Whether reports may be posted to private addresses and over plain http.
    pub allow_private_webhooks: bool,
    /// Other origins whose consoles may use this proxy.
    pub allow_origins: Vec<String>,
    /// Time between two reads of the platform's lists.
    pub sync_every: Duration,
    /// How long to wait for what; not a setting.
    pub pace: Pace,
    /// Time between two looks at the prompts on which changes wait.
    pub watch_every: Duration,
    /// What tokens cost.
    pub prices: Prices,
    /// What to log.
    pub log: String,
}

impl Config {
    /// Returns where the review state is.
    pub fn place(&self) -> Place {
        Place {
            data: self.data.clone(),
            database_url: self.database_url.clone(),
        }
    }

    /// Completes what the command line and its variables say with the file, the key and the defaults.
    ///
    /// `environment` is every variable of the process.
    ///
    /// # Errors
    /// As [`BadConfig`] says.
    pub fn complete(
        flags: Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, BadConfig> {
        let (key, database) = variables(environment)?;
        let file = file_of(&flags)?;
        let api_key_file = flags.api_key_file.or(file.api_key_file);
        let webhook_secrets = either(flags.webhook_secret, file.webhook_secret);
        let sync_secs = flags
            .sync_secs
            .or(file.sync_secs)
            .unwrap_or(DEFAULT_SYNC_SECS);
        if !(1..=86_400).contains(&sync_secs) {
            return Err(BadConfig::SyncSecs);
        }
        let watch_secs = flags
            .watch_secs
            .or(file.watch_secs)
            .unwrap_or(DEFAULT_WATCH_SECS);
        if !(1..=3_600).contains(&watch_secs) {
            return Err(BadConfig::WatchSecs);
        }
        let allow_origins = either(flags.allow_origin, file.allow_origin);
        for origin in &allow_origins {
            check_origin(origin)?;
        }
        let default_listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT);
        Ok(Self {
            listen: flags.listen.or(file.listen).unwrap_or(default_listen),
            platform_url: flags
                .platform_url
                .or(file.platform_url)
                .unwrap_or_else(|| DEFAULT_PLATFORM.to_owned()),
            platform_auth: flags
                .platform_auth
                .or(file.platform_auth)
                .unwrap_or_default(),
            data: flags.data.or(file.data).ok_or(BadConfig::NoData)?,
            database_url: chosen(flags.database_url.or(file.database_url), database)?,
            audit_key_file: flags.audit_key_file.or(file.audit_key_file),
            assets: flags.assets.or(file.assets),
            dev_users: either(flags.dev_user, file.dev_user),
            webhook_secrets: secrets(&webhook_secrets)?,
            platform_webhook_secrets: secrets(&either(
                flags.platform_webhook_secret,
                file.platform_webhook_secret,
            ))
            .map_err(BadConfig::PlatformSecret)?,
            webhook_key_file: flags.webhook_key_file.or(file.webhook_key_file),
            allow_private_webhooks: flags
                .allow_private_webhooks
                .or(file.allow_private_webhooks)
                .unwrap_or_default(),
            allow_origins,
            watch_every: Duration::from_secs(watch_secs),
            sync_every: Duration::from_secs(sync_secs),
            pace: Pace::of_this_build(),
            prices: prices::read(
                flags.price_currency.or(file.price_currency).as_deref(),
                &either(flags.price, file.price),
            )
            .map_err(BadConfig::Prices)?,
            log: flags.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            api_key: api_key(api_key_file.as_deref(), key)?,
        })
    }
}

/// Returns the platform's key and the database that the variables name, and refuses settings that do not exist.
fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Option<String>, Option<String>), BadConfig> {
    let mut key = None;
    let mut database = None;
    for (name, value) in environment {
        let name = name.to_string_lossy();
        if name == KEY_VARIABLE {
            key = Some(value.to_string_lossy().into_owned());
        } else if name == DATABASE_VARIABLE {
            database = Some(value.to_string_lossy().into_owned());
        } else if let Some(setting) = name.strip_prefix(PREFIX) {
            known(&setting.to_lowercase(), "the environment", |name| {
                format!("{PREFIX}{}", name.to_uppercase())
            })?;
        }
    }
    Ok((key, database))
}

fn file_of(flags: &Flags) -> Result<FileSettings, BadConfig> {
    match &flags.config {
        Some(path) => file::read(path),
        None => Ok(FileSettings::default()),
    }
}

fn either<T>(first: Vec<T>, second: Vec<T>) -> Vec<T> {
    if first.is_empty() { second } else { first }
}

fn secrets(texts: &[String]) -> Result<Vec<Secret>, BadSecret> {
    texts.iter().map(|text| Secret::parse(text)).collect()
}

/// Refuses a setting that does not exist, naming those like it in the way that `place` writes them.
fn known(name: &str, place: &str, write: impl Fn(&str) -> String) -> Result<(), BadConfig> {
    if SETTINGS.contains(&name) {
        return Ok(());
    }
    let nearest = nearest::nearest(name, &SETTINGS);
    Err(BadConfig::Unknown {
        place: place.to_owned(),
        name: write(name),
        nearest: nearest
            .iter()
            .map(|name| write(name))
            .collect::<Vec<_>>()
            .join(" or "),
    })
}

/// Returns the server to use: the one set for us, else the one that the host hands to programs.
fn chosen(
    set: Option<SecretString>,
    handed: Option<String>,
) -> Result<Option<SecretString>, BadConfig> {
    let Some(url) = set.or(handed.map(Into::into)) else {
        return Ok(None);
    };
    match url.expose_secret().parse() {
        Ok(Location::Server(url)) => Ok(Some(url)),
        // Without the address: it may hold a password.
        _ => Err(BadConfig::DatabaseUrl),
    }
}

fn check_origin(origin: &str) -> Result<(), BadConfig> {
    let sound = url::Url::parse(origin).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
    });
    if sound {
        Ok(())
    } else {
        Err(BadConfig::Origin(origin.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(flags: Flags, environment: &[(&str, &str)]) -> Result<Config, BadConfig> {
        let flags = Flags {
            data: flags.data.or(Some("data".into())),
            ..flags
        };
        Config::complete(
            flags,
            environment
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    const KEY: (&str, &str) = ("ANTHROPIC_API_KEY", "sk-test");

    #[test]
    fn without_a_key_nothing_starts_and_the_sentence_says_what_to_set() {
        for environment in [&[][..], &[("ANTHROPIC_API_KEY", " ")]] {
            let error = complete(Flags::default(), environment).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the platform's key is missing: set ANTHROPIC_API_KEY, or name a file that holds \
                 it with --api-key-file"
            );
        }
    }

    #[test]
    fn the_key_file_counts_before_the_variable_and_its_line_end_is_not_part_of_it() {
        let key = file("sk-of-the-file\n");
        let flags = Flags {
            api_key_file: Some(key.path().into()),
            ..Flags::default()
        };
        let config = complete(flags, &[KEY]).unwrap();
        assert_eq!(config.api_key.expose_secret(), "sk-of-the-file");
        assert!(!format!("{config:?}").contains("sk-of"));
        for odd in ["", "\n", "two keys"] {
            let key = file(odd);
            let flags = Flags {
                api_key_file: Some(key.path().into()),
                ..Flags::default()
            };
            assert!(
                matches!(complete(flags, &[KEY]), Err(BadConfig::KeyFile(..))),
                "{odd:?}"
            );
        }
    }

    #[test]
    fn a_database_comes_from_the_flag_then_from_what_hosts_set_and_is_never_shown() {
        let set = ("DATABASE_URL", "postgres://them:hush@host/db");
        let config = complete(Flags::default(), &[KEY, set]).unwrap();
        assert_eq!(config.database_url.as_ref().unwrap().expose_secret(), set.1);
        assert!(!format!("{config:?}").contains("hush"));
        let flags = Flags {
            database_url: Some("postgresql://us@host/db".into()),
            ..Flags::default()
        };
        let config = complete(flags, &[KEY, set]).unwrap();
        let url = config.database_url.unwrap();
        assert_eq!(url.expose_secret(), "postgresql://us@host/db");
        assert!(
            complete(Flags::default(), &[KEY])
                .unwrap()
                .database_url
                .is_none()
        );
        let other = ("DATABASE_URL", "mysql://them:hush@host/db");
        let error = complete(Flags::default(), &[KEY, other]).unwrap_err();
        assert!(matches!(error, BadConfig::DatabaseUrl), "{error:?}");
        assert!(!error.to_string().contains("hush"));
    }

    #[test]
    fn an_unknown_setting_is_refused_with_those_like_it() {
        let settings = file("platform_ulr = \"https://example.com\"\n");
        let flags = Flags {
            config: Some(settings.path().into()),
            ..Flags::default()
        };
        let error = complete(flags, &[KEY]).unwrap_err().to_string();
        assert!(error.contains("\"platform_ulr\""), "{error}");
        assert!(error.ends_with("did you mean platform_url?"), "{error}");
        let error = complete(Flags::default(), &[KEY, ("DREAM_REVIEW_LISTNE", "x")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment has the setting \"DREAM_REVIEW_LISTNE\", which does not exist; did you \
             mean DREAM_REVIEW_LISTEN?"
        );
    }

    #[test]
    fn the_file_fills_in_what_the_command_line_leaves_open() {
        let settings = file(
            "listen = \"127.0.0.1:1\"\nplatform_url = \"https://file.example\"\n\
             dev_user = [\"ann:admin\", \"bo:viewer\"]\nsync_secs = 7\n",
        );
        let flags = Flags {
            config: Some(settings.path().into()),
            listen: Some("127.0.0.1:2".parse().unwrap()),
            ..Flags::default()
        };
        let config = complete(flags, &[KEY]).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.platform_url, "https://file.example");
        assert_eq!(config.dev_users.len(), 2);
        assert_eq!(config.sync_every, Duration::from_secs(7));
    }

    #[test]
    fn odd_values_of_the_file_are_refused_with_their_place() {
        for (text, expected) in [
            ("listen = \"everywhere\"", "socket address"),
            ("listen = ", "TOML parse error"),
            ("dev_user = [\"ann\"]", "NAME:ROLE"),
        ] {
            let settings = file(text);
            let flags = Flags {
                config: Some(settings.path().into()),
                ..Flags::default()
            };
            let error = complete(flags, &[KEY]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let flags = Flags {
            config: Some("does/not/exist.toml".into()),
            ..Flags::default()
        };
        assert!(matches!(complete(flags, &[KEY]), Err(BadConfig::File(..))));
    }

    #[test]
    fn only_origins_as_browsers_send_them_are_allowed() {
        for (origin, is_sound) in [
            ("https://review.example.com", true),
            ("http://localhost:8080", true),
            ("*", false),
            ("null", false),
            ("https://example.com/", false),
            ("https://EXAMPLE.com", false),
            ("https://example.com:443", false),
            ("ftp://example.com", false),
        ] {
            let flags = Flags {
                allow_origin: vec![origin.to_owned()],
                ..Flags::default()
            };
            assert_eq!(complete(flags, &[KEY]).is_ok(), is_sound, "{origin}");
        }
    }

    #[test]
    fn prices_come_from_the_file_or_the_command_line_and_none_are_made_up() {
        assert_eq!(
            complete(Flags::default(), &[KEY]).unwrap().prices,
            Prices::default()
        );
        let settings = file(
            "price_currency = \"EUR\"\nprice = [\"some-model=3/15/0.30/3.75\", \"other=1/2/3/4\"]\n",
        );
        let flags = Flags {
            config: Some(settings.path().into()),
            ..Flags::default()
        };
        let prices = complete(flags, &[KEY]).unwrap().prices;
        assert_eq!((prices.currency.as_str(), prices.models.len()), ("EUR", 2));
        let arguments = [
            "proxy",
            "--price-currency",
            "USD",
            "--price",
            "a=1/2/3/4,b=1/2/3/4",
        ];
        let flags = Flags::try_parse_from(arguments).unwrap();
        assert_eq!(complete(flags, &[KEY]).unwrap().prices.models.len(), 2);
        let without = Flags::try_parse_from(["proxy", "--price", "a=1/2/3/4"]).unwrap();
        let error = complete(without, &[KEY]).unwrap_err().to_string();
        assert!(error.contains("--price-currency"), "{error}");
    }

    #[test]
    fn p2_webhooks_stay_on_the_public_internet_unless_someone_says_so() {
        assert!(
            !complete(Flags::default(), &[KEY])
                .unwrap()
                .allow_private_webhooks
        );
        for (arguments, expected) in [
            (&["proxy", "--allow-private-webhooks"][..], true),
            (&["proxy", "--allow-private-webhooks=false"], false),
        ] {
            let flags = Flags::try_parse_from(arguments).unwrap();
            let config = complete(flags, &[KEY]).unwrap();
            assert_eq!(config.allow_private_webhooks, expected);
        }
    }

    #[test]
    fn every_flag_is_a_setting_of_the_file_and_a_variable() {
        use clap::CommandFactory as _;
        let command = Flags::command();
        let flags: Vec<_> = command.get_arguments().collect();
        let names: Vec<String> = flags
            .iter()
            .map(|flag| flag.get_id().to_string())
            .filter(|name| !["help", "version"].contains(&name.as_str()))
            .collect();
        assert_eq!(names, SETTINGS);
        for flag in flags {
            let name = flag.get_id().to_string();
            let Some(variable) = flag.get_env() else {
                continue;
            };
            assert_eq!(
                variable.to_string_lossy(),
                format!("{PREFIX}{}", name.to_uppercase())
            );
        }
        assert!(
            FileSettings::NAMES
                .iter()
                .all(|name| SETTINGS.contains(name))
        );
        assert_eq!(
            FileSettings::NAMES.len() + 1,
            SETTINGS.len(),
            "all but the file's own name"
        );
    }
}

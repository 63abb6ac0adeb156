//! Where deliveries may go: to public addresses over `https`, and nowhere else unless the proxy was told so.
//!
//! A name is judged by the addresses that it resolves to, within the resolver that the HTTP client connects by: what
//! is judged is what is connected to, so a name that resolves differently a moment later gains nothing.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use review_core::address::set_aside_for;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Where deliveries may go.
#[derive(Clone)]
pub struct Reach {
    /// Says what an address is set aside for, where that is no place to go.
    judge: fn(IpAddr) -> Option<&'static str>,
    allows_http: bool,
    names: Arc<dyn Resolve>,
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach")
            .field("allows_http", &self.allows_http)
            .finish_non_exhaustive()
    }
}

/// Why a delivery does not go where it should.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum OutOfReach {
    /// It is no address at all.
    #[error("This is no address to post to.")]
    Url,
    /// It is not `https`.
    #[error(
        "The address does not begin with https://, so what is posted could be read on its way. Start the proxy \
         with --allow-private-webhooks to allow that."
    )]
    Plain,
    /// Its name leads nowhere that is public.
    #[error(
        "{0} is set aside for {1}, where a report would reach what no stranger should. Start the proxy with \
         --allow-private-webhooks if this is where reports belong."
    )]
    NotPublic(String, &'static str),
}

impl Reach {
    /// Makes the reach of what is shipped: the public internet, or with `allow_private` everything.
    pub fn new(allow_private: bool) -> Self {
        let judge = if allow_private {
            |_| None
        } else {
            set_aside_for
        };
        Self {
            judge,
            allows_http: allow_private,
            names: Arc::new(System),
        }
    }

    /// Makes the reach of what is shipped, over plain http as well: for tests without certificates.
    #[cfg(test)]
    pub(super) fn shipped_over_http() -> Self {
        Self {
            allows_http: true,
            ..Self::new(false)
        }
    }

    /// Makes a reach for tests, whose names and addresses are not those of the internet.
    #[cfg(test)]
    pub(super) fn of(
        judge: fn(IpAddr) -> Option<&'static str>,
        names: impl Resolve + 'static,
    ) -> Self {
        Self {
            judge,
            allows_http: true,
            names: Arc::new(names),
        }
    }

    /// Refuses what an address says by itself; names are judged when they are resolved.
    pub(super) fn check(&self, url: &str) -> Result<Url, OutOfReach> {
        let url = Url::parse(url).map_err(|_| OutOfReach::Url)?;
        match url.scheme() {
            "https" => {}
            "http" if self.allows_http => {}
            "http" => return Err(OutOfReach::Plain),
            _ => return Err(OutOfReach::Url),
        }
        // The client connects to an address without asking its resolver.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(url),
            None => return Err(OutOfReach::Url),
        };
        match (self.judge)(address) {
            Some(purpose) => Err(OutOfReach::NotPublic(address.to_string(), purpose)),
            None => Ok(url),
        }
    }

    /// Finds the sentence of a refusal among the causes of a failed request.
    pub(super) fn refusal(error: &(dyn std::error::Error + 'static)) -> Option<String> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(refusal) = error.downcast_ref::<OutOfReach>() {
                return Some(refusal.to_string());
            }
            cause = error.source();
        }
        None
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let judge = self.judge;
        let found = self.names.resolve(name);
        Box::pin(async move {
            let mut refusal = None;
            let mut public = Vec::new();
            for address in found.await? {
                match judge(address.ip()) {
                    None => public.push(address),
                    Some(purpose) => refusal = Some(purpose),
                }
            }
            match refusal.filter(|_| public.is_empty()) {
                Some(purpose) => Err(OutOfReach::NotPublic(host, purpose).into()),
                None => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

/// The names of the machine.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the client's affair.
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

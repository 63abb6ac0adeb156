//! Users named by `--dev-user`, in place of a login.

use crate::error::{Error, Result};
use review_api::{ErrorCode, POLICY_ACTOR, Role, User};
use std::net::SocketAddr;
use std::str::FromStr;

/// Longest user name, in characters.
const LONGEST_NAME: usize = 64;

/// A `--dev-user NAME:ROLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevUser(pub User);

impl FromStr for DevUser {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, role) = text
            .split_once(':')
            .ok_or_else(|| format!("{text:?} is not NAME:ROLE, such as reviewer:reviewer"))?;
        let name_is_sound = (1..=LONGEST_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
        if !name_is_sound {
            return Err(format!(
                "{name:?} is not a user name: 1 to {LONGEST_NAME} letters, digits, '.', '_', '-' or '@'"
            ));
        }
        if name == POLICY_ACTOR {
            return Err(format!(
                "{name:?} is what policies act as by themselves; give the user another name"
            ));
        }
        let role = Role::ALL
            .into_iter()
            .find(|known| known.as_str() == role)
            .ok_or_else(|| {
                let known = Role::ALL.map(Role::as_str).join(", ");
                format!("{role:?} is not a role; the roles are {known}")
            })?;
        Ok(Self(User {
            name: name.into(),
            role,
        }))
    }
}

/// Why the proxy does not start with these users at this address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUsers {
    /// Users without a login, and others can reach the proxy.
    #[error(
        "--dev-user lets anyone act as these users, so it works on loopback only; listen on \
         127.0.0.1 or [::1] instead of {0}"
    )]
    Exposed(SocketAddr),
    /// No users, and others can reach the proxy.
    #[error(
        "this release has no login yet, so it listens on loopback only; listen on 127.0.0.1 or \
         [::1] instead of {0}"
    )]
    NoLogin(SocketAddr),
    /// Two users of one name.
    #[error("--dev-user names {0:?} twice")]
    Twice(String),
}

/// Everyone known to the proxy.
#[derive(Debug, Clone, Default)]
pub struct Users(Vec<User>);

impl Users {
    /// Takes the users named at the start, if the proxy listens where that is safe.
    ///
    /// # Errors
    /// As [`BadUsers`] says.
    pub fn new(users: &[DevUser], listen: SocketAddr) -> std::result::Result<Self, BadUsers> {
        if !listen.ip().is_loopback() {
            return Err(if users.is_empty() {
                BadUsers::NoLogin(listen)
            } else {
                BadUsers::Exposed(listen)
            });
        }
        let mut known: Vec<User> = Vec::with_capacity(users.len());
        for DevUser(user) in users {
            if known.iter().any(|other| other.name == user.name) {
                return Err(BadUsers::Twice(user.name.0.clone()));
            }
            known.push(user.clone());
        }
        Ok(Self(known))
    }

    /// Returns the user called `name`, or the default one where the request names none.
    ///
    /// # Errors
    /// If nobody is known, or not by this name.
    pub fn find(&self, name: Option<&[u8]>) -> Result<&User> {
        let found = match name {
            None => self.0.first(),
            Some(name) => self
                .0
                .iter()
                .find(|user| user.name.as_str().as_bytes() == name),
        };
        found.ok_or_else(|| {
            let message = if self.0.is_empty() {
                "Nobody can sign in: the proxy was started without users. Start it with \
                 --dev-user NAME:ROLE on loopback."
            } else {
                "This request names a user that the proxy does not know. Choose one of the users \
                 that it was started with."
            };
            Error::new(ErrorCode::Unauthenticated, message)
        })
    }

    /// Returns everyone that a request may act as.
    pub fn switchable(&self) -> &[User] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(texts: &[&str], listen: &str) -> std::result::Result<Users, BadUsers> {
        let users: Vec<DevUser> = texts.iter().map(|text| text.parse().unwrap()).collect();
        Users::new(&users, listen.parse().unwrap())
    }

    #[test]
    fn odd_users_are_refused_with_what_would_do() {
        for (text, expected) in [
            ("ann", "\"ann\" is not NAME:ROLE, such as reviewer:reviewer"),
            (
                "ann:owner",
                "\"owner\" is not a role; the roles are viewer, reviewer, approver, admin",
            ),
            (
                "policy:admin",
                "\"policy\" is what policies act as by themselves; give the user another name",
            ),
            (
                ":admin",
                "\"\" is not a user name: 1 to 64 letters, digits, '.', '_', '-' or '@'",
            ),
        ] {
            assert_eq!(text.parse::<DevUser>().unwrap_err(), expected);
        }
        assert_eq!(
            users(&["ann:admin", "ann:viewer"], "127.0.0.1:0").unwrap_err(),
            BadUsers::Twice("ann".to_owned())
        );
    }

    #[test]
    fn without_a_login_only_loopback_is_served() {
        for listen in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
            assert!(matches!(
                users(&["ann:admin"], listen),
                Err(BadUsers::Exposed(_))
            ));
            assert!(matches!(users(&[], listen), Err(BadUsers::NoLogin(_))));
        }
        for listen in ["127.0.0.1:80", "127.8.8.8:80", "[::1]:80"] {
            assert!(users(&["ann:admin"], listen).is_ok());
        }
    }

    #[test]
    fn the_first_user_is_the_default_and_unknown_ones_are_nobody() {
        let users = users(&["ann:reviewer", "bo:admin"], "127.0.0.1:0").unwrap();
        assert_eq!(users.find(None).unwrap().name.as_str(), "ann");
        assert_eq!(users.find(Some(b"bo")).unwrap().role, Role::Admin);
        for name in [&b"Bo"[..], b"bo ", b"", b"\xff"] {
            let error = users.find(Some(name)).unwrap_err();
            assert_eq!(error.code, ErrorCode::Unauthenticated);
        }
        assert!(Users::default().find(None).is_err());
    }
}

//! Who is asking: for now, users named at the start of the proxy, on loopback only.

mod users;

pub use users::{BadUsers, DevUser, Users};

//! Every use of the browser's own interfaces, so that nothing else needs `web_sys` to know the time.

pub mod clipboard;
pub mod clock;
pub mod files;
pub mod focus;
pub mod gutter;
pub mod location;
pub mod media;
pub mod panic;
pub mod random;
pub mod selection;
pub mod storage;
pub mod timers;
pub mod timing;
pub mod viewport;

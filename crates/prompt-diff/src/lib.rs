//! Diffs of prompts: lines, then words; pure, the same in browser and proxy.
//!
//! Words used here:
//!
//! * **revision**: one side's text, cut into lines
//! * **line**: what stands between line feeds; numbered from 0 here and from 1 on screen
//! * **row**: one line of the presentation, with the line of each side that it stands for
//! * **span**: part of a line that is the same on both sides, or is not
//! * **hunk**: a run of changed lines between unchanged ones, with an id that its content decides
//! * **key location**: a row that must not be folded away, because something points at it
//! * **fold**: a run of unchanged rows that is shown as one bar
//! * **fallback**: what was left out because the texts are too large, always said on screen
//! * **hidden character**: a code point that shows nothing of itself, or not what it does
//!
//! Nothing here fails: any two texts have a diff, and the diff can rebuild both of them.

mod align;
mod bags;
mod bounded;
mod diff;
pub mod findings;
mod fold;
mod hidden;
mod hunks;
mod instructions;
mod layout;
mod lines;
mod lookalikes;
mod measures;
mod merge;
mod moves;
mod pair;
mod parts;
mod reading;
mod references;
mod revision;
mod rewrap;
mod rows;
mod search;
mod sections;
mod sentences;
mod sides;
mod similar;
mod spoken;
mod stats;
mod structure;
mod tokens;
mod words;
mod work;

pub use diff::{Fallback, Limits, PromptDiff, diff};
pub use findings::{
    Finding, FindingCount, FindingKind, Weight, finding_counts, findings, findings_fingerprint,
};
pub use fold::{CONTEXT_ROWS, Fold, Part, fold};
pub use hidden::{Hidden, HiddenClass, Piece, class_of, hidden, pieces};
pub use hunks::{Hunk, HunkId, apply};
pub use instructions::{Instruction, Instructions, instructions};
pub use layout::{Layout, Line, Mark, Mode, Opened};
pub use measures::{Amount, Measures, Reference, References, estimated_tokens, measures};
pub use merge::{Choice, Merge, Merged, merge};
pub use reading::Stretch;
pub use references::ReferenceKind;
pub use revision::{Label, Revision};
pub use rows::{Row, RowKind};
pub use search::{Hit, search};
pub use sections::{Section, SectionChange, sections};
pub use sides::{Side, Sides};
pub use similar::similar;
pub use spoken::spoken;
pub use stats::{LineCounts, size};
pub use structure::{LineKind, Structure};
pub use words::{Edit, Span, Words, words};

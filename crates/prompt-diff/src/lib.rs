//! Diffs of prompts, made for people who decide on them; pure, the same in browser and proxy.
//!
//! A prompt is prose with structure, so this engine reads it as such: lines first, then words in what changed; a
//! paragraph that was only wrapped anew is not rewritten, a rule that moved is not lost, and a line of 2,000
//! characters is read sentence by sentence.
//!
//! # Three steps: prepare, compute, read
//!
//! **Prepare** nothing but the two texts. **Compute** with [`diff()`]: it compares lines, pairs, groups and moves
//! them, in time in proportion to the texts and bounded by [`Limits`]. **Read** what you need, when you need it:
//!
//! ```
//! use prompt_diff::{Layout, Limits, Line, Mode, RowKind, diff};
//!
//! let before = "# Refunds\n- Never refund above $200 without a manager.\n";
//! let after = "# Refunds\n- Never refund above $50 without a manager.\n";
//! let diff = diff(before, after, &Limits::default());
//!
//! // A view knows how many lines it has before it draws any, and fetches those of its window.
//! let layout = Layout::new(&diff, Mode::SideBySide, &[], &[]);
//! assert_eq!(layout.len(), 2);
//! let Some(Line::Beside(row, _)) = layout.line(1) else { panic!("a changed line stands beside itself") };
//!
//! // Words are compared for the rows that are drawn.
//! let row = diff.row(row).unwrap();
//! assert_eq!(row.kind, RowKind::Changed);
//! let words = diff.words_of(&row);
//! let marked: Vec<_> = words.spans.after.iter().filter(|span| span.changed).collect();
//! let line = diff.revisions.after.body(row.lines.after.unwrap());
//! assert_eq!(&line[marked[0].range.clone()], "50");
//!
//! // What a reviewer must not miss.
//! assert_eq!(prompt_diff::instructions(&diff).reworded.len(), 1);
//! assert_eq!(prompt_diff::findings_fingerprint(before, after), None);
//! ```
//!
//! | to know | ask | costs |
//! |---|---|---|
//! | rows, hunks, what moved | [`PromptDiff::rows`], [`PromptDiff::hunks`] | nothing more |
//! | words of a row, or one text of it | [`PromptDiff::words_of`], [`PromptDiff::reading_of`] | the row |
//! | what stands where in a view, folds, marks | [`Layout`] | the hunks |
//! | headings, lists, code, tagged blocks | [`PromptDiff::structures`], [`PromptDiff::path`], [`sections()`] | the texts, once |
//! | names of hunks, and texts made of some | [`PromptDiff::ids`], [`apply()`] | the hunks, once |
//! | lost, new and reworded instructions | [`instructions()`] | the texts |
//! | words, tokens, figures, placeholders | [`measures()`] | the words of all changed rows |
//! | placeholders that are gone | [`lost_placeholders()`] | the texts |
//! | what cannot be seen | [`finding_counts()`], [`findings_fingerprint()`], [`pieces()`] | the texts |
//! | text in any row | [`search()`] | the texts |
//! | what became of a text in two places | [`merge()`] | the texts |
//! | whether two edits are nearly one | [`similar()`] | the texts |
//!
//! # Words used here
//!
//! * **revision**: one side's text, cut into lines
//! * **line**: what stands between line feeds, or a part of it where that is long: then [`Label`] tells both
//!   numbers; numbered from 0 here and from 1 on screen
//! * **row**: one line of the diff, with the line of each side that it stands for
//! * **span**: part of a line that is the same on both sides, or is not
//! * **hunk**: a run of changed rows between unchanged ones, with an id that its content decides
//! * **group**: a paragraph on both sides whose words were broken into lines anew
//! * **layout**: the lines of one view, in which a row may take one line or two, or be folded
//! * **key location**: a row that must not be folded away, because something points at it
//! * **fold**: a run of unchanged rows that is shown as one bar
//! * **fallback**: what was left out because the texts are too large, always said on screen
//! * **hidden character**: a code point that shows nothing of itself, or not what it does
//! * **finding**: what a reader must know of a text because it cannot be seen in it
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
mod many;
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
pub use many::{NamedText, findings_fingerprint_of_many};
pub use measures::{Amount, Measures, Reference, References, estimated_tokens, measures};
pub use merge::{Choice, Merge, Merged, merge};
pub use reading::Stretch;
pub use references::{ReferenceKind, lost_placeholders};
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

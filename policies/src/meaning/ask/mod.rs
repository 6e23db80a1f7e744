//! Questions about what a site allows, in a small English: "who can write plc-3.pump_speed", "may anyone stop plc-3".
//!
//! Answers are what the difference between a site that allows nothing and this one says, so they are as exact as that; a
//! question about one value is put to the compiled policy itself. Conditions are assumed to hold, and told.
//!
//! * `question`: the grammar; `answer`: rights, and yes or no

mod answer;
mod question;

pub use answer::{Answer, answer};
pub use question::{GRAMMAR, Puzzle, Question, Target, Verb, Who};

//! Messages about policy files: what is wrong, where, and what to do. Made by `read`, `tags`, `check`; shown by the
//! command line.

mod catalogue;
mod diagnostic;
mod json;
mod lines;
mod render;
mod report;

pub use catalogue::{Entry, catalogue};
pub use diagnostic::{Annotation, Diagnostic, Severity};
pub use report::Report;

pub(crate) use diagnostic::Diagnostics;

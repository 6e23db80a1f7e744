//! What is said about wrong policies: every code of the catalogue in its full text, all mistakes in one run, and
//! nothing that can be fed to the reader makes it panic.
#![allow(clippy::unwrap_used)]

mod cases;
mod conditions;
mod guarantees;
mod hops;
mod hostile;
mod site;
mod structure;
mod tag_lists;
mod whole;

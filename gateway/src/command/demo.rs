//! `sluice demo`: the demonstration, and whether everything came out as the story says.

use super::call::Demo;
use super::failure::Failure;
use super::{Outcome, Terminal};
use crate::demo::{self, Trouble};

pub(super) fn demo(call: &Demo, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    terminal.release();
    let demo = demo::Demo { length: call.length, picture: call.picture.clone() };
    let ending = demo::play(&demo).map_err(|trouble| match trouble {
        Trouble::Output(error) => Failure::Output(error),
        Trouble::Gateway(error) => Failure::Start(error),
        other => Failure::Call(other.to_string()),
    })?;
    Ok(if ending.faults.is_empty() { Outcome::Holds } else { Outcome::Fails })
}

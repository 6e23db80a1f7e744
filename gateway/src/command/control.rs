//! Commands to a running gateway, over its socket.

use super::call::{BreakGlass, Format, Lockdown, Socket, Status, Switch, Terms, Who, WindowCommand};
use super::failure::Failure;
use super::{Outcome, Terminal};
use crate::control::{self, Order, Reply, Request, What};
use std::path::Path;

pub(super) fn status(call: &Status, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let reply = ask(&call.socket.socket, &Request::Status)?;
    let Some(status) = reply.status else { return say(&reply, terminal) };
    match call.format {
        Format::Text => terminal.line(control::words(&status))?,
        Format::Json => terminal.json(&status)?,
    }
    Ok(Outcome::Holds)
}

pub(super) fn reload(call: &Socket, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    say(&ask(&call.socket, &Request::Reload)?, terminal)
}

pub(super) fn lockdown(call: Lockdown, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let what = if call.switch == Switch::On { What::Lockdown } else { What::EndLockdown };
    order(what, call.who, None, terminal)
}

pub(super) fn window(call: WindowCommand, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match call {
        WindowCommand::Open { window, who, terms } => order(What::WindowOpen(window), who, Some(terms), terminal),
        WindowCommand::Close { window, who } => order(What::WindowClose(window), who, None, terminal),
    }
}

pub(super) fn break_glass(call: BreakGlass, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match call.switch {
        Switch::On => order(What::BreakGlass, call.who, Some(call.terms), terminal),
        Switch::Off => order(What::MendGlass, call.who, None, terminal),
    }
}

fn order(what: What, who: Who, terms: Option<Terms>, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let (ticket, length) = terms.map_or((None, None), |terms| (terms.ticket, terms.length));
    let order = Order { what, role: who.role, ticket, seconds: length.map(|length| length.as_secs().max(1)) };
    say(&ask(&who.socket.socket, &Request::Order(order))?, terminal)
}

fn ask(path: &Path, request: &Request) -> Result<Reply, Failure> {
    control::ask(path, request).map_err(|error| Failure::Call(error.to_string()))
}

fn say(reply: &Reply, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    terminal.line(&reply.message)?;
    Ok(if reply.outcome == "refused" { Outcome::Fails } else { Outcome::Holds })
}

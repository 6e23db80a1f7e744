//! An industrial control system security gateway.
//!
//! `command` reads the call, `config` the integrator's file, `policy` the site, `approval` who agreed to it, `capture`
//! capture files, `import` tag lists of other programs; `dataplane` carries the traffic through the engine; `state` keeps
//! what is known of the plant, `control` takes orders; `metrics` and `events` report. [`gateway`] wires them together;
//! `demo` puts a simulated plant around it.

pub mod approval;
pub mod capture;
pub mod command;
pub mod config;
pub mod dataplane;
pub mod demo;
pub mod events;
pub mod gateway;
pub mod import;
pub mod memory;
pub mod metrics;
pub mod policy;

mod clock;
mod control;
mod replace;
mod state;

//! A simulated plant for demonstrations, benchmarks and tests: a water works whose water moves, its three controllers,
//! its operators, and an attacker.
//!
//! This crate knows no other crate of Sluice, on purpose: its servers and stations speak through `tokio-modbus`, its
//! attacker through hand-written bytes, and it judges by what its controllers received. A mistake in Sluice's own
//! parser cannot hide here.
//!
//! # Playing the demo
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<bool> {
//! use sluice_plant::{Controller, Door, Doors, Layout, Plant, Sources, Story};
//! use std::{sync::Arc, time::{Duration, Instant}};
//!
//! // 1. The plant. `Layout::any_port()` takes free ports; then the gateway must be told `plant.address(..)`.
//! let plant = Arc::new(Plant::start(Layout::EXAMPLE).await?);
//!
//! // 2. A gateway that enforces `policies/examples/waterworks` listens at 127.0.2.1:1502 to 127.0.2.3:1502.
//! let door = |controller: Controller, listener: &str| Door {
//!     through: listener.parse().expect("an address"),
//!     direct: Some(plant.address(controller)), // polled too, to know what the gateway adds
//! };
//! let doors = Doors {
//!     intake: door(Controller::Intake, "127.0.2.1:1502"),
//!     pump: door(Controller::Pump, "127.0.2.2:1502"),
//!     dosing: door(Controller::Dosing, "127.0.2.3:1502"),
//! };
//!
//! // 3. The story, for 30 s. `Doors::EXAMPLE` is the three lines above without the direct ways.
//! let story = Story { doors, sources: Sources::EXAMPLE };
//! let mut play = story.play(Arc::clone(&plant), Instant::now() + Duration::from_secs(30));
//! let mut good = true;
//! while let Some(moment) = play.moments.recv().await {
//!     good &= moment.as_expected; // `Display` makes one plain line of it
//!     let _live = (plant.snapshot(), play.figures.through(), play.figures.added());
//! }
//! Ok(good) // everything came out as the story says: exit status 0
//! # }
//! ```
//!
//! * The channel ends by itself shortly before the given time, after the moments of [`Station::Plant`], which judge
//!   what the controllers received and what the water did. Close or drop it to end earlier.
//! * [`Moment::attack`] tells attempts that must fail from the stations' own work; [`Moment::connection_survived`]
//!   is `Some(true)` when a request on the same connection was answered afterwards as it should.
//! * [`Figures`] counts the stations' round trips (not the attacker's). [`Figures::added`] is the latency that the
//!   gateway adds: through it less beside it, the same polls interleaved.
//! * A policy other than the example's needs other expectations: they stand in `story/script.rs`.
//! * The judgement presumes that nobody but the story talks to the controllers; what came before can be forgotten
//!   with [`Plant::forget`].
//!
//! # Benchmarks and tests
//!
//! [`Recording`] writes a capture file of as many packets as wanted, of traffic that never took place.
//! [`Plant`] alone is a server with known contents; [`Plant::witness`] tells what reached it. [`Operator`] polls as
//! fast as it is told to. [`attacker::Wire`] sends any bytes from any local address and reads the answers.

pub mod attacker;
pub mod controllers;
mod plant;
pub mod process;
mod recording;
pub mod stations;
mod story;

pub use controllers::Controller;
pub use plant::{Layout, Plant, Snapshot};
pub use recording::{Recorded, Recording};
pub use stations::{Door, Doors, Figures, Operator, Order, Outcome, Reader, Sources, Station, Summary};
pub use story::{Moment, Play, Story};

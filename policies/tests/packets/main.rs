//! What a bridge asks: who a frame comes from, and whether what is not inspected may pass. Examples from a site in the
//! language, and a comparison with slow answers that follow the site's words one by one.
#![allow(clippy::unwrap_used)]

mod examples;
mod random;
mod seats;
mod services;

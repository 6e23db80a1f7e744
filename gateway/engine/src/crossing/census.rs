//! What a bridge keeps at this moment.

/// Gauges of one worker; those of several add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Inspected connections.
    pub inspected: usize,
    /// Those of them whose ends count differently because something was left out or put in: they do not survive the
    /// loss of the gateway.
    pub edited: usize,
    /// Connections that are followed and not inspected.
    pub followed: usize,
    /// Questions without a connection that may still be answered.
    pub replies: usize,
    /// Connections, inspected or not, whose server did not answer yet.
    pub half_open: usize,
    /// Datagrams of which fragments are missing.
    pub datagrams: usize,
}

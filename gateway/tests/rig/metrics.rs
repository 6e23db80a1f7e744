//! What `/metrics` says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One scrape.
pub(crate) struct Metrics(String);

impl Metrics {
    /// Scrapes `at`; `None` when nobody answers there.
    pub(crate) fn scrape(at: SocketAddr) -> Option<Self> {
        let mut stream = TcpStream::connect(at).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        text.starts_with("HTTP/1.1 200").then_some(Self(text))
    }

    /// The sum of the family's series that carry every one of `labels` (`reason="item"`).
    pub(crate) fn sum(&self, family: &str, labels: &[&str]) -> u64 {
        let series = self.0.lines().filter(|line| {
            line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Whether a series of the family exists with these labels.
    pub(crate) fn has(&self, family: &str, labels: &[&str]) -> bool {
        self.0.lines().any(|line| line.starts_with(family) && labels.iter().all(|label| line.contains(label)))
    }

    /// Everything, for messages.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

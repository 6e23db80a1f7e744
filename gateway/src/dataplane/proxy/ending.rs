//! How a connection ends, and what is told of it.

use super::Shared;
use super::connection::Connection;
use crate::events::{Bound, Ends, Failure, Notice};
use crate::metrics::{Cause, Ending, Upstream};
use rustix::io::Errno;
use std::io;

impl Connection {
    /// A bound ends the connection.
    pub(super) fn bound(&self, shared: &Shared, cause: Cause) -> Ending {
        let loaded = shared.live.current();
        loaded.conduits.of(self.stream.stance(&loaded.policy).conduit).failed(cause);
        // An idle connection is nobody's attack: it is counted, not told.
        if cause != Cause::Idle {
            shared.events.tell(Notice::Bound(Box::new(Bound { ends: self.ends(shared), cause })));
        }
        Ending::Bound
    }

    /// The controller cannot be dialled.
    pub(super) fn unreachable(&self, shared: &Shared, error: &io::Error) -> Ending {
        let exhausted = [Errno::MFILE, Errno::NFILE].iter().any(|e| error.raw_os_error() == Some(e.raw_os_error()));
        if exhausted {
            self.client.reset();
            return self.bound(shared, Cause::Descriptors);
        }
        self.tell_failure(shared, failure(error));
        Ending::Unreachable
    }

    /// The connection to the controller broke.
    pub(super) fn lost(&self, shared: &Shared) -> Ending {
        self.tell_failure(shared, Upstream::Lost);
        Ending::Controller
    }

    fn tell_failure(&self, shared: &Shared, kind: Upstream) {
        shared.metrics.upstream_error(kind);
        shared.events.tell(Notice::Failure(Box::new(Failure { ends: self.ends(shared), kind })));
    }

    fn ends(&self, shared: &Shared) -> Ends {
        Ends { source: self.stream.source(), target: self.permit.target().clone(), loaded: shared.live.current() }
    }

    /// Resets are passed on, orderly ends are orderly. To be dropped next.
    pub(super) fn end(&mut self, shared: &Shared, ending: Ending) {
        match ending {
            Ending::Finished | Ending::Drained | Ending::Bound => {}
            Ending::Client | Ending::Controller | Ending::Unreachable | Ending::Policy | Ending::Fault => {
                self.client.reset();
                self.server.reset();
            }
        }
        shared.metrics.closed(ending);
    }
}

fn failure(error: &io::Error) -> Upstream {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Upstream::Refused,
        io::ErrorKind::TimedOut => Upstream::TimeOut,
        _ => Upstream::Unreachable,
    }
}

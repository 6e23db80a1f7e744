//! One long-lived connection of a station to a controller, by the Modbus library.

use super::figures::Tally;
use super::traffic::UNIT;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::{Request, Response, Slave};

/// How long a connection or an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Served(Response),
    /// An exception came back, with this code.
    Refused(u8),
    /// No usable answer, and why; the connection is made anew for the next request.
    Failed(String),
}

/// Dials `target` from `source`.
pub(crate) async fn connect(source: IpAddr, target: SocketAddr) -> io::Result<TcpStream> {
    let socket = if source.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(SocketAddr::new(source, 0))?;
    let stream = timeout(PATIENCE, socket.connect(target)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn dial(source: IpAddr, target: SocketAddr, tally: &Tally) -> io::Result<Context> {
    let stream = connect(source, target).await?;
    tally.connected();
    Ok(tcp::attach_slave(stream, Slave(UNIT)))
}

/// A connection that is made when it is needed.
pub(super) struct Line {
    source: IpAddr,
    target: SocketAddr,
    context: Option<Context>,
}

impl Line {
    pub(super) fn new(source: IpAddr, target: SocketAddr) -> Self {
        Self { source, target, context: None }
    }

    /// Asks and waits; counts what happens. The time to connect is no part of the latency.
    pub(super) async fn call(&mut self, request: Request<'_>, tally: &Tally) -> Outcome {
        let context = match self.context.take() {
            Some(context) => context,
            None => match dial(self.source, self.target, tally).await {
                Ok(context) => context,
                Err(error) => {
                    tally.failed();
                    return Outcome::Failed(format!("no connection to {}: {error}", self.target));
                }
            },
        };
        self.ask(context, request, tally).await
    }

    async fn ask(&mut self, mut context: Context, request: Request<'_>, tally: &Tally) -> Outcome {
        let start = Instant::now();
        let failure = match timeout(PATIENCE, context.call(request)).await {
            Ok(Ok(answer)) => {
                self.context = Some(context);
                return match answer {
                    Ok(response) => {
                        tally.served(start.elapsed());
                        Outcome::Served(response)
                    }
                    Err(exception) => {
                        tally.refused();
                        Outcome::Refused(exception.into())
                    }
                };
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        tally.failed();
        Outcome::Failed(failure)
    }
}

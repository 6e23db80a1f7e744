//! A stand-in for the gateway: a hand-made proxy that knows by heart what the story's stations may do.

use sluice_plant::controllers::Controller;
use sluice_plant::stations::traffic;
use sluice_plant::{Door, Doors, Order, Plant};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How the double does its duty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// As it should.
    Right,
    /// Refuses to the client's face, and forwards all the same.
    Leaky,
    /// Closes the connection instead of refusing.
    Rude,
    /// Refuses, and closes then.
    Dying,
    /// Refuses everything with exception 4.
    Vague,
}

/// A running double; dropped, it stops listening.
pub(crate) struct Double {
    pub(crate) doors: Doors,
    tasks: Vec<JoinHandle<()>>,
}

impl Double {
    pub(crate) async fn start(plant: &Plant, habit: Habit) -> io::Result<Self> {
        let mut tasks = Vec::new();
        let mut doors = Vec::new();
        for controller in Controller::ALL {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            let upstream = plant.address(controller);
            doors.push(Door { through: listener.local_addr()?, direct: Some(upstream) });
            tasks.push(tokio::spawn(async move {
                while let Ok((client, peer)) = listener.accept().await {
                    tokio::spawn(serve(client, peer.ip(), controller, upstream, habit));
                }
            }));
        }
        Ok(Self { doors: Doors { intake: doors[0], pump: doors[1], dosing: doors[2] }, tasks })
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn serve(
    mut client: TcpStream,
    from: IpAddr,
    controller: Controller,
    upstream: SocketAddr,
    habit: Habit,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = None;
    loop {
        let request = message(&mut client).await?;
        let allowed = allows(from, controller, request[6], &request[7..]);
        if habit == Habit::Rude && !allowed {
            return Ok(());
        }
        if allowed || habit == Habit::Leaky {
            if server.is_none() {
                server = Some(TcpStream::connect(upstream).await?);
            }
            if let Some(server) = &mut server {
                server.write_all(&request).await?;
                let answer = message(server).await?;
                if allowed {
                    client.write_all(&answer).await?;
                }
            }
        }
        if !allowed {
            let exception = if habit == Habit::Vague { 4 } else { code(&request[7..]) };
            let refusal = [&request[..4], &[0, 3, request[6], request[7] | 0x80, exception][..]].concat();
            client.write_all(&refusal).await?;
            if habit == Habit::Dying {
                return Ok(());
            }
        }
    }
}

/// One whole message, or an error where there can be none.
async fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 6];
    stream.read_exact(&mut message).await?;
    let length = usize::from(u16::from_be_bytes([message[4], message[5]]));
    if message[2..4] != [0, 0] || !(2..=254).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.resize(6 + length, 0);
    stream.read_exact(&mut message[6..]).await?;
    Ok(message)
}

fn allows(from: IpAddr, controller: Controller, unit: u8, pdu: &[u8]) -> bool {
    let IpAddr::V4(from) = from else { return false };
    let polled = traffic::polls(controller).any(|poll| poll.pdu()[..] == *pdu);
    let ordered = Order::all().any(|order| order.controller() == controller && order.pdu() == pdu);
    let asked = pdu == traffic::IDENTIFY || pdu == traffic::SERVER_ID;
    unit == traffic::UNIT
        && match from.octets()[3] {
            11 => polled || ordered,
            20 => polled,
            40 => polled || asked,
            _ => false,
        }
}

/// Exception 3 for a set point that is out of range, 1 for everything else.
fn code(pdu: &[u8]) -> u8 {
    match pdu {
        [6 | 16 | 22, 0, 100, ..] | [23, _, _, _, _, 0, 100, ..] => 3,
        _ => 1,
    }
}

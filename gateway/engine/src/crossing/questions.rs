//! Questions without a connection: UDP, and ICMP that asks. A question that the policy allows opens the way back for a
//! while, for what comes from the address and port that it went to.

use super::anomalies::{FRAGMENT_PROTOCOL, ICMP_UNRELATED, IP_PROTOCOL, NO_ANSWER, TCP_FRAGMENT};
use super::bridge::Bridge;
use super::flow::{Entry, Kind};
use super::frame::{Frame, Refusal, ruling};
use super::guard::is_group;
use super::key::{Ends, Place};
use super::lead::Lead;
use super::resolution::{ADVERTISEMENT, SOLICITATION};
use super::snmp;
use super::{Leaving, Outcome, build};
use crate::Response;
use crate::frames::{Fragment, FragmentKey, Icmp, Ip, IpHead, Transport, reassembled};
use sluice_model::{AnomalyKind, Direction};
use sluice_policies::decision::Verdict;
use sluice_policies::policy::{End, Packet};

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
/// Where transfers of files are asked for (RFC 1350 4); they go on between ports of both ends' own choice.
const TFTP: u16 = 69;

/// A packet that asks or answers without a connection.
#[derive(Clone, Copy)]
struct Question {
    /// As if its sender asked.
    ends: Ends,
    packet: Packet,
    /// Whether it can only be an answer.
    answers: bool,
}

impl Question {
    /// Whether each one of them is judged, not the first alone.
    const fn is_judged_by_content(&self) -> bool {
        matches!(self.packet, Packet::Udp { port: snmp::PORT, .. } | Packet::Reading { .. })
    }

    /// What a transport without connections is; nothing if it neither asks nor answers.
    fn of(head: &IpHead, transport: &Transport<'_>) -> Option<Self> {
        match transport {
            Transport::Udp(udp) => {
                let (source, port) = (udp.source, udp.destination);
                let reads = port == snmp::PORT && snmp::reads(udp.payload);
                let packet = if reads { Packet::Reading { source, port } } else { Packet::Udp { source, port } };
                Some(Self { ends: Ends::of(head, udp.source, udp.destination), packet, answers: false })
            }
            Transport::Icmp(icmp) => Self::icmp(head, icmp),
            _ => None,
        }
    }

    fn icmp(head: &IpHead, icmp: &Icmp<'_>) -> Option<Self> {
        // Echo, time stamp and information questions, and what answers them (RFC 792); echo (RFC 4443).
        let (kind, answers) = match (head.protocol, icmp.kind) {
            (ICMP, 0) => (8, true),
            (ICMP, 14) => (13, true),
            (ICMPV6, 129) => (128, true),
            (_, kind) => (kind, false),
        };
        let packet = if head.protocol == ICMP { Packet::Icmp { kind } } else { Packet::Icmp6 { kind } };
        let &[a, b, ..] = icmp.payload else { return None };
        // The one who asks has the identifier for a port, the one who is asked the type of the question.
        let (id, asked) = (u16::from_be_bytes([a, b]), u16::from(kind));
        let ports = if answers { (asked, id) } else { (id, asked) };
        Some(Self { ends: Ends::of(head, ports.0, ports.1), packet, answers })
    }
}

impl Bridge {
    /// A whole packet that is not TCP.
    pub(super) fn packet(&mut self, frame: &Frame<'_>, ip: &Ip<'_>, out: &mut dyn Leaving) -> Result<Outcome, Refusal> {
        match ip.transport {
            Transport::Icmp(icmp) if is_error(&ip.head, icmp.kind) => return self.icmp_error(frame, ip, &icmp, out),
            Transport::Icmp(icmp) if ip.head.protocol == ICMPV6 && icmp.kind == SOLICITATION => {
                frame.solicitation(ip, &icmp)?;
            }
            Transport::Icmp(icmp) if ip.head.protocol == ICMPV6 && icmp.kind == ADVERTISEMENT => {
                frame.advertisement(ip, &icmp)?;
            }
            _ => self.question(frame, &ip.head, &ip.transport, ip.hops, out)?,
        }
        out.forward(frame.side.other(), frame.length());
        Ok(Outcome::Forwarded)
    }

    /// A part of a datagram; what is whole with it passes if it may.
    pub(super) fn fragment(
        &mut self,
        frame: &Frame<'_>,
        ip: &Ip<'_>,
        fragment: Fragment,
        out: &mut dyn Leaving,
    ) -> Result<Outcome, Refusal> {
        let Transport::Fragment(bytes) = ip.transport else { return Err((&IP_PROTOCOL).into()) };
        match (ip.head.protocol, ip.head.source.is_ipv4()) {
            (TCP, _) => return Err((&TCP_FRAGMENT).into()),
            (UDP, _) | (ICMP, true) | (ICMPV6, false) => {}
            _ => return Err((&FRAGMENT_PROTOCOL).into()),
        }
        // Strangers do not fill the table.
        let (from, to) = (frame.sender(Some(ip.head.source))?, frame.receiver(Some(ip.head.destination))?);
        frame.related(from, to)?;
        let key =
            FragmentKey { head: ip.head, id: fragment.id, vlans: frame.packet.link.vlans, port: frame.side as u16 };
        let mut wrong = None;
        let event = &mut |kind: &'static AnomalyKind| wrong = Some(kind);
        let whole = self.fragments.fragment(frame.now, key, fragment, bytes, event);
        if let Some(kind) = wrong {
            self.notices.note(frame, &kind.into(), (Verdict::Deny, Response::Dropped), out);
        }
        let Some(whole) = whole else { return Ok(Outcome::Consumed) };
        let (transport, oddities) = reassembled(&ip.head, &whole).map_err(|anomaly| anomaly.kind)?;
        Frame::acceptable(oddities, &transport, false)?;
        self.question(frame, &ip.head, &transport, ip.hops, out)?;
        let lead = Lead::of(frame.bytes, &frame.packet, ip.hops);
        let (to, mtu) = (frame.side.other(), self.options.mtu[frame.side.other().index()]);
        build::datagram(&lead, &ip.head, fragment.id, &whole, usize::from(mtu), &mut |built| out.emit(to, built));
        Ok(Outcome::Consumed)
    }

    /// Whether a question or an answer passes.
    fn question(
        &mut self,
        frame: &Frame<'_>,
        head: &IpHead,
        transport: &Transport<'_>,
        hops: u8,
        out: &mut dyn Leaving,
    ) -> Result<(), Refusal> {
        let Some(question) = Question::of(head, transport) else {
            return Err(if matches!(transport, Transport::Icmp(_)) { &ICMP_UNRELATED } else { &IP_PROTOCOL }.into());
        };
        let lead = Lead::of(frame.bytes, &frame.packet, hops);
        if let Some(place) = self.table.find(&question.ends.key()) {
            let direction = self.known(frame, place, question.ends.client, lead, out)?;
            self.table.settle(place);
            let answered = direction == Direction::ToClient;
            if question.is_judged_by_content() {
                let both = (frame.sender(Some(head.source))?, frame.receiver(Some(head.destination))?);
                return self.serve(frame, both, question.packet, out);
            }
            let fits =
                answered == question.answers || matches!(question.packet, Packet::Udp { .. } | Packet::Reading { .. });
            return if fits { Ok(()) } else { Err((&NO_ANSWER).into()) };
        }
        let (from, to) = (frame.sender(Some(head.source))?, frame.receiver(Some(head.destination))?);
        if question.answers {
            return Err((&NO_ANSWER).into());
        }
        if self.moved(frame, &question, (from, to), lead) {
            return Ok(());
        }
        self.serve(frame, (from, to), question.packet, out)?;
        if is_group(head.destination) {
            return Ok(());
        }
        let vlans = frame.packet.link.vlans.networks();
        let mut entry = Entry::new(question.ends, vlans, frame.side, Kind::Asked, frame.now, self.generation);
        entry.heading(Direction::ToServer, lead);
        self.insert(entry, false)?;
        Ok(())
    }

    /// Whether a datagram is the one answer from another port that its question may have; the two go on there.
    fn moved(&mut self, frame: &Frame<'_>, question: &Question, (from, to): (End, End), lead: Lead) -> bool {
        let (Packet::Udp { source, .. }, Ends { client, server, .. }) = (question.packet, question.ends) else {
            return false;
        };
        let asked = Ends { client: server, server: Place { port: TFTP, ..client }, ..question.ends };
        let Some(place) = self.table.find(&asked.key()).filter(|_| source != TFTP) else { return false };
        let packet = Packet::Udp { source: server.port, port: TFTP };
        let vlans = frame.packet.link.vlans.networks();
        let fits = |entry: &Entry| {
            entry.ends == asked && entry.vlans == vlans && entry.exit(Direction::ToClient) == frame.side.other()
        };
        if !self.table.entry(place).is_some_and(fits) || !frame.policy.moves(to, from, packet) {
            return false;
        }
        self.table.remove(place);
        let (ends, client) = (question.ends.turned(), frame.side.other());
        let mut entry = Entry::new(ends, vlans, client, Kind::Asked, frame.now, self.generation);
        entry.heading(Direction::ToClient, lead);
        self.insert(entry, false).is_ok()
    }

    /// Whether a service statement lets a packet pass; it is reported when it passes without one.
    pub(super) fn serve(
        &mut self,
        frame: &Frame<'_>,
        (from, to): (End, End),
        packet: Packet,
        out: &mut dyn Leaving,
    ) -> Result<(), Refusal> {
        let mut turn = frame.policy.turn(frame.now);
        let (passes, refusal) = ruling(&turn.service(from, to, packet));
        if passes {
            turn.commit(0);
        }
        match refusal {
            Some(refusal) if !passes => Err(refusal),
            Some(refusal) => {
                self.notices.note(frame, &refusal, (Verdict::Alert, Response::Dropped), out);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Whether an ICMP message tells of an error; redirections (5, 137) lead elsewhere and are none that passes.
const fn is_error(head: &IpHead, kind: u8) -> bool {
    matches!((head.protocol, kind), (ICMP, 3 | 11 | 12) | (ICMPV6, 1..=4))
}

//! The gateway is lost, stopped or replaced while a client polls through it. What the site's `on-loss` says happens, and no
//! connection is left between two ends that disagree about its numbers: packets are counted.

use crate::device::Device;
use crate::lab::addresses::SERVER;
use crate::lab::relay::{Record, Watch};
use crate::lab::{Between, Lab, Links};
use crate::manager::Manager;
use crate::program::Program;
use crate::raw::MODBUS;
use crate::rig::folder::Folder;
use crate::rig::{eventually, frames};
use crate::site;
use rustix::process::Signal;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// More than a wakeful end sends in a second; two ends that answer each other's acknowledgements send far more.
const STORM: usize = 400;

struct Bench {
    lab: Lab,
    record: Record,
    site: Folder,
    device: Device,
}

impl Bench {
    fn new(on_loss: &str) -> Option<Self> {
        if !Lab::possible() {
            return None;
        }
        let record = Record::default();
        let between = Between { client: None, server: Some(Box::new(Watch(Record::clone(&record)))) };
        let lab = Lab::with(Links::default(), between);
        let device = Device::start(&lab);
        Some(Self { lab, record, site: site::folder_on_loss(on_loss, MODBUS, None), device })
    }

    fn gateway(&self) -> Program {
        Program::start(&self.lab, self.site.path())
    }

    fn connect(&self) -> Line {
        let to = (SERVER.ip(false), MODBUS).into();
        let stream = self.lab.client.within(|| TcpStream::connect_timeout(&to, Duration::from_secs(10)).unwrap());
        stream.set_nodelay(true).unwrap();
        Line { stream, asked: 0 }
    }

    /// How many frames pass behind the box during `time`.
    fn frames_in(&self, time: Duration) -> usize {
        let before = self.record.lock().unwrap().len();
        std::thread::sleep(time);
        self.record.lock().unwrap().len() - before
    }
}

/// A connection of a client with the kernel's own stack.
struct Line {
    stream: TcpStream,
    asked: u16,
}

impl Line {
    /// Asks and takes the answer, if one comes within `time`.
    fn ask(&mut self, request: &[u8], time: Duration) -> std::io::Result<Vec<u8>> {
        self.stream.set_read_timeout(Some(time))?;
        self.stream.write_all(request)?;
        let mut answer = vec![0; 6];
        self.stream.read_exact(&mut answer)?;
        answer.resize(6 + usize::from(answer[5]), 0);
        self.stream.read_exact(&mut answer[6..])?;
        Ok(answer)
    }

    /// One allowed read, which must be answered.
    fn read(&mut self) {
        self.asked += 1;
        let request = frames::read(self.asked, 0, 4);
        let answer = self.ask(&request, Duration::from_secs(10));
        assert_eq!(answer.unwrap_or_else(|e| panic!("read {}: {e}", self.asked)), frames::honest(&request));
    }

    /// Polls for `time`; the longest that an answer took.
    fn poll(&mut self, time: Duration) -> Duration {
        let start = Instant::now();
        let mut longest = Duration::ZERO;
        while start.elapsed() < time {
            let asked = Instant::now();
            self.read();
            longest = longest.max(asked.elapsed());
            std::thread::sleep(Duration::from_millis(2));
        }
        longest
    }

    /// A forbidden write, which must be refused: the connection's numbers are edited from now on.
    fn refused(&mut self) {
        self.asked += 1;
        let request = frames::write(self.asked, site::FORBIDDEN, 1);
        let answer = self.ask(&request, Duration::from_secs(10)).unwrap();
        assert_eq!(answer, frames::exception(self.asked, 6, 2));
    }
}

#[test]
fn killed_with_on_loss_open_the_line_goes_on() {
    let Some(bench) = Bench::new("open") else { return };
    let gateway = bench.gateway();
    let lines: Vec<_> = (0..8).map(|_| bench.connect()).collect();
    std::thread::scope(|scope| {
        let poll = |mut line: Line| scope.spawn(move || line.poll(Duration::from_secs(3)));
        let polling: Vec<_> = lines.into_iter().map(poll).collect();
        std::thread::sleep(Duration::from_millis(500));
        gateway.signal(Signal::KILL);
        let longest = polling.into_iter().map(|p| p.join().unwrap()).max().unwrap();
        eprintln!("killed: the longest answer took {longest:?}");
    });
}

#[test]
fn stopped_with_on_loss_open_the_line_goes_on_and_is_guarded_again_afterwards() {
    let Some(bench) = Bench::new("open") else { return };
    let gateway = bench.gateway();
    let mut line = bench.connect();
    line.poll(Duration::from_millis(300));
    gateway.signal(Signal::STOP);
    let longest = line.poll(Duration::from_secs(2));
    eprintln!("stopped: the longest answer took {longest:?}");
    gateway.signal(Signal::CONT);
    std::thread::sleep(Duration::from_millis(500));
    line.poll(Duration::from_millis(300));
    bench.connect().refused();
}

#[test]
fn killed_with_on_loss_closed_nothing_passes_and_an_unedited_line_is_taken_up_again() {
    let Some(bench) = Bench::new("closed") else { return };
    let gateway = bench.gateway();
    let mut line = bench.connect();
    line.poll(Duration::from_millis(300));
    gateway.signal(Signal::KILL);
    drop(gateway);
    std::thread::sleep(Duration::from_millis(500));
    line.asked += 1;
    let request = frames::read(line.asked, 0, 4);
    assert!(line.ask(&request, Duration::from_millis(300)).is_err(), "answered across a closed box");
    assert_eq!(bench.frames_in(Duration::from_millis(700)), 0, "frames passed a closed box");
    let _gateway = bench.gateway();
    let mut answer = vec![0; frames::honest(&request).len()];
    line.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    line.stream.read_exact(&mut answer).expect("the request is sent again, and answered");
    assert_eq!(answer, frames::honest(&request));
    line.poll(Duration::from_millis(300));
    line.refused();
}

/// A line whose numbers were edited by a gateway that was killed then.
fn edited_and_left(bench: &Bench) -> Line {
    let gateway = bench.gateway();
    let mut line = bench.connect();
    (0..5).for_each(|_| {
        line.read();
        line.refused();
    });
    gateway.signal(Signal::KILL);
    line
}

/// Nobody knows any more what was taken out and put in: both ends are told so, in few words.
#[test]
fn an_edited_line_whose_gateway_was_killed_is_reset_on_both_sides() {
    let Some(bench) = Bench::new("closed") else { return };
    let mut line = edited_and_left(&bench);
    let _gateway = bench.gateway();
    let request = frames::read(999, 0, 4);
    let counted = std::thread::scope(|scope| {
        let counting = scope.spawn(|| bench.frames_in(Duration::from_secs(2)));
        let error =
            line.ask(&request, Duration::from_secs(10)).expect_err("an answer across numbers that nobody knows");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        counting.join().unwrap()
    });
    assert!(counted < STORM, "{counted} frames");
    let port = line.stream.local_addr().unwrap().port();
    eventually("the server's end to be reset", || bench.device.heard(port).over);
}

#[test]
fn an_edited_line_makes_no_storm_across_an_open_box() {
    let Some(bench) = Bench::new("open") else { return };
    let mut line = edited_and_left(&bench);
    std::thread::sleep(Duration::from_millis(500));
    let _ = line.ask(&frames::read(999, 0, 4), Duration::from_millis(300));
    let counted = bench.frames_in(Duration::from_secs(1));
    eprintln!("an edited line across an open box: {counted} frames a second");
    assert!(counted < STORM, "{counted} frames");
}

#[test]
fn replaced_in_service_edited_lines_live_on() {
    let Some(bench) = Bench::new("closed") else { return };
    let manager = Manager::start(&bench.lab);
    let mut gateway = Program::start_under(&manager, &bench.lab, bench.site.path());
    let mut lines: Vec<_> = (0..20).map(|_| bench.connect()).collect();
    for line in &mut lines {
        line.read();
        line.refused();
        line.read();
    }
    let mut polled = bench.connect();
    polled.refused();
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| polled.poll(Duration::from_secs(3)));
        std::thread::sleep(Duration::from_millis(500));
        gateway.signal(Signal::TERM);
        gateway.ended();
        assert!(manager.keeps(), "nothing was handed over: {}", gateway.said());
        let next = Program::start_under(&manager, &bench.lab, bench.site.path());
        eprintln!("replaced: the longest answer took {:?}", polling.join().unwrap());
        for line in &mut lines {
            line.read();
            line.refused();
            line.read();
        }
        assert!(bench.frames_in(Duration::from_secs(1)) < STORM);
        drop(next);
    });
}

//! The grammar of the command line; every `--help` has an example.

use super::approvals::{Approve, Key, Meaning, Sign, Verify};
use super::ask::Ask;
use super::diff::Diff;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::SignedDuration;
use std::path::PathBuf;
use std::time::Duration;

/// A security gateway for industrial control networks: lets through what the plant's policy allows, refuses the rest.
#[derive(Debug, Parser)]
#[command(
    name = "sluice",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Example:\n  sluice policy check --site plant/ && sluice run --site plant/"
)]
pub(super) struct Call {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Enforce a site's policy: serve every proxy of one gateway until SIGTERM.
    ///
    /// A changed file or SIGHUP swaps the policy without cutting connections; a broken policy is reported and the one
    /// before stays in force. SIGTERM accepts no more and lets answers that are on their way arrive.
    Run(Run),
    /// Show a gateway at work: a simulated plant, its operators and an attacker on loopback.
    ///
    /// Needs no root, no server and no set-up. On a terminal a live view (q ends it), elsewhere plain lines. Exit status 1
    /// when anything came out otherwise than the story says.
    Demo(Demo),
    /// Say what is in capture files, and what a site's policy says to it.
    ///
    /// Reads pcap and pcapng, also packed with gzip or zstd, whatever they are called, and files that are still being
    /// written. Exit status 1 when the policy would deny anything, 2 when a file is missing, broken or no capture.
    Inspect(Inspect),
    /// Listen to an interface, and say what goes by and what a site's policy says to it.
    ///
    /// Nothing is enforced: what the policy denies is told at once, as an alert, and at the end everything that `inspect`
    /// says of a file. Needs root, or the capability `cap_net_raw`. Exit status 1 when the policy would deny anything, 2 when
    /// the interface cannot be listened to.
    Monitor(Monitor),
    /// Check, test and explain a site's policy.
    #[command(after_help = "Example:\n  sluice policy check --site plant/ && sluice policy test --site plant/")]
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Say how a running gateway stands: its policy, what is open, what waits.
    Status(Status),
    /// Let a running gateway read its policy again, and say what came of it.
    #[command(after_help = "Example:\n  sluice reload")]
    Reload(Socket),
    /// Lock the plant down: only what the policy keeps passes, from the next message on.
    ///
    /// Closes every window and break-glass at once, and outlives a restart. Ending it takes as many people as a change of
    /// the policy. Exit status 1 when it is refused.
    Lockdown(Lockdown),
    /// Open or close a maintenance window.
    ///
    /// A window that two roles open waits for the second, another person, for five minutes. It closes by itself. Exit
    /// status 1 when it is refused.
    #[command(after_help = "Example:\n  sluice window open filter-maintenance --as shift-lead --ticket W-4711")]
    Window {
        #[command(subcommand)]
        command: WindowCommand,
    },
    /// Break the glass: conduits that the policy names only alert, for a while.
    ///
    /// Exit status 1 when it is refused.
    BreakGlass(BreakGlass),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  sluice completions bash > /etc/bash_completion.d/sluice")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Which running gateway.
#[derive(Args, Debug)]
pub(super) struct Socket {
    /// The socket of the gateway.
    #[arg(long, value_name = "PATH", default_value = "/run/sluice/control.sock")]
    pub(super) socket: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice status\n  sluice status --format json")]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) socket: Socket,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// Begin it.
    On,
    /// End it.
    Off,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice lockdown on --as shift-lead")]
pub(super) struct Lockdown {
    /// Begin it or end it.
    #[arg(value_enum)]
    pub(super) switch: Switch,
    #[command(flatten)]
    pub(super) who: Who,
}

#[derive(Debug, Subcommand)]
pub(super) enum WindowCommand {
    /// Open a window of the policy.
    #[command(
        after_help = "Example:\n  sluice window open filter-maintenance --as shift-lead --ticket W-4711 --for 2h"
    )]
    Open {
        /// The window.
        #[arg(value_name = "WINDOW")]
        window: String,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        terms: Terms,
    },
    /// Close it before its time.
    #[command(after_help = "Example:\n  sluice window close filter-maintenance --as shift-lead")]
    Close {
        /// The window.
        #[arg(value_name = "WINDOW")]
        window: String,
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sluice break-glass on --as shift-lead --for 20m\n  sluice break-glass off --as shift-lead"
)]
pub(super) struct BreakGlass {
    /// Break it or make it whole.
    #[arg(value_enum)]
    pub(super) switch: Switch,
    #[command(flatten)]
    pub(super) who: Who,
    #[command(flatten)]
    pub(super) terms: Terms,
}

/// Who orders something.
#[derive(Args, Debug)]
pub(super) struct Who {
    /// The role that you have.
    #[arg(long = "as", value_name = "ROLE")]
    pub(super) role: String,
    #[command(flatten)]
    pub(super) socket: Socket,
}

/// Why, and for how long.
#[derive(Args, Debug)]
pub(super) struct Terms {
    /// The ticket that asks for it.
    #[arg(long, value_name = "TICKET")]
    pub(super) ticket: Option<String>,
    /// For how long; as long as the policy lets it when left out.
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub(super) length: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Show every mistake in a site's files, each with its place and what to do.
    Check(Check),
    /// Run the tests that a site carries with it.
    Test(Test),
    /// Say what would happen to a message, and why.
    Explain(Explain),
    /// Answer a question about what a site allows: who can do what, what somebody can do, whether they may.
    ///
    /// Conditions are assumed to hold, and told. Exit status 1 when the answer is no.
    Ask(Ask),
    /// Say what a site newly allows and newly denies, as meaning: who, what, values, conditions.
    ///
    /// Exit status 1 when anything passes that did not, or may: a reviewer's script can stop there.
    Diff(Diff),
    /// Show what each statement and setting means: the lines that are signed, and their SHA-256.
    Meaning(Meaning),
    /// Make keys to sign with.
    Key(Key),
    /// Agree to what statements and settings mean, as the first of two people.
    ///
    /// Adds entries to approvals.toml beside site.toml. A password of the key is asked for on the terminal.
    Sign(Sign),
    /// Agree to what somebody else has signed, as the next one.
    ///
    /// Only what was signed by another person, and still means the same, is approved.
    Approve(Approve),
    /// Say what is approved, by whom, and what is not.
    ///
    /// Exit status 1 when anything is not approved, or an entry of approvals.toml is forged.
    Verify(Verify),
    /// Say what would have happened to the messages of capture files, by conduit, statement and reason.
    ///
    /// Exit status 1 when the policy would deny anything, 2 when a file is missing, broken or no capture.
    Replay(Replay),
    /// Make a tag list from a spreadsheet or from the export of an engineering tool.
    ///
    /// Reads CSV and other separated text with columns in any order, XLSX, Rockwell L5X, tag tables of Siemens TIA Portal and
    /// Schneider XSY. What a tag list cannot say is named with its place and the reason; nothing is lost in silence.
    Import(Import),
    /// Propose statements for what captures hold and the site does not allow yet, each with its evidence.
    ///
    /// The proposal goes to proposed/learned.toml in the site's folder. No site includes it by itself: read it, move what you
    /// want into a file of the site. Made again, it keeps the comments that you wrote into it.
    Learn(Learn),
    /// Bring a site's files into one shape; comments, order and meaning stay.
    ///
    /// With --check nothing is written, and exit status 1 says that a file has another shape.
    Fmt(Fmt),
    /// Print the JSON Schema of policy files, for editors.
    #[command(after_help = "Example:\n  sluice policy schema > plant/sluice.schema.json")]
    Schema,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sluice run --site plant/\n  sluice run --site plant/ --gateway gw-1 --config box.toml"
)]
pub(super) struct Run {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// The gateway to be, of those that the site has; may be left out when there is one.
    #[arg(long, value_name = "NAME")]
    pub(super) gateway: Option<String>,
    /// The integrator's file: addresses and bounds of this machine.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Put nothing in force that was not approved as [approvals] asks: not at the start, not at a reload.
    #[arg(long, requires = "trust")]
    pub(super) require_approval: bool,
    /// The folder with the public key of everybody who may approve: PERSON.pub.
    #[arg(long, value_name = "KEYS", requires = "require_approval")]
    pub(super) trust: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice demo\n  sluice demo --for 30s")]
pub(super) struct Demo {
    /// End by itself after this time (5s or more); each scene of the story fits into 20s.
    #[arg(long = "for", value_name = "TIME", value_parser = story_length)]
    pub(super) length: Option<Duration>,
    /// Write the last view as an SVG picture.
    #[arg(long, value_name = "FILE")]
    pub(super) picture: Option<PathBuf>,
}

/// A time that passes.
fn length(text: &str) -> Result<Duration, String> {
    let length: SignedDuration = text.parse().map_err(|_| "it is written like 30s, 5m or 1h".to_owned())?;
    Duration::try_from(length).ok().filter(|length| !length.is_zero()).ok_or_else(|| "it takes some time".to_owned())
}

/// A time of at least 5 s: the shortest that the story can be told in.
fn story_length(text: &str) -> Result<Duration, String> {
    let length: SignedDuration = text.parse().map_err(|_| "it is written like 30s, 5m or 1h".to_owned())?;
    match Duration::try_from(length) {
        Ok(length) if length >= Duration::from_secs(5) => Ok(length),
        _ => Err("the story takes 5s at least".to_owned()),
    }
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy check --site plant/")]
pub(super) struct Check {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy test --site plant/")]
pub(super) struct Test {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sluice policy explain --site plant/ --from hmi-1 --to plc-3 'modbus write pump_speed = 60 Hz'\n  \
                  sluice policy explain --site plant/ --from 192.0.2.99 --to plc-3 --hex 00 01 00 00 00 06 01 03 00 00 00 02\n  \
                  sluice policy explain --site plant/ --from hmi-1 --to ntp-1 service ntp\n  \
                  sluice policy explain service ntp\n  sluice policy explain P041"
)]
pub(super) struct Explain {
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR", requires = "from", requires = "to")]
    pub(super) site: Option<PathBuf>,
    /// Who sends: an asset, or an address.
    #[arg(long, value_name = "WHO", requires = "site")]
    pub(super) from: Option<String>,
    /// Who is addressed: an asset, or its address.
    #[arg(long, value_name = "ASSET", requires = "site")]
    pub(super) to: Option<String>,
    /// The message in words: the protocol, then what a test would say; or service NAME, tcp PORT, udp PORT, ethertype
    /// NUMBER. Without a site, service NAME: what belongs to the service; a code such as P041: what the message means.
    #[arg(
        value_name = "WORDS",
        required_unless_present = "hex",
        conflicts_with = "hex",
        allow_negative_numbers = true
    )]
    pub(super) words: Vec<String>,
    /// The message in bytes, as it stands on the wire, header included.
    #[arg(long, value_name = "BYTES", num_args = 1..)]
    pub(super) hex: Vec<String>,
    /// The protocol of the bytes; may be left out when the asset speaks one.
    #[arg(long, value_name = "NAME", requires = "hex")]
    pub(super) protocol: Option<String>,
    /// Text for people or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  sluice inspect monday.pcap\n  sluice inspect --site plant/ --format json --events *.pcapng.zst\n  \
                  sluice inspect --site plant/ --html monday.html monday.pcap"
)]
pub(super) struct Inspect {
    /// The capture files.
    #[arg(value_name = "CAPTURE", required = true)]
    pub(super) captures: Vec<PathBuf>,
    /// The folder with site.toml, to judge every message by.
    #[arg(long, value_name = "DIR")]
    pub(super) site: Option<PathBuf>,
    /// Text for people, or JSON for programs: one object a line, one line a file.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Print one JSON object for each judged operation before what is said of its file.
    #[arg(long, requires = "site")]
    pub(super) events: bool,
    /// Write a page for a browser, too: one file with charts, which loads nothing from elsewhere.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice monitor eth1\n  sluice monitor eth1 --site plant/ --for 1h\n  \
                  sluice monitor eth1 --site plant/ --format json --events --filter 'host 192.0.2.31 and port 502'")]
#[cfg_attr(not(feature = "monitor"), allow(dead_code, reason = "only a build with libpcap reads them"))]
pub(super) struct Monitor {
    /// The interface, as `ip link` names it.
    #[arg(value_name = "INTERFACE")]
    pub(super) interface: String,
    /// The folder with site.toml, to judge every message by.
    #[arg(long, value_name = "DIR")]
    pub(super) site: Option<PathBuf>,
    /// What the kernel is to hand over, in the words of tcpdump; usually ARP and everything in IP.
    #[arg(long, value_name = "EXPRESSION")]
    pub(super) filter: Option<String>,
    /// End by itself after this time.
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub(super) length: Option<Duration>,
    /// Text for people, or JSON for programs: one object an alert, and one at the end.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Print one JSON object for each judged operation, not only for those that are not allowed.
    #[arg(long, requires = "site")]
    pub(super) events: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy replay --site plant/ monday.pcap")]
pub(super) struct Replay {
    /// The capture files.
    #[arg(value_name = "CAPTURE", required = true)]
    pub(super) captures: Vec<PathBuf>,
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Text for people, or JSON for programs: one object a line, one line a file.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice policy import plc-3.xlsx --output plant/tags/plc-3.csv\n  \
                  sluice policy import export.csv --column name=Punkt --column address=Reg --addresses modicon\n  \
                  sluice policy import Line1.L5X > plant/tags/line-1.csv")]
pub(super) struct Import {
    /// The file of the other program.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Write the tag list here; otherwise it is printed.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// How addresses are written; found out when it is clear.
    #[arg(long, value_enum, value_name = "NOTATION")]
    pub(super) addresses: Option<Addresses>,
    /// Which column is which of ours: name, address, table, type, count, words, scale, offset, unit, min, max, states,
    /// access, comment. May be given several times.
    #[arg(long = "column", value_name = "OURS=THEIRS", value_parser = column)]
    pub(super) columns: Vec<(String, String)>,
    /// The sheet of a workbook; otherwise its first.
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,
    /// What the first address of a table is called, where another column names the table: 0 or 1.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1))]
    pub(super) first: u64,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  sluice policy learn --site plant/ monday.pcap tuesday.pcapng.zst")]
pub(super) struct Learn {
    /// The capture files.
    #[arg(value_name = "CAPTURE", required = true)]
    pub(super) captures: Vec<PathBuf>,
    /// The folder with site.toml.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Where the proposal goes; otherwise proposed/learned.toml in the site's folder.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  sluice policy fmt --site plant/\n  sluice policy fmt --site plant/ --check")]
pub(super) struct Fmt {
    /// The folder with site.toml; it and every file that it includes.
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Write nothing, only name the files that have another shape.
    #[arg(long)]
    pub(super) check: bool,
}

/// A column of ours, and what the file calls it.
fn column(text: &str) -> Result<(String, String), String> {
    let (ours, theirs) = text.split_once('=').ok_or("it is written like name=Symbol")?;
    Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
}

/// How addresses are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Addresses {
    /// 40101.
    Modicon,
    /// holding 100.
    Wire,
    /// %MW100.
    Schneider,
    /// DB10.DBD4.
    S7,
    /// Names of a Rockwell controller.
    Cip,
}

/// How output is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

//! Where the demonstration is shown: the live view on a terminal, plain lines elsewhere.

use super::board::{Board, MomentLine, RefusalLine};
use super::{plain, screen};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use std::io::{self, IsTerminal};
use std::time::Duration;
use tokio::sync::mpsc;

/// Plain lines say where things stand this often.
const STATUS: Duration = Duration::from_secs(5);
/// How often the keyboard's thread looks whether it is still wanted.
const KEYBOARD: Duration = Duration::from_millis(100);

/// A view that is open.
pub(super) struct Show {
    view: View,
    ended: mpsc::Receiver<()>,
}

enum View {
    Live(Box<DefaultTerminal>),
    Plain { next_status: Duration },
}

impl Show {
    /// The live view when standard output is a terminal, plain lines when not.
    pub(super) fn open() -> io::Result<Self> {
        let (end, ended) = mpsc::channel(1);
        let view = if io::stdout().is_terminal() && io::stdin().is_terminal() {
            let terminal = ratatui::try_init()?;
            std::thread::Builder::new().name("keyboard".into()).spawn(move || watch_keyboard(&end))?;
            View::Live(Box::new(terminal))
        } else {
            tokio::spawn(async move {
                // Without a signal handler there is nothing that could end it early.
                if tokio::signal::ctrl_c().await.is_ok() {
                    let _ = end.send(()).await;
                }
            });
            View::Plain { next_status: STATUS }
        };
        Ok(Self { view, ended })
    }

    /// Shows where things stand.
    pub(super) fn draw(&mut self, board: &Board) -> io::Result<()> {
        match &mut self.view {
            View::Live(terminal) => terminal.draw(|frame| screen::draw(frame, board)).map(|_| ()),
            View::Plain { next_status } if board.elapsed >= *next_status => {
                *next_status = board.elapsed + STATUS;
                plain::status(&mut io::stdout(), board)
            }
            View::Plain { .. } => Ok(()),
        }
    }

    /// Says what somebody did; the live view has it on the board.
    pub(super) fn moment(&mut self, line: &MomentLine) -> io::Result<()> {
        match self.view {
            View::Live(_) => Ok(()),
            View::Plain { .. } => plain::moment(&mut io::stdout(), line),
        }
    }

    /// Says what was refused; the live view has it on the board.
    pub(super) fn refusal(&mut self, line: &RefusalLine) -> io::Result<()> {
        match self.view {
            View::Live(_) => Ok(()),
            View::Plain { .. } => plain::refusal(&mut io::stdout(), line),
        }
    }

    /// Returns when somebody ends it.
    pub(super) async fn ended(&mut self) {
        if self.ended.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Gives the terminal back.
    pub(super) fn close(self) -> io::Result<()> {
        match self.view {
            View::Live(_) => ratatui::try_restore(),
            View::Plain { .. } => Ok(()),
        }
    }
}

/// Waits for `q`, escape or control-C; ends when nobody listens any more.
fn watch_keyboard(end: &mpsc::Sender<()>) {
    while !end.is_closed() {
        let pressed = event::poll(KEYBOARD).and_then(|waits| if waits { event::read().map(Some) } else { Ok(None) });
        match pressed {
            Ok(Some(Event::Key(key))) if ends(key) => {
                let _ = end.blocking_send(());
                return;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

const fn ends(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

//! A difference as text, for a reviewer.

use super::{Change, Difference, Effect, Item};
use crate::meaning::join;
use core::fmt;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "the two mean the same");
        }
        for (effect, title) in [
            (Effect::Allowed, "newly allowed"),
            (Effect::Loosened, "allowed more easily"),
            (Effect::Denied, "newly denied"),
            (Effect::Tightened, "allowed less easily"),
        ] {
            let mut before = None;
            for change in self.changes.iter().filter(|c| c.effect == effect) {
                let ends = (&change.from, &change.to, &change.what);
                if before != Some(ends) {
                    writeln!(
                        f,
                        "{title}: {} -> {} ({})",
                        join(", ", &change.from),
                        join(", ", &change.to),
                        change.what
                    )?;
                    before = Some(ends);
                }
                write!(f, "{change}")?;
            }
        }
        for setting in &self.settings {
            let widens = if setting.widens { " (may let more pass)" } else { "" };
            writeln!(f, "set otherwise: {}{widens}", setting.name)?;
            setting.old.iter().try_for_each(|line| writeln!(f, "  - {line}"))?;
            setting.new.iter().try_for_each(|line| writeln!(f, "  + {line}"))?;
        }
        Ok(())
    }
}

/// One change below the line that names its ends.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.action)?;
        if !self.functions.is_empty() {
            let s = if self.functions.len() == 1 { "" } else { "s" };
            let bare = self.items.is_empty();
            let name = |(code, name): &(sluice_model::Code, &str)| {
                if bare { format!("{code} {name}") } else { code.to_string() }
            };
            write!(f, " (function{s} {})", join(", ", self.functions.iter().map(name)))?;
        }
        let statements = self.statements.iter().map(|(name, at)| format!("{name} ({at})"));
        let by = if matches!(self.effect, Effect::Allowed | Effect::Loosened) { "by" } else { "until now by" };
        writeln!(f, ", {by} {}", join(", ", statements))?;
        self.items.iter().try_for_each(|item| writeln!(f, "    {item}"))?;
        if !self.conditions.is_empty() {
            writeln!(f, "    only {}", self.conditions.join(" and "))?;
        }
        match (&self.other, self.effect) {
            (Some(other), Effect::Loosened) => writeln!(f, "    until now: {other}"),
            (Some(other), _) => writeln!(f, "    from now on: {other}"),
            (None, _) => Ok(()),
        }
    }
}

/// `pump_speed (holding 100 = 40101): 45.1 Hz .. 60 Hz`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "{tag} ({})", self.place)?,
            None => f.write_str(&self.place)?,
        }
        self.values.iter().try_for_each(|values| write!(f, ": {values}"))
    }
}

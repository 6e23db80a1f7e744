//! What goes by a stable name: it is found again by the next policy, and let go of when no policy knows it any more.

use std::collections::HashMap;
use std::sync::Arc;

/// How many facts, steps and rates a gateway keeps of each; one more is never known, or always denies.
pub(super) const MOST: usize = 1 << 18;

/// A number in the ledger that somebody uses; `u32::MAX` where there was no room.
pub(super) type Handle = Arc<u32>;

/// Numbers by name.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    known: HashMap<Box<str>, Handle>,
    free: Vec<u32>,
    /// How many were ever given.
    given: u32,
}

/// A number, and whether it is a new one.
pub(super) struct Numbered {
    pub(super) handle: Handle,
    pub(super) is_new: bool,
}

impl Numbers {
    /// The number of a name; `u32::MAX` when there are too many.
    pub(super) fn of(&mut self, name: &str) -> Numbered {
        if let Some(handle) = self.known.get(name) {
            return Numbered { handle: Arc::clone(handle), is_new: false };
        }
        let number = match self.free.pop() {
            Some(number) => number,
            None if (self.given as usize) < MOST => {
                self.given += 1;
                self.given - 1
            }
            None => return Numbered { handle: Arc::new(u32::MAX), is_new: false },
        };
        let handle = Arc::new(number);
        self.known.insert(name.into(), Arc::clone(&handle));
        Numbered { handle, is_new: true }
    }

    /// Lets go of the names that nobody uses and that are not worth `keeping`; their numbers, in `freed`, are given again.
    pub(super) fn prune(&mut self, keeping: impl Fn(u32) -> bool, mut freed: impl FnMut(u32)) {
        let free = &mut self.free;
        self.known.retain(|_, handle| {
            let kept = Arc::strong_count(handle) > 1 || keeping(**handle);
            if !kept {
                free.push(**handle);
                freed(**handle);
            }
            kept
        });
    }

    /// Every name with its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.known.iter().map(|(name, handle)| (&**name, **handle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_while_somebody_uses_it() {
        let mut numbers = Numbers::default();
        let (a, b) = (numbers.of("a"), numbers.of("b"));
        assert!(a.is_new && b.is_new && a.handle != b.handle);
        assert!(!numbers.of("a").is_new);
        let number = *b.handle;
        drop(b);
        let mut freed = Vec::new();
        numbers.prune(|kept| kept == number, |n| freed.push(n));
        assert!(freed.is_empty());
        numbers.prune(|_| false, |n| freed.push(n));
        assert_eq!(freed, [number]);
        let c = numbers.of("c");
        assert!(c.is_new && *c.handle == number && *numbers.of("a").handle == *a.handle);
    }

    #[test]
    fn names_are_bounded() {
        let mut numbers = Numbers::default();
        for n in 0..MOST {
            numbers.of(&n.to_string());
        }
        let over = numbers.of("over");
        assert!(!over.is_new && *over.handle == u32::MAX);
    }
}

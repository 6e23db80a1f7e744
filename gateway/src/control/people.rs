//! Who stands at the other end of the socket.

use std::fs;

/// A person, by the user that the kernel says asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The user's number.
    pub(crate) user: u32,
    /// The user's name, if it has one.
    pub(crate) name: String,
}

impl Person {
    /// The one with this user number.
    pub(super) fn of(user: u32) -> Self {
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        Self { user, name: name(&known, user).unwrap_or_else(|| format!("user {user}")) }
    }
}

/// The name of a user among the lines of `passwd(5)`.
fn name(known: &str, user: u32) -> Option<String> {
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(user)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_the_name_of_its_number() {
        let known = "root:x:0:0:root:/root:/bin/sh\nbroken\nanna:x:1001:1001::/home/anna:/bin/sh\n";
        assert_eq!(name(known, 1001).as_deref(), Some("anna"));
        assert_eq!((name(known, 0).as_deref(), name(known, 7)), (Some("root"), None));
    }
}

//! New entries of approvals.toml.

use minisign::SecretKey;
use sluice_policies::meaning::approval::{FILE, message};
use std::fs::OpenOptions;
use std::io::{self, Cursor, Write};
use std::path::Path;

/// What a new file begins with.
const HEAD: &str = "# Who approved what this site means. Written by `sluice policy sign` and `sluice policy approve`, checked by\n\
                    # `sluice policy verify`; an entry that was changed by hand does not count any more.\n";

/// An entry by which a person approves something, signed.
///
/// # Errors
/// When the key cannot sign.
pub fn sign(
    (site, statement, meaning): (&str, &str, &str),
    (person, role, date): (&str, &str, &str),
    key: &SecretKey,
) -> Result<String, String> {
    let message = message(site, meaning, person, role, date);
    let comment = format!("{person} approves {statement} of {site}");
    let signature = minisign::sign(None, key, Cursor::new(message), Some(&comment), Some("signature of sluice policy"));
    let signature = signature.map_err(|e| e.to_string())?.into_string();
    let text = |text: &str| toml::Value::from(text).to_string();
    Ok(format!(
        "\n[[approval]]\nstatement = {}\nmeaning   = {}\nperson    = {}\nrole      = {}\ndate      = {date}\nsignature = '''\n{}\n'''\n",
        text(statement),
        text(meaning),
        text(person),
        text(role),
        signature.trim_end()
    ))
}

/// Adds entries to approvals.toml of a site's folder.
///
/// # Errors
/// When it cannot be written.
pub fn append(folder: &Path, entries: &[String]) -> io::Result<()> {
    let path = folder.join(FILE);
    let head = if path.exists() { "" } else { HEAD };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{head}{}", entries.concat()).as_bytes())
}

//! Tag lists of other programs to tag lists of a site: spreadsheets and the exports of engineering tools.
//!
//! `formats` reads a file into [`Tag`]s in the file's own words, `words` says them in the words of a tag list, `list` writes the
//! CSV. Nothing is lost in silence: whatever cannot be said is an [`Omitted`], with its place in the file and the reason.
//! Used by `sluice policy import`.

mod addresses;
mod columns;
mod formats;
mod kinds;
mod list;
mod names;
mod proof;
mod table;
mod words;

pub use addresses::Notation;
pub use list::write;

use core::fmt;

/// How a file is to be read, where it does not say so itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How its addresses are written; found out when not given.
    pub notation: Option<Notation>,
    /// Which of its columns is which of ours: `name`, `Symbol`.
    pub columns: Vec<(String, String)>,
    /// The sheet of a workbook; the first when not given.
    pub sheet: Option<String>,
    /// What the first register of a table is called, where addresses are bare numbers beside a column that names the table.
    pub first: u64,
}

/// One tag, in the words of a tag list; what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// Where it stands in the file: `row 12`, `tag Motor`.
    pub place: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its type.
    pub kind: String,
    /// Elements of an array.
    pub count: String,
    /// The order of its words.
    pub words: String,
    /// Raw to engineering value.
    pub scale: String,
    /// Added after scaling.
    pub offset: String,
    /// The engineering unit.
    pub unit: String,
    /// The least engineering value.
    pub min: String,
    /// The greatest engineering value.
    pub max: String,
    /// Named states.
    pub states: String,
    /// `r`, `w` or `rw`.
    pub access: String,
    /// What the file says of it.
    pub comment: String,
}

/// What a file says that a tag list cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omitted {
    /// Where it stands in the file: `row 12`, `tag Motor`.
    pub place: String,
    /// Its name there.
    pub name: String,
    /// Why it is left out.
    pub why: String,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What kind of file it is: `Rockwell L5X`.
    pub format: &'static str,
    /// How the addresses of `tags` are written.
    pub notation: Notation,
    /// The tags, in the order of the file.
    pub tags: Vec<Tag>,
    /// What is left out.
    pub omitted: Vec<Omitted>,
    /// Whether the tags were read as this program reads a tag list; `false` where it does not speak the protocol yet.
    pub proven: bool,
}

/// Why nothing can be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tag in the words of its file, and what kind of file that is.
struct Raw {
    format: &'static str,
    /// How addresses are written, where the kind of file says so.
    notation: Option<Notation>,
    tags: Vec<Tag>,
    omitted: Vec<Omitted>,
}

/// Reads a file, whatever it is called.
///
/// # Errors
/// When it is none of the kinds that can be read, is broken, or does not say what it must.
pub fn read(bytes: &[u8], options: &Options) -> Result<Imported, Unreadable> {
    let raw = formats::read(bytes, options)?;
    let notation = match options.notation.or(raw.notation) {
        Some(notation) => notation,
        None => addresses::guess(&raw.tags)?,
    };
    let mut omitted = raw.omitted;
    let tags = words::say(raw.tags, notation, &mut omitted);
    let (tags, proven) = proof::prove(tags, notation, &mut omitted)?;
    Ok(Imported { format: raw.format, notation, tags, omitted, proven })
}

#[cfg(test)]
mod tests;

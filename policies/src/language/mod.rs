//! The scalars of the language: exact decimal numbers, ranges in engineering units, texts, and what they are as raw
//! values of a tag. Called by `read` and `tags` for files, and by whoever shows or reads a value in words.

mod decimal;
#[cfg(test)]
mod fixture;
mod scale;
mod value;

pub use value::RawValue;

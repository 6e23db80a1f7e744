//! Tags for the tests of this folder.

#![allow(clippy::unwrap_used)]

use crate::site::{Access, Decimal, Engineering, Kind, Location, Scaling, Tag, WordOrder};
use sluice_model::SpaceId;
use std::sync::Arc;

/// A tag from `name,address,type,scale,offset,unit`; the address is not looked at.
pub(crate) fn tag(line: &str) -> Tag {
    let cells: Vec<&str> = line.split(',').collect();
    let kind = match cells[2] {
        "bool" => Kind::Bool,
        "u16" => Kind::Unsigned(16),
        "i16" => Kind::Signed(16),
        "u64" => Kind::Unsigned(64),
        "f32" => Kind::Float(32),
        "string(4)" => Kind::Text { bytes: 4, swapped: false },
        other => unreachable!("no fixture of type {other}"),
    };
    let scaling = (!cells[3].is_empty())
        .then(|| Scaling { scale: Decimal::parse(cells[3]).unwrap(), offset: Decimal::parse(cells[4]).unwrap() });
    Tag {
        name: cells[0].into(),
        at: Location { file: 0, span: 0..0 },
        space: SpaceId(0),
        first: 0,
        bit: None,
        items: 1,
        count: 1,
        kind,
        words: WordOrder::Abcd,
        engineering: Arc::new(Engineering { scaling, unit: cells[5].into(), ..Engineering::default() }),
        access: Access::ReadWrite,
        comment: "".into(),
    }
}

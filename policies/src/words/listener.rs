//! Whom words are for: the devices of an asset, before and after its tags are packed.

use crate::policy::{Device, Tags};
use crate::site::{Speaks, Tag};

/// One device that a message may be for.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'p> {
    pub(super) speaks: &'p Speaks,
    pub(super) tags: Vocabulary<'p>,
}

impl<'p> Listener<'p> {
    /// A device of a site that is being read.
    pub(crate) fn of_site(speaks: &'p Speaks) -> Self {
        Self { speaks, tags: Vocabulary::Sorted(&speaks.tags) }
    }

    /// A device of a compiled policy.
    pub(super) fn of_policy(device: Device<'p>) -> Self {
        Self { speaks: device.speaks, tags: Vocabulary::Packed(device.tags) }
    }
}

/// The tags of a device by name.
#[derive(Clone, Copy)]
pub(super) enum Vocabulary<'p> {
    /// Those of a file are sorted by name.
    Sorted(&'p [Tag]),
    Packed(Tags<'p>),
}

impl<'p> Vocabulary<'p> {
    /// The tag called `name`.
    pub(super) fn called(self, name: &str) -> Option<Tag> {
        match self {
            Self::Sorted(tags) => tags.binary_search_by(|t| t.name.as_str().cmp(name)).ok().map(|at| tags[at].clone()),
            Self::Packed(tags) => tags.named(name).map(|at| tags.tag(at)),
        }
    }

    /// Every name.
    pub(super) fn all(self) -> Box<dyn Iterator<Item = &'p str> + 'p> {
        match self {
            Self::Sorted(tags) => Box::new(tags.iter().map(|t| t.name.as_str())),
            Self::Packed(tags) => Box::new(tags.names()),
        }
    }
}

//! Whom words are for: the devices of an asset, before and after its tags are packed.

use crate::policy::{Device, Tags};
use crate::site::{Speaks, Tag};

/// One device that a message may be for.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'p> {
    pub(super) speaks: &'p Speaks,
    pub(super) tags: &'p dyn Vocabulary,
}

impl<'p> Listener<'p> {
    /// A device of a site that is being read.
    pub(crate) fn of_site(speaks: &'p Speaks) -> Self {
        Self { speaks, tags: &speaks.tags }
    }

    /// A device of a compiled policy.
    pub(super) fn of_policy(device: Device<'p>) -> Self {
        Self { speaks: device.speaks, tags: device.tags }
    }
}

/// The tags of a device by name.
pub(super) trait Vocabulary {
    /// The tag called `name`.
    fn called(&self, name: &str) -> Option<Tag>;

    /// Every name.
    fn all(&self) -> Box<dyn Iterator<Item = &str> + '_>;
}

impl Vocabulary for Tags {
    fn called(&self, name: &str) -> Option<Tag> {
        self.named(name).map(|index| self.tag(index))
    }

    fn all(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.names())
    }
}

/// Those of a file are sorted by name.
impl Vocabulary for std::sync::Arc<[Tag]> {
    fn called(&self, name: &str) -> Option<Tag> {
        let index = self.binary_search_by(|t| t.name.as_str().cmp(name)).ok()?;
        Some(self[index].clone())
    }

    fn all(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(self.iter().map(|t| t.name.as_str()))
    }
}

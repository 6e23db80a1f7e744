//! The names of every protocol: unique, speakable, and true to each other.

use proptest::prelude::*;
use sluice_model::{Action, Code, Descriptor, SpaceId, Span};
use sluice_protocols::registry;
use std::collections::HashSet;

/// Lower-case words and numbers joined by hyphens.
fn kebab(name: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.split('-').all(part)
}

fn unique<'n>(names: impl IntoIterator<Item = &'n str>) {
    let mut seen = HashSet::new();
    for name in names {
        assert!(kebab(name), "{name}");
        assert!(seen.insert(name), "{name} twice");
    }
}

#[test]
fn names_are_unique_and_speakable() {
    unique(registry::descriptors().into_iter().map(|d| d.name));
    for (place, descriptor) in registry::descriptors().into_iter().enumerate() {
        assert_eq!(usize::from(descriptor.id.0), place);
        unique(descriptor.functions.iter().map(|f| f.name));
        unique(descriptor.spaces.iter().map(|s| s.name));
        unique(descriptor.spaces.iter().map(|s| s.key));
        unique(descriptor.anomalies.iter().map(|a| a.name));
        assert!(descriptor.device.range.contains(&descriptor.device.default));
        assert!(!descriptor.ports.is_empty());
    }
}

#[test]
fn functions_are_found_under_their_own_codes() {
    for descriptor in registry::descriptors() {
        for function in descriptor.functions {
            for number in function.codes.clone() {
                let found = descriptor.function(Code { function: number, sub: function.sub });
                assert_eq!(found.map(|f| f.name), Some(function.name), "an earlier entry hides {}", function.name);
            }
            assert!(!function.actions.is_empty(), "{}", function.name);
            assert!(function.spaces.iter().all(|s| usize::from(s.0) < descriptor.spaces.len()));
            // A verb never reaches what nobody can read, nor may a policy say `unknown`.
            assert!(!function.opaque || !function.by_verb, "{}", function.name);
            assert!(!function.actions.contains(&Action::Unknown) || function.opaque, "{}", function.name);
        }
    }
}

/// The first and last item of each space, and all of it.
fn spans(descriptor: &'static Descriptor) -> impl Iterator<Item = Span> {
    descriptor.spaces.iter().flat_map(|s| {
        let span = |first, last| Span { space: s.id, first, last };
        [span(0, 0), span(s.last, s.last), span(0, s.last)]
    })
}

#[test]
fn spaces_stand_in_order_and_their_spans_read_back() {
    for descriptor in registry::descriptors() {
        for (place, space) in descriptor.spaces.iter().enumerate() {
            assert_eq!(space.id, SpaceId(u8::try_from(place).expect("few spaces")));
            let written = descriptor.functions.iter().any(|f| {
                f.spaces.contains(&space.id) && f.actions.iter().any(|a| matches!(a, Action::Write | Action::File))
            });
            assert_eq!(written, space.writable, "{}", space.name);
        }
        for span in spans(descriptor) {
            let shown = (descriptor.show_span)(span);
            // Item 0 of a space whose numbers begin later is no item.
            if let Ok(back) = (descriptor.parse_span)(span.space, &shown) {
                assert_eq!(back, span, "{shown}");
            }
        }
    }
}

#[test]
fn the_usual_function_does_what_was_asked() {
    for descriptor in registry::descriptors() {
        for action in Action::ALL {
            for span in spans(descriptor).map(Some).chain([None]) {
                if let Some(function) = (descriptor.usual_function)(action, span) {
                    assert!(function.actions.contains(&action) && function.by_verb, "{}", function.name);
                    assert!(span.is_none_or(|s| function.spaces.contains(&s.space)), "{}", function.name);
                }
            }
        }
        for space in descriptor.spaces {
            let span = Span { space: space.id, first: 0, last: 0 };
            let usable = [Action::Read, Action::File].map(|a| (descriptor.usual_function)(a, Some(span)));
            assert!(usable.iter().any(Option::is_some), "nothing reads {}", space.name);
        }
    }
}

#[test]
fn the_examples_of_notations_are_addresses() {
    for descriptor in registry::descriptors() {
        for notation in descriptor.notations {
            let address = (descriptor.parse_address)(notation.name, notation.example);
            assert!(address.is_ok(), "{}: {address:?}", notation.example);
        }
    }
}

proptest! {
    /// Whatever stands in a tag list or a statement is an address inside its space, or an error.
    #[test]
    fn any_text_is_an_address_or_an_error(text in r"\PC{0,24}|[a-z]{4,8} ?[0-9. ]{0,24}|file [0-9]{1,7} record [0-9. ]{1,12}|[0-9]{0,22}(\.[0-9]{0,3})?") {
        for descriptor in registry::descriptors() {
            for notation in descriptor.notations {
                if let Ok(address) = (descriptor.parse_address)(notation.name, &text) {
                    let space = descriptor.space(address.space);
                    prop_assert!(address.item <= space.last);
                    prop_assert!(address.bit.is_none_or(|b| b < space.bits));
                }
            }
            for space in descriptor.spaces {
                if let Ok(span) = (descriptor.parse_span)(space.id, &text) {
                    prop_assert!(span.space == space.id && span.first <= span.last && span.last <= space.last);
                    prop_assert_eq!((descriptor.parse_span)(space.id, &(descriptor.show_span)(span)), Ok(span));
                }
            }
        }
    }
}

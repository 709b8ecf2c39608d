//! Texts that a file says again and again, mostly in the same order: each is looked for first where it came the
//! time before. It knows nothing of what they mean.

use std::collections::HashMap;

/// Texts, each with its place, from 0.
#[derive(Debug, Default)]
pub(crate) struct Again {
    texts: Vec<Known>,
    places: HashMap<Box<[u8]>, usize>,
    /// The place of the text that was met last.
    last: usize,
}

#[derive(Debug)]
struct Known {
    text: Box<[u8]>,
    /// The place of the text that came after it the last time.
    next: usize,
}

impl Again {
    /// The place of a text, where it was kept before: `is` says whether a text is the one looked for, `text` gives it.
    pub fn find(&mut self, is: impl Fn(&[u8]) -> bool, text: impl FnOnce() -> Vec<u8>) -> Option<usize> {
        let last = self.texts.get(self.last)?;
        let place = if is(&self.texts[last.next].text) {
            last.next
        } else if is(&last.text) {
            self.last
        } else {
            *self.places.get(text().as_slice())?
        };
        if place != self.last {
            self.texts[self.last].next = place;
            self.last = place;
        }
        Some(place)
    }

    /// Keeps a text that is new; its place.
    pub fn keep(&mut self, text: Vec<u8>) -> usize {
        let (place, text) = (self.texts.len(), text.into_boxed_slice());
        self.places.insert(text.clone(), place);
        self.texts.push(Known { text, next: 0 });
        self.texts[self.last].next = place;
        self.last = place;
        place
    }
}

/// Whether two texts are the same: short ones, as codes and periods are, without a call.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() || a.len() > 16 {
        return a == b;
    }
    if let (Some(a_first), Some(b_first)) = (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        return a_first == b_first && a.last_chunk::<8>() == b.last_chunk::<8>();
    }
    if let (Some(a_first), Some(b_first)) = (a.first_chunk::<4>(), b.first_chunk::<4>()) {
        return a_first == b_first && a.last_chunk::<4>() == b.last_chunk::<4>();
    }
    a.iter().eq(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_the_same_that_have_the_same_bytes(
            a in prop::collection::vec(0u8..3, 0..20), b in prop::collection::vec(0u8..3, 0..20), other in any::<prop::sample::Index>(),
        ) {
            prop_assert_eq!(same(&a, &b), a == b);
            prop_assert!(same(&a, &a.clone()));
            if !a.is_empty() {
                let mut c = a.clone();
                c[other.index(a.len())] += 1;
                prop_assert!(!same(&a, &c));
            }
        }

        #[test]
        fn every_text_has_its_own_place_in_whatever_order_they_come(
            texts in prop::collection::vec(prop::sample::select(vec!["", "a", "b", "ab", "ba", "c"]), 0..60),
        ) {
            let mut again = Again::default();
            let mut kept: Vec<&str> = Vec::new();
            for text in texts {
                let bytes = text.as_bytes();
                let found = again.find(|known| known == bytes, || bytes.to_vec());
                prop_assert_eq!(found, kept.iter().position(|known| *known == text));
                if found.is_none() {
                    prop_assert_eq!(again.keep(bytes.to_vec()), kept.len());
                    kept.push(text);
                }
            }
        }
    }
}

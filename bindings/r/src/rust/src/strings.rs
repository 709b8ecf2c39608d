//! Texts to and from R. R keeps one copy of each text and knows it by its address, so a column of few words
//! costs few words, however long it is. R's texts end at a NUL, and so none goes there.

use extendr_api::na::CanBeNA;
use extendr_api::{GetSexp, Robj, Rstr, Strings};
use extendr_ffi::SET_STRING_ELT;
use kilter::table::Texts;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A text as R can hold it.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// A text.
pub fn text(text: &str) -> Robj {
    Robj::from(&*without_nul(text))
}

/// Several texts.
pub fn texts<T: AsRef<str>>(of: impl IntoIterator<Item = T>) -> Robj {
    let all: Vec<String> = of.into_iter().map(|text| without_nul(text.as_ref()).into_owned()).collect();
    Strings::from_values(all).into()
}

/// Addresses as keys: they are spread already.
#[derive(Default)]
struct ByAddress(u64);

impl Hasher for ByAddress {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_usize(&mut self, address: usize) {
        // The lowest bits of addresses are alike; a map takes its place from them and its mark from the highest.
        self.0 = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

type Known<T> = HashMap<usize, T, BuildHasherDefault<ByAddress>>;

/// A column of words: NA where there is none.
#[allow(unsafe_code, reason = "the wrapper that is safe takes a lock for every cell")]
pub fn column(cells: &Texts) -> Robj {
    let mut vector = Strings::new(cells.len());
    let na = Rstr::na();
    // Held by this list until they stand in the vector.
    let words: Vec<Rstr> = cells.words().map(|word| Rstr::from(&*without_nul(word))).collect();
    for row in 0..cells.len() {
        let word = cells.place(row).map_or(&na, |place| &words[place]);
        let place = isize::try_from(row).unwrap_or(isize::MAX);
        // SAFETY: the vector is ours, new, and longer than this place; a word is a text of R that lives.
        unsafe { SET_STRING_ELT(vector.get_mut(), place, word.get()) };
    }
    vector.into()
}

/// The different words of a column, and for each cell which of them it is; `None` for NA. Nothing where a word
/// is no UTF-8: R does not look.
pub fn words(of: &Strings) -> Option<(Vec<&str>, Vec<Option<i32>>)> {
    let mut words: Vec<&str> = Vec::new();
    let mut known: Known<i32> = Known::default();
    let keys = of.iter().map(|cell| {
        let word: &str = cell.as_ref();
        if word.is_na() {
            return None;
        }
        Some(*known.entry(word.as_ptr().addr()).or_insert_with(|| {
            words.push(word);
            i32::try_from(words.len() - 1).unwrap_or(i32::MAX)
        }))
    });
    let keys = keys.collect();
    words.iter().all(|word| std::str::from_utf8(word.as_bytes()).is_ok()).then_some((words, keys))
}

//! Texts to and from R. R keeps one copy of each text and knows it by its address, so a column of few words
//! costs few words, however long it is. R's texts end at a NUL, and so none goes there.

use crate::frame::ABSENT;
use arrow_array::{Array, Int32Array, StringArray};
use extendr_api::{GetSexp, Robj, Strings};
use extendr_ffi::{R_NaString, SET_STRING_ELT};
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
    let all: Vec<T> = of.into_iter().collect();
    Strings::from_values(all.iter().map(|text| without_nul(text.as_ref()))).into()
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

type Known = HashMap<usize, i32, BuildHasherDefault<ByAddress>>;

/// A column of words by their places: NA where there is none.
#[allow(unsafe_code, reason = "the wrapper that is safe takes a lock for every cell")]
pub fn column(keys: &Int32Array, words: &StringArray) -> Robj {
    // This vector of R holds the words until they stand in the column.
    let held = Strings::from_values((0..words.len()).map(|place| without_nul(words.value(place))));
    let words = held.as_slice();
    let mut vector = Strings::new(keys.len());
    // SAFETY: the vector is ours.
    let into = unsafe { vector.get_mut() };
    // SAFETY: a constant of R.
    let na = unsafe { R_NaString };
    for (row, key) in keys.values().iter().enumerate() {
        // SAFETY: `held` lives, and with it every word of it.
        let word = words.get(key.unsigned_abs() as usize).map_or(na, |word| unsafe { word.get() });
        // SAFETY: the vector is new, and longer than this place, so that a whole number of R counts to it.
        unsafe { SET_STRING_ELT(into, row.cast_signed(), word) };
    }
    if let Some(nulls) = keys.nulls() {
        for row in (!nulls.inner()).set_indices() {
            // SAFETY: as above.
            unsafe { SET_STRING_ELT(into, row.cast_signed(), na) };
        }
    }
    vector.into()
}

/// The different words of a column, and for each cell which of them it is, or `ABSENT`. R does not look whether
/// they are UTF-8. `None`: there are more words than can be counted.
#[allow(unsafe_code, reason = "the wrapper that is safe asks R several times for every cell")]
pub fn words(of: &Strings) -> Option<(Vec<&str>, Vec<i32>)> {
    let cells = of.as_slice();
    let mut words: Vec<&str> = Vec::new();
    let mut known = Known::default();
    // SAFETY: a constant of R.
    known.insert(unsafe { R_NaString }.addr(), ABSENT);
    let mut last = (0, ABSENT);
    let mut keys = Vec::with_capacity(cells.len());
    for cell in cells {
        // SAFETY: a cell of a vector that lives; only its address is taken.
        let address = unsafe { cell.get() }.addr();
        if address != last.0 {
            let key = match known.get(&address) {
                Some(key) => *key,
                None => {
                    let key = i32::try_from(words.len()).ok()?;
                    words.push(cell.as_ref());
                    known.insert(address, key);
                    key
                }
            };
            last = (address, key);
        }
        keys.push(last.1);
    }
    Some((words, keys))
}

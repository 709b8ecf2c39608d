//! Cells of words: each word once, and its place in every cell that has it.

use super::cells::Gaps;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::OffsetBuffer;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

/// The cells of a column of words, any of which may be absent.
///
/// ```
/// use kilter::table::Texts;
/// let areas: Texts = [Some("Fife"), None, Some("Fife")].into_iter().collect();
/// assert_eq!((areas.len(), areas.get(2), areas.get(1)), (3, Some("Fife"), None));
/// assert_eq!(areas, Texts::from([Some("Fife"), None, Some("Fife")]));
/// ```
#[derive(Clone)]
pub struct Texts {
    cells: DictionaryArray<Int32Type>,
    /// The values of the dictionary; the same memory.
    words: StringArray,
}

impl Texts {
    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cell of a row.
    ///
    /// # Panics
    /// There is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let place = self.place(row)?;
        Some(self.words.value(place))
    }

    /// The cells in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The words that the cells hold places of, each once; some may be in no cell.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.len()).map(|place| self.words.value(place))
    }

    /// The place among [`words`](Self::words) of the cell of a row.
    ///
    /// # Panics
    /// There is no such row.
    #[must_use]
    pub fn place(&self, row: usize) -> Option<usize> {
        let keys = self.cells.keys();
        keys.is_valid(row).then(|| keys.value(row).unsigned_abs() as usize)
    }

    /// The first cells, as many as there are up to that number.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        Self { cells: self.cells.slice(0, rows.min(self.len())), words: self.words.clone() }
    }

    /// Whether no cell has anything in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.iter().flatten().all(str::is_empty)
    }

    pub(super) fn array(&self) -> ArrayRef {
        Arc::new(self.cells.clone())
    }

    pub(super) fn of_array(array: &ArrayRef) -> Option<Self> {
        let cells = array.as_dictionary_opt::<Int32Type>()?.clone();
        let words = cells.values().as_string_opt::<i32>()?.clone();
        let mut known = HashSet::with_capacity(words.len());
        (words.null_count() == 0 && words.iter().all(|word| known.insert(word)))
            .then_some(Self { cells, words: words.clone() })
    }
}

/// A word of a column that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(i32);

/// Builds a column of words cell by cell, where the same word is known to come again.
///
/// ```
/// use kilter::table::TextsBuilder;
/// let mut areas = TextsBuilder::default();
/// let fife = areas.word("Fife");
/// areas.repeat(Some(fife), 2);
/// areas.push(None);
/// assert_eq!(areas.build(), [Some("Fife"), Some("Fife"), None].into());
/// ```
#[derive(Debug, Default)]
pub struct TextsBuilder {
    /// The words one after another, and where each ends.
    text: String,
    ends: Vec<i32>,
    /// The places of the words, from when they are too many to look through.
    places: HashMap<Box<str>, i32>,
    keys: Vec<i32>,
    gaps: Gaps,
}

/// How many words are looked through one by one.
const FEW: usize = 8;

impl TextsBuilder {
    fn at(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[place] as usize]
    }

    /// The word of that text, made where it is new.
    ///
    /// # Panics
    /// The words are longer than two gigabytes together.
    pub fn word(&mut self, text: &str) -> Word {
        let words = self.ends.len();
        let known = if words <= FEW {
            (0..words).find(|place| self.at(*place) == text).map(|place| place as i32)
        } else {
            self.places.get(text).copied()
        };
        if let Some(place) = known {
            return Word(place);
        }
        if words == FEW {
            self.places = (0..words).map(|place| (self.at(place).into(), place as i32)).collect();
        }
        // As many words as there can be ends of them.
        let place = words as i32;
        if words >= FEW {
            self.places.insert(text.into(), place);
        }
        self.text.push_str(text);
        self.ends
            .push(i32::try_from(self.text.len()).expect("a column of fewer than two gigabytes of words"));
        Word(place)
    }

    /// Adds a cell.
    pub fn push(&mut self, word: Option<Word>) {
        self.repeat(word, 1);
    }

    /// Adds the same cell several times.
    pub fn repeat(&mut self, word: Option<Word>, times: usize) {
        self.gaps.next_alike(word.is_none(), times);
        self.keys.resize(self.keys.len() + times, word.map_or(0, |word| word.0));
    }

    /// The column.
    #[must_use]
    pub fn build(self) -> Texts {
        let ends = OffsetBuffer::new(std::iter::once(0).chain(self.ends).collect());
        let words = StringArray::new(ends, self.text.into_bytes().into(), None);
        let keys = PrimitiveArray::new(self.keys.into(), self.gaps.nulls());
        Texts { cells: DictionaryArray::new(keys, Arc::new(words.clone())), words }
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(cells: I) -> Self {
        let mut texts = TextsBuilder::default();
        // Most cells of a long table hold the word of the cell above.
        let mut last: Option<Word> = None;
        for cell in cells {
            let word = cell.map(|cell| {
                let text = cell.as_ref();
                match last {
                    Some(word) if texts.at(word.0 as usize) == text => word,
                    _ => texts.word(text),
                }
            });
            texts.push(word);
            last = word.or(last);
        }
        texts.build()
    }
}

impl<S: AsRef<str>> From<Vec<Option<S>>> for Texts {
    fn from(cells: Vec<Option<S>>) -> Self {
        cells.into_iter().collect()
    }
}

impl<S: AsRef<str>, const N: usize> From<[Option<S>; N]> for Texts {
    fn from(cells: [Option<S>; N]) -> Self {
        cells.into_iter().collect()
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

//! The records of the index that hold series: several short ones in one record, or a long one in several.
//!
//! What lies together is a *group*, under the text of its first series. The layout is in FORMAT.md. This room
//! knows neither the tree nor the ledger, and of columns only that they are bytes.

use crate::columns::{Reader, varint};
use crate::segment;
use crate::tree::{MAX_VALUE, Record};
use std::borrow::Cow;

/// The bytes of a group in one record: the checksum and the number of parts come on top.
pub(super) const PART: usize = 3_968;
const _: () = assert!(PART + 6 <= MAX_VALUE);

/// A number that stands for one record, made to be added up.
pub(super) fn mark(key: &[u8], value: &[u8]) -> u64 {
    let n = u64::from(crc32fast::hash(key)) << 32 | u64::from(crc32fast::hash(value));
    // The mixing of splitmix64, so that sums of similar records are not similar.
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

pub(super) fn sealed(key: &[u8], body: &[&[u8]]) -> Vec<u8> {
    let mut value = Vec::with_capacity(4 + body.iter().map(|part| part.len()).sum::<usize>());
    value.extend([0; 4]);
    body.iter().for_each(|part| value.extend_from_slice(part));
    let sum = segment::crc(key, &value[4..]);
    value[..4].copy_from_slice(&sum.to_le_bytes());
    value
}

pub(super) fn unsealed<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], String> {
    match value.split_first_chunk::<4>() {
        Some((sum, body)) if segment::crc(key, body) == u32::from_le_bytes(*sum) => Ok(body),
        _ => Err("a record of the index is not as it was written".into()),
    }
}

/// The key of a part of the group that begins with the series of that text. Keys lie in the order of the texts.
pub(super) fn part_key(text: &str, part: u16) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 3);
    key.extend(text.as_bytes());
    key.push(0);
    key.extend(part.to_be_bytes());
    key
}

/// The text of the first series of a group, and which part of it is under the key.
pub(super) fn of_key(key: &[u8]) -> Result<(&str, u16), String> {
    let parsed = key.split_last_chunk::<2>().and_then(|(text, part)| {
        let text = std::str::from_utf8(text.strip_suffix(&[0])?).ok()?;
        Some((text, u16::from_be_bytes(*part)))
    });
    parsed.ok_or_else(|| "a key of the index cannot be read".into())
}

pub(super) fn missing_part() -> String {
    "a part of a series is missing from the index".into()
}

/// How many bytes two texts have in common from their beginning on.
fn shared(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The records of series that come in the order of their texts.
///
/// Series that one record cannot hold are spread evenly, so that in each there is room for later releases.
pub(super) fn records(series: &[(Cow<'_, str>, Cow<'_, [u8]>)]) -> Result<Vec<Record>, String> {
    // A length of columns takes 3 bytes at most in a record, one of a text 2.
    let size = |(text, columns): &(Cow<'_, str>, Cow<'_, [u8]>)| text.len() + columns.len() + 7;
    let total: usize = series.iter().map(size).sum();
    let enough = total / total.div_ceil(PART).max(1);
    let mut records = Vec::new();
    let (mut first, mut last): (&str, &str) = ("", "");
    let (mut body, mut entry) = (Vec::with_capacity(PART), Vec::new());
    for (text, columns) in series {
        entry.clear();
        let common = shared(last.as_bytes(), text.as_bytes());
        varint(&mut entry, common as u64);
        varint(&mut entry, (text.len() - common) as u64);
        entry.extend_from_slice(&text.as_bytes()[common..]);
        if !body.is_empty() && (body.len() >= enough || body.len() + entry.len() + 3 + columns.len() > PART) {
            parts(first, &body, &mut records)?;
            body.clear();
        }
        if body.is_empty() {
            first = text;
        } else {
            body.extend_from_slice(&entry);
        }
        varint(&mut body, columns.len() as u64);
        body.extend_from_slice(columns);
        last = text;
    }
    if !body.is_empty() {
        parts(first, &body, &mut records)?;
    }
    Ok(records)
}

fn parts(first: &str, body: &[u8], records: &mut Vec<Record>) -> Result<(), String> {
    let parts = u16::try_from(body.len().div_ceil(PART)).map_err(|_| "a series of too many parts")?;
    for (bytes, part) in body.chunks(PART).zip(0..parts) {
        let key = part_key(first, part);
        let value = sealed(&key, &[&parts.to_be_bytes(), bytes]);
        records.push((key, value));
    }
    Ok(())
}

/// The records of one group as they were read; one at least.
#[derive(Debug)]
pub(super) struct Group(Vec<Record>);

impl Group {
    pub(super) fn new(record: Record) -> Self {
        Self(vec![record])
    }

    pub(super) fn push(&mut self, record: Record) {
        self.0.push(record);
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.0
    }

    /// Whether it is one long series, which no other joins.
    pub(super) fn is_long(&self) -> bool {
        self.0.len() > 1
    }

    /// What it holds, its records held against their checksums and each other.
    pub(super) fn opened(&self) -> Result<Opened<'_>, String> {
        let first = of_key(&self.0[0].0)?.0;
        let mut bytes = Cow::Borrowed(&[][..]);
        for (n, (key, value)) in self.0.iter().enumerate() {
            let (text, part) = of_key(key)?;
            let (parts, found) = unsealed(key, value)?.split_first_chunk::<2>().ok_or_else(missing_part)?;
            let is_whole = usize::from(u16::from_be_bytes(*parts)) == self.0.len();
            if text != first || usize::from(part) != n || !is_whole {
                return Err(missing_part());
            }
            match n {
                0 => bytes = Cow::Borrowed(found),
                _ => bytes.to_mut().extend_from_slice(found),
            }
        }
        Ok(Opened { first, bytes, is_long: self.is_long() })
    }
}

/// The bytes of a group.
pub(super) struct Opened<'a> {
    first: &'a str,
    bytes: Cow<'a, [u8]>,
    is_long: bool,
}

impl Opened<'_> {
    /// Its series one after the other.
    pub(super) fn walk(&self) -> Walk<'_> {
        let text = Vec::with_capacity(2 * self.first.len());
        Walk { group: self, text, rest: Reader(&self.bytes), is_begun: false }
    }

    /// The columns of one series; `None` where it does not hold them.
    pub(super) fn find(&self, text: &str) -> Result<Option<&[u8]>, String> {
        let mut walk = self.walk();
        while let Some(columns) = walk.step()? {
            match walk.text.as_slice().cmp(text.as_bytes()) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Ok(Some(columns)),
                std::cmp::Ordering::Greater => break,
            }
        }
        Ok(None)
    }
}

/// On the way through the series of a group.
pub(super) struct Walk<'a> {
    group: &'a Opened<'a>,
    text: Vec<u8>,
    rest: Reader<'a>,
    is_begun: bool,
}

impl<'a> Walk<'a> {
    /// Goes to the next series. Its columns; `None` after the last.
    pub(super) fn step(&mut self) -> Result<Option<&'a [u8]>, String> {
        if !self.is_begun {
            self.is_begun = true;
            self.text.extend_from_slice(self.group.first.as_bytes());
            return self.rest.stretch().map(Some);
        }
        if self.rest.0.is_empty() {
            return Ok(None);
        }
        let common = usize::try_from(self.rest.varint()?).unwrap_or(usize::MAX);
        let more = self.rest.stretch()?;
        let is_later = self.text.get(common..).is_some_and(|rest| rest < more);
        if !is_later || self.group.is_long {
            return Err(out_of_order());
        }
        self.text.truncate(common);
        self.text.extend_from_slice(more);
        self.rest.stretch().map(Some)
    }

    /// The text of the series it is at.
    pub(super) fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.text).map_err(|_| "a key of the index cannot be read".into())
    }
}

pub(super) fn out_of_order() -> String {
    "the series of the index are not in order".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn read(records: Vec<Record>) -> Vec<(String, Vec<u8>)> {
        let mut groups: Vec<Group> = Vec::new();
        for record in records {
            match of_key(&record.0).unwrap().1 {
                0 => groups.push(Group::new(record)),
                _ => groups.last_mut().unwrap().push(record),
            }
        }
        let mut series = Vec::new();
        for group in &groups {
            let opened = group.opened().unwrap();
            let mut walk = opened.walk();
            while let Some(columns) = walk.step().unwrap() {
                let text = walk.text().unwrap().to_owned();
                assert_eq!(opened.find(&text).unwrap(), Some(columns));
                assert_eq!(opened.find(&format!("{text}+")).unwrap(), None);
                series.push((text, columns.to_vec()));
            }
        }
        series
    }

    fn borrowed(series: &BTreeMap<String, Vec<u8>>) -> Vec<(Cow<'_, str>, Cow<'_, [u8]>)> {
        series.iter().map(|(text, columns)| (text.into(), columns.into())).collect()
    }

    proptest! {
        #[test]
        fn series_of_any_length_come_back_and_every_record_keeps_to_the_limits(
            series in prop::collection::btree_map(
                "[a-cé]{0,3}\0[a-zé=;]{0,12}\0S[0-9]{1,4}",
                prop_oneof![
                    6 => 1usize..400,
                    1 => PART - 20..PART + 20,
                    1 => 2 * PART - 8..2 * PART + 8,
                ].prop_flat_map(|n| prop::collection::vec(any::<u8>(), n..=n)),
                0..40,
            ),
        ) {
            let records = records(&borrowed(&series)).unwrap();
            prop_assert!(records.iter().all(|(_, value)| value.len() <= PART + 6));
            prop_assert!(records.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let whole: Vec<_> = series.into_iter().collect();
            prop_assert_eq!(read(records), whole);
        }

        #[test]
        fn what_is_no_group_is_refused_and_never_a_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let key = part_key("m\0\0a", 0);
            let group = Group::new((key.clone(), sealed(&key, &[&[0, 1], &body])));
            let opened = group.opened().unwrap();
            let mut walk = opened.walk();
            while let Ok(Some(_)) = walk.step() {
                let _ = walk.text();
            }
        }
    }

    #[test]
    fn series_that_no_longer_fit_into_one_record_are_halved() {
        let of =
            |n: usize| (0..13).map(|i| (format!("m\0\0S{i:04}"), vec![7; n])).collect::<BTreeMap<_, _>>();
        let fill = |n| {
            let records = records(&borrowed(&of(n))).unwrap();
            records.iter().map(|(_, value)| value.len()).collect::<Vec<_>>()
        };
        assert_eq!(fill(290).len(), 1);
        let halves = fill(310);
        assert_eq!(halves.len(), 2);
        assert!(halves.iter().all(|half| *half > PART / 3 && *half < PART * 2 / 3), "{halves:?}");
    }

    #[test]
    fn a_record_that_is_changed_gone_or_in_the_place_of_another_is_refused() {
        let long = BTreeMap::from([("m\0\0a".to_owned(), vec![5; 3 * PART])]);
        let records = records(&borrowed(&long)).unwrap();
        assert_eq!(records.len(), 4);
        let refused = |change: &dyn Fn(&mut Vec<Record>)| {
            let mut changed = records.clone();
            change(&mut changed);
            Group(changed).opened().is_err()
        };
        assert!(!refused(&|_| {}));
        assert!(refused(&|records| drop(records.pop())), "the last is gone");
        assert!(refused(&|records| drop(records.remove(0))), "the first is gone");
        assert!(refused(&|records| records.swap(1, 2)), "two are in each other's place");
        assert!(refused(&|records| records[1].1 = records[2].1.clone()), "one stands for another");
        assert!(refused(&|records| records[1].1[9] ^= 1), "one is changed");
        // A long series that another has joined.
        let mut body = vec![1, 0, 4, 1];
        body.extend([b'b', 1, 0]);
        let key = |part| part_key("m\0\0a", part);
        let joined = [0, 1].map(|part| {
            let bytes = if part == 0 { &body[..] } else { &[][..] };
            (key(part), sealed(&key(part), &[&[0, 2], bytes]))
        });
        let group = Group(joined.to_vec());
        let opened = group.opened().unwrap();
        let mut walk = opened.walk();
        assert!(walk.step().is_ok() && walk.step().is_err());
    }
}

//! The door to the records of the index for fuzzers: a tree that holds what they make up, every checksum
//! and sum right.

use super::*;
use std::cell::RefCell;

/// Records under one measure: each is a length, the rest of a key up to a line break, and a body.
/// Whatever they say, a question about the measure is answered or refused, and both questions agree.
pub fn index_records(data: &[u8]) {
    thread_local! {
        static INDEX: (tempfile::TempDir, RefCell<Index>) = {
            let folder = tempfile::tempdir().expect("there is space");
            let tree = Tree::open(&folder.path().join("tree")).expect("there is space");
            let index = Index { tree, segment: 0, measures: BTreeMap::new(), trusted: RwLock::default() };
            (folder, RefCell::new(index))
        };
    }
    let measure = MeasureId::new("m").expect("a good id");
    let mut written: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut rest = data;
    while let Some((&length, after)) = rest.split_first() {
        let (record, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        let place = record.iter().position(|b| *b == b'\n').unwrap_or(record.len());
        let (end_of_key, body) = record.split_at(place);
        let key = [&measure_prefix(&measure), end_of_key].concat();
        let value = sealed(&key, &[body.get(1..).unwrap_or_default()]);
        written.insert(key, value);
    }
    let mut catalogue = IndexMeasureV1 { records: 0, sum: 0 };
    for (key, value) in &written {
        catalogue.records += 1;
        catalogue.sum = catalogue.sum.wrapping_add(mark(key, value));
    }
    INDEX.with(|(_, index)| {
        let mut index = index.borrow_mut();
        index.measures.insert(measure.clone(), catalogue);
        let changes = written.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        index.tree.change(changes.collect()).expect("the records are small");
        if let Ok(all) = index.measure(&measure) {
            for (key, series) in &all {
                let one = index.series(key).expect("it was just read").expect("it was just read");
                assert_eq!(one.ordinals(), series.ordinals());
            }
        }
        index.trusted = RwLock::default();
        index.tree.change(written.into_keys().map(|key| (key, None)).collect()).expect("removals are small");
    });
}

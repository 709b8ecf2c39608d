//! Laws of the index.

use super::*;
use crate::batch::Gathered;
use crate::codec::{ReleaseV1, WithdrawalV2};
use crate::header::Header;
use crate::records::Document;
use kilter_core::series::{Observation, SeriesBuilder};
use kilter_core::time::PeriodKind;

/// A ledger of some releases in a folder, and the folder for an index.
fn ledger(releases: u32) -> (tempfile::TempDir, Ledger, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let ledger_folder = folder.path().join("ledger");
    fs::create_dir(&ledger_folder).unwrap();
    let mut ledger = Ledger::begin(&ledger_folder);
    let header = |ledger: &Ledger, content| Header {
        number: ledger.segments().len() as u32 + 1,
        previous: ledger.digest(),
        known_at: 738_000,
        recorded_at: 0,
        source: String::new(),
        content,
    };
    let first = header(&ledger, Content::Definitions { version: 1 });
    ledger.append_documents(first, &[Document { name: "a".into(), text: "b".into() }]).unwrap();
    for number in 1..=releases {
        let mut gathered = Gathered::default();
        gathered.add(said(number)).unwrap();
        let batch = gathered.finish().unwrap();
        let release = ReleaseV1 {
            number,
            profile: None,
            file_name: None,
            file_digest: None,
            note: None,
            series: batch.lines.len() as u64,
            observations: batch.observations(),
        };
        let header = header(&ledger, Content::Release(release));
        ledger.append_batch(header, &batch).unwrap();
    }
    let index = folder.path().join("index");
    (folder, ledger, index)
}

fn key(measure: &str, area: u32) -> SeriesKey {
    SeriesKey {
        measure: MeasureId::new(measure).unwrap(),
        breakdown: Breakdown::total(),
        area: AreaCode::new(&format!("A{area}")).unwrap(),
    }
}

fn said(number: u32) -> Vec<(SeriesKey, Series)> {
    let mut list = Vec::new();
    for measure in ["one", "two"] {
        for area in 0..5 {
            let mut series = SeriesBuilder::new(PeriodKind::Month);
            let value = f64::from(number * 10 + area);
            series.push(number as i32, Observation::number(value).unwrap(), number);
            list.push((key(measure, area), series.build().unwrap()));
        }
    }
    list
}

fn order(releases: u32) -> Vec<u32> {
    (1..=releases).collect()
}

fn state(ledger: &Ledger) -> State {
    State::new(ledger.clone(), u32::MAX, None).unwrap()
}

fn opened(path: &Path, ledger: &Ledger) -> Result<Index, String> {
    Index::open(path, &state(ledger))
}

#[test]
fn a_record_that_is_gone_is_never_taken_for_no_data() {
    let (_folder, ledger, path) = ledger(1);
    let index = Index::build(&path, &ledger, &order(1)).unwrap();
    let gone = part_key(&segment::key_text(&key("one", 3)), 0);
    index.tree.change(vec![(gone, None)]).unwrap();
    assert!(index.measure(&key("one", 0).measure).is_err());
    assert!(index.measure(&key("two", 0).measure).is_ok());
    index.tree.flush().unwrap();
    index.close().unwrap();
    let index = opened(&path, &ledger).unwrap();
    assert!(index.series(&key("one", 3)).is_err(), "the one that is gone");
    assert!(index.series(&key("one", 9)).is_err(), "and one of which nobody can say now");
    assert!(index.series(&key("two", 3)).unwrap().is_some());
    assert!(index.series(&key("two", 9)).unwrap().is_none());
    assert!(index.series(&key("three", 0)).unwrap().is_none());
}

#[test]
fn a_whole_record_of_an_earlier_state_is_noticed() {
    let (_folder, ledger, path) = ledger(2);
    let mut index = Index::build(&path, &ledger, &[1]).unwrap();
    let place = part_key(&segment::key_text(&key("one", 3)), 0);
    let earlier = index.tree.get(&place).unwrap().unwrap();
    index.apply(&ledger.segments()[2], 2, &state(&ledger)).unwrap();
    assert_eq!(index.series(&key("one", 3)).unwrap().unwrap().len(), 2);
    index.tree.change(vec![(place, Some(earlier))]).unwrap();
    assert!(index.measure(&key("one", 0).measure).is_err());
}

#[test]
fn a_record_in_the_place_of_another_is_noticed() {
    let (_folder, ledger, path) = ledger(1);
    let index = Index::build(&path, &ledger, &[1]).unwrap();
    let place = |area| part_key(&segment::key_text(&key("one", area)), 0);
    let other = index.tree.get(&place(1)).unwrap();
    index.tree.change(vec![(place(2), other)]).unwrap();
    assert!(index.series(&key("one", 2)).is_err());
    assert!(index.series(&key("one", 1)).is_ok());
}

#[test]
fn a_measure_that_is_gone_from_the_catalogue_is_noticed_when_the_index_is_opened() {
    let (_folder, ledger, path) = ledger(1);
    let index = Index::build(&path, &ledger, &[1]).unwrap();
    index.tree.change(vec![(measure_key(&key("two", 0).measure), None)]).unwrap();
    index.tree.flush().unwrap();
    index.close().unwrap();
    let error = opened(&path, &ledger).unwrap_err();
    assert!(error.contains("every measure"), "{error}");
}

#[test]
fn an_index_that_was_being_updated_is_not_used() {
    let (_folder, ledger, path) = ledger(2);
    let index = Index::build(&path, &ledger, &order(2)).unwrap();
    index.write_state(&ledger.segments()[2], true).unwrap();
    index.close().unwrap();
    let error = opened(&path, &ledger).unwrap_err();
    assert!(error.contains("while it was updating"), "{error}");
}

#[test]
fn the_state_names_the_segment_that_was_applied_and_not_the_last_of_the_ledger() {
    let (_folder, ledger, path) = ledger(3);
    let tree = Tree::open(&path).unwrap();
    let mut index = Index { tree, segment: 0, measures: BTreeMap::new(), trusted: RwLock::default() };
    index.note(&ledger.segments()[0]).unwrap();
    index.apply(&ledger.segments()[1], 1, &state(&ledger)).unwrap();
    let (state, _) = Index::check(&index.tree, &ledger).unwrap();
    assert_eq!(state.segment, 2);
    index.close().unwrap();
    // A process that ended here left two segments to be taken in.
    let index = opened(&path, &ledger).unwrap();
    let (state, _) = Index::check(&index.tree, &ledger).unwrap();
    assert_eq!(state.segment, 4);
    assert_eq!(index.series(&key("one", 0)).unwrap().unwrap().releases(), [1, 2, 3]);
}

#[test]
fn a_withdrawal_that_was_not_taken_in_is_taken_in_when_the_index_is_opened() {
    let (_folder, mut ledger, path) = ledger(2);
    Index::build(&path, &ledger, &order(2)).unwrap().close().unwrap();
    let header = Header {
        number: ledger.segments().len() as u32 + 1,
        previous: ledger.digest(),
        known_at: 738_000,
        recorded_at: 0,
        source: String::new(),
        content: Content::Withdrawal(WithdrawalV2 { release: 2, reason: "wrong year".into() }),
    };
    ledger.append_word(header).unwrap();
    let index = opened(&path, &ledger).unwrap();
    assert_eq!(index.segment() as usize, ledger.segments().len());
    assert_eq!(index.series(&key("one", 0)).unwrap().unwrap().releases(), [1]);
    assert_eq!(index.measure(&key("two", 0).measure).unwrap().len(), 5);
}

#[test]
fn the_index_keeps_to_the_limits_of_its_engine() {
    let mut builder = SeriesBuilder::new(PeriodKind::Day);
    for i in 0..20_000 {
        builder.push(i * 3, Observation::number(f64::from(i) / 3.0).unwrap(), i as u32);
    }
    let series = builder.build().unwrap();
    let records = records("a\0\0b", &encoded(&series).unwrap()).unwrap();
    assert!(records.len() > 40);
    assert!(records.iter().all(|(_, value)| value.len() <= MAX_VALUE));
    assert!(records.windows(2).all(|pair| pair[0].0 < pair[1].0), "parts lie in order");
}

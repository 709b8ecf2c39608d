//! Laws of the index.

use super::*;
use crate::batch::Gathered;
use crate::codec::{ReleaseV1, WithdrawalV2};
use crate::header::Header;
use crate::records::Document;
use kilter_core::series::{Observation, SeriesBuilder};
use kilter_core::time::PeriodKind;
use proptest::prelude::*;

/// So many that the series of a measure fill several records.
const AREAS: u32 = 400;

fn header(ledger: &Ledger, known_at: i32, content: Content) -> Header {
    Header {
        number: ledger.segments().len() as u32 + 1,
        previous: ledger.digest(),
        known_at,
        recorded_at: 0,
        source: String::new(),
        content,
    }
}

fn begun() -> (tempfile::TempDir, Ledger, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let ledger_folder = folder.path().join("ledger");
    fs::create_dir(&ledger_folder).unwrap();
    let mut ledger = Ledger::begin(&ledger_folder);
    let first = header(&ledger, 738_000, Content::Definitions { version: 1 });
    ledger.append_documents(first, &[Document { name: "a".into(), text: "b".into() }]).unwrap();
    let index = folder.path().join("index");
    (folder, ledger, index)
}

fn add(ledger: &mut Ledger, number: u32, known_at: i32, said: Vec<(SeriesKey, Series)>) {
    let mut gathered = Gathered::default();
    gathered.add(said).unwrap();
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
    let header = header(ledger, known_at, Content::Release(release));
    ledger.append_batch(header, &batch).unwrap();
}

fn withdraw(ledger: &mut Ledger, release: u32) {
    let withdrawal = WithdrawalV2 { release, reason: "wrong year".into() };
    let header = header(ledger, 739_000, Content::Withdrawal(withdrawal));
    ledger.append_word(header).unwrap();
}

/// A ledger of some releases in a folder, and the folder for an index.
fn ledger(releases: u32) -> (tempfile::TempDir, Ledger, PathBuf) {
    let (folder, mut ledger, index) = begun();
    (1..=releases).for_each(|number| add(&mut ledger, number, 738_000, said(number)));
    (folder, ledger, index)
}

fn key(measure: &str, area: u32) -> SeriesKey {
    SeriesKey {
        measure: MeasureId::new(measure).unwrap(),
        breakdown: Breakdown::total(),
        area: AreaCode::new(&format!("A{area:04}")).unwrap(),
    }
}

fn said(number: u32) -> Vec<(SeriesKey, Series)> {
    let mut list = Vec::new();
    for measure in ["one", "two"] {
        for area in 0..AREAS {
            let mut series = SeriesBuilder::new(PeriodKind::Month);
            let value = f64::from(number * 10 + area);
            series.push(number as i32, Observation::number(value).unwrap(), number);
            list.push((key(measure, area), series.build().unwrap()));
        }
    }
    list
}

/// The keys of the records of a measure.
fn places(index: &Index, measure: &str) -> Vec<Vec<u8>> {
    let mut places = Vec::new();
    let prefix = measure_prefix(&MeasureId::new(measure).unwrap());
    index
        .tree
        .scan(&prefix, |key, _| {
            places.push(key.to_vec());
            Ok(())
        })
        .unwrap();
    assert!(places.len() > 2);
    places
}

/// The number of the first area in a record.
fn first_area(place: &[u8]) -> u32 {
    of_key(place).unwrap().0.rsplit_once('A').unwrap().1.parse().unwrap()
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
    for which in [0, 1] {
        let (_folder, ledger, path) = ledger(1);
        let index = Index::build(&path, &ledger, &order(1)).unwrap();
        let gone = places(&index, "one")[which].clone();
        let area = first_area(&gone);
        index.tree.change(vec![(gone, None)]).unwrap();
        assert!(index.measure(&key("one", 0).measure).is_err());
        assert!(index.measure(&key("two", 0).measure).is_ok());
        index.tree.flush().unwrap();
        index.close().unwrap();
        let index = opened(&path, &ledger).unwrap();
        assert!(index.series(&key("one", area)).is_err(), "one that is gone");
        assert!(index.series(&key("one", AREAS)).is_err(), "and one of which nobody can say now");
        assert!(index.series(&key("two", area)).unwrap().is_some());
        assert!(index.series(&key("two", AREAS)).unwrap().is_none());
        assert!(index.series(&key("three", 0)).unwrap().is_none());
    }
}

#[test]
fn a_whole_record_of_an_earlier_state_is_noticed() {
    let (_folder, ledger, path) = ledger(2);
    let mut index = Index::build(&path, &ledger, &[1]).unwrap();
    let place = places(&index, "one")[1].clone();
    let of_place = key("one", first_area(&place));
    let earlier = index.tree.get(&place).unwrap().unwrap();
    index.apply(&ledger.segments()[2], 2, &state(&ledger)).unwrap();
    assert_eq!(index.series(&of_place).unwrap().unwrap().len(), 2);
    index.tree.change(vec![(place, Some(earlier))]).unwrap();
    assert!(index.measure(&of_place.measure).is_err());
}

#[test]
fn a_record_in_the_place_of_another_is_noticed() {
    let (_folder, ledger, path) = ledger(1);
    let index = Index::build(&path, &ledger, &[1]).unwrap();
    let places = places(&index, "one");
    let other = index.tree.get(&places[1]).unwrap();
    index.tree.change(vec![(places[2].clone(), other)]).unwrap();
    assert!(index.series(&key("one", first_area(&places[2]))).is_err());
    assert!(index.series(&key("one", first_area(&places[1]))).is_ok());
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
    withdraw(&mut ledger, 2);
    let index = opened(&path, &ledger).unwrap();
    assert_eq!(index.segment() as usize, ledger.segments().len());
    assert_eq!(index.series(&key("one", 0)).unwrap().unwrap().releases(), [1]);
    assert_eq!(index.measure(&key("two", 0).measure).unwrap().len(), AREAS as usize);
}

#[test]
fn an_index_in_the_layout_of_another_version_is_told_from_an_empty_one_and_not_used() {
    let (_folder, ledger, path) = ledger(1);
    let index = Index::build(&path, &ledger, &[1]).unwrap();
    // What the version before looks for is not there, so that it makes the index anew, too.
    for key in [&b"\0state1"[..], b"\0measure1\0"] {
        let none = |_: &[u8], _: &[u8]| Err("there is one".to_owned());
        index.tree.scan(key, none).unwrap();
    }
    let state = index.tree.get(STATE).unwrap();
    index.tree.change(vec![(STATE.to_vec(), None), (b"\0state1".to_vec(), state)]).unwrap();
    index.tree.flush().unwrap();
    index.close().unwrap();
    let error = opened(&path, &ledger).unwrap_err();
    assert!(error.contains("another version"), "{error}");
}

#[test]
fn a_record_that_holds_the_series_of_another_or_a_key_of_another_spelling_is_refused() {
    let (_folder, ledger, path) = ledger(1);
    let series = |text: &'static str| (Cow::Borrowed(text), Cow::Owned(encoded(&said(1)[0].1).unwrap()));
    let total = "one\0\0A0001";
    for (texts, refused) in [
        (vec![vec![total, "one\0\0A0002"]], false),
        (vec![vec![total, "one-more\0\0A0002"]], true),
        (vec![vec!["one\0b=2;a=1\0A0001"]], true),
        (vec![vec!["one\0a=1;b=2\0A0001"]], false),
        (vec![vec!["one\0\0A0001\0"]], true),
        // The second record begins within the first.
        (vec![vec![total, "one\0\0A0003"], vec!["one\0\0A0002"]], true),
    ] {
        let mut index = Index::build(&path, &ledger, &[]).unwrap();
        let written: Vec<Record> = texts
            .iter()
            .flat_map(|texts| records(&texts.iter().map(|text| series(text)).collect::<Vec<_>>()).unwrap())
            .collect();
        let measure = MeasureId::new("one").unwrap();
        index.change([(&measure, vec![replaced(&[], written)])]).unwrap();
        assert_eq!(index.measure(&measure).is_err(), refused, "{texts:?}");
        index.close().unwrap();
    }
}

/// What is done to a ledger.
#[derive(Debug, Clone)]
enum Step {
    /// A release of a day, with the series it speaks of.
    Add { day: i32, said: Vec<(usize, usize, u32, Length)> },
    /// A release that counts is withdrawn.
    Withdraw(prop::sample::Index),
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Short(i32),
    Long(i32),
}

fn made(measure: usize, breakdown: usize, area: u32, length: Length) -> (SeriesKey, Series) {
    // Their texts are in another order than they are.
    let breakdown = ["", "a=1", "a-b=1", "a=1;a-b=1"][breakdown];
    let breakdown = Breakdown::parse(breakdown).unwrap();
    let key = SeriesKey { breakdown, ..key(["one", "one-more"][measure], area) };
    let mut series = SeriesBuilder::new(PeriodKind::Month);
    let (n, scale) = match length {
        Length::Short(n) => (n, 1.0),
        Length::Long(n) => (n, 1.0 / 3.0),
    };
    for month in 0..n {
        series.push(month, Observation::number(f64::from(month + area as i32) * scale).unwrap(), 0);
    }
    (key, series.build().unwrap())
}

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![
        9 => (0i32..130).prop_map(Length::Short),
        1 => (400i32..1_200).prop_map(Length::Long),
        1 => (400i32..1_200).prop_map(Length::Short),
    ];
    let series = (0usize..2, 0usize..4, 0u32..40, length);
    let add = |n| {
        let said = prop::collection::vec(series.clone(), n);
        (738_000i32..738_004, said).prop_map(|(day, said)| Step::Add { day, said })
    };
    prop_oneof![
        2 => add(0..8),
        2 => add(40..160),
        1 => any::<prop::sample::Index>().prop_map(Step::Withdraw),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_added_and_withdrawn_the_index_says_what_the_ledger_says(
        steps in prop::collection::vec(step(), 1..9),
    ) {
        let (_folder, mut ledger, path) = begun();
        let mut index = Index::build(&path, &ledger, &[]).unwrap();
        let mut releases = 0;
        for step in steps {
            match step {
                Step::Add { day, said } => {
                    let said: BTreeMap<_, _> =
                        said.into_iter().map(|(m, b, a, length)| made(m, b, a, length)).collect();
                    releases += 1;
                    add(&mut ledger, releases, day, said.into_iter().collect());
                    let last = ledger.segments().last().unwrap().clone();
                    index.apply(&last, releases, &state(&ledger)).unwrap();
                }
                Step::Withdraw(which) => {
                    let current = state(&ledger).current().to_vec();
                    let Some(release) = (!current.is_empty()).then(|| *which.get(&current)) else { continue };
                    withdraw(&mut ledger, release);
                    let last = ledger.segments().last().unwrap().clone();
                    index.withdraw(&last, release, &state(&ledger)).unwrap();
                }
            }
            let state = state(&ledger);
            let measures = ledger.measures(state.current()).unwrap();
            prop_assert_eq!(index.measures(), measures.clone());
            for measure in &measures {
                let held = index.measure(measure).unwrap();
                let expected = ledger.measure(measure, state.current()).unwrap();
                prop_assert_eq!(held.len(), expected.len());
                for ((key, series), (expected_key, expected)) in held.iter().zip(&expected) {
                    prop_assert_eq!(key, expected_key);
                    prop_assert_eq!(encoded(series).unwrap(), encoded(expected).unwrap());
                    let one = index.series(key).unwrap().unwrap();
                    prop_assert_eq!(encoded(&one).unwrap(), encoded(expected).unwrap());
                }
                for area in 0..40 {
                    let (key, _) = made(0, area as usize % 4, area, Length::Short(1));
                    let key = SeriesKey { measure: measure.clone(), ..key };
                    let is_held = expected.iter().any(|(held, _)| *held == key);
                    prop_assert_eq!(index.series(&key).unwrap().is_some(), is_held);
                }
            }
        }
        index.close().unwrap();
    }
}

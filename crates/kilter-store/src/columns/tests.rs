//! Laws of the encoding of columns.

use super::*;
use kilter_core::series::{Absence, Marks, Observation};
use proptest::prelude::*;

fn bytes(series: &Series, with_releases: bool) -> Vec<u8> {
    let releases = if with_releases { Releases::Own } else { Releases::None };
    let mut out = Vec::new();
    encode(series, releases, &mut out).unwrap();
    out
}

/// The same observations as they are kept: everything that is never read set to 0, and one release.
fn normal(series: &Series, release: u32) -> Series {
    let mut builder = SeriesBuilder::new(series.kind());
    builder.reserve(series.len());
    for (i, &ordinal) in series.ordinals().iter().enumerate() {
        builder.push(ordinal, series.at(i), release);
    }
    builder.build().expect("the periods of a series ascend")
}

/// Everything, numbers by their bits.
fn bits(series: &Series) -> impl PartialEq + std::fmt::Debug + use<> {
    let column = |numbers: &[f64]| numbers.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    (
        series.kind(),
        series.ordinals().to_vec(),
        column(series.values()),
        column(series.denominators()),
        series.states().to_vec(),
        series.marks().to_vec(),
        series.releases().to_vec(),
    )
}

fn months(numbers: &[f64]) -> Series {
    let mut builder = SeriesBuilder::new(PeriodKind::Month);
    for (ordinal, &number) in (24_000..).zip(numbers) {
        builder.push(ordinal, Observation::number(number).unwrap(), 1);
    }
    builder.build().unwrap()
}

fn kinds() -> impl Strategy<Value = PeriodKind> {
    prop_oneof![
        prop::sample::select(&KINDS[..]),
        (2u8..=50).prop_map(PeriodKind::CalendarYears),
        (2u8..=50).prop_map(PeriodKind::FinancialYears),
        (2u8..=240).prop_map(PeriodKind::Months),
    ]
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |v| v.is_finite()),
        any::<i32>().prop_map(f64::from),
        (any::<i32>(), 0usize..5).prop_map(|(n, d)| f64::from(n) / SCALES[d]),
        prop::sample::select(vec![
            0.0,
            -0.0,
            f64::MIN_POSITIVE,
            5e-324,
            -5e-324,
            f64::MAX,
            f64::MIN,
            9_007_199_254_740_992.0,
            9_007_199_254_740_993.0,
            -9_007_199_254_740_992.0,
            900_719_925_474.099_3,
            0.1 + 0.2,
        ]),
    ]
}

fn observations() -> impl Strategy<Value = Observation> {
    let reading = prop_oneof![
        4 => numbers().prop_map(|v| Observation::number(v).unwrap()),
        1 => (numbers(), numbers()).prop_map(|(a, b)| Observation::pair(a, b).unwrap()),
        1 => prop::sample::select(&Absence::NAMES[..]).prop_map(|(_, a)| Observation::absent(a)),
    ];
    (reading, 0u16..1 << Marks::NAMES.len()).prop_map(|(o, bits)| o.marked(Marks::from_bits(bits).unwrap()))
}

fn ordinals() -> impl Strategy<Value = Vec<i32>> {
    prop_oneof![
        prop::collection::btree_set(any::<i32>(), 0..40),
        prop::collection::btree_set(0i32..60, 0..60),
        (any::<i16>(), 0i32..60).prop_map(|(a, n)| (i32::from(a)..i32::from(a) + n).collect()),
        Just([i32::MIN, i32::MAX].into()),
    ]
    .prop_map(|set| set.into_iter().collect())
}

fn any_series() -> impl Strategy<Value = Series> {
    (kinds(), ordinals()).prop_flat_map(|(kind, ordinals)| {
        let n = ordinals.len();
        let columns = prop::collection::vec((observations(), 1u32..9), n);
        columns.prop_map(move |columns| {
            let mut builder = SeriesBuilder::new(kind);
            for (&ordinal, (observation, release)) in ordinals.iter().zip(columns) {
                builder.push(ordinal, observation, release);
            }
            builder.build().unwrap()
        })
    })
}

proptest! {
    #[test]
    fn every_series_comes_back_bit_for_bit(series in any_series()) {
        let with = bytes(&series, true);
        prop_assert_eq!(bits(&decode(&with, None, Some(series.len() as u32)).unwrap()), bits(&series));
        let without = bytes(&series, false);
        prop_assert_eq!(
            bits(&decode(&without, Some(4), None).unwrap()),
            bits(&normal(&series, 4))
        );
        prop_assert_eq!(&without, &bytes(&normal(&series, 4), false));
        prop_assert!(decode(&without, None, None).is_err(), "the releases are missing");
        prop_assert!(decode(&with, Some(1), None).is_err(), "the releases are known twice");
        prop_assert!(decode(&with, None, Some(series.len() as u32 + 1)).is_err());
    }

    #[test]
    fn a_release_put_into_columns_gives_what_decoding_and_encoding_would(
        series in any_series(),
        release in prop_oneof![1u32..300, any::<u32>()],
        cut in any::<prop::sample::Index>(),
        change in any::<u8>(),
    ) {
        let without = bytes(&series, false);
        let n = series.len() as u32;
        let with = with_release(&without, release, n).unwrap();
        prop_assert_eq!(&with, &bytes(&decode(&without, Some(release), Some(n)).unwrap(), true));
        prop_assert!(with_release(&without, release, n + 1).is_err(), "of another length");
        prop_assert!(with_release(&with, release, n).is_err(), "the releases are there already");
        // Damage gives an error or columns that are refused when they are read, as the damaged ones would be.
        let at = cut.index(without.len());
        let mut damaged = without.clone();
        damaged[at] = change;
        for bad in [&without[..at], &damaged] {
            if let Ok(with) = with_release(bad, release, n) {
                let read = decode(&with, None, Some(n)).map(|series| bits(&series));
                let expected = decode(bad, Some(release), Some(n)).map(|series| bits(&series));
                prop_assert_eq!(read, expected);
            }
        }
    }

    #[test]
    fn damaged_columns_give_an_error_or_a_series_and_never_a_panic(
        series in any_series(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let good = bytes(&series, true);
        prop_assert!(decode(&good[..cut.index(good.len())], None, None).is_err(), "cut short");
        let mut changed = good.clone();
        for (place, byte) in changes {
            let n = changed.len();
            changed[place.index(n)] = byte;
        }
        let _ = decode(&changed, None, None);
        let longer = [good, tail].concat();
        prop_assert!(decode(&longer, None, None).is_err(), "bytes left over");
    }

    #[test]
    fn arbitrary_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&junk, None, None);
        let _ = decode(&[&[2, 0][..], &junk].concat(), Some(1), None);
    }

    #[test]
    fn folding_in_pairs_is_revising_one_after_another(
        maps in prop::collection::vec(prop::collection::btree_map(0i32..12, observations(), 0..8), 1..9),
    ) {
        let parts: Vec<Series> = (1..).zip(maps).map(|(release, map)| {
            let mut builder = SeriesBuilder::new(PeriodKind::Month);
            map.into_iter().for_each(|(ordinal, o)| builder.push(ordinal, o, release));
            builder.build().unwrap()
        }).collect();
        let one_by_one = parts.iter().skip(1).fold(parts[0].clone(), |a, b| a.revised_by(b));
        prop_assert_eq!(bits(&folded(parts.clone()).unwrap()), bits(&one_by_one));
        // In any order of arrival, ranks give the same as the order in which releases apply.
        let mut words = LastWords::over(PeriodKind::Month, (0, 11), 3).unwrap();
        prop_assert!(parts.iter().enumerate().rev().all(|(i, part)| words.take(i as u32 + 1, part)));
        prop_assert_eq!(bits(&words.series()), bits(&one_by_one));
        let mut backwards = parts.iter().rev();
        let mut held = backwards.next().unwrap().clone();
        for part in backwards {
            held = merged(&held, part, |release| release as usize);
        }
        prop_assert_eq!(bits(&held), bits(&one_by_one));
    }
}

#[test]
fn the_fewest_decimals_that_are_exact_are_chosen() {
    let place = |numbers: &[f64]| {
        let bytes = bytes(&months(numbers), false);
        // kind 2, count 1, flags 1, first period 3, states 2, marks 2
        bytes[11]
    };
    assert_eq!(place(&[12.0, 13.0]), 0);
    assert_eq!(place(&[12.0, 13.5]), 1);
    assert_eq!(place(&[12.25, 13.5]), 2);
    assert_eq!(place(&[12.125, 13.0]), 3);
    assert_eq!(place(&[12.0625, 13.0]), 4);
    assert_eq!(place(&[12.03125, 13.0]), RAW);
    assert_eq!(place(&[-0.0, 1.0]), RAW);
    assert_eq!(place(&[1e300]), RAW);
    assert_eq!(place(&[9_007_199_254_740_992.0]), 0);
    assert_eq!(place(&[9_007_199_254_740_991.0, 4_503_599_627_370_497.0]), 0);
    assert_eq!(place(&[9_007_199_254_740_994.0]), RAW);
    // Each is exact with its own decimals, but not both with the same.
    assert_eq!(place(&[9_007_199_254_740_992.0, 0.5]), RAW);
}

#[test]
fn a_year_of_counts_takes_about_two_bytes_a_month() {
    let counts: Vec<f64> = (0..120).map(|i| f64::from(1_500 + (i * 37) % 60)).collect();
    let n = bytes(&months(&counts), false).len();
    assert!(n < 120 * 2, "{n} bytes");
}

#[test]
fn an_announced_length_takes_no_memory_before_it_is_checked() {
    // A month series that announces u64::MAX, and one that announces a million in eight bytes.
    let huge = [&[2, 0][..], &[255; 9], &[1]].concat();
    assert!(decode(&huge, Some(1), None).unwrap_err().contains("at most"));
    let mut bomb = vec![2, 0];
    varint(&mut bomb, 1_000_000);
    bomb.extend([DELTAS, 2, 0, 0, 0, 0]);
    assert!(decode(&bomb, Some(1), None).unwrap_err().contains("bytes"));
    let mut beyond = vec![2, 0];
    varint(&mut beyond, 1_000_001);
    assert!(decode(&beyond, Some(1), None).unwrap_err().contains("at most"));
}

#[test]
fn a_kind_of_period_has_one_code_and_lengths_that_no_period_has_have_none() {
    for code in 0..=u16::MAX {
        if let Some(kind) = kind_of(code) {
            assert_eq!(kind_code(kind), Some(code));
        }
    }
    assert_eq!((0..=u16::MAX).filter_map(kind_of).count(), 9 + 49 + 49 + 239);
    for none in [PeriodKind::Months(1), PeriodKind::Months(241), PeriodKind::CalendarYears(51)] {
        assert_eq!(kind_code(none), None);
    }
}

#[test]
fn a_stretch_takes_neither_periods_beyond_it_nor_another_kind_and_is_not_made_where_it_were_mostly_empty() {
    let part = |kind, ordinal| {
        let mut builder = SeriesBuilder::new(kind);
        builder.push(ordinal, Observation::number(1.0).unwrap(), 1);
        builder.build().unwrap()
    };
    let takes =
        |kind, ordinal| LastWords::over(PeriodKind::Month, (5, 8), 1).unwrap().take(1, &part(kind, ordinal));
    assert!(takes(PeriodKind::Month, 5) && takes(PeriodKind::Month, 8));
    assert!(!takes(PeriodKind::Month, 4) && !takes(PeriodKind::Month, 9));
    assert!(!takes(PeriodKind::Quarter, 5));
    assert!(LastWords::over(PeriodKind::Month, (5, 9), 1).is_none());
    assert!(LastWords::over(PeriodKind::Month, (i64::MIN, i64::MAX), usize::MAX).is_none());
}

#[test]
fn periods_far_apart_are_folded_without_room_for_all_that_lie_between() {
    let started = std::time::Instant::now();
    let part = |ordinal, release| {
        let mut builder = SeriesBuilder::new(PeriodKind::Day);
        builder.push(ordinal, Observation::number(f64::from(release)).unwrap(), release);
        builder.build().unwrap()
    };
    let folded = folded(vec![part(i32::MAX, 1), part(i32::MIN, 2), part(0, 3), part(i32::MAX, 4)]).unwrap();
    assert_eq!(folded.ordinals(), [i32::MIN, 0, i32::MAX]);
    assert_eq!(folded.releases(), [2, 3, 4]);
    assert!(started.elapsed() < std::time::Duration::from_secs(1));
}

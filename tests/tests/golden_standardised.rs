//! Standardised rates, quantiles, life expectancy and inequality, against the reference values of the field's
//! own packages: every case of the golden files must come out as they have it, or be refused as they refuse
//! it.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project. Its README says what the columns mean, and that sources beginning `quirk_` record what
//! need not be copied.

use kilter_core::method::inequality::{
    Deprivation, DeprivationGroup, Fit, Group, Index, MissingRate, NoIndex, SimdInequality, SlopeSettings,
    Spread, Towards, Values, simd, slope_index,
};
use kilter_core::method::interval::{Confidence, Interval, IntervalMethod, MethodError};
use kilter_core::method::life_expectancy::{AgeBand, NoLifeTable, NotGiven, life_expectancy};
use kilter_core::method::quantile::{First, NoQuantiles, quantiles};
use kilter_core::method::rates::RowError;
use kilter_core::method::standardised::{
    Band, Direct, DirectSettings, FewEvents, Indirect, IndirectSettings, MissingFigures, Observed, Reference,
    RepeatBand, Standard, StandardError, YearBand, direct, direct_repeated, indirect, scottish_rolling_rates,
};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use std::collections::{BTreeMap, BTreeSet};

const TO_THE_LAST_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

/// Runs every case of a file but its quirks: its rows, in the order in which they were handed to the
/// reference.
fn compare(name: &str, differ: impl Fn(&[Row]) -> Vec<String>) {
    let Some(all) = rows(name) else { return };
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in all {
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    let mut ran = BTreeSet::new();
    let mut differences = Vec::new();
    let wanted: BTreeSet<_> =
        cases.iter().filter(|(_, case)| !case[0].is_quirk()).map(|(id, _)| id.as_str()).collect();
    for id in &wanted {
        differences.extend(differ(&cases[*id]));
        ran.insert(*id);
    }
    settle(name, &differences, &ran, &wanted);
}

/// The columns of a row that are not what is expected there, to the last digits.
fn differing(row: &Row, found: &[(&str, f64)]) -> Vec<String> {
    differing_by(row, TO_THE_LAST_DIGITS, found)
}

/// The columns of a row that are not as near as that to what is expected there.
fn differing_by(row: &Row, tolerance: Tolerance, found: &[(&str, f64)]) -> Vec<String> {
    let differs = |(column, found): &&(&str, f64)| {
        row.number(column).is_none_or(|expected| !tolerance.allows(*found, expected))
    };
    found.iter().filter(differs).map(|(column, found)| format!("{column} {found}: {row:?}")).collect()
}

/// What is wrong with a refusal, by the class that the file names.
fn refusal_differs(row: &Row, error: &StandardError) -> Vec<String> {
    let cause = match error {
        StandardError::Figures(RowError::Bad { error, .. } | RowError::Whole(error)) => Some(error),
        _ => None,
    };
    let agreed = match row.text("error") {
        "negative_numerator" => matches!(cause, Some(MethodError::Negative { .. })),
        "negative_denominator" => {
            matches!(cause, Some(MethodError::Negative { what: "population", .. }))
        }
        "nonpositive_denominator" => {
            matches!(cause, Some(MethodError::NotPositive { what: "population", .. }))
        }
        "negative_stdpop" => matches!(error, StandardError::BadWeight { .. }),
        "missing_stdpop" => matches!(error, StandardError::NotInStandard { .. }),
        "missing_denominator" => {
            matches!(error, StandardError::Figures(RowError::Missing { what: "population", .. }))
        }
        "inconsistent_population" => matches!(error, StandardError::OtherPopulation { .. }),
        "bad_confidence" => matches!(cause, Some(MethodError::BadConfidence { .. })),
        "bad_multiplier" => matches!(cause, Some(MethodError::NotPositive { what: "multiplier", .. })),
        _ => false,
    };
    if agreed && row.text("status") == "error" { vec![] } else { vec![format!("{error}: {row:?}")] }
}

/// The standard of a case: the weights that its rows name, each band once.
fn standard(case: &[Row]) -> Result<Standard<String>, StandardError> {
    let mut named = BTreeSet::new();
    let weights = case
        .iter()
        .filter(|row| named.insert(row.text("in_ageband")))
        .filter_map(|row| row.number("in_stdpop").map(|weight| (row.text("in_ageband").to_owned(), weight)));
    Standard::new(weights)
}

fn direct_settings(row: &Row) -> Result<DirectSettings, StandardError> {
    Ok(DirectSettings {
        per: row.number("p_multiplier").expect("a multiplier"),
        confidence: Confidence::new(row.level().expect("a level"))?,
        missing: MissingFigures::AsZero,
        few: FewEvents::Withhold,
    })
}

fn direct_differs(row: &Row, found: Result<Direct, StandardError>) -> Vec<String> {
    let found = match found {
        Ok(found) if row.text("status") == "ok" => found,
        Err(error) => return refusal_differs(row, &error),
        Ok(found) => return vec![format!("{found:?}: {row:?}")],
    };
    let mut figures = vec![("out_total_count", found.events), ("out_total_pop", found.population)];
    let withheld = found.estimate.is_none();
    if let Some(estimate) = found.estimate {
        let limits = estimate.limits.expect("limits where there are events");
        figures.extend([
            ("out_value", estimate.value),
            ("out_lowercl", limits.lower),
            ("out_uppercl", limits.upper),
        ]);
    }
    let mut differences = differing(row, &figures);
    if withheld != (row.text("error") == "suppressed_lt10") {
        differences.push(format!("withheld: {withheld}: {row:?}"));
    }
    differences
}

#[test]
fn every_directly_standardised_rate_is_that_of_the_golden_file() {
    compare("dsr.csv", |case| {
        let band = |row: &Row| Band {
            key: row.text("in_ageband").to_owned(),
            events: row.number("in_x"),
            population: row.number("in_n"),
        };
        let bands: Vec<_> = case.iter().map(band).collect();
        let found =
            direct_settings(&case[0]).and_then(|settings| direct(&bands, &standard(case)?, &settings));
        direct_differs(&case[0], found)
    });
}

#[test]
fn every_rate_of_repeated_events_is_that_of_the_golden_file() {
    compare("dsr_nonindependent.csv", |case| {
        let row = |row: &Row| RepeatBand {
            key: row.text("in_ageband").to_owned(),
            events_each: row.number("in_freq").expect("a frequency"),
            persons: row.number("in_x"),
            population: row.number("in_n"),
        };
        let rows: Vec<_> = case.iter().map(row).collect();
        let found = direct_settings(&case[0])
            .and_then(|settings| direct_repeated(&rows, &standard(case)?, &settings));
        direct_differs(&case[0], found)
    });
}

/// The ratio and the rate of a case.
fn indirectly(case: &[Row]) -> Result<Indirect, StandardError> {
    let key = |row: &Row| row.text("in_row").to_owned();
    let reference: Vec<_> = case
        .iter()
        .map(|row| Band { key: key(row), events: row.number("in_x_ref"), population: row.number("in_n_ref") })
        .collect();
    let bands: Vec<_> = case
        .iter()
        .map(|row| Band { key: key(row), events: row.number("in_x"), population: row.number("in_n") })
        .collect();
    let settings = IndirectSettings {
        ratio_of: case[0].number("p_refvalue").expect("a value"),
        per: case[0].number("p_multiplier").expect("a multiplier"),
        confidence: Confidence::new(case[0].level().expect("a level"))?,
        missing: MissingFigures::AsZero,
    };
    let observed = case[0].number("p_observed_total").map_or(Observed::OfBands, Observed::Total);
    indirect(&bands, &Reference::new(&reference, MissingFigures::AsZero)?, observed, &settings)
}

#[test]
fn every_indirectly_standardised_ratio_and_rate_is_that_of_the_golden_file() {
    compare("isr.csv", |case| {
        let row = &case[0];
        let found = match indirectly(case) {
            Ok(found) if row.text("status") == "ok" => found,
            // The reference gives what is no number; there is nothing to compare with.
            Err(StandardError::NothingExpected { .. }) if row.number("out_expected") == Some(0.0) => {
                return vec![];
            }
            Err(error) => return refusal_differs(row, &error),
            Ok(found) => return vec![format!("{found:?}: {row:?}")],
        };
        let mut differences = differing(
            row,
            &[
                ("out_observed", found.observed),
                ("out_expected", found.expected),
                ("out_ref_rate", found.reference_rate),
                ("out_ratio", found.ratio.value),
                ("out_ratio_lowercl", found.ratio.limits.lower),
                ("out_ratio_uppercl", found.ratio.limits.upper),
                ("out_rate", found.rate.value),
                ("out_rate_lowercl", found.rate.limits.lower),
                ("out_rate_uppercl", found.rate.limits.upper),
            ],
        );
        let name = if found.ratio.method == IntervalMethod::Exact { "Exact" } else { "Byars" };
        if name != row.text("out_method") || found.rate.method != found.ratio.method {
            differences.push(format!("{name}: {row:?}"));
        }
        differences
    });
}

/// The European standard population of 2013, for ages in bands of five years.
const EUROPEAN: [f64; 19] = [
    5000.0, 5500.0, 5500.0, 5500.0, 6000.0, 6000.0, 6500.0, 7000.0, 7000.0, 7000.0, 7000.0, 6500.0, 6000.0,
    5500.0, 5000.0, 4000.0, 2500.0, 1500.0, 1000.0,
];

/// The weights of each sex, by the age scheme of a case.
fn scottish_standard(scheme: &str) -> Standard<String> {
    let weights = EUROPEAN.iter().enumerate().map(|(at, weight)| (at + 1, *weight));
    let weights: Vec<_> = match scheme {
        "normal" => weights.collect(),
        // The band of 15 to 19 begins a year later.
        "16+" => weights.skip(3).map(|(at, weight)| (at, if at == 4 { 4400.0 } else { weight })).collect(),
        other => panic!("no age scheme: {other}"),
    };
    let sexes = ["1", "2"].iter();
    Standard::new(
        sexes.flat_map(|sex| weights.iter().map(move |(at, weight)| (format!("{sex} {at}"), *weight))),
    )
    .expect("a standard")
}

#[test]
fn every_rolling_age_sex_standardised_rate_is_that_of_the_golden_file() {
    compare("rolling_easr.csv", |case| {
        let (inputs, outputs): (Vec<_>, Vec<_>) = case.iter().partition(|row| row.text("record") == "input");
        let row = |row: &&Row| YearBand {
            year: row.text("in_year").parse().expect("a year"),
            band: Band {
                key: format!("{} {}", row.text("in_sex"), row.text("in_age_group")),
                events: row.number("in_numerator"),
                population: row.number("in_denominator"),
            },
        };
        let rows: Vec<_> = inputs.iter().map(row).collect();
        let parameter = |column: &str| case[0].number(column).expect("a parameter");
        let found = scottish_rolling_rates(
            &rows,
            &scottish_standard(case[0].text("p_age_scheme")),
            parameter("p_standard_total"),
            100_000.0,
            parameter("p_window") as u32,
            MissingFigures::AsZero,
        );
        let found = match found {
            Ok(found) => found,
            Err(error) => return vec![format!("{error}: {:?}", case[0])],
        };
        let mut differences = Vec::new();
        let mut expected = BTreeSet::new();
        for row in outputs {
            let year: i32 = row.text("in_year").parse().expect("a year");
            expected.insert(year);
            let Some(found) = found.get(&year) else {
                differences.push(format!("no rate: {row:?}"));
                continue;
            };
            differences.extend(differing(
                row,
                &[
                    ("out_numerator", found.events),
                    ("out_denominator", found.population),
                    ("out_rate", found.value),
                    ("out_lowercl", found.limits.lower),
                    ("out_uppercl", found.limits.upper),
                ],
            ));
        }
        if !found.keys().copied().eq(expected.iter().copied()) {
            differences.push(format!("rates of {:?}, not {expected:?}", found.keys()));
        }
        differences
    });
}

#[test]
fn every_area_is_in_the_quantile_that_the_golden_file_has_it_in() {
    compare("quantile.csv", |case| {
        let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
        let groups = case[0].number("p_nquantiles").expect("a number of groups") as u32;
        let first =
            if case[0].flag("p_invert").expect("a direction") { First::Highest } else { First::Lowest };
        let found = match quantiles(&values, groups, first) {
            Ok(found) => found.into_iter().map(|group| group.ok().map(f64::from)).collect(),
            Err(NoQuantiles::TooFewValues { .. }) => vec![None; case.len()],
            Err(error) => return vec![format!("{error}: {:?}", case[0])],
        };
        let differs = |(row, group): &(&Row, Option<f64>)| row.number("out_quantile") != *group;
        let differing = case.iter().zip(found).filter(differs);
        differing.map(|(row, group)| format!("{group:?}: {row:?}")).collect()
    });
}

/// Where the bands of the reference begin; the last is open.
const AGES: [u32; 20] = [0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90];

/// Whether a life table is refused for what the reference warns of, giving nothing.
fn is_warned_of(error: &NoLifeTable, warning: &str) -> bool {
    let cause = match error {
        NoLifeTable::Figures(RowError::Bad { error, .. }) => Some(error),
        _ => None,
    };
    match warning {
        "negative_deaths" => matches!(cause, Some(MethodError::Negative { .. })),
        "nonpositive_population" => matches!(cause, Some(MethodError::NotPositive { .. })),
        "deaths_exceed_population" => matches!(error, NoLifeTable::DeathsAbovePopulation { .. }),
        "population_le_5000" => matches!(error, NoLifeTable::TooFewPeople { .. }),
        // It then gives endless limits without a value.
        "ci_wider_than_20_years" => matches!(error, NoLifeTable::NoDeathsInLastBand),
        other => panic!("no such warning is known: {other}"),
    }
}

#[test]
fn every_life_expectancy_is_that_of_the_golden_file() {
    compare("life_expectancy.csv", |case| {
        let age = |row: &Row| row.number("in_startage").expect("an age") as u32;
        let band = |row: &Row| AgeBand {
            from: age(row),
            until: AGES.iter().copied().find(|next| *next > age(row)),
            population: row.number("in_population"),
            deaths: row.number("in_deaths"),
        };
        let bands: Vec<_> = case.iter().map(band).collect();
        let confidence = Confidence::new(case[0].level().expect("a level")).expect("a level");
        let table = match life_expectancy(&bands, confidence) {
            Ok(table) => table,
            Err(error) => {
                let agreed = is_warned_of(&error, case[0].text("out_warning"))
                    && case.iter().all(|row| row.number("out_value").is_none());
                return if agreed { vec![] } else { vec![format!("{error}: {:?}", case[0])] };
            }
        };
        let mut differences = Vec::new();
        for row in case {
            let Some(found) = table.iter().find(|found| found.from == age(row)) else {
                differences.push(format!("no such age: {row:?}"));
                continue;
            };
            let mut figures = vec![("out_pops_used", found.population), ("out_dths_used", found.deaths)];
            match found.estimate {
                Ok(estimate) => figures.extend([
                    ("out_value", estimate.value),
                    ("out_lowercl", estimate.limits.lower),
                    ("out_uppercl", estimate.limits.upper),
                ]),
                // Nobody lives to that age: no years there, with limits that are no numbers.
                Err(NotGiven::NobodyLeft)
                    if row.number("out_value") == Some(0.0) && row.number("out_lowercl").is_none() => {}
                Err(error) => differences.push(format!("{error}: {row:?}")),
            }
            differences.extend(differing(row, &figures));
        }
        differences
    });
}

/// What is wrong with simulated limits: ours, which are calculated, have to lie within 3% of their width.
fn simulated_differ(row: &Row, index: &str, found: Index) -> Vec<String> {
    let simulated = |end: &str| row.number(&format!("mc_{index}_{end}cl")).expect("a simulated limit");
    let (lower, upper) = (simulated("lower"), simulated("upper"));
    let near = Tolerance { relative: 1e-12, absolute: 0.03 * (upper - lower) };
    match found.limits {
        Some(limits) if near.allows(limits.lower, lower) && near.allows(limits.upper, upper) => vec![],
        limits => vec![format!("{index} {limits:?}: {row:?}")],
    }
}

fn slope_settings(row: &Row) -> SlopeSettings {
    let fit = if row.flag("p_transform") == Some(true) { Fit::OfLogarithms } else { Fit::OfValues };
    let per = row.number("p_multiplier").expect("a multiplier");
    SlopeSettings {
        values: match row.text("p_value_type") {
            "other" => Values::Plain,
            "rate" => Values::Rates(fit),
            "proportion" => Values::Proportions(fit),
            other => panic!("no type of values: {other}"),
        },
        towards: if per < 0.0 { Towards::First } else { Towards::Last },
        per: per.abs(),
        confidence: Confidence::new(row.level().expect("a level")).expect("a level"),
    }
}

#[test]
fn every_slope_index_is_that_of_the_golden_file_and_its_limits_are_those_simulated() {
    compare("sii.csv", |case| {
        let row = &case[0];
        let group = |row: &Row| Group {
            group: row.number("in_quantile").expect("a group") as u32,
            population: row.number("in_population"),
            value: row.number("in_value"),
            spread: match row.number("in_se") {
                Some(error) => Spread::StandardError(error),
                None => Spread::Limits95(Interval {
                    lower: row.number("in_lowercl").expect("a lower limit"),
                    upper: row.number("in_uppercl").expect("an upper limit"),
                }),
            },
        };
        let groups: Vec<_> = case.iter().map(group).collect();
        let settings = slope_settings(row);
        let found = match slope_index(&groups, &settings) {
            Ok(found) if row.text("status") == "ok" => found,
            Ok(found) => return vec![format!("{found:?}: {row:?}")],
            Err(error) => {
                let cause = match &error {
                    NoIndex::Figures(RowError::Bad { error, .. }) => Some(error),
                    _ => None,
                };
                let agreed = match row.text("error") {
                    "bad_quantile_count" => matches!(error, NoIndex::GroupCount { found: 4, .. }),
                    "nonpositive_population" => {
                        matches!(cause, Some(MethodError::NotPositive { what: "population", .. }))
                    }
                    "bad_standard_error" => {
                        matches!(cause, Some(MethodError::Negative { what: "standard error", .. }))
                    }
                    _ => false,
                };
                return if agreed { vec![] } else { vec![format!("{error}: {row:?}")] };
            }
        };
        // The height of the line is multiplied there only with a line through logarithms.
        let unit = if row.flag("p_transform") == Some(true) { 1.0 } else { settings.per };
        let relative = found.relative.expect("a ratio of values above zero");
        let flat = if row.text("source") == "flat" { 1e-9 } else { 0.0 };
        let tolerance = Tolerance { relative: 1e-9, absolute: flat };
        let figures = [
            ("out_sii", found.slope.value),
            ("out_rii", relative.value),
            ("out_intercept", found.start / unit),
        ];
        let mut differences = differing_by(row, tolerance, &figures);
        differences.extend(simulated_differ(row, "sii", found.slope));
        differences.extend(simulated_differ(row, "rii", relative));
        differences
    });
}

/// What is wrong with the measures of a population.
fn simd_differs(row: &Row, found: &SimdInequality) -> Vec<String> {
    let flat = if row.text("source") == "flat" { 1e-9 } else { 0.0 };
    let tolerance = Tolerance { relative: 1e-9, absolute: flat };
    let figures = [
        ("out_sii", found.slope.value),
        ("out_sii_lowercl", found.slope.limits.lower),
        ("out_sii_uppercl", found.slope.limits.upper),
        ("out_rii", found.relative.value),
        ("out_rii_lowercl", found.relative.limits.lower),
        ("out_rii_uppercl", found.relative.limits.upper),
        ("out_rii_percent", found.relative_percent),
    ];
    let mut differences = differing_by(row, tolerance, &figures);
    for (column, found) in [
        ("out_par_percent", found.attributable_percent),
        ("out_absolute_range", found.absolute_range),
        ("out_relative_range", found.relative_range),
    ] {
        // What is endless there, or no number, is nothing here.
        let agreed = match (found, row.number(column).filter(|expected| expected.is_finite())) {
            (Some(found), Some(expected)) => tolerance.allows(found, expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        if !agreed {
            differences.push(format!("{column} {found:?}: {row:?}"));
        }
    }
    differences
}

#[test]
fn every_measure_of_inequality_by_deprivation_is_that_of_the_golden_file() {
    compare("inequality_simd.csv", |case| {
        let (all, groups): (Vec<_>, Vec<_>) = case.iter().partition(|row| row.text("in_quintile") == "Total");
        let group = |row: &&Row| DeprivationGroup {
            group: row.number("in_quintile").expect("a group") as u32,
            rate: row.number("in_rate"),
            population: row.number("in_population"),
        };
        let groups: Vec<_> = groups.iter().map(group).collect();
        let deprivation = match case[0].text("p_quintile_type") {
            "sc_quin" => Deprivation::Quintiles,
            "sc_decile" => Deprivation::Deciles,
            other => panic!("no groups: {other}"),
        };
        let rate_of_all = all[0].number("in_rate").expect("a rate of all");
        match simd(&groups, deprivation, rate_of_all, MissingRate::LeaveOut, Confidence::P95) {
            Ok(found) => simd_differs(&case[0], &found),
            // Not all groups: nothing there, and the reason here.
            Err(NoIndex::GroupCount { .. }) if case[0].number("out_sii").is_none() => vec![],
            Err(error) => vec![format!("{error}: {:?}", case[0])],
        }
    });
}

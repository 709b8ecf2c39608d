//! The demonstration is the same everywhere, adds up, and is not taken for anything real.

use super::*;
use kilter_core::evaluate::{Evaluation, History, Trend, Valuer, Viewpoint, evaluate};
use kilter_core::framework::{Framework, Text};
use kilter_core::ident::{AreaCode, Category, DimensionId, MeasureId};
use kilter_core::series::{Absence, Breakdown, Dataset, Marks, Observation, SeriesBuilder, SeriesKey};
use kilter_core::target::{Colour, NotAssessed, Status};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

type Row = HashMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn file(name: &str) -> DemoFile {
    files().into_iter().find(|file| file.name == name).unwrap()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn catalogue() -> Vec<Text> {
    let files = kilter_catalogue::framework("scotland-core-suite").unwrap();
    files.iter().map(|file| Text::new(file.name, file.text)).collect()
}

fn loaded() -> Framework {
    let mut texts = catalogue();
    texts.push(Text::new("demo/framework.toml", framework()));
    Framework::from_texts(&texts).unwrap_or_else(|problems| panic!("{problems}"))
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn every_platform_generates_the_same_bytes() {
    let mut found: Vec<_> = files().iter().map(|file| (file.name, digest(&file.text))).collect();
    let own = own_figures();
    found.push((own.name, digest(&own.text)));
    let expected = [
        ("ae-2024-07.csv", "a37639b0c41618731ffeeed2eeb80afe2060d533c88097c09434ffe63dd708d0"),
        ("beds.csv", "f7a40dad790002f38e5fb138af9bafd691f5d60c636ae8f703e173689f776883"),
        ("care-at-home.csv", "da7b473573e4c3a2c96c0c73c16f902d1255cc8e1cf2ea295d81a40e2917424c"),
        ("benchmarking.csv", "620ddc6e1e8cc19d42c23dc2faf7c8f4ef18f182171f61d50129aed17546f73d"),
        ("delayed-discharge.csv", "2b64626119ff6a401851dd563b1939d995cf6e2a10d80706099337c30be40bcb"),
        ("ae-2024-09.csv", "a34a345cbcf6b94cb3191c28a30cb921c0026751cf319cf425dfafcb6255f0c3"),
        ("own-figures.csv", "6713f79dfbee806450abb09f4b498928801533369c98a30071eedd41b94bc733"),
    ];
    let found: Vec<_> = found.iter().map(|(name, digest)| (*name, digest.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_framework_loads_over_the_catalogue_and_says_that_it_is_invented() {
    let framework = loaded();
    assert!(framework.is_invented());
    assert!(framework.title().contains("invented"));
    assert_eq!(framework.areas().get(AREA).unwrap().kind.to_string(), "partnership");
    let local = framework.outcomes().iter().filter(|outcome| outcome.id.as_str().starts_with("invented-"));
    assert!(local.clone().all(|outcome| !outcome.national.is_empty()));
    assert_eq!((local.count(), framework.priorities().len()), (3, 4));
}

#[test]
fn no_invented_code_or_name_is_a_real_one_and_every_name_says_that_it_is_invented() {
    let real = Framework::from_texts(&catalogue()).unwrap();
    let codes: BTreeSet<_> = real.areas().iter().map(|area| area.code.as_str().to_owned()).collect();
    let names: BTreeSet<_> = real
        .areas()
        .iter()
        .flat_map(|area| std::iter::once(&area.name).chain(&area.aliases))
        .map(|name| name.to_lowercase())
        .collect();
    let framework = loaded();
    let invented: Vec<_> =
        framework.areas().iter().filter(|area| !codes.contains(area.code.as_str())).collect();
    assert_eq!(invented.len(), 13);
    for area in &invented {
        assert!(area.code.as_str().starts_with('X'), "{}", area.code);
        let plain = area.name.strip_suffix(" (invented)").unwrap_or_else(|| panic!("{}", area.name));
        assert!(!names.contains(&plain.to_lowercase()), "{plain}");
    }
    assert!(codes.iter().all(|code| !code.starts_with('X')));
}

#[test]
fn the_files_name_the_areas_of_the_framework() {
    let framework = loaded();
    let areas = framework.areas();
    for council in &world::COUNCILS {
        assert_eq!(areas.get(council.code).unwrap().name, council.name);
    }
    assert_eq!(areas.get(world::NATION).unwrap().name, world::NATION_NAME);
    let partnership = areas.get(AREA).unwrap();
    let parts = |i: usize| partnership.divisions[i].parts.iter().map(AreaCode::as_str).collect::<Vec<_>>();
    assert_eq!(parts(0), world::COUNCILS[..2].iter().map(|council| council.code).collect::<Vec<_>>());
    assert_eq!(parts(1), own::LOCALITIES);
    assert!(areas.get(world::BOARD).is_some());
    for row in rows(&own_figures().text) {
        assert!(areas.get(&row["area"]).is_some(), "{row:?}");
        assert!(framework.measure(&row["measure"]).is_some(), "{row:?}");
    }
}

#[test]
fn every_file_has_the_columns_that_its_profile_reads() {
    for file in files() {
        let header: Vec<&str> = file.text.lines().next().unwrap().split(',').collect();
        let profile: toml::Table = kilter_catalogue::profile(file.profile).unwrap().parse().unwrap();
        let mut columns = BTreeSet::new();
        read_columns(&toml::Value::Table(profile), &mut columns);
        assert!(columns.len() > 3, "{}", file.name);
        for column in columns {
            assert!(header.contains(&column.as_str()), "{}: {column}", file.name);
        }
    }
}

/// Every column that a profile names: as `column`, `value` or `qualifier`, or as a key of a condition.
fn read_columns(value: &toml::Value, columns: &mut BTreeSet<String>) {
    match value {
        toml::Value::Array(items) => items.iter().for_each(|item| read_columns(item, columns)),
        toml::Value::Table(table) => {
            for (key, value) in table {
                match (key.as_str(), value) {
                    ("column" | "value" | "qualifier", toml::Value::String(name)) => {
                        columns.insert(name.clone());
                    }
                    ("where" | "totals_where" | "skip_where", toml::Value::Table(conditions)) => {
                        columns.extend(conditions.keys().cloned());
                    }
                    _ => read_columns(value, columns),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn files_come_in_the_order_in_which_they_became_known() {
    let mut days: Vec<_> = files().iter().map(|file| file.known_at).collect();
    days.push(own_figures().known_at);
    assert!(days.is_sorted());
}

#[test]
fn every_total_of_delayed_discharge_equals_its_parts() {
    let mut cells: BTreeMap<(String, String), BTreeMap<(String, String), u64>> = BTreeMap::new();
    for row in rows(&file("delayed-discharge.csv").text) {
        let cell = cells.entry((row["ltla_code"].clone(), row["date"].clone())).or_default();
        let key = (row["age_group"].clone(), row["delay_reason"].clone());
        assert!(cell.insert(key, row["num_delayed_bed_days"].parse().unwrap()).is_none());
    }
    // Six councils and unknown residence in 66 months, less the one that was not returned.
    assert_eq!(cells.len(), 7 * 66 - 1);
    assert!(!cells.contains_key(&("X12000005".to_owned(), "2021-12-01".to_owned())));
    for (place, cell) in cells {
        assert_eq!(cell.len(), 15, "{place:?}");
        let at = |age: &str, reason: &str| cell[&(age.to_owned(), reason.to_owned())];
        for age in ["18plus", "18-74", "75plus"] {
            let parts: u64 = delays::REASONS.iter().map(|reason| at(age, reason)).sum();
            assert_eq!(at(age, "All Delay Reasons"), parts, "{place:?} {age}");
        }
        for reason in delays::REASONS {
            assert_eq!(
                at("18plus", reason),
                at("18-74", reason) + at("75plus", reason),
                "{place:?} {reason}"
            );
        }
    }
}

#[test]
fn benchmarking_values_equal_their_parts_and_the_months_of_delayed_discharge() {
    let mut days: HashMap<(String, i32), f64> = HashMap::new();
    for row in rows(&file("delayed-discharge.csv").text) {
        if row["age_group"] == "75plus" && row["delay_reason"] == "All Delay Reasons" {
            let (year, month) = row["date"].split_once('-').unwrap();
            let year = year.parse::<i32>().unwrap() - i32::from(month < "04");
            *days.entry((row["ltla_code"].clone(), year)).or_default() +=
                number(&row, "num_delayed_bed_days");
        }
    }
    let mut values: HashMap<(String, String, String), f64> = HashMap::new();
    for row in rows(&file("benchmarking.csv").text) {
        let key = (row["Local Authority"].clone(), row["Year"].clone(), row["Indicator2"].clone());
        assert!(values.insert(key, number(&row, "Value")).is_none(), "{row:?}");
    }
    let ratios = [
        (
            "SW8",
            "Number of bed days people spend in hospital when they are ready to be discharged",
            "MYE Population (75+)",
        ),
        (
            "SW6",
            "Number of readmissions to an acute hospital within 28 days of discharge",
            "Number of discharges",
        ),
    ];
    for year in 2019..2024 {
        let label = world::year_label(year, '-');
        let at = |area: &str, series: &str| values[&(area.to_owned(), label.clone(), series.to_owned())];
        for (rate, numerator, denominator) in ratios {
            let mut sums = (0.0, 0.0);
            for council in &world::COUNCILS {
                let (n, d) = (at(council.name, numerator), at(council.name, denominator));
                assert!(
                    (at(council.name, rate) - 1000.0 * n / d).abs() <= 0.005 + 1e-9,
                    "{} {label}",
                    council.name
                );
                sums = (sums.0 + n, sums.1 + d);
            }
            assert!((at(world::NATION_NAME, rate) - 1000.0 * sums.0 / sums.1).abs() <= 0.005 + 1e-9);
            assert!(!values.contains_key(&(
                world::NATION_NAME.to_owned(),
                label.clone(),
                numerator.to_owned()
            )));
        }
        for council in world::COUNCILS.iter().filter(|c| (c.code, year) != ("X12000005", 2021)) {
            let published = at(council.name, ratios[0].1);
            assert_eq!(days[&(council.code.to_owned(), year as i32)], published, "{} {label}", council.name);
        }
    }
}

#[test]
fn surveys_stand_in_survey_years_only() {
    for row in rows(&file("benchmarking.csv").text) {
        if row["Indicator2"].starts_with("SW4") {
            assert!(["2019-20", "2021-22", "2023-24"].contains(&row["Year"].as_str()), "{row:?}");
            assert!((0.0..=100.0).contains(&number(&row, "Value")), "{row:?}");
        }
    }
}

#[test]
fn the_later_release_of_emergency_figures_revises_three_months_and_adds_two() {
    let (first, second) = (file("ae-2024-07.csv"), file("ae-2024-09.csv"));
    let lines = |file: &DemoFile| file.text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (lines(&first), lines(&second));
    let month = |line: &str| line[..6].to_owned();
    let mut revised: BTreeMap<String, usize> = BTreeMap::new();
    for (old, new) in first.iter().zip(&second).filter(|(old, new)| old != new) {
        assert_eq!(month(old), month(new));
        *revised.entry(month(old)).or_default() += 1;
    }
    let expected = ["202405", "202406", "202407"].map(|month| (month.to_owned(), 4));
    assert_eq!(revised, BTreeMap::from(expected));
    let added: BTreeSet<_> = second[first.len()..].iter().map(|line| month(line)).collect();
    assert_eq!(added, BTreeSet::from(["202408", "202409"].map(str::to_owned)));
}

#[test]
fn emergency_waits_are_parts_of_one_another_and_small_numbers_are_withheld() {
    let mut withheld = 0;
    for row in rows(&file("ae-2024-09.csv").text) {
        let (all, within) = (number(&row, "NumberOfAttendancesAll"), number(&row, "NumberWithin4HoursAll"));
        let over_4 = number(&row, "NumberOver4HoursAll");
        assert_eq!(all, within + over_4);
        let mut longer = over_4;
        for name in ["NumberOver8HoursEpisode", "NumberOver12HoursEpisode"] {
            match row[&format!("{name}QF")].as_str() {
                "" => {
                    let value = number(&row, name);
                    assert!(value <= longer && !(1.0..=4.0).contains(&value), "{row:?}");
                    longer = value;
                }
                qualifier => {
                    assert!(row[name].is_empty(), "{row:?}");
                    assert_eq!(qualifier == "z", row["DepartmentType"].starts_with("Minor"), "{row:?}");
                    withheld += usize::from(qualifier == "c");
                }
            }
        }
    }
    assert!(withheld > 0);
}

#[test]
fn beds_of_the_board_are_those_of_its_hospitals_and_all_specialties_the_sum_of_each() {
    let text = file("beds.csv").text;
    let mut known: HashMap<(String, String, String), (f64, f64)> = HashMap::new();
    let mut withheld = BTreeSet::new();
    for row in rows(&text) {
        assert_eq!(row["QuarterQF"] == "p", row["Quarter"] == "2024Q2");
        let key = (row["Quarter"].clone(), row["Location"].clone(), row["SpecialtyName"].clone());
        if row["AllStaffedBeddaysQF"] == "c" {
            assert!(row["AllStaffedBeddays"].is_empty() && row["TotalOccupiedBeddays"].is_empty());
            withheld.insert(key);
            continue;
        }
        let beds = (number(&row, "AllStaffedBeddays"), number(&row, "TotalOccupiedBeddays"));
        assert!(beds.1 <= beds.0, "{row:?}");
        known.insert(key, beds);
    }
    assert_eq!(withheld.len(), 4, "two by two, so that no total gives one away");
    let quarters: BTreeSet<_> = known.keys().map(|(quarter, _, _)| quarter.clone()).collect();
    assert_eq!(quarters.len(), 21);
    for quarter in quarters {
        let at = |place: &str, name: &str| {
            known.get(&(quarter.clone(), place.to_owned(), name.to_owned())).copied()
        };
        let names: BTreeSet<_> = known.keys().map(|(_, _, name)| name.clone()).collect();
        for name in &names {
            if let (Some(a), Some(b)) = (at("X101H", name), at("X102H", name)) {
                assert_eq!(at(world::BOARD, name), Some((a.0 + b.0, a.1 + b.1)), "{quarter} {name}");
            }
        }
        let parts = names.iter().filter(|name| !name.starts_with("All ")).filter_map(|n| at(world::BOARD, n));
        let sum = parts.fold((0.0, 0.0), |sum, beds| (sum.0 + beds.0, sum.1 + beds.1));
        assert_eq!(at(world::BOARD, "All Specialties"), Some(sum), "{quarter}");
    }
}

#[test]
fn care_at_home_adds_up_within_its_rounding() {
    let mut sums: HashMap<(String, String, String), (f64, f64)> = HashMap::new();
    for row in rows(&file("care-at-home.csv").text) {
        if row["Measure"].starts_with("Rate") {
            continue;
        }
        let value = number(&row, "Value");
        assert_eq!(value % 5.0, 0.0, "{row:?}");
        let key = (row["Financial Quarter"].clone(), row["Location"].clone(), row["Measure"].clone());
        let (total, parts) = sums.entry(key).or_default();
        *if row["Age Group"] == "All Ages" { total } else { parts } += value;
    }
    assert_eq!(sums.len(), 5 * 6 * 2);
    // Seven numbers, each at most 2.5 from what it stands for.
    assert!(sums.values().all(|(total, parts)| (total - parts).abs() <= 17.5));
}

/// The observations of the demonstration, read here without the profiles: enough of them for a scorecard.
struct World {
    framework: Framework,
    series: BTreeMap<SeriesKey, BTreeMap<i32, Observation>>,
}

impl World {
    fn new() -> Self {
        let mut world = Self { framework: loaded(), series: BTreeMap::new() };
        for row in rows(&file("delayed-discharge.csv").text) {
            let measure = match row["age_group"].as_str() {
                "75plus" => "delayed-bed-days-75",
                "18-74" => "delayed-bed-days-18-74",
                _ => continue,
            };
            let area = if row["ltla_code"].is_empty() { "unknown-residence" } else { &row["ltla_code"] };
            if row["delay_reason"] != "All Delay Reasons" {
                let value = Observation::number(number(&row, "num_delayed_bed_days")).unwrap();
                world.put(measure, area, ("reason", &row["delay_reason"]), &row["date"][..7], value);
            }
        }
        for row in rows(&file("benchmarking.csv").text) {
            let areas = world.framework.areas();
            let area = areas.named(&row["Local Authority"], &[]).unwrap().code.to_string();
            let (measure, start) = match row["Indicator2"].as_str() {
                "MYE Population" => ("population", true),
                "MYE Population (75+)" => ("population-75", true),
                "Number of discharges" => ("discharges", false),
                name if name.starts_with("Number of readmissions") => ("readmissions-28-days", false),
                _ => continue,
            };
            let year = row["Year"].replace('-', "/");
            let value = Observation::number(number(&row, "Value")).unwrap();
            world.put(measure, &area, ("", ""), if start { &year[..4] } else { &year }, value);
        }
        for row in rows(&file("ae-2024-09.csv").text) {
            let month = format!("{}-{}", &row["Month"][..4], &row["Month"][4..]);
            for (measure, column) in
                [("ae-attendances", "NumberOfAttendancesAll"), ("ae-within-4-hours", "NumberWithin4HoursAll")]
            {
                let value = Observation::number(number(&row, column)).unwrap();
                world.put(measure, &row["HBT"], ("site", &row["TreatmentLocation"]), &month, value);
            }
        }
        for row in rows(&own_figures().text) {
            let value = match row["absent"].as_str() {
                "" => Observation::number(number(&row, "value")).unwrap(),
                why => Observation::absent(Absence::named(why).unwrap()),
            };
            let mark = if row["mark"].is_empty() { Marks::NONE } else { Marks::named(&row["mark"]).unwrap() };
            world.put(
                &row["measure"],
                &row["area"],
                ("age", &row["age"]),
                &row["period"],
                value.marked(mark),
            );
        }
        world
    }

    fn put(
        &mut self,
        measure: &str,
        area: &str,
        (dimension, category): (&str, &str),
        period: &str,
        value: Observation,
    ) {
        let frequency = self.framework.measure(measure).unwrap().frequency;
        let mut breakdown = Breakdown::total();
        if !category.is_empty() {
            breakdown =
                breakdown.with(DimensionId::new(dimension).unwrap(), Category::new(category).unwrap());
        }
        let key = SeriesKey {
            measure: MeasureId::new(measure).unwrap(),
            breakdown,
            area: AreaCode::new(area).unwrap(),
        };
        let ordinal = frequency.parse(period).unwrap().ordinal();
        assert!(self.series.entry(key).or_default().insert(ordinal, value).is_none());
    }

    fn dataset(&self) -> Dataset {
        let mut data = Dataset::new();
        for (key, points) in &self.series {
            let kind = self.framework.measure(key.measure.as_str()).unwrap().frequency;
            let mut builder = SeriesBuilder::new(kind);
            points.iter().for_each(|(ordinal, value)| builder.push(*ordinal, *value, 1));
            data.insert(key.clone(), builder.build().unwrap());
        }
        data
    }

    fn evaluate(&self, data: &Dataset, indicator: &str, area: &str, period: &str) -> Option<Evaluation<'_>> {
        let valuer = Valuer::new(&self.framework, data);
        let indicator = self.framework.indicator(indicator).unwrap();
        let area = AreaCode::new(area).unwrap();
        let kind = indicator.frequency;
        let period = kind.parse(period).unwrap();
        let periods: Vec<_> = valuer.periods(indicator, kind).into_iter().filter(|p| *p <= period).collect();
        let place = periods.iter().position(|p| *p == period)?;
        let history = History::new(&valuer, indicator, &area, &periods);
        Some(evaluate(&self.framework, &history, place, &Viewpoint::default()))
    }
}

#[test]
fn the_scorecard_shows_every_colour_and_most_reasons_for_none() {
    let world = World::new();
    let data = world.dataset();
    let status = |indicator: &str, area: &str, period: &str| {
        let evaluation = world.evaluate(&data, indicator, area, period);
        evaluation.map_or(Status::NotAssessed(NotAssessed::NoData), |evaluation| evaluation.status)
    };
    use Colour::{Amber, Green, Red};
    for (colour, indicator, period) in [
        (Amber, "NI-1", "2023/24"),
        (Green, "NI-3", "2023/24"),
        (Red, "NI-4", "2023/24"),
        (Green, "NI-7", "2023/24"),
        (Amber, "NI-8", "2023/24"),
        (Amber, "NI-11", "2023"),
        (Green, "NI-12", "2023/24"),
        (Red, "NI-13", "2023/24"),
        (Green, "NI-14", "2023/24"),
        (Green, "NI-15", "2023/24"),
        (Red, "NI-16", "2022/23"),
        (Green, "NI-17", "2023/24"),
        (Amber, "NI-18", "2022/23"),
        (Green, "NI-19", "2021/22"),
        (Red, "NI-19", "2022/23"),
        (Amber, "NI-19", "2023/24"),
        (Amber, "MSG-1a", "2024-09"),
        (Green, "MSG-2a", "2024-09"),
        (Amber, "MSG-4", "2024-09"),
    ] {
        assert_eq!(status(indicator, AREA, period), Status::Assessed(colour), "{indicator} {period}");
    }
    for (reason, indicator, area, period) in [
        (NotAssessed::NoTarget, "NI-2", AREA, "2023/24"),
        (NotAssessed::Suppressed, "NI-9", AREA, "2023/24"),
        (NotAssessed::IncompleteWindow, "NI-16", AREA, "2023/24"),
        (NotAssessed::AwaitingData, "NI-18", AREA, "2023/24"),
        (NotAssessed::AwaitingData, "NI-20", AREA, "2023/24"),
        (NotAssessed::NoData, "MSG-6", AREA, "2023/24"),
        (NotAssessed::IncompleteWindow, "NI-19", "X12000005", "2021/22"),
        (NotAssessed::IncompleteParts, "NI-19", world::NATION, "2021/22"),
    ] {
        assert_eq!(
            status(indicator, area, period),
            Status::NotAssessed(reason),
            "{indicator} {area} {period}"
        );
    }
    // The council's own target, the nation's whole year, and the board's own instead of the national standard.
    assert_eq!(status("NI-19", "X12000002", "2023/24"), Status::Assessed(Amber));
    assert_eq!(status("NI-19", world::NATION, "2023/24"), Status::Assessed(Red));
    assert_eq!(status("MSG-3b", world::BOARD, "2024-09"), Status::Assessed(Amber));
    assert_eq!(status("MSG-3b", world::BOARD, "2023-03"), Status::Assessed(Red));
}

#[test]
fn short_and_long_trends_part_company() {
    let world = World::new();
    let delays = world.evaluate(&world.dataset(), "NI-19", AREA, "2023/24").unwrap();
    assert_eq!((delays.short_trend.trend, delays.long_trend.trend), (Trend::Better, Trend::Worse));
}

//! A reader who tries to work out what is withheld, from everything that is shown: by equations, and by what a
//! count can be at least and at most. It asks the public library, and knows nothing of how small numbers are
//! protected.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::{Engine, ExplainQuery, ValuesQuery};
use kilter::table::{Column, Table};
use kilter_core::framework::Text;
use kilter_tests::answers::everything;
use kilter_tests::stored::{day, take_in};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The smallest areas, and what they are parts of; two ways to divide the whole, and a group of peers.
const LEAVES: [&str; 5] = ["a", "b", "c", "d", "e"];
const TREE: [(&str, &[&[&str]]); 6] = [
    ("p", &[&["a", "b"]]),
    ("q", &[&["c", "d", "e"]]),
    ("all", &[&["p", "q"], &["east", "west"]]),
    ("east", &[&["a", "c"]]),
    ("west", &[&["b", "d", "e"]]),
    ("peers", &[&["a", "d", "e"]]),
];
const AGES: [&str; 3] = ["young", "middle", "old"];
const SEXES: [&str; 2] = ["f", "m"];
const MONTHS: [&str; 2] = ["2024-01", "2024-02"];
const BOTH_MONTHS: &str = "2 months to 2024-02";

/// How the figures come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// Without any categories.
    Totals,
    /// By age.
    Ages,
    /// By age and sex together.
    Cross,
    /// By age, and by sex, each for itself.
    Apart,
}

#[derive(Debug, Clone)]
struct World {
    form: Form,
    threshold: u64,
    zeros_shown: bool,
    /// Whether the smallest areas state their totals too.
    stated: bool,
    /// By leaf, age, sex and month; none where nothing was collected in the area that month.
    counts: Vec<Option<u64>>,
}

fn count(leaf: usize, age: usize, sex: usize, month: usize) -> usize {
    ((leaf * AGES.len() + age) * SEXES.len() + sex) * MONTHS.len() + month
}

fn world() -> impl Strategy<Value = World> {
    let form = prop_oneof![Just(Form::Totals), Just(Form::Ages), Just(Form::Cross), Just(Form::Apart)];
    let all = LEAVES.len() * AGES.len() * SEXES.len() * MONTHS.len();
    // Tables of few people, and of many with small numbers among them.
    let one = |most: u64| prop_oneof![3 => 0..most.min(8), 3 => 0..most, 1 => Just(0u64)];
    let counts =
        prop_oneof![Just(3), Just(60)].prop_flat_map(move |most| prop::collection::vec(one(most), all));
    let gone = prop::collection::btree_set((0..LEAVES.len(), 0..MONTHS.len()), 0..2);
    (form, 1u64..10, any::<bool>(), any::<bool>(), counts, gone).prop_map(
        |(form, threshold, zeros_shown, stated, counts, gone)| {
            let mut counts: Vec<Option<u64>> = counts.into_iter().map(Some).collect();
            for (leaf, month) in gone {
                for (age, sex) in (0..AGES.len()).flat_map(|age| (0..SEXES.len()).map(move |sex| (age, sex)))
                {
                    counts[count(leaf, age, sex, month)] = None;
                }
            }
            World { form, threshold, zeros_shown, stated, counts }
        },
    )
}

/// Categories that a figure is for: none is all of them.
type Slice = (Option<usize>, Option<usize>);

fn slices() -> Vec<Slice> {
    let ages = || std::iter::once(None).chain((0..AGES.len()).map(Some));
    let sexes = || std::iter::once(None).chain((0..SEXES.len()).map(Some));
    ages().flat_map(|age| sexes().map(move |sex| (age, sex))).collect()
}

fn named((age, sex): Slice) -> String {
    let age = age.map(|age| format!("age={}", AGES[age]));
    let sex = sex.map(|sex| format!("sex={}", SEXES[sex]));
    age.into_iter().chain(sex).collect::<Vec<_>>().join(";")
}

impl World {
    fn of(&self, leaf: usize, (age, sex): Slice, month: usize) -> Option<u64> {
        let ages = age.map_or(0..AGES.len(), |age| age..age + 1);
        let sexes = sex.map_or(0..SEXES.len(), |sex| sex..sex + 1);
        ages.flat_map(|age| sexes.clone().map(move |sex| (age, sex)))
            .map(|(age, sex)| self.counts[count(leaf, age, sex, month)])
            .sum()
    }

    fn observed(&self) -> Vec<Slice> {
        let every = slices();
        let fits = |(age, sex): &Slice| match self.form {
            Form::Totals => age.is_none() && sex.is_none(),
            Form::Ages => age.is_some() && sex.is_none(),
            Form::Cross => age.is_some() && sex.is_some(),
            Form::Apart => age.is_some() != sex.is_some(),
        };
        let stated = |(age, sex): &Slice| self.stated && age.is_none() && sex.is_none();
        every.into_iter().filter(|slice| fits(slice) || stated(slice)).collect()
    }

    fn rows(&self) -> String {
        let mut rows = String::from("measure,area,period,value,age,sex\n");
        for (leaf, area) in LEAVES.iter().enumerate() {
            for (month, period) in MONTHS.iter().enumerate() {
                for slice in self.observed() {
                    let Some(value) = self.of(leaf, slice, month) else { continue };
                    let (age, sex) =
                        (slice.0.map_or("", |age| AGES[age]), slice.1.map_or("", |sex| SEXES[sex]));
                    let _ = writeln!(rows, "falls,{area},{period},{value},{age},{sex}");
                }
            }
        }
        rows
    }

    fn framework(&self) -> String {
        let mut text = String::from("framework = { id = \"small\", title = \"Small\" }\narea = [\n");
        for leaf in LEAVES {
            let _ = writeln!(text, "{{ code = \"{leaf}\", name = \"{leaf}\", kind = \"council\" }},");
        }
        for (area, divisions) in TREE {
            let _ = write!(text, "{{ code = \"{area}\", name = \"{area}\", kind = \"partnership\", ");
            let _ = write!(text, "parts = {:?}, divisions = [", divisions[0]);
            for further in &divisions[1..] {
                let _ = write!(text, "{{ by = \"other\", parts = {further:?} }},");
            }
            text += "] },\n";
        }
        let zeros = if self.zeros_shown { "shown" } else { "withheld" };
        let _ = writeln!(
            text,
            "]\n[[measure]]\nid = \"falls\"\ntitle = \"Falls\"\nunit = \"falls\"\nfrequency = \"month\"\n\
             over_time = \"sum\"\nover_areas = \"sum\"\n\
             dimensions = [{{ id = \"age\", categories = {AGES:?} }}, {{ id = \"sex\", categories = {SEXES:?} }}]\n\
             suppress = {{ threshold = {}, zeros = \"{zeros}\" }}",
            self.threshold
        );
        for slice in slices() {
            let of = match named(slice) {
                all if all.is_empty() => "falls".to_owned(),
                some => format!("falls[{some}]"),
            };
            text += &indicator(&id(slice), &of);
        }
        text + &indicator("DIFFERENCE", "falls[age=young] - falls[age=old]")
    }

    fn engine(&self, folder: &Path) -> Engine {
        let text = Text::new("small.toml", &self.framework());
        let mut engine =
            Engine::create_from(&folder.join("store"), &[text], "a test", day("2024-01-01")).unwrap();
        take_in(&mut engine, &self.rows(), day("2024-04-01"));
        engine
    }
}

fn id((age, sex): Slice) -> String {
    format!("A{}S{}", age.map_or(9, |age| age), sex.map_or(9, |sex| sex))
}

fn indicator(id: &str, calculation: &str) -> String {
    format!(
        "[[indicator]]\nid = \"{id}\"\ntitle = \"{id}\"\ncalculation = {{ count = \"{calculation}\" }}\n\
         frequency = \"month\"\npolarity = \"lower\"\ndecimals = 0\nunit = \"falls\"\n"
    )
}

fn texts<'t>(table: &'t Table, column: &str) -> Vec<&'t str> {
    match table.column(column) {
        Some(Column::Text(cells)) => cells.iter().map(|cell| cell.unwrap_or("")).collect(),
        _ => panic!("{column} is no column of texts"),
    }
}

/// A figure that can be asked for: of which area, categories and period. The difference has none.
type Asked = (String, String, String);

/// What is shown of each figure: a number, or that it is withheld. What is not there is not among them.
fn shown(engine: &Engine) -> BTreeMap<Asked, Option<i128>> {
    let mut all = BTreeMap::new();
    for rolling in [None, Some(2)] {
        let table = engine.values(&ValuesQuery { rolling, ..ValuesQuery::default() }).unwrap();
        let Some(Column::Number(values)) = table.column("value") else { panic!("no values") };
        let (of, area) = (texts(&table, "indicator"), texts(&table, "area"));
        let (period, absent) = (texts(&table, "period"), texts(&table, "absent"));
        for (row, value) in values.iter().enumerate() {
            let key = (of[row].to_owned(), area[row].to_owned(), period[row].to_owned());
            match value {
                Some(value) => _ = all.insert(key, Some(value as i128)),
                None if absent[row] == "suppressed" => _ = all.insert(key, None),
                None => {}
            }
        }
    }
    all
}

/// What a reader knows of how figures hang together: each is the first less all the others.
fn sums(known: &BTreeMap<Asked, Option<i128>>) -> Vec<(Asked, Vec<(i128, Asked)>)> {
    let mut sums = Vec::new();
    let areas: Vec<&str> = LEAVES.iter().copied().chain(TREE.iter().map(|(area, _)| *area)).collect();
    let mut add = |total: Asked, parts: Vec<(i128, Asked)>| {
        if known.contains_key(&total) && parts.iter().all(|(_, part)| known.contains_key(part)) {
            sums.push((total, parts));
        }
    };
    let key = |slice: Slice, area: &str, period: &str| (id(slice), area.to_owned(), period.to_owned());
    for period in MONTHS.into_iter().chain([BOTH_MONTHS]) {
        for slice in slices() {
            for (area, divisions) in TREE {
                for division in divisions {
                    let parts = division.iter().map(|part| (1, key(slice, part, period))).collect();
                    add(key(slice, area, period), parts);
                }
            }
            for area in &areas {
                if slice.0.is_none() {
                    let parts = (0..AGES.len()).map(|age| (1, key((Some(age), slice.1), area, period)));
                    add(key(slice, area, period), parts.collect());
                }
                if slice.1.is_none() {
                    let parts = (0..SEXES.len()).map(|sex| (1, key((slice.0, Some(sex)), area, period)));
                    add(key(slice, area, period), parts.collect());
                }
                if period == BOTH_MONTHS {
                    let parts = MONTHS.iter().map(|month| (1, key(slice, area, month))).collect();
                    add(key(slice, area, period), parts);
                }
            }
        }
        for area in &areas {
            let difference = ("DIFFERENCE".to_owned(), (*area).to_owned(), period.to_owned());
            let (young, old) = ((Some(0), None), (Some(2), None));
            add(difference, vec![(1, key(young, area, period)), (-1, key(old, area, period))]);
        }
    }
    sums
}

/// A prime by which equations are solved: what has one answer among all numbers has one among the remainders, but for
/// a chance of one in 10¹⁸.
const PRIME: i128 = (1 << 61) - 1;

fn inverse(of: i128) -> i128 {
    let (mut base, mut power, mut result) = (of, PRIME - 2, 1);
    while power > 0 {
        if power & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        power >>= 1;
    }
    result
}

type Line = BTreeMap<usize, i128>;

/// A line less what the others, each with its first place, say of it.
fn reduced(mut line: Line, known: &BTreeMap<usize, Line>) -> Line {
    let mut from = 0;
    while let Some((&place, &by)) = line.range(from..).next() {
        from = place + 1;
        if let Some(other) = known.get(&place) {
            for (at, value) in other {
                let rest = (line.get(at).copied().unwrap_or_default() - by * value).rem_euclid(PRIME);
                if rest == 0 {
                    line.remove(at)
                } else {
                    line.insert(*at, rest)
                };
            }
        }
    }
    line
}

/// The withheld figures that follow from the equations alone.
fn solved(known: &BTreeMap<Asked, Option<i128>>, sums: &[(Asked, Vec<(i128, Asked)>)]) -> Vec<Asked> {
    let unknown: Vec<&Asked> =
        known.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| key).collect();
    let place: BTreeMap<&Asked, usize> = unknown.iter().enumerate().map(|(at, key)| (*key, at)).collect();
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    for (total, parts) in sums {
        let mut line = Line::new();
        let all = parts.iter().map(|(by, part)| (*by, part)).chain([(-1, total)]);
        for (by, figure) in all {
            if let Some(at) = place.get(figure) {
                *line.entry(*at).or_default() += by.rem_euclid(PRIME);
            }
        }
        let line = reduced(line, &lines);
        if let Some((&first, &by)) = line.iter().next() {
            let by = inverse(by);
            lines.insert(first, line.into_iter().map(|(at, value)| (at, value * by % PRIME)).collect());
        }
    }
    let alone = |at: &usize| reduced(Line::from([(*at, 1)]), &lines).is_empty();
    place.iter().filter(|(_, at)| alone(at)).map(|(key, _)| (*key).clone()).collect()
}

/// The withheld figures for which but one number is left, by what each can be at least and at most.
fn cornered(
    known: &BTreeMap<Asked, Option<i128>>,
    sums: &[(Asked, Vec<(i128, Asked)>)],
    least: i128,
) -> Vec<Asked> {
    const ANY: i128 = 1 << 60;
    let mut bounds: BTreeMap<&Asked, (i128, i128)> = known
        .iter()
        .map(|(key, value)| match value {
            Some(value) => (key, (*value, *value)),
            None if key.0 == "DIFFERENCE" => (key, (-ANY, ANY)),
            None => (key, (least, ANY)),
        })
        .collect();
    loop {
        let before = bounds.clone();
        for (total, parts) in sums {
            let all: Vec<(i128, &Asked)> =
                parts.iter().map(|(by, part)| (*by, part)).chain([(-1, total)]).collect();
            for (by, figure) in &all {
                let others = || all.iter().filter(|(_, other)| other != figure);
                let end = |low: bool| -> i128 {
                    others()
                        .map(|(by, other)| {
                            let (least, most) = bounds[*other];
                            if (*by > 0) == low { by * least } else { by * most }
                        })
                        .sum()
                };
                // by x + others = 0
                let (low, high) = if *by > 0 { (-end(false), -end(true)) } else { (end(true), end(false)) };
                let entry = bounds.get_mut(*figure).unwrap();
                *entry = (entry.0.max(low), entry.1.min(high).max(entry.0.max(low)));
            }
        }
        if before == bounds {
            break;
        }
    }
    let one = |(key, (least, most)): (&&Asked, &(i128, i128))| {
        (least == most && known[*key].is_none()).then(|| (*key).clone())
    };
    bounds.iter().filter_map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_small_number_can_be_worked_out_from_all_that_is_shown(world in world()) {
        let folder = tempfile::tempdir().unwrap();
        let engine = world.engine(folder.path());
        let known = shown(&engine);
        let small = |value: u64| value <= world.threshold && !(value == 0 && world.zeros_shown);
        // What is small, of whatever area, is not shown.
        let mut small_figures = BTreeSet::new();
        for slice in slices() {
            for (month, period) in MONTHS.iter().enumerate() {
                let mut of: BTreeMap<&str, Option<u64>> = BTreeMap::new();
                for (leaf, area) in LEAVES.iter().enumerate() {
                    of.insert(area, world.of(leaf, slice, month));
                }
                for (area, divisions) in [1, 3, 4, 5, 0, 2].map(|at| TREE[at]) {
                    of.insert(area, divisions[0].iter().map(|part| of[*part]).sum());
                }
                for (area, value) in of {
                    let key = (id(slice), area.to_owned(), (*period).to_owned());
                    if value.is_some_and(small) && known.contains_key(&key) {
                        prop_assert_eq!(known[&key], None, "{:?} is {:?}", &key, value);
                        small_figures.insert(key);
                    } else if let (Some(value), Some(Some(shown))) = (value, known.get(&key)) {
                        prop_assert_eq!(i128::from(value), *shown, "{:?}", &key);
                    }
                }
            }
        }
        let sums = sums(&known);
        for found in [solved(&known, &sums), cornered(&known, &sums, i128::from(world.zeros_shown))] {
            let found: Vec<_> = found.iter().filter(|key| small_figures.contains(*key)).collect();
            prop_assert!(found.is_empty(), "worked out: {:?}", found);
        }
        // And no more is withheld than where something is small.
        if small_figures.is_empty() {
            prop_assert!(known.values().all(Option::is_some), "nothing is small");
        }
    }
}

/// A framework that answers everything, about two councils with numbers that occur nowhere else.
const EVERYTHING: &str = r#"
framework = { id = "all", title = "All", area = "both" }

area = [
    { code = "both", name = "Both", kind = "partnership", parts = ["north", "south", "east"] },
    { code = "north", name = "North", kind = "council" },
    { code = "south", name = "South", kind = "council" },
    { code = "east", name = "East", kind = "council" },
]

level = [{ id = "board", title = "Board", exceptions = ["red"] }]
outcome = [{ id = "safe", title = "Safe", kind = "local" }]

measure = [
    { id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "sum", suppress = { threshold = 9999, zeros = "shown" } },
    { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "sum" },
]

indicator = [
    { id = "FALLS", title = "Falls", calculation = { count = "falls" }, frequency = "month", polarity = "lower", decimals = 0, unit = "falls", interval = "byar", outcomes = [{ id = "safe" }] },
    { id = "RATE", title = "Falls per 1", calculation = { rate = { numerator = "falls", denominator = "people", per = 1, population_year = "calendar-year", carry_forward = 3 } }, frequency = "month", polarity = "lower", decimals = 0, unit = "falls", interval = "byar" },
]

target = [{ indicator = "FALLS", from = "2024-01", value = 50000, tolerance = { relative = 5 } }]
"#;

/// The small ones of North, and what stands beside them.
const SMALL: [u32; 4] = [7919, 6101, 8387, 5483];

#[test]
fn a_number_that_is_withheld_stands_in_nothing_that_is_printed() {
    let rows = |north: &[u32]| {
        let mut rows = String::from("measure,area,period,value\n");
        for (month, value) in north.iter().enumerate() {
            let month = month + 1;
            let _ = writeln!(rows, "falls,north,2024-{month:02},{value}");
            let _ = writeln!(rows, "falls,south,2024-{month:02},{}", 31_111 + 1000 * month);
            let _ = writeln!(rows, "falls,east,2024-{month:02},{}", 62_222 + 1000 * month);
        }
        rows
    };
    let answers = |north: &[u32], revised: &[u32]| {
        let folder = tempfile::tempdir().unwrap();
        let text = Text::new("all.toml", EVERYTHING);
        let mut engine =
            Engine::create_from(&folder.path().join("store"), &[text], "a test", day("2024-01-01")).unwrap();
        let people =
            "measure,area,period,value\npeople,north,2023,1\npeople,south,2023,1\npeople,east,2023,1\n";
        take_in(&mut engine, people, day("2024-03-01"));
        take_in(&mut engine, &rows(north), day("2024-06-01"));
        take_in(&mut engine, &rows(revised), day("2024-07-01"));
        let mut answers = everything(&engine, "FALLS");
        for indicator in ["FALLS", "RATE"] {
            let north = ExplainQuery { area: Some("north".into()), ..ExplainQuery::of(indicator) };
            let explained = engine.explain(&north).unwrap();
            answers.push(("the explanation of a small one", explained.text().as_bytes().to_vec()));
            answers.push(("the explanation of a small one as JSON", explained.json().into_bytes()));
        }
        answers
    };
    let printed = |answers: &[(&str, Vec<u8>)], number: u32| -> Vec<String> {
        let forms = [number.to_string().into_bytes(), f64::from(number).to_le_bytes()[2..].to_vec()];
        let grouped = format!("{},{:03}", number / 1000, number % 1000).into_bytes();
        let holds = |bytes: &[u8]| {
            forms.iter().chain([&grouped]).any(|form| bytes.windows(form.len()).any(|of| of == form))
        };
        answers.iter().filter(|(_, bytes)| holds(bytes)).map(|(what, _)| (*what).to_owned()).collect()
    };
    let revised: Vec<u32> = SMALL.iter().map(|value| value + 600).collect();
    let told = answers(&SMALL, &revised);
    for number in SMALL.iter().chain(&revised) {
        assert_eq!(printed(&told, *number), Vec::<String>::new(), "{number}");
    }
    // What is not small is printed by nearly all of them.
    let large = [17_919, 16_101, 18_387, 15_483];
    let told = answers(&large, &large.map(|value| value + 600));
    assert!(printed(&told, large[3] + 600).len() > 2, "{:?}", printed(&told, large[3] + 600));
}

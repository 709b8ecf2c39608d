//! Laws of judgement through the public library: mirrored rules give mirrored answers, more tolerance and better
//! values are never judged worse, a value printed as exactly a limit is on it; and escalations are played back
//! by the rules and figures of each day.
//!
//! Figures are whole numbers of the last place here, so that what stands on which side of a limit is known
//! exactly; how the engine computes is not.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::Date;
use kilter::engine::{AsAt, Engine, EscalationsQuery, EvaluateQuery};
use kilter::table::{Column, Table};
use kilter_core::framework::Text;
use kilter_tests::stored::{day, take_in};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write;
use std::fs;

/// The cells of a column as texts.
fn cells(table: &Table, column: &str) -> Vec<String> {
    match table.column(column).unwrap_or_else(|| panic!("there is no column {column}")) {
        Column::Text(cells) => cells.iter().map(|cell| cell.unwrap_or("").to_owned()).collect(),
        Column::Date(cells) => {
            cells.iter().map(|cell| cell.map_or(String::new(), |d| d.to_string())).collect()
        }
        Column::Integer(cells) => cells.iter().map(|n| n.map_or(String::new(), |n| n.to_string())).collect(),
        Column::Number(cells) => cells.iter().map(|n| n.map_or(String::new(), |n| n.to_string())).collect(),
    }
}

/// So many units of a place, as a decimal.
fn decimal(units: i128, places: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if units < 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn month(place: usize) -> String {
    format!("{}-{:02}", 2023 + place / 12, place % 12 + 1)
}

/// A series of published values, month by month from January 2023, and what judges it.
#[derive(Debug, Clone)]
struct Judged {
    polarity: &'static str,
    /// From when the target is in force, and its goal, as in a framework file.
    goal: String,
    tolerance: String,
    values: Vec<String>,
}

/// What was said of one month.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    status: String,
    reason: String,
    variance: String,
    short_trend: String,
}

impl Said {
    /// 0 is the best.
    fn rank(&self) -> Option<usize> {
        ["green", "amber", "red"].iter().position(|colour| self.status == *colour)
    }
}

/// What the engine says of every month of every series, out of one store.
fn judged(all: &[Judged], comparison: &str, decimals: usize) -> Vec<Vec<Said>> {
    let mut text =
        format!("framework = {{ id = \"laws\", title = \"Laws\", comparison = \"{comparison}\" }}\n");
    text += "area = [{ code = \"here\", name = \"Here\", kind = \"council\" }]\n";
    let mut rows = String::from("measure,area,period,value\n");
    for (i, Judged { polarity, goal, tolerance, values }) in all.iter().enumerate() {
        let _ = write!(
            text,
            "[[measure]]\nid = \"m{i}\"\ntitle = \"M\"\nunit = \"points\"\nfrequency = \"month\"\n\
             over_time = \"none\"\nover_areas = \"none\"\n[[indicator]]\nid = \"I{i}\"\ntitle = \"I\"\n\
             calculation = {{ published = \"m{i}\" }}\nfrequency = \"month\"\npolarity = \"{polarity}\"\n\
             decimals = {decimals}\nunit = \"points\"\n[[target]]\nindicator = \"I{i}\"\n{goal}\n\
             tolerance = {tolerance}\n"
        );
        for (place, value) in values.iter().enumerate() {
            let _ = writeln!(rows, "m{i},here,{},{value}", month(place));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let texts = [Text::new("laws.toml", &text)];
    let mut engine = Engine::create_from(&store, &texts, "laws.toml", day("2023-01-01")).unwrap();
    take_in(&mut engine, &rows, day("2026-01-01"));
    let months = all.iter().map(|judged| judged.values.len()).max().unwrap_or(0);
    let mut said: Vec<Vec<Said>> = vec![Vec::new(); all.len()];
    for place in 0..months {
        let mut query = EvaluateQuery { period: Some(month(place)), ..EvaluateQuery::default() };
        query.selection.areas.push("here".to_owned());
        let table = engine.evaluate(&query).unwrap();
        assert_eq!(table.rows(), all.len());
        let columns = ["status", "reason", "variance", "short_trend"].map(|column| cells(&table, column));
        for (i, said) in said.iter_mut().enumerate() {
            let [status, reason, variance, short_trend] =
                [0, 1, 2, 3].map(|column| columns[column][i].clone());
            said.push(Said { status, reason, variance, short_trend });
        }
    }
    said
}

/// By how much a goal differs from a value, in tenths of a percent or in points of the last place.
#[derive(Debug, Clone, Copy)]
enum By {
    Percent(i128),
    Points(i128),
}

/// What is aimed at, in units of the last of two places.
#[derive(Debug, Clone)]
enum Goal {
    Fixed(i128),
    Range(i128, i128),
    PerPeriod(Vec<i128>),
    Line(i128, i128),
    ChangeOfMonth(usize, By),
    ChangeOfNumber(i128, By),
    Beside(&'static str, By),
}

const PLACES: usize = 2;
const MONTHS: usize = 14;

impl Goal {
    /// As it stands in a framework file, or with every value and difference negated.
    fn written(&self, sign: i128) -> String {
        let value = |units: i128| decimal(sign * units, PLACES);
        let by = |by: By| match by {
            By::Percent(tenths) => format!("percent = {}", decimal(sign * tenths, 1)),
            By::Points(units) => format!("points = {}", decimal(sign * units, PLACES)),
        };
        let goal = match self {
            Self::Fixed(aim) => format!("value = {}", value(*aim)),
            Self::Range(low, high) if sign < 0 => format!("value = [{}, {}]", value(*high), value(*low)),
            Self::Range(low, high) => format!("value = [{}, {}]", value(*low), value(*high)),
            Self::PerPeriod(aims) => {
                let aims =
                    aims.iter().enumerate().map(|(i, aim)| format!("\"{}\" = {}", month(i), value(*aim)));
                format!("values = {{ {} }}", aims.collect::<Vec<_>>().join(", "))
            }
            Self::Line(from, to) => format!(
                "trajectory = [{{ period = \"2023-02\", value = {} }}, {{ period = \"2024-01\", value = {} }}]",
                value(*from),
                value(*to)
            ),
            Self::ChangeOfMonth(place, of) => {
                format!("change = {{ baseline = \"{}\", {} }}", month(*place), by(*of))
            }
            Self::ChangeOfNumber(base, of) => {
                format!("change = {{ baseline = {}, {} }}", value(*base), by(*of))
            }
            Self::Beside(with, of) => format!("comparator = {{ with = \"{with}\", {} }}", by(*of)),
        };
        format!("from = \"2023-01\"\n{goal}")
    }
}

/// Polarity, goal and values: from `least` up, so that a tolerance may be a percentage where it is above 0.
fn history(least: i128) -> impl Strategy<Value = (&'static str, Goal, Vec<i128>)> {
    let value = move || least..5_000i128;
    // A percentage of something above 0 stays above 0; points might not.
    let points = if least > 0 { 0..3_000i128 } else { -3_000..3_000 };
    let by = move || prop_oneof![(-900..900i128).prop_map(By::Percent), points.clone().prop_map(By::Points)];
    let goal = prop_oneof![
        value().prop_map(Goal::Fixed),
        prop::collection::vec(value(), MONTHS).prop_map(Goal::PerPeriod),
        (value(), value()).prop_map(|(from, to)| Goal::Line(from, to)),
        (0usize..MONTHS - 1, by()).prop_map(|(place, by)| Goal::ChangeOfMonth(place, by)),
        (value(), by()).prop_map(|(base, by)| Goal::ChangeOfNumber(base, by)),
        (select(vec!["previous period", "same period last year"]), by())
            .prop_map(|(with, by)| Goal::Beside(with, by)),
    ];
    let one = (select(vec!["higher", "lower"]), goal);
    let range = (value(), 0..2_000i128).prop_map(|(low, width)| ("range", Goal::Range(low, low + width)));
    (prop_oneof![7 => one, 2 => range], prop::collection::vec(value(), MONTHS))
        .prop_map(|((polarity, goal), values)| (polarity, goal, values))
}

fn written(values: &[i128], sign: i128) -> Vec<String> {
    values.iter().map(|value| decimal(sign * value, PLACES)).collect()
}

fn cuts(unit: &str, green: i128, amber: i128) -> String {
    format!("{{ {unit} = [{}, {}] }}", decimal(green, PLACES), decimal(amber, PLACES))
}

fn comparison() -> impl Strategy<Value = (&'static str, usize)> {
    prop_oneof![Just(("unrounded", 1)), Just(("as published", 1)), Just(("as published", 2))]
}

/// The green cut, and how far beyond it the amber one lies.
fn two_cuts() -> impl Strategy<Value = (i128, i128)> {
    (prop_oneof![Just(0i128), 0..1_500i128], 0..1_500i128)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mirrored_history_is_judged_as_the_history_is(
        histories in prop::collection::vec((history(-5_000), two_cuts()), 1..12), (how, decimals) in comparison(),
    ) {
        let mut all = Vec::new();
        for ((polarity, goal, values), (green, more)) in &histories {
            let mirrored = match *polarity {
                "higher" => "lower",
                "lower" => "higher",
                other => other,
            };
            for (polarity, sign) in [(*polarity, 1), (mirrored, -1)] {
                let tolerance = cuts("points", *green, green + more);
                all.push(Judged { polarity, goal: goal.written(sign), tolerance, values: written(values, sign) });
            }
        }
        let said = judged(&all, how, decimals);
        for (both, rules) in said.chunks(2).zip(all.chunks(2)) {
            for (ours, theirs) in both[0].iter().zip(&both[1]) {
                let variance = theirs.variance.parse::<f64>().ok().map(|v| if v == 0.0 { v } else { -v });
                let mirrored = Said { variance: ours.variance.clone(), ..theirs.clone() };
                prop_assert_eq!(ours, &mirrored, "{:?}", rules);
                prop_assert_eq!(ours.variance.parse().ok(), variance, "{:?}", rules);
            }
        }
    }

    #[test]
    fn more_tolerance_and_a_better_value_are_never_judged_worse(
        histories in prop::collection::vec(
            (history(100), two_cuts(), (0..500i128, 0..500i128), 0..=100i128, any::<bool>()), 1..10,
        ),
        (how, decimals) in comparison(),
    ) {
        let mut all = Vec::new();
        for ((polarity, goal, values), (green, more), (wider, still), share, relative) in &histories {
            let unit = if *relative { "relative" } else { "points" };
            let mut better = values.clone();
            let last = better.last_mut().unwrap();
            *last = match (goal, *polarity) {
                // Nearer to the middle of the range, or into it.
                (Goal::Range(low, high), _) => *last + ((low + high) / 2 - *last) * share / 100,
                (_, "higher") => *last + 40 * share,
                _ => *last - *last * share / 100,
            };
            for (values, green, amber) in [
                (values, *green, green + more),
                (values, green + wider, green + wider + more.max(still)),
                (&better, *green, green + more),
            ] {
                let (goal, tolerance) = (goal.written(1), cuts(unit, green, amber));
                all.push(Judged { polarity, goal, tolerance, values: written(values, 1) });
            }
        }
        let said = judged(&all, how, decimals);
        for (three, rules) in said.chunks(3).zip(all.chunks(3)) {
            for (narrow, wide) in three[0].iter().zip(&three[1]) {
                prop_assert_eq!(&narrow.reason, &wide.reason, "{:?}", rules);
                prop_assert!(wide.rank() <= narrow.rank(), "{narrow:?} {wide:?} {rules:?}");
            }
            let [ours, better] = [&three[0][MONTHS - 1], &three[2][MONTHS - 1]];
            prop_assert_eq!(&ours.reason, &better.reason, "{:?}", rules);
            prop_assert!(better.rank() <= ours.rank(), "{ours:?} {better:?} {rules:?}");
        }
    }
}

/// Eight places hold every limit that is made of two places, a percentage of a goal and one of a tolerance.
const FINE: usize = 8;
const OF_PLACES: i128 = 1_000_000;

/// Goals of which every limit is known exactly, with what is aimed at in each month from the second on.
#[derive(Debug, Clone)]
struct Edges {
    polarity: &'static str,
    goal: Goal,
    relative: bool,
    green: i128,
    amber: i128,
    /// Of the first month, in units of the last of two places.
    first: i128,
    /// For each month on which side of a range, at which of the three limits, how far from it.
    picks: Vec<(bool, usize, i128)>,
}

fn edges() -> impl Strategy<Value = Edges> {
    any::<bool>().prop_flat_map(|relative| {
        let least = if relative { 1 } else { -99_999 };
        let value = move || least..=99_999i128;
        let by = move || {
            let points = if relative { 0..30_000i128 } else { -30_000..30_000 };
            prop_oneof![(-900..900i128).prop_map(By::Percent), points.prop_map(By::Points)]
        };
        let end = MONTHS as i128 - 1;
        let goal = prop_oneof![
            value().prop_map(Goal::Fixed),
            prop::collection::vec(value(), MONTHS).prop_map(Goal::PerPeriod),
            // Equal steps of whole units, so that every point of the line is a decimal of two places.
            (value(), -2_000..2_000i128).prop_map(move |(from, step)| {
                let to = from + step * end;
                Goal::Line(from, if relative && to < 1 { from + step.abs() * end } else { to })
            }),
            by().prop_map(|by| Goal::ChangeOfMonth(0, by)),
            (value(), by()).prop_map(|(base, by)| Goal::ChangeOfNumber(base, by)),
        ];
        let one = (select(vec!["higher", "lower"]), goal);
        let range = (value(), 0..9_999i128).prop_map(|(low, width)| ("range", Goal::Range(low, low + width)));
        let picks = prop::collection::vec((any::<bool>(), 0usize..3, -1..=1i128), MONTHS);
        (prop_oneof![7 => one, 2 => range], two_cuts(), value(), picks).prop_map(
            move |((polarity, goal), (green, more), first, picks)| {
                // Percentages with one decimal, or eight places would not hold the limits.
                let step = if relative { 10 } else { 1 };
                let [green, amber] = [green, green + more].map(|cut| cut / step * step);
                Edges { polarity, goal, relative, green, amber, first, picks }
            },
        )
    })
}

impl Edges {
    /// What is aimed at in a month, on one side of it, in the finest units.
    fn aim(&self, place: usize, high: bool) -> i128 {
        let from = |base: i128, by: By| match by {
            By::Percent(tenths) => OF_PLACES * base + OF_PLACES * base.abs() * tenths / 1_000,
            By::Points(points) => OF_PLACES * (base + points),
        };
        match &self.goal {
            Goal::Fixed(aim) => OF_PLACES * aim,
            Goal::Range(low, top) => OF_PLACES * if high { top } else { low },
            Goal::PerPeriod(aims) => OF_PLACES * aims[place],
            Goal::Line(start, end) => {
                let months = MONTHS as i128 - 1;
                OF_PLACES * (start + (end - start) / months * place as i128)
            }
            Goal::ChangeOfMonth(_, by) => from(self.first, *by),
            Goal::ChangeOfNumber(base, by) => from(*base, *by),
            Goal::Beside(..) => unreachable!("what stands beside has no limit of its own"),
        }
    }

    /// The value of a month and the colour it must have.
    fn pick(&self, place: usize) -> (i128, &'static str) {
        let (high, cut, delta) = self.picks[place];
        let worse = match self.polarity {
            "lower" => 1,
            "range" if high => 1,
            _ => -1,
        };
        let aim = self.aim(place, high);
        // A cut of points is in hundredths, a percentage too.
        let width = |cut: i128| if self.relative { aim * cut / 10_000 } else { OF_PLACES * cut };
        let widths = [0, width(self.green), width(self.amber)];
        let limit = aim + worse * widths[cut];
        let last_place = (0..=FINE).map(|places| 10i128.pow((FINE - places) as u32)).find(|u| limit % u == 0);
        let value = limit + delta * last_place.unwrap_or(1);
        let missed_by = (value - aim) * worse;
        let colour = match (&self.goal, high) {
            // One place within a narrow range may lie beyond its other end.
            (Goal::Range(low, _), true) if value < OF_PLACES * low => "any",
            (Goal::Range(_, top), false) if value > OF_PLACES * top => "any",
            _ if missed_by <= widths[1] => "green",
            _ if missed_by <= widths[2] => "amber",
            _ => "red",
        };
        (value, colour)
    }

    fn judged(&self) -> Judged {
        let unit = if self.relative { "relative" } else { "points" };
        let first = decimal(self.first, PLACES);
        let rest = (1..MONTHS).map(|place| decimal(self.pick(place).0, FINE));
        // A line from the first month to the last, not from the second to the last but one.
        let goal = self.goal.written(1).replace("\"2023-02\", value", "\"2023-01\", value");
        let goal = goal.replace("\"2024-01\", value", &format!("\"{}\", value", month(MONTHS - 1)));
        Judged {
            polarity: self.polarity,
            goal: if matches!(self.goal, Goal::Line(..)) { goal } else { self.goal.written(1) },
            tolerance: cuts(unit, self.green, self.amber),
            values: std::iter::once(first).chain(rest).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_printed_as_exactly_a_limit_is_on_it_and_its_neighbours_are_told_apart(
        edges in prop::collection::vec(edges(), 1..16), how in select(vec!["unrounded", "as published"]),
    ) {
        let all: Vec<Judged> = edges.iter().map(Edges::judged).collect();
        for ((said, rules), edges) in judged(&all, how, 10).iter().zip(&all).zip(&edges) {
            for (place, said) in said.iter().enumerate().skip(1) {
                let (_, colour) = edges.pick(place);
                let what = format!("{} of {}: {rules:?}", rules.values[place], month(place));
                prop_assert!(colour == "any" || said.status == colour, "{colour}, not {said:?}: {what}");
            }
        }
    }
}

/// How a monthly figure is watched: what it should reach, and what makes it go to the board.
#[derive(Debug, Clone, Copy)]
struct Watch {
    aim: u32,
    when: &'static str,
    raise_after: u32,
    clear_after: u32,
}

/// What the group sees as amber.
const TOLERATED: u32 = 3;

impl Watch {
    fn framework(self, due_after: u32) -> String {
        let Self { aim, when, raise_after, clear_after } = self;
        format!(
            r#"
framework = {{ id = "watched", title = "Watched", area = "here" }}
area = [{{ code = "here", name = "Here", kind = "council" }}]
measure = [{{ id = "m", title = "M", unit = "m", frequency = "month", over_time = "none", over_areas = "none" }}]
indicator = [{{ id = "I", title = "I", calculation = {{ published = "m" }}, frequency = "month", polarity = "higher", decimals = 0, unit = "m", available_after = {{ days = {due_after} }} }}]
target = [{{ indicator = "I", from = "2023-01", value = {aim} }}]
level = [{{ id = "group", title = "Group", tolerance = {{ points = {TOLERATED} }} }}, {{ id = "board", title = "Board" }}]
escalation = [{{ id = "up", title = "Up", from = "group", to = "board", when = "{when}", raise_after = {raise_after}, clear_after = {clear_after} }}]
"#
        )
    }

    fn colour(self, figure: Option<u32>) -> &'static str {
        match figure {
            Some(figure) if figure >= self.aim => "green",
            Some(figure) if figure + TOLERATED >= self.aim => "amber",
            Some(_) => "red",
            None => "",
        }
    }
}

fn watch() -> impl Strategy<Value = Watch> {
    (8u32..14, select(vec!["red", "amber or red"]), 1u32..4, 1u32..4)
        .prop_map(|(aim, when, raise_after, clear_after)| Watch { aim, when, raise_after, clear_after })
}

fn days_after(day: Date, days: u32) -> Date {
    (0..days).fold(day, |day, _| day.succ_opt().unwrap())
}

fn end_of(place: usize) -> Date {
    kilter::PeriodKind::Month.parse(&month(place)).unwrap().end()
}

/// A figure of a month, and the day on which it became known.
type Known = (Date, usize, u32);

/// A step: the day, the period, the colour, what happened, where it stands.
type Step = [String; 5];

fn steps(engine: &Engine, as_at: AsAt, figures_of_the_day: bool) -> Vec<Step> {
    let query = EscalationsQuery { as_at, figures_of_the_day, ..EscalationsQuery::default() };
    let table = engine.escalations(&query).unwrap();
    let columns = ["on", "period", "status", "event", "state"].map(|column| cells(&table, column));
    (0..table.rows()).map(|row| [0, 1, 2, 3, 4].map(|column| columns[column][row].clone())).collect()
}

/// The steps at which something happens, played by hand.
fn by_hand(reports: impl Iterator<Item = (Date, usize, Option<u32>, Watch)>) -> Vec<Step> {
    let (mut up, mut held, mut quiet) = (false, 0, 0);
    let mut steps = Vec::new();
    for (on, place, figure, watch) in reports {
        let colour = watch.colour(figure);
        let holds = match colour {
            "" => continue,
            "amber" => watch.when == "amber or red",
            other => other == "red",
        };
        let was = held;
        (held, quiet) = if holds { (held + 1, 0) } else { (0, quiet + u32::from(up)) };
        let (event, state) = match (holds, up) {
            (true, false) if held >= watch.raise_after => ("raised", "raised"),
            (true, false) if was == 0 => ("pending", "pending"),
            (false, false) if was > 0 => ("dropped", "clear"),
            (false, true) if quiet >= watch.clear_after => ("cleared", "clear"),
            _ => continue,
        };
        if event == "raised" || event == "cleared" {
            (up, quiet) = (event == "raised", 0);
        }
        steps.push([on.to_string(), month(place), colour.into(), event.into(), state.into()]);
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn escalations_are_played_back_by_the_rules_and_figures_of_each_day(
        (first, second) in (watch(), watch()),
        // From which month on, and whether from the very day on which its figures are due.
        (changed, on_the_day) in (0usize..18, any::<bool>()), due_after in select(vec![0u32, 45]),
        // Each month's figures: how long after the month each became known.
        months in prop::collection::vec(prop::collection::vec((0u32..150, 0u32..20), 0..4), 1..18),
    ) {
        let due = |place: usize| days_after(end_of(place), due_after);
        let defined = days_after(due(changed), u32::from(!on_the_day));
        let watch_of = |day: Date| if day < defined { first } else { second };
        let folder = tempfile::tempdir().unwrap();
        let texts = [Text::new("first.toml", &first.framework(due_after))];
        let store = folder.path().join("store");
        let mut engine = Engine::create_from(&store, &texts, "first.toml", day("2020-01-01")).unwrap();
        let next = folder.path().join("second.toml");
        fs::write(&next, second.framework(due_after)).unwrap();
        engine.define(next.to_str().unwrap(), defined).unwrap();

        let mut known: Vec<Known> = Vec::new();
        for (place, figures) in months.iter().enumerate() {
            known.extend(figures.iter().map(|(days, figure)| (days_after(end_of(place), *days), place, *figure)));
        }
        known.sort_by_key(|(day, place, _)| (*day, *place));
        known.dedup_by_key(|(day, place, _)| (*day, *place));
        let mut days: Vec<Date> = known.iter().map(|(day, _, _)| *day).collect();
        days.dedup();
        let mut told: Vec<(Date, Vec<Step>, Vec<Step>)> = Vec::new();
        for day in days {
            let mut rows = String::from("measure,area,period,value\n");
            for (_, place, figure) in known.iter().filter(|(known_at, _, _)| *known_at == day) {
                let _ = writeln!(rows, "m,here,{},{figure}", month(*place));
            }
            take_in(&mut engine, &rows, day);
            let now = steps(&engine, AsAt::Latest, true);
            // Later releases change nothing that was reported before them.
            let earlier = |steps: &[Step]| -> Vec<Step> {
                steps.iter().filter(|step| step[0] < day.to_string()).cloned().collect()
            };
            if let Some((_, before, _)) = told.last() {
                prop_assert_eq!(earlier(before), earlier(&now), "release of {}", day);
            }
            told.push((day, now, steps(&engine, AsAt::Date(day), true)));
        }
        // By hand, with the figures of each day and with the last ones.
        let figure = |place: usize, by: Date| {
            known.iter().rev().find(|(day, of, _)| *of == place && *day <= by).map(|(_, _, figure)| *figure)
        };
        let end = day("2030-01-01");
        let all = |by: &dyn Fn(Date) -> Date| {
            let reports = (0..months.len()).map(|place| (due(place), place, figure(place, by(due(place)))));
            by_hand(reports.map(|(on, place, figure)| (on, place, figure, watch_of(on))))
        };
        let of_each_day = all(&|on| on);
        prop_assert_eq!(&steps(&engine, AsAt::Latest, true), &of_each_day);
        prop_assert_eq!(&steps(&engine, AsAt::Latest, false), &all(&|_| end));
        // As at an earlier day it is the beginning of the same list.
        for (day, _, once) in &told {
            let until = |steps: &[Step]| -> Vec<Step> {
                steps.iter().filter(|step| step[0] <= day.to_string()).cloned().collect()
            };
            let then = steps(&engine, AsAt::Date(*day), true);
            prop_assert_eq!(&then, &until(&of_each_day), "as at {}", day);
            prop_assert_eq!(&then, once, "as at {}, before and after later releases", day);
        }
    }
}

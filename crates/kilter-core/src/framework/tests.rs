//! What a framework file may say, and what is refused.

use super::*;
use crate::ident::IndicatorId;
use crate::target::{Tolerance, ToleranceUnit};

const SMALL: &str = r#"
[framework]
id = "small"
title = "A small framework"

[[area]]
code = "P"
name = "Strath and Glen"
kind = "partnership"
parts = ["A", "B"]

[[area]]
code = "A"
name = "Strath"
kind = "council"

[[area]]
code = "B"
name = "Glen"
kind = "council"

[[measure]]
id = "bed-days"
title = "Bed days"
unit = "bed days"
frequency = "month"
over_time = "sum"
over_areas = "sum"
dimensions = [{ id = "reason", categories = ["health", "code 9"] }]

[[measure]]
id = "population-75"
title = "Population 75+"
unit = "people"
frequency = "calendar-year"
over_time = "none"
over_areas = "sum"

[[outcome]]
id = "outcome-3"
title = "Positive experience"
kind = "national"
number = 3

[[indicator]]
id = "NI-19"
title = "Days when ready to leave"
calculation = { rate = { numerator = "bed-days", denominator = "population-75", per = 1000, population_year = "financial-year-start", carry_forward = 4 } }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "days per 1,000"
outcomes = [{ id = "outcome-3" }]

[[target]]
indicator = "NI-19"
from = "2023/24"
value = 600.0
tolerance = { relative = 5.0 }
"#;

fn with(more: &str) -> Result<Framework, FrameworkError> {
    Framework::from_texts(&[Text::new("small.toml", SMALL), Text::new("more.toml", more)])
}

fn problems(more: &str) -> String {
    with(more).expect_err(more).to_string()
}

#[test]
fn a_later_text_overlays_field_by_field_and_the_rest_is_inherited() {
    let framework = with("[[indicator]]\nid = \"NI-19\"\ndecimals = 1\n").unwrap();
    let indicator = framework.indicator("NI-19").unwrap();
    assert_eq!((indicator.decimals, indicator.title.as_str()), (1, "Days when ready to leave"));
    assert_eq!(framework.indicators().len(), 1);
    assert_eq!(framework.measure("bed-days").unwrap().dimensions[0].categories.len(), 2);
}

#[test]
fn the_target_in_force_is_that_of_the_area_then_the_latest_and_by_the_last_day_of_the_period() {
    let framework = with(
        "[[target]]\nindicator = \"NI-19\"\nfrom = \"2024/25\"\nvalue = 500\n\
         [[target]]\nindicator = \"NI-19\"\nfrom = \"2023/24\"\nto = \"2023/24\"\narea = \"A\"\nvalue = 700\n",
    )
    .unwrap();
    let at = |area: &str, period: &str| {
        let id = IndicatorId::new("NI-19").unwrap();
        let period: Period = period.parse().unwrap();
        framework.target(&id, &AreaCode::new(area).unwrap(), period, None).and_then(|t| t.goal.known(period))
    };
    use crate::target::Aim::Value;
    assert_eq!(at("A", "2022/23"), None);
    assert_eq!(at("A", "2023/24"), Some(Value(700.0)));
    assert_eq!(at("B", "2023/24"), Some(Value(600.0)));
    assert_eq!(at("A", "2024/25"), Some(Value(500.0)));
    assert_eq!(at("B", "12 months to 2023-04"), Some(Value(600.0)), "it ends in 2023/24");
    assert_eq!(at("B", "12 months to 2023-03"), None);
    let five_percent = Tolerance::new(ToleranceUnit::Relative, 0.0, 5.0).unwrap();
    assert_eq!(framework.targets()[0].tolerance, Some(five_percent));
}

#[test]
fn every_problem_is_told_at_once_with_file_line_and_path() {
    let found = problems(
        "[[area]]\ncode = \"P\"\nparts = [\"A\", \"C\"]\nkindd = \"x\"\n\n\
         [[indicator]]\nid = \"X\"\npolarity = \"up\"\nfrequency = \"month\"\n\
         calculation = { count = \"bed-day\" }\ndecimals = 11\n\n\
         [[target]]\nindicator = \"NI-19\"\nfrom = \"2021\"\nvalue = 1\n\n[[cheese]]\n",
    );
    for expected in [
        "more.toml:1: area P: its part C is not an area of the framework",
        "more.toml:4: area P: the field \"kindd\" is not known",
        "more.toml:6: indicator X: title is missing",
        "more.toml:6: indicator X: unit is missing",
        "more.toml:6: indicator X: polarity: \"up\" is not known; expected one of higher, lower, range, none",
        "more.toml:6: indicator X: calculation: there is no measure bed-day",
        "more.toml:6: indicator X: decimals: 11 is more than 10",
        "more.toml:13: indicator NI-19: target from 2021: from: \"2021\" is ambiguous as a financial year",
        "more.toml:18: [cheese] is not known",
    ] {
        assert!(found.contains(expected), "{expected}\n--\n{found}");
    }
    assert_eq!(found.lines().count(), 9, "{found}");
}

#[test]
fn a_calculation_that_cannot_be_made_is_refused_when_it_is_loaded() {
    for (calculation, what) in [
        (
            "{ count = \"bed-days[reason=code 8]\" }",
            "\"code 8\" is not a category of reason of bed-days; they are health, code 9",
        ),
        ("{ count = \"bed-days[age=75+]\" }", "bed-days is not broken down by age"),
        (
            "{ count = \"population-75\" }",
            "population-75 is observed by calendar-year and does not add to financial-year",
        ),
        ("{ published = \"bed-days\" }", "bed-days is observed by month and does not add to financial-year"),
        (
            "{ rate = { numerator = \"bed-days\", denominator = \"population-75\", per = 0, population_year = \"calendar-year\" } }",
            "per 0 is not a multiplier",
        ),
        (
            "{ rate = { numerator = \"bed-days\", denominator = \"bed-days\", per = 1, population_year = \"calendar-year\" } }",
            "needs a population by calendar-year",
        ),
        (
            "{ rate = { numerator = \"bed-days\", denominator = \"bed-days\", per = 1, carry_forward = 1 } }",
            "carry_forward is for a population",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"bed-days\", by = \"age\", reference = \"nowhere\" } }",
            "there is no area nowhere",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"population-75\", by = \"reason\", bands = [\"health\", \"winter\", \"health\"], reference = \"P\", of = 0 } }",
            "of 0 is no ratio",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"population-75\", by = \"reason\", bands = [\"health\", \"winter\", \"health\"], reference = \"P\" } }",
            "the band health is named twice",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"bed-days\", by = \"reason\", bands = [\"health\", \"winter\"], reference = \"P\" } }",
            "bed-days has no category winter of reason",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"population-75\", by = \"reason\", reference = \"P\" } }",
            "population-75 is not broken down by reason",
        ),
        (
            "{ standardised_ratio = { numerator = \"bed-days\", denominator = \"bed-days\", by = \"reason\", bands = [], reference = \"P\" } }",
            "no band of reason is known",
        ),
        ("{ average = \"bed-days\" }", "average"),
    ] {
        let found = problems(&format!("[[indicator]]\nid = \"NI-19\"\ncalculation = {calculation}\n"));
        assert!(found.contains(what), "{calculation}: {found}");
    }
}

/// Measures that are broken down, a standard, and an indicator that replaces the one there.
fn of_groups(calculation: &str, interval: &str) -> String {
    let measure = |id: &str, dimensions: &str| {
        format!(
            "[[measure]]\nid = \"{id}\"\ntitle = \"{id}\"\nunit = \"people\"\nfrequency = \"calendar-year\"\n\
             over_time = \"sum\"\nover_areas = \"sum\"\ndimensions = [{dimensions}]\n"
        )
    };
    let ages = r#"{ id = "age", categories = ["0", "1-64", "65+"] }"#;
    let times = r#"{ id = "times", categories = ["1", "2"] }"#;
    let often = r#"{ id = "often", categories = ["once", "0", "2"] }"#;
    let fifths = r#"{ id = "simd", categories = ["1", "2", "3", "4", "5"] }"#;
    let odd = r#"{ id = "band", categories = ["0", "2-64", "65+"] }, { id = "closed", categories = ["0", "1-64"] }, { id = "words", categories = ["young", "0+"] }"#;
    let every = [
        measure("deaths", &[ages, times, often, fifths, odd].join(", ")),
        measure("people", &[ages, fifths, odd].join(", ")),
        "[[standard]]\nid = \"three\"\ntitle = \"Three\"\nweights = { 0 = 1, 1-64 = 2, \"65+\" = 1 }\n"
            .to_owned(),
    ];
    let interval = if interval.is_empty() { String::new() } else { format!("interval = \"{interval}\"\n") };
    format!(
        "{}[[indicator]]\nid = \"NEW\"\ntitle = \"New\"\nfrequency = \"calendar-year\"\npolarity = \"lower\"\n\
         decimals = 1\nunit = \"of them\"\ncalculation = {{ {calculation} }}\n{interval}",
        every.concat()
    )
}

#[test]
fn what_is_made_of_groups_is_checked_when_it_is_loaded() {
    const RATE: &str = r#"standardised = { numerator = "deaths", denominator = "people", per = 1000, by = "age", standard = "three""#;
    const UNEQUAL: &str = r#"inequality = { numerator = "deaths", denominator = "people", per = 1000, by = "#;
    const LIFE: &str = r#"life_expectancy = { deaths = "deaths", population = "people", by = "#;
    const INDIRECT: &str =
        r#"indirect_rate = { numerator = "deaths", denominator = "people", by = "age", reference = "P""#;
    for (calculation, interval) in [
        (format!(r#"{RATE}, events_each = "times" }}"#), "dobson"),
        (format!(r#"{UNEQUAL}"simd", measure = "slope index" }}"#), "student"),
        (format!(r#"{UNEQUAL}"simd", measure = "relative range" }}"#), ""),
        (format!(r#"{LIFE}"age" }}"#), "chiang"),
        (format!(r#"{LIFE}"age", at = 65, bands = ["65+", "0", "1-64"] }}"#), "chiang"),
        (format!("{INDIRECT}, per = 1000 }}"), "byar"),
    ] {
        let found = with(&of_groups(&calculation, interval));
        assert!(found.is_ok(), "{calculation}: {}", found.unwrap_err());
    }
    for (calculation, interval, what) in [
        (format!(r#"{RATE}, events_each = "often" }}"#), "", "once of often is no number of events"),
        (format!(r#"{RATE}, events_each = "often" }}"#), "", "0 of often is no number of events"),
        (format!(r#"{RATE}, events_each = "sex" }}"#), "", "the categories of sex are not known"),
        (format!(r#"{RATE}, events_each = "age" }}"#), "", "1-64 of age is no number of events"),
        (format!(r#"{UNEQUAL}"simd", measure = "gap" }}"#), "", "slope index"),
        (format!(r#"{UNEQUAL}"age", measure = "slope index" }}"#), "", "3 groups of age; expected 5 or 10"),
        (format!(r#"{UNEQUAL}"sex", measure = "slope index" }}"#), "", "no band of sex is known"),
        (format!(r#"{UNEQUAL}"simd", measure = "absolute range" }}"#), "student", "student for a mean"),
        (format!(r#"{UNEQUAL}"simd", measure = "slope index" }}"#), "byar", "student for a mean"),
        (format!(r#"{LIFE}"age", at = 64 }}"#), "", "at 64: no band of age begins at that age"),
        (format!(r#"{LIFE}"band" }}"#), "", "the ages 2-64 do not follow; expected age 1"),
        (format!(r#"{LIFE}"closed" }}"#), "", "no ages from 65 on"),
        (format!(r#"{LIFE}"words" }}"#), "", "\"young\" is no group of ages"),
        (format!(r#"{LIFE}"age" }}"#), "student", "chiang for a life expectancy"),
        (format!("{INDIRECT}, per = 0 }}"), "", "per 0 is not a multiplier"),
        (format!("{INDIRECT}, per = 1000 }}"), "dobson", "dobson is for a directly standardised rate"),
        ("mean = \"deaths\"".to_owned(), "student", "more often than the indicator is reported"),
    ] {
        let found = problems(&of_groups(&calculation, interval));
        assert!(found.contains(what), "{calculation}: {found}");
    }
}

#[test]
fn a_chart_that_cannot_be_drawn_is_refused_when_it_is_loaded() {
    let of = |chart: &str| format!("[[indicator]]\nid = \"NI-19\"\nchart = {{ {chart} }}\n");
    for chart in [
        "kind = \"u\"",
        "kind = \"u prime\", screening = \"once\"",
        "kind = \"i prime\", runs = \"perla\"",
        "kind = \"t\"",
        "shifts = { baseline = 1, run = 1, watch = \"below\" }",
    ] {
        assert!(with(&of(chart)).is_ok(), "{chart}");
    }
    for (chart, what) in [
        ("kind = \"p\"", "p and p prime are for a percentage"),
        ("kind = \"c\"", "c and g are for a count"),
        ("kind = \"xbar\"", "i prime"),
        ("kind = \"u\", signals = \"making data count\"", "signals are those of an xmr chart"),
        ("kind = \"u\", screening = \"once\"", "screening is of moving ranges"),
        ("shifts = { baseline = 0 }", "a baseline of 0 periods"),
        ("shifts = { run = 1001 }", "a run of 1001 periods"),
        ("shifts = { watch = \"left\" }", "both, above"),
        ("exclude = [{ period = \"2020/21\", reason = \" \" }]", "the reason is empty"),
        ("exclude = [{ period = \"soon\", reason = \"flood\" }]", "chart: exclude: "),
        ("exclude = [{ period = \"2020/21\", area = \"Z\", reason = \"flood\" }]", "there is no area Z"),
    ] {
        let found = problems(&of(chart));
        assert!(found.contains(what), "{chart}: {found}");
    }
}

const FURTHER: &str = r#"
[[standard]]
id = "two"
title = "Two"
weights = { health = 1, "code 9" = 2 }

[[indicator]]
id = "FURTHER"
title = "Further"
frequency = "calendar-year"
polarity = "lower"
decimals = 1
unit = "of them"
"#;

#[test]
fn what_a_slope_index_a_scotpho_rate_or_a_quantile_needs_and_what_it_does_not_know_is_told_at_once() {
    let of = |calculation: &str, more: &str| format!("{FURTHER}calculation = {{ {calculation} }}\n{more}\n");
    let slope = |more: &str| {
        format!(
            "slope_index = {{ value = \"bed-days\", population = \"bed-days\", by = \"reason\", values = \"plain\", \
                 measure = \"slope index\"{more} }}"
        )
    };
    let scotpho = |more: &str| {
        format!("scotpho = {{ numerator = \"bed-days\", denominator = \"population-75\"{more} }}")
    };
    let quantile = |more: &str| format!("quantile = {{ of = \"NI-19\"{more} }}");
    let crude = ", form = \"crude rate\", missing = \"zero\"";
    for sound in [
        of(&scotpho(&format!("{crude}, per = 1000")), "interval = \"scotpho\""),
        of(&scotpho(", form = \"percentage\", missing = \"passed over\""), ""),
        of(&quantile(", groups = 2, first = \"highest\""), ""),
        of(&quantile(", groups = 100, first = \"lowest\", among = \"P\""), ""),
    ] {
        assert!(with(&sound).is_ok(), "{sound}: {}", problems(&sound));
    }
    for (calculation, more, all) in [
        (
            slope(", error = \"2 * bed-days\", line = \"logarithms\", per = 0"),
            "",
            &[
                "error is one measure",
                "a line through logarithms is for rates",
                "per 0",
                "2 groups of reason",
            ][..],
        ),
        (slope(""), "", &["needs either error, or lower and upper"]),
        (
            slope(", error = \"bed-days\", lower = \"bed-days\""),
            "",
            &["needs either error, or lower and upper"],
        ),
        (
            slope(", lower = \"bed-days\", upper = \"population-75\", towards = \"up\""),
            "interval = \"student\"",
            &["expected one of last, first", "2 groups of reason"],
        ),
        (
            scotpho(", form = \"crude rate\", missing = \"refused\", by = \"reason\", standard_total = 2"),
            "",
            &[
                "per is missing for a crude rate",
                "by is not for a crude rate",
                "standard_total is not for",
                "\"passed over\"",
            ],
        ),
        (
            scotpho(", form = \"standardised rate\", missing = \"passed over\", per = 1, by = \"reason\""),
            "",
            &["standard is missing for a standardised rate", "\"zero\" or \"refused\""],
        ),
        (
            scotpho(
                ", form = \"standardised rate\", missing = \"zero\", per = 1, by = \"reason\", standard = \"two\", standard_total = 0",
            ),
            "",
            &["a standard_total of 0", "population-75 is not broken down by reason"],
        ),
        (scotpho(", form = \"sample percentage\", missing = \"zero\""), "", &["sampled_from is missing"]),
        (scotpho(&format!("{crude}, per = 1000")), "interval = \"byar\"", &["scotpho for scotpho"]),
        (
            quantile(", groups = 1, first = \"top\", among = \"A\""),
            "",
            &["1 groups", "highest, lowest", "A has no parts"],
        ),
        (quantile(", groups = 101, first = \"highest\""), "", &["101 groups of areas"]),
        (
            "quantile = { of = \"FURTHER\", groups = 2, first = \"highest\" }".to_owned(),
            "",
            &["FURTHER is no sound indicator"],
        ),
        (
            "quantile = { of = \"GONE\", groups = 2, first = \"highest\" }".to_owned(),
            "",
            &["GONE is no sound indicator"],
        ),
        (
            quantile(", groups = 2, first = \"highest\""),
            "interval = \"byar\"",
            &["a quantile and a published value have none"],
        ),
        (
            "count = \"bed-days\"".to_owned(),
            "interval = \"byar\"\ninterval_of = \"mean\"",
            &["mean is for a rate or a percentage"],
        ),
    ] {
        let found = problems(&of(&calculation, more));
        for what in all {
            assert!(found.contains(what), "{calculation}: {what}: {found}");
        }
    }
    let monthly = of(&scotpho(&format!("{crude}, per = 1000")), "").replace("calendar-year\"", "month\"");
    assert!(problems(&monthly).contains("scotpho is of one or several years"), "{}", problems(&monthly));
}

#[test]
fn a_quantile_may_stand_before_the_indicator_that_it_is_of_and_keeps_its_place() {
    let quantile = "calculation = { quantile = { of = \"LATER\", groups = 2, first = \"highest\" } }\n";
    let later = FURTHER.replace("FURTHER", "LATER").replace("\"two\"", "\"other\"");
    let text = format!("{FURTHER}{quantile}{later}calculation = {{ count = \"bed-days\" }}\n");
    let framework = with(&text).unwrap_or_else(|error| panic!("{error}"));
    let ids: Vec<&str> = framework.indicators().iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(ids, ["NI-19", "FURTHER", "LATER"]);
    let measures = framework.indicator("FURTHER").unwrap().calculation.measures();
    assert_eq!(measures.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["bed-days"]);
}

#[test]
fn a_chart_leaves_out_the_values_that_share_a_day_with_what_is_excluded() {
    let chart = "exclude = [{ period = \"2020/21\", reason = \"flood\" }, { period = \"2022-05\", area = \"A\", \
                 reason = \"moved\" }]";
    let framework = with(&format!("[[indicator]]\nid = \"NI-19\"\nchart = {{ {chart} }}\n")).unwrap();
    let rule = &framework.indicator("NI-19").unwrap().chart;
    let (a, b) = (AreaCode::new("A").unwrap(), AreaCode::new("B").unwrap());
    let why = |area: &AreaCode, period: &str| rule.excluded(area, period.parse().unwrap());
    for (period, in_a, in_b) in [
        ("2020-03", None, None),
        ("2020-04", Some("flood"), Some("flood")),
        ("2021-03", Some("flood"), Some("flood")),
        ("2021-04", None, None),
        ("2022-04", None, None),
        ("2022-05", Some("moved"), None),
        ("2022-06", None, None),
        ("2022/23 Q1", Some("moved"), None),
    ] {
        assert_eq!((why(&a, period), why(&b, period)), (in_a, in_b), "{period}");
    }
}

#[test]
fn a_band_that_is_named_twice_is_refused_of_a_rate_as_of_a_ratio() {
    let standard = "[[standard]]\nid = \"two\"\ntitle = \"Two\"\nweights = { health = 1, \"code 9\" = 2 }\n";
    let with_bands = |bands: &str| {
        format!(
            "{standard}[[indicator]]\nid = \"NI-19\"\ncalculation = {{ standardised = {{ numerator = \"bed-days\", \
             denominator = \"bed-days\", per = 1, by = \"reason\", standard = \"two\", bands = {bands} }} }}\n"
        )
    };
    let found = problems(&with_bands(r#"["health", "code 9", "health"]"#));
    assert!(found.contains("the band health is named twice"), "{found}");
    assert!(with(&with_bands(r#"["health", "code 9"]"#)).is_ok());
}

#[test]
fn a_target_that_cannot_be_judged_by_is_refused_when_it_is_loaded() {
    for (target, what) in [
        ("from = \"2023/24\"\nvalue = 1", "another target is in force from then: small.toml:"),
        (
            "from = \"2025/26\"\nvalue = 0\ntolerance = { relative = 5 }",
            "tolerance relative 5 needs a target above 0",
        ),
        ("from = \"2025/26\"\nvalue = [1, 2]", "a range do not go together"),
        ("from = \"2025/26\"\nto = \"2024/25\"\nvalue = 1", "to 2024/25 is before from 2025/26"),
        ("from = \"2025/26\"\nvalue = 1\narea = \"Z\"", "there is no area Z"),
        (
            "from = \"2025/26\"\nvalue = 1\ntolerance = { points = [2, 1] }",
            "the green one not beyond the amber one",
        ),
        (
            "from = \"2025/26\"",
            "what it aims at is missing; expected one of value, values, trajectory, change and comparator",
        ),
    ] {
        let found = problems(&format!("[[target]]\nindicator = \"NI-19\"\n{target}\n"));
        assert!(found.contains(what), "{target}: {found}");
    }
}

#[test]
fn an_indicator_is_found_by_its_aliases_and_two_may_not_share_one() {
    let framework = with("[[indicator]]\nid = \"NI-19\"\naliases = [\"NI 19\"]\n").unwrap();
    assert_eq!(framework.indicator("NI 19").unwrap().id.as_str(), "NI-19");
    let other = "[[indicator]]\nid = \"X\"\ntitle = \"X\"\nunit = \"n\"\ndecimals = 0\npolarity = \"none\"\n\
                 frequency = \"month\"\ncalculation = { count = \"bed-days\" }\naliases = [\"NI-19\"]\n";
    assert!(problems(other).contains("aliases: \"NI-19\" is a name of NI-19 too"), "{}", problems(other));
}

#[test]
fn a_text_that_is_not_toml_is_refused_with_its_line() {
    let found = problems("[[area]]\ncode = \"X\n");
    assert!(found.starts_with("more.toml:2: "), "{found}");
    assert_eq!(
        Framework::from_texts(&[]).unwrap_err().to_string(),
        "there is no [framework] table; a framework begins with one, with id and title"
    );
}

#[test]
fn one_key_twice_in_one_text_is_refused() {
    let found =
        problems("[[outcome]]\nid = \"o\"\ntitle = \"t\"\nkind = \"local\"\n[[outcome]]\nid = \"o\"\n");
    assert_eq!(found, "more.toml:5: outcome o: stands twice in this file, first at line 1");
}

#[test]
fn what_a_text_extends_can_be_asked() {
    assert_eq!(Text::new("x", "[framework]\nextends = \"core\"\n").extends().as_deref(), Some("core"));
    assert_eq!(Text::new("x", SMALL).extends(), None);
    assert_eq!(Text::new("x", "nonsense").extends(), None);
}

#[test]
fn the_schema_for_editors_names_every_section() {
    let schema = serde_json::to_string(&schemars::schema_for!(FrameworkDocument)).unwrap();
    for name in
        ["framework", "area", "measure", "indicator", "outcome", "priority", "target", "carry_forward"]
    {
        assert!(schema.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn a_day_may_be_written_with_quotation_marks_or_without() {
    let of = |review: &str| {
        with(&format!(
            "[[target]]\nindicator = \"NI-19\"\nfrom = \"2030/31\"\nvalue = 5\nreview = {review}\n"
        ))
        .map(|framework| framework.targets().last().and_then(|target| target.review))
    };
    assert_eq!(of("2031-03-31").unwrap(), of("\"2031-03-31\"").unwrap());
    assert!(of("\"31 March 2031\"").is_err());
}

#[test]
fn a_relative_tolerance_of_a_target_of_zero_or_below_is_refused_whatever_the_target_is_and_wherever_it_stands()
 {
    let target = |goal: &str, tolerance: &str| {
        format!("[[target]]\nindicator = \"NI-19\"\nfrom = \"2024/25\"\n{goal}\n{tolerance}\n")
    };
    let relative = "tolerance = { relative = 5 }";
    let points = "tolerance = { points = 5 }";
    let of_indicator = "[[tolerance]]\nindicator = \"NI-19\"\nfrom = \"2024/25\"\nrelative = 5";
    let of_level = "[[level]]\nid = \"board\"\ntitle = \"Board\"\ntolerance = { relative = 5 }";
    for (goal, sound) in [
        ("value = 0", false),
        ("value = -0.5", false),
        ("value = 0.5", true),
        ("values = { \"2024/25\" = 10, \"2025/26\" = 0 }", false),
        ("values = { \"2024/25\" = 10, \"2025/26\" = 1 }", true),
        ("trajectory = [{ period = \"2024/25\", value = 10 }, { period = \"2028/29\", value = -2 }]", false),
        ("trajectory = [{ period = \"2024/25\", value = 10 }, { period = \"2028/29\", value = 2 }]", true),
        ("change = { baseline = 50, percent = -100 }", false),
        ("change = { baseline = 50, points = -51 }", false),
        ("change = { baseline = 50, percent = -10 }", true),
    ] {
        for (tolerance, is_relative) in
            [(relative, true), (points, false), (of_indicator, true), (of_level, true)]
        {
            let found = with(&target(goal, tolerance));
            let allowed = sound || !is_relative;
            assert_eq!(found.is_ok(), allowed, "{goal} {tolerance}: {found:?}");
            if let Err(error) = found {
                assert!(error.to_string().contains("relative"), "{goal} {tolerance}: {error}");
            }
        }
    }
}

#[test]
fn a_status_given_by_a_person_is_refused_where_the_framework_does_not_allow_it() {
    let given = "[[manual_status]]\nindicator = \"NI-19\"\narea = \"A\"\nperiod = \"2023/24\"\n\
                 status = \"green\"\nby = \"The chair\"\non = \"2024-05-02\"\nreason = \"Counted twice\"\n";
    let refused = problems(given);
    assert_eq!(
        refused,
        "more.toml:1: manual_status: the framework does not allow statuses given by people; [framework] \
         manual_status = \"shown\" or \"counts\" does"
    );
    let said = |rule: &str| format!("[framework]\nmanual_status = \"{rule}\"\n{given}");
    assert!(with(&said("refused")).is_err());
    for allowed in ["shown", "counts"] {
        let framework = with(&said(allowed)).unwrap();
        assert_eq!(framework.manual_statuses()[0].by, "The chair");
    }
    // Nobody, never and for no reason: each is told.
    let nameless = problems(
        "[framework]\nmanual_status = \"shown\"\n[[manual_status]]\nindicator = \"NI-19\"\narea = \"A\"\n\
         period = \"2023/24\"\nstatus = \"blue\"\n",
    );
    for what in ["by is missing", "on is missing", "reason is missing", "\"blue\" is not known"] {
        assert!(nameless.contains(what), "{what}\n--\n{nameless}");
    }
}

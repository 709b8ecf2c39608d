//! The status of an explanation, worked out again from nothing but its JSON: by the arithmetic that the pages
//! describe, as a person with a pocket calculator would do it.
//!
//! It calls no function of kilter and knows no type of it.

mod groups;

use serde_json::Value as Json;

/// Whether two numbers are the same but for the last digits that arithmetic on doubles leaves behind.
pub fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * a.abs().max(b.abs())
}

/// Works everything out again and compares it with what the JSON says: the totals of the terms, numerator and
/// denominator, the value, what is aimed at, the variance, the status. Gives the status.
///
/// # Errors
/// In words, the first thing that does not come out.
pub fn recompute(json: &Json) -> Result<&'static str, String> {
    let terms = json["terms"].as_array().ok_or("there are no terms")?;
    for term in terms {
        check_term(term)?;
    }
    let value = value(json, terms)?;
    agree("value", value, &json["value"])?;
    said_why("absent", value.is_none(), &json["absent"])?;
    // From here on by the digits that are printed: as published they are what is rounded.
    let value = json["value"].as_f64();
    let compared = match json["comparison"].as_str() {
        Some("as published") => value.map(|value| half_up(value, decimals(json))),
        _ => value,
    };
    agree("compared", compared, &json["compared"])?;
    let target = &json["target"];
    if let Some(aim) = derived_aim(json)? {
        agree("aim", Some(aim), &target["aim"])?;
    }
    let judged = match (compared, Aim::of(&target["aim"])) {
        (Some(compared), Some(aim)) => Some(judge(json, compared, aim)?),
        _ => None,
    };
    let variance = judged.map(|(_, variance)| variance);
    let scale = compared.unwrap_or(0.0).abs().max(1.0);
    match (variance, json["variance"].as_f64()) {
        (Some(ours), Some(theirs)) if (ours - theirs).abs() <= 1e-11 * scale => {}
        (None, None) => {}
        (ours, theirs) => return Err(format!("variance: {theirs:?}, by hand {ours:?}")),
    }
    let reason = json["reason"].as_str();
    let status = match (reason, judged) {
        // For information, finished, or being defined: whatever it comes to, it has no colour.
        (Some("data only" | "complete" | "under development"), _) => "not assessed",
        (_, Some((colour, _))) => colour,
        (_, None) => "not assessed",
    };
    said_why("reason", status == "not assessed", &json["reason"])?;
    if json["status"] == *status {
        Ok(status)
    } else {
        Err(format!("status: {}, by hand {status}", json["status"]))
    }
}

fn agree(what: &str, ours: Option<f64>, theirs: &Json) -> Result<(), String> {
    match (ours, theirs.as_f64()) {
        (Some(a), Some(b)) if near(a, b) => Ok(()),
        (None, None) if theirs.is_null() => Ok(()),
        _ => Err(format!("{what}: {theirs}, by hand {ours:?}")),
    }
}

/// What is not there has a reason, and what is there has none.
fn said_why(what: &str, lacking: bool, why: &Json) -> Result<(), String> {
    match (lacking, why.as_str()) {
        (true, Some(words)) if !words.is_empty() => Ok(()),
        (false, None) => Ok(()),
        _ => {
            Err(format!("{what}: {why}, and {}", if lacking { "something is lacking" } else { "nothing is" }))
        }
    }
}

fn decimals(json: &Json) -> usize {
    json["decimals"].as_u64().and_then(|n| usize::try_from(n).ok()).expect("every indicator has decimals")
}

/// The figures of a term come to its total, and so do the parts of its area, where they are shown.
fn check_term(term: &Json) -> Result<(), String> {
    let total = &term["total"]["value"];
    if let Some(population) = term["population"].as_object() {
        let (due, used) = (&population["due"], &population["used"]);
        let year = term["figures"][0]["period"].as_str().and_then(|year| year.parse::<i64>().ok());
        if year.is_none() || year != used.as_i64() || used.as_i64() > due.as_i64() {
            return Err(format!("population of {used} for {due}, and the figure is of {year:?}"));
        }
    }
    agree("total of a term", added(term)?, total)?;
    let parts = term["parts"].as_array().ok_or("a term without parts")?;
    if !parts.is_empty() {
        // A part without a figure is left out only where its lack makes nothing incomplete.
        let sum: f64 = parts.iter().filter_map(|part| part["value"].as_f64()).sum();
        agree("sum of the parts of the area", Some(sum), total)?;
    }
    Ok(())
}

fn added(term: &Json) -> Result<Option<f64>, String> {
    let figures = term["figures"].as_array().ok_or("a term without figures")?;
    let figures: Vec<Option<f64>> = figures.iter().map(|figure| figure["value"].as_f64()).collect();
    let sum: Option<f64> = figures.iter().copied().sum();
    Ok(match (term["adds"].as_str(), figures.len()) {
        (_, 0) => None,
        (_, 1) => figures[0],
        (Some("sum"), _) => sum,
        (Some("mean"), n) => sum.map(|sum| sum / n as f64),
        (Some("last"), n) => figures[n - 1],
        (Some("none"), _) => None,
        (other, _) => return Err(format!("nobody knows how to add \"{other:?}\"")),
    })
}

/// The terms of a role, each with its factor, added up; nothing where there is none or one has no total.
fn of_role(terms: &[Json], role: &str) -> Option<f64> {
    let mut mine = terms.iter().filter(|term| term["role"] == *role).peekable();
    mine.peek()?;
    mine.map(|term| Some(term["factor"].as_f64()? * term["total"]["value"].as_f64()?)).sum()
}

fn value(json: &Json, terms: &[Json]) -> Result<Option<f64>, String> {
    let calculation = &json["calculation"];
    match calculation["kind"].as_str() {
        Some("count") => {
            let count = of_role(terms, "value");
            agree("numerator of a count", count, &json["numerator"])?;
            Ok(count)
        }
        Some("mean" | "published") => Ok(of_role(terms, "value")),
        Some("rate" | "percentage") => {
            let (above, below) = (of_role(terms, "numerator"), of_role(terms, "denominator"));
            agree("numerator", above, &json["numerator"])?;
            agree("denominator", below, &json["denominator"])?;
            let per = calculation["per"].as_f64().ok_or("a ratio without multiplier")?;
            let ratio = above.zip(below.filter(|below| *below != 0.0)).map(|(a, b)| a / b * per);
            let complement = calculation["complement"] == true;
            Ok(ratio.map(|ratio| if complement { per - ratio } else { ratio }))
        }
        Some("standardised") => {
            let bands = bands(calculation, terms)?;
            let sum = |of: fn(&Band) -> Option<f64>| bands.iter().map(of).sum::<Option<f64>>();
            let observed = sum(|band| band.events);
            agree("numerator", observed, &json["numerator"])?;
            agree("denominator", sum(|band| band.people), &json["denominator"])?;
            let weights = sum(|band| band.weight).ok_or("a band without a weight")?;
            let rate = |band: &Band| Some(band.weight? * band.events? / band.people.filter(|n| *n != 0.0)?);
            let rates = bands.iter().map(rate).sum::<Option<f64>>();
            let per = calculation["standard"]["per"].as_f64().ok_or("a rate without multiplier")?;
            // Of fewer than ten events no rate is given.
            let enough = observed.is_some_and(|events| events >= 10.0);
            Ok(rates.filter(|_| enough).map(|rates| per * rates / weights))
        }
        Some("inequality") => {
            let bands = bands(calculation, terms)?;
            let per = calculation["standard"]["per"].as_f64().ok_or("an inequality without multiplier")?;
            let measure = calculation["standard"]["measure"].as_str().ok_or("an inequality of nothing")?;
            agree("numerator", bands.iter().map(|band| band.events).sum(), &json["numerator"])?;
            agree("denominator", bands.iter().map(|band| band.people).sum(), &json["denominator"])?;
            Ok(groups::inequality(measure, &figures(&bands), per))
        }
        Some("life_expectancy") => {
            let bands = bands(calculation, terms)?;
            let (ages, at) = (&calculation["standard"]["ages"], &calculation["standard"]["at"]);
            let ages = ages.as_array().ok_or("a life table without ages")?;
            let starts: Vec<f64> = ages.iter().filter_map(|age| age["from"].as_f64()).collect();
            let at = at.as_f64().ok_or("a life expectancy at no age")?;
            let older = starts.iter().position(|start| *start == at).ok_or("an age that is none")?;
            agree("numerator", bands[older..].iter().map(|band| band.events).sum(), &json["numerator"])?;
            agree("denominator", bands[older..].iter().map(|band| band.people).sum(), &json["denominator"])?;
            let years = groups::life_expectancy(&starts, &figures(&bands), older);
            // How sure it is takes the variance of every age, which is not worked out here.
            Ok(years.filter(|_| json["absent"] != "too uncertain"))
        }
        Some("indirect_rate") => {
            let bands = bands(calculation, terms)?;
            let observed = bands.iter().map(|band| band.events).sum();
            let expected: Option<f64> = bands.iter().map(|band| Some(band.reference? * band.people?)).sum();
            agree("numerator", observed, &json["numerator"])?;
            agree("denominator", expected, &json["denominator"])?;
            let there = of_role(terms, "reference numerator").zip(of_role(terms, "reference denominator"));
            let per = calculation["standard"]["per"].as_f64().ok_or("a rate without multiplier")?;
            let ratio = observed.zip(expected.filter(|expected| *expected != 0.0)).map(|(o, e)| o / e);
            Ok(ratio.zip(there).map(|(ratio, (events, people))| ratio * events / people * per))
        }
        Some("standardised_ratio") => {
            let bands = bands(calculation, terms)?;
            let observed = bands.iter().map(|band| band.events).sum();
            let here = |band: &Band| Some(band.reference? * band.people?);
            let expected: Option<f64> = bands.iter().map(here).sum();
            agree("numerator", observed, &json["numerator"])?;
            agree("denominator", expected, &json["denominator"])?;
            let of = calculation["per"].as_f64().ok_or("a ratio without multiplier")?;
            Ok(observed.zip(expected.filter(|expected| *expected != 0.0)).map(|(o, e)| o / e * of))
        }
        other => Err(format!("nobody knows how to compute \"{other:?}\"")),
    }
}

/// The figures of a band, each where all its terms have one.
struct Band {
    events: Option<f64>,
    people: Option<f64>,
    /// In the standard population.
    weight: Option<f64>,
    /// The rate of the reference area.
    reference: Option<f64>,
}

/// Events and people of all bands; nothing where a band lacks one, or nobody lives there.
fn figures(bands: &[Band]) -> Option<Vec<(f64, f64)>> {
    bands.iter().map(|band| band.events.zip(band.people.filter(|people| *people != 0.0))).collect()
}

fn bands(calculation: &Json, terms: &[Json]) -> Result<Vec<Band>, String> {
    let standard = &calculation["standard"];
    let by = standard["by"].as_str().ok_or("bands of no dimension")?;
    let weighed = standard["bands"].as_object();
    let named: Vec<&str> = match (weighed, standard["ages"].as_array()) {
        (Some(weights), _) => weights.keys().map(String::as_str).collect(),
        (None, Some(ages)) => ages.iter().filter_map(|age| age["band"].as_str()).collect(),
        _ => standard["bands"].as_array().ok_or("no bands")?.iter().filter_map(Json::as_str).collect(),
    };
    let band = |name: &str| {
        let slice = format!("{by}={name}");
        let is_mine =
            |term: &&Json| term["slice"].as_str().is_some_and(|of| of.split(';').any(|part| part == slice));
        let mine: Vec<Json> = terms.iter().filter(is_mine).cloned().collect();
        let people = of_role(&mine, "reference denominator").filter(|people| *people != 0.0);
        Band {
            events: of_role(&mine, "numerator"),
            people: of_role(&mine, "denominator"),
            weight: weighed.and_then(|weights| weights[name].as_f64()),
            reference: of_role(&mine, "reference numerator").zip(people).map(|(events, n)| events / n),
        }
    };
    Ok(named.into_iter().map(band).collect())
}

/// The decimal that a person reads, rounded to so many decimals, half away from zero.
pub fn half_up(value: f64, decimals: usize) -> f64 {
    let text = format!("{}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() <= decimals {
        return value;
    }
    let digits: i128 = format!("{whole}{}", &fraction[..=decimals]).parse().expect("digits are a number");
    let units = (digits + 5) / 10;
    let shown = format!("{units:0>width$}", width = decimals + 1);
    let (whole, fraction) = shown.split_at(shown.len() - decimals);
    let rounded: f64 = format!("{whole}.{fraction}0").parse().expect("digits are a number");
    if value < 0.0 { -rounded } else { rounded }
}

/// Months since the year 0 to the end of a month or of a financial year.
fn last_month(period: &str) -> Option<f64> {
    let (year, rest) = (period.get(..4)?.parse::<f64>().ok()?, period.get(4..)?);
    match (rest.split_at_checked(1)?, rest.len()) {
        (("-", month), 3) => Some(year * 12.0 + month.parse::<f64>().ok()? - 1.0),
        (("/", _), 3) => Some((year + 1.0) * 12.0 + 2.0),
        _ => None,
    }
}

/// What a derived target aims at; nothing where the aim stands in the framework as it is.
fn derived_aim(json: &Json) -> Result<Option<f64>, String> {
    let target = &json["target"];
    let (goal, from) = (&target["goal"], &target["derived_from"]["value"]);
    let aim = match goal["kind"].as_str() {
        Some("trajectory") => {
            let point = |key: &str| {
                let point = &goal[key];
                Some((last_month(point["period"].as_str()?)?, point["value"].as_f64()?))
            };
            let (start, end) = point("from").zip(point("to")).ok_or("a line without two points")?;
            let now = json["period"].as_str().and_then(last_month).ok_or("the period is no period")?;
            let share = ((now - start.0) / (end.0 - start.0)).clamp(0.0, 1.0);
            Some(start.1 + share * (end.1 - start.1))
        }
        Some("change" | "comparator") => from.as_f64().map(|from| {
            let by = &goal["by"];
            match (by["percent"].as_f64(), by["points"].as_f64()) {
                (Some(percent), None) => from + from.abs() * percent / 100.0,
                (None, Some(points)) => from + points,
                _ => panic!("by how much is said in one way: {by}"),
            }
        }),
        Some("fixed" | "per period") | None => None,
        other => return Err(format!("nobody knows the goal \"{other:?}\"")),
    };
    // Where it could not be derived there is nothing aimed at; where only the tolerance does not go with it
    // neither.
    let aim = aim.filter(|_| !target["aim"].is_null());
    let rounded = json["comparison"] == "as published";
    Ok(aim.map(|aim| if rounded { half_up(aim, decimals(json)) } else { aim }))
}

/// What is aimed at, from its lower to its higher end.
#[derive(Clone, Copy)]
struct Aim {
    low: f64,
    high: f64,
}

impl Aim {
    fn of(json: &Json) -> Option<Self> {
        match json.as_array() {
            Some(ends) => Some(Self { low: ends[0].as_f64()?, high: ends[1].as_f64()? }),
            None => json.as_f64().map(|aim| Self { low: aim, high: aim }),
        }
    }
}

/// The colour of a value, and the value less the nearest that is aimed at.
fn judge(json: &Json, value: f64, Aim { low, high }: Aim) -> Result<(&'static str, f64), String> {
    let target = &json["target"];
    let (above_is_worse, below_is_worse) = match json["polarity"].as_str() {
        Some("lower") => (true, false),
        Some("higher") => (false, true),
        Some("range") => (true, true),
        other => return Err(format!("{other:?} is judged by nothing")),
    };
    let end = if value > high { high } else { low };
    let misses = (value > high && above_is_worse) || (value < low && below_is_worse);
    // Of what is better than it must be the limit is that on the worse side.
    let side = if above_is_worse && (value > high || !below_is_worse) { 1.0 } else { -1.0 };
    let tolerance = &target["tolerance"];
    let limit_of = |colour: &str| -> Result<f64, String> {
        let cut = tolerance[colour].as_f64().ok_or("a tolerance without cuts")?;
        let width = match tolerance["unit"].as_str() {
            Some("relative") => end * cut / 100.0,
            Some("points") => cut,
            other => return Err(format!("{other:?} is no unit of a tolerance")),
        };
        Ok(end + side * width)
    };
    let (green, amber) = (limit_of("green")?, limit_of("amber")?);
    for (what, limit) in [("green_to", green), ("amber_to", amber)] {
        let scale = limit.abs().max(end.abs());
        if target[what].as_f64().is_none_or(|theirs| (theirs - limit).abs() > 1e-11 * scale) {
            return Err(format!("{what}: {}, by hand {limit}", target[what]));
        }
    }
    let within = |limit: f64| (limit - value) * side >= 0.0 || near(limit, value);
    let colour = if !misses || within(end) || within(green) {
        "green"
    } else if within(amber) {
        "amber"
    } else {
        "red"
    };
    let inside_a_range = above_is_worse && below_is_worse && !misses;
    let variance = if inside_a_range || near(value, end) { 0.0 } else { value - end };
    Ok((colour, variance))
}

//! Texts that people write in a question: dates, releases, targets, tolerances. The program and the bindings
//! read them alike; this room knows no store and no framework.

use crate::engine::AsAt;
use kilter_core::target::{Aim, Tolerance, ToleranceUnit};
use kilter_core::time::{Date, PeriodKind};

/// A day, as in 2022-06-30.
///
/// # Errors
/// The text is none, with what was expected.
pub fn date(text: &str) -> Result<Date, String> {
    PeriodKind::Day.parse(text).map(|day| day.end()).map_err(|error| error.to_string())
}

/// The number of a release, or a day.
///
/// ```
/// use kilter::asked::as_at;
/// use kilter::engine::AsAt;
/// assert_eq!(as_at("3"), Ok(AsAt::Release(3)));
/// assert!(matches!(as_at("2022-06-30"), Ok(AsAt::Date(_))));
/// assert!(as_at("June").unwrap_err().contains("neither a release number nor a date"));
/// ```
///
/// # Errors
/// The text is neither.
pub fn as_at(text: &str) -> Result<AsAt, String> {
    match text.parse::<u32>() {
        Ok(number) if text.len() < 8 => Ok(AsAt::Release(number)),
        _ => date(text)
            .map(AsAt::Date)
            .map_err(|_| format!("\"{text}\" is neither a release number nor a date such as 2022-06-30")),
    }
}

/// A number, or the two ends of a range: 600, or 80..90.
///
/// ```
/// use kilter::{asked::aim, target::Aim};
/// assert_eq!(aim("80..90"), Ok(Aim::Range { low: 80.0, high: 90.0 }));
/// assert!(aim("many").is_err());
/// ```
///
/// # Errors
/// The text is neither.
pub fn aim(text: &str) -> Result<Aim, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    let aim = match text.split_once("..") {
        None => number(text).map(Aim::Value),
        Some((low, high)) => number(low).zip(number(high)).map(|(low, high)| Aim::Range { low, high }),
    };
    aim.ok_or_else(|| {
        format!("\"{text}\" is not a target; expected a number such as 600, or a range such as 80..90")
    })
}

/// A tolerance in percent or in points, with one or two cuts: 5%, 2.5%,5%, or 3.
///
/// ```
/// use kilter::asked::tolerance;
/// assert_eq!(tolerance("2.5%, 5%").unwrap().to_string(), "2.5% green, 5% amber");
/// assert!(tolerance("2.5%, 5").is_err());
/// ```
///
/// # Errors
/// The text is no tolerance, or the second cut lies before the first.
pub fn tolerance(text: &str) -> Result<Tolerance, String> {
    let refused =
        || format!("\"{text}\" is not a tolerance; expected a text such as 5%, 2.5%,5% or \"3 points\"");
    let cuts: Vec<&str> = text.split(',').map(str::trim).collect();
    // Two cuts are in one unit: percent signs on both, or on neither.
    let relative = cuts.iter().all(|cut| cut.ends_with('%'));
    let (unit, last) =
        if relative { (ToleranceUnit::Relative, "%") } else { (ToleranceUnit::Points, "points") };
    let number = |cut: &&str| {
        let number = cut.strip_suffix(last).unwrap_or(cut).trim_end();
        number.parse::<f64>().map_err(|_| refused())
    };
    let numbers: Vec<f64> = cuts.iter().map(number).collect::<Result<_, _>>()?;
    let (green, amber) = match numbers[..] {
        [amber] => (0.0, amber),
        [green, amber] => (green, amber),
        _ => return Err(refused()),
    };
    Tolerance::new(unit, green, amber).map_err(|error| error.to_string())
}

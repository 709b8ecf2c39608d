//! A derivation as a person would write it.

use super::Derived;
use crate::report::words::{number, plain};
use kilter_core::evaluate::{
    DerivedTerm, Precision, Role, TrendPoint, basis_in_words, no_aim_in_words, scope_in_words,
    tolerance_origin_in_words, with_unit,
};
use kilter_core::framework::{Calculation, Comparison, FirstGroup, ScottishGap};
use kilter_core::method::{Cell, half_up};
use kilter_core::series::{Marks, OverTime};
use kilter_core::target::{Aim, Colour, Polarity, Threshold};
use std::fmt::Write;

/// A figure with as many decimals as it has, up to four, and thousands separators.
fn figure(value: f64) -> String {
    const MOST: u32 = 4;
    let exact = half_up(value, MOST).abs().to_string();
    let decimals = exact.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    number(value, u32::try_from(decimals).unwrap_or(MOST).min(MOST))
}

fn cell(cell: &Cell) -> String {
    let value = match cell.value {
        Ok(value) => figure(value),
        Err(missing) => missing.to_string(),
    };
    if cell.marks == Marks::NONE { value } else { format!("{value}  [{}]", cell.marks) }
}

/// What is aimed at, in words.
fn aim_in_words(threshold: Threshold) -> String {
    match (threshold.aim(), threshold.polarity()) {
        (Aim::Value(aim), Polarity::Lower) => format!("at most {}", figure(aim)),
        (Aim::Value(aim), _) => format!("at least {}", figure(aim)),
        (Aim::Range { low, high }, _) => format!("{} to {}", figure(low), figure(high)),
    }
}

fn times(text: &str, factor: f64) -> String {
    if factor == 1.0 { text.to_owned() } else { format!("{} x {text}", figure(factor)) }
}

impl Derived<'_> {
    fn decimals(&self) -> u32 {
        self.indicator.decimals.max(1) + 1
    }

    pub fn text(&self) -> String {
        let (indicator, value) = (self.indicator, &self.evaluation.value);
        let mut text = String::new();
        let name = self.framework.areas().get(self.area.as_str()).map_or("", |area| area.name.as_str());
        let _ = writeln!(text, "{} {} ({})", indicator.id, plain(&indicator.title), plain(&indicator.unit));
        let _ = writeln!(text, "{} ({}), {}, {}", plain(name), self.area, value.period, self.as_at);
        for term in &self.terms {
            self.term(&mut text, term);
        }
        self.reckoning(&mut text);
        self.judgement(&mut text);
        self.trends(&mut text);
        self.standing(&mut text);
        if !self.releases.is_empty() {
            text.push_str("\nReleases\n");
            for release in &self.releases {
                let _ = writeln!(
                    text,
                    "  {}, known on {}, from {}",
                    release.number,
                    release.known_at,
                    plain(&release.source)
                );
            }
        }
        let _ = writeln!(
            text,
            "\nDefinitions: {}, version {} of {}",
            plain(self.framework.title()),
            self.definitions.0,
            self.definitions.1
        );
        text
    }

    fn term(&self, text: &mut String, term: &DerivedTerm) {
        let role = match term.role {
            Role::Value => "Figures",
            Role::Numerator => "Numerator",
            Role::Denominator => "Denominator",
            Role::ReferenceNumerator => "Numerator of the reference",
            Role::ReferenceDenominator => "Denominator of the reference",
        };
        let of_reference = matches!(term.role, Role::ReferenceNumerator | Role::ReferenceDenominator);
        let whose = match &self.indicator.calculation {
            Calculation::StandardisedRatio(of) | Calculation::IndirectRate(of) if of_reference => {
                format!(" {}", of.reference)
            }
            _ => String::new(),
        };
        let paired = if term.paired { ", the wholes observed with it" } else { "" };
        let slice = if term.slice.is_total() { String::new() } else { format!(" [{}]", term.slice) };
        let what = format!("{}{slice}{paired}", plain(&term.measure.title));
        let _ =
            writeln!(text, "\n{role}{whose}: {} ({})", times(&what, term.factor), plain(&term.measure.unit));
        if let Some(population) = term.population {
            let carried = if population.used == population.due {
                String::new()
            } else {
                format!(", carried forward to {}", population.due)
            };
            let _ = writeln!(text, "  mid-year {}{carried}: {}", population.used, cell(&term.total));
        } else if term.figures.len() > 1 {
            for (period, figure) in &term.figures {
                let _ = writeln!(text, "  {period}  {}", cell(figure));
            }
            let adds = match term.adds {
                OverTime::Sum => "sum",
                OverTime::Mean => "mean",
                OverTime::Last => "last",
                OverTime::None => "not added up",
            };
            let _ = writeln!(text, "  {adds}: {}", cell(&term.total));
        } else {
            let _ = writeln!(text, "  {}: {}", self.evaluation.value.period, cell(&term.total));
        }
        if !term.parts.is_empty() {
            let parts: Vec<String> = term
                .parts
                .iter()
                .map(|(area, of)| {
                    let name = self.framework.areas().get(area.as_str()).map_or("", |a| a.name.as_str());
                    format!("{} ({area}) {}", plain(name), cell(of))
                })
                .collect();
            let _ = writeln!(text, "  added up from {}", parts.join("; "));
        }
    }

    /// How the value comes from its parts.
    fn reckoning(&self, text: &mut String) {
        let value = &self.evaluation.value;
        if let (Calculation::StandardisedRatio(of) | Calculation::IndirectRate(of), Some(expected)) =
            (&self.indicator.calculation, value.denominator)
        {
            let _ = writeln!(
                text,
                "\nExpected: {}, by the rates of {} at each {} among the people here",
                figure(expected),
                of.reference,
                of.by
            );
        }
        if let Precision::ReferenceRate(rate) = value.precision {
            let _ = writeln!(text, "Rate of the reference: {}", figure(rate));
        }
        match &self.indicator.calculation {
            Calculation::Inequality(of) => {
                let _ = writeln!(
                    text,
                    "\n{}: by a line through the rates per {} of {} groups of {}, each weighed by its people",
                    of.measure.name(),
                    figure(of.parts.per),
                    of.bands.len(),
                    of.by
                );
            }
            Calculation::SlopeIndex(of) => {
                let _ = writeln!(
                    text,
                    "\nBy a line through the values of {} groups of {}, each weighed by its people",
                    of.bands.len(),
                    of.by
                );
            }
            Calculation::ScotPho(of) => {
                let gap = match of.gap {
                    ScottishGap::Zero => "is taken for zero",
                    ScottishGap::PassedOver => "is passed over",
                    ScottishGap::Refused => "leaves no value",
                };
                let _ = writeln!(
                    text,
                    "\nMade as ScotPHO does, of the means of its years; a missing figure {gap}"
                );
            }
            Calculation::Quantile(of) => {
                let among = of.among.as_ref().map_or_else(
                    || "all current areas of its kind".to_owned(),
                    |group| format!("the parts of {group}"),
                );
                let first = match of.first {
                    FirstGroup::Highest => "highest",
                    FirstGroup::Lowest => "lowest",
                };
                let _ = writeln!(
                    text,
                    "\nOf {} groups of {among}, by {}, the {first} values first",
                    of.groups, of.of.id
                );
            }
            Calculation::LifeExpectancy(of) => {
                let _ = writeln!(
                    text,
                    "\nLife expectancy at {}: by a life table of {} bands of {}",
                    of.at,
                    of.bands.len(),
                    of.by
                );
            }
            _ => {}
        }
        let shown = match value.value {
            Ok(v) => with_unit(&number(v, self.decimals()), &plain(&self.indicator.unit)),
            Err(missing) => {
                let _ = writeln!(text, "\nValue: none, because of: {missing}");
                return;
            }
        };
        let parts = value.numerator.zip(value.denominator).map(|(n, d)| (figure(n), figure(d)));
        let line = match (self.indicator.calculation.multiplier(), parts) {
            (Some((per, false)), Some((n, d))) => format!("{n} / {d} x {} = {shown}", figure(per)),
            (Some((per, true)), Some((n, d))) => {
                format!("{} - {n} / {d} x {} = {shown}", figure(per), figure(per))
            }
            _ => match (&value.precision, value.numerator.zip(value.denominator)) {
                (Precision::ReferenceRate(rate), Some((n, d))) => {
                    format!("{} / {} x {} = {shown}", figure(n), figure(d), figure(*rate))
                }
                _ => shown,
            },
        };
        let _ = writeln!(text, "\nValue: {line}");
        if let Precision::Error { error, freedom } = value.precision {
            let freedom =
                freedom.map_or(String::new(), |freedom| format!(", {} degrees of freedom", figure(freedom)));
            let _ = writeln!(text, "  standard error: {}{freedom}", figure(error));
        }
        if value.marks != Marks::NONE {
            let _ = writeln!(text, "  marks: {}", value.marks);
        }
    }

    fn judgement(&self, text: &mut String) {
        let evaluation = &self.evaluation;
        let decimals = self.decimals();
        if let Some(level) = &self.view.level {
            let title = self.framework.level(level.as_str()).map_or("", |level| level.title.as_str());
            let _ = writeln!(text, "\nSeen from: {} ({level})", plain(title));
        }
        match &evaluation.target {
            None => text.push_str("\nTarget: none is in force\n"),
            Some(target) => {
                let aim = target.threshold.map_or("of no known value".to_owned(), aim_in_words);
                let basis = basis_in_words(target, evaluation.value.period, decimals);
                let basis = if basis.is_empty() { basis } else { format!(" ({basis})") };
                let scope = scope_in_words(target);
                let scope = if scope.is_empty() { scope } else { format!(", {scope}") };
                let _ = writeln!(text, "\nTarget: {aim}{basis}, in force from {}{scope}", target.target.from);
                if let Some(source) = &target.target.source {
                    let _ = writeln!(text, "  source: {}", plain(source));
                }
                if let Err(why) = target.aim {
                    let _ = writeln!(text, "  {}", no_aim_in_words(why));
                }
                self.tolerance(text);
            }
        }
        if let Some(compared) = evaluation.compared {
            let how = match self.framework.comparison() {
                Comparison::Unrounded => "unrounded",
                Comparison::AsPublished => "as published",
            };
            if let (Some(judgement), Some(_)) = (evaluation.judgement, &evaluation.target) {
                let percent = judgement
                    .variance_percent
                    .map_or(String::new(), |percent| format!(" ({}%)", number(percent.abs(), 1)));
                let by = number(judgement.variance.abs(), decimals);
                let where_it_is = match judgement.variance {
                    variance if variance > 0.0 => format!("{by}{percent} above the target"),
                    variance if variance < 0.0 => format!("{by}{percent} below the target"),
                    _ => "on the target".to_owned(),
                };
                let compared = number(compared, decimals);
                let _ = writeln!(text, "Compared {how}: {compared} is {where_it_is}");
            }
        }
        let reason = evaluation.status.reason().map_or(String::new(), |reason| format!(": {reason}"));
        let _ = writeln!(text, "\nStatus: {}{reason}", evaluation.status);
        if let Some(manual) = evaluation.manual {
            let (status, by, on) = (manual.status, plain(&manual.by), manual.on);
            let _ = writeln!(text, "By judgement of {by} on {on}: {status}: {}", plain(&manual.reason));
        }
    }

    /// The arithmetic of the tolerance.
    fn tolerance(&self, text: &mut String) {
        let (Some(target), Some(compared)) = (&self.evaluation.target, self.evaluation.compared) else {
            return;
        };
        let Some(threshold) = target.threshold else { return };
        let tolerance = threshold.tolerance();
        if tolerance.amber() == 0.0 {
            text.push_str("Tolerance: none; what misses the target is red\n");
            return;
        }
        let origin = match tolerance_origin_in_words(target.tolerance_origin) {
            "" => String::new(),
            words => format!(" {words}"),
        };
        let limit = |colour| figure(threshold.limit(colour, compared));
        let mut bands = Vec::new();
        if tolerance.green() > 0.0 {
            bands.push(format!("green to {}", limit(Colour::Green)));
        }
        bands.push(format!("amber to {}", limit(Colour::Amber)));
        let _ = writeln!(text, "Tolerance: {tolerance}{origin}: {}, red beyond", bands.join(", "));
    }

    fn trends(&self, text: &mut String) {
        let evaluation = &self.evaluation;
        let shown = |trend: &TrendPoint| match (trend.against, trend.since) {
            (Some(against), Some(since)) => {
                format!("{} (against {}, from {since})", trend.trend, number(against, self.decimals()))
            }
            _ => trend.trend.to_string(),
        };
        let run = match evaluation.trend_run {
            0 | 1 => String::new(),
            n => format!(", {n} periods running"),
        };
        let _ = writeln!(text, "Short trend: {}{run}", shown(&evaluation.short_trend));
        let _ = writeln!(text, "Long trend: {}", shown(&evaluation.long_trend));
    }

    fn standing(&self, text: &mut String) {
        let against = &self.indicator.comparison.against;
        let (Ok(comparator), Some(difference)) = (self.compared.comparator, self.compared.difference) else {
            return;
        };
        let standing = match (self.compared.standing, self.compared.confidence) {
            (Ok(standing), Some(level)) => format!("; {standing} at {level}%"),
            (Ok(standing), None) => format!("; {standing}"),
            (Err(_), _) => String::new(),
        };
        let (comparator, difference) =
            (number(comparator, self.decimals()), number(difference, self.decimals()));
        let _ = writeln!(text, "Beside {against}: {comparator}, a difference of {difference}{standing}");
    }
}

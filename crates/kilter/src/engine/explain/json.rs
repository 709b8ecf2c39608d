//! A derivation as JSON, every figure unrounded, from which the status can be recomputed.

use super::Derived;
use kilter_core::evaluate::{
    DerivedTerm, Evaluation, Precision, Role, TargetInForce, TrendPoint, tolerance_origin_in_words,
};
use kilter_core::framework::{
    Calculation, Comparison, FirstGroup, GivenValues, LineThrough, ScottishForm, ScottishGap, SlopeMeasure,
    SlopeTowards,
};
use kilter_core::ident::Category;
use kilter_core::method::Cell;
use kilter_core::series::OverTime;
use kilter_core::target::{Aim, Baseline, Colour, Comparator, Goal, Offset, Polarity, ToleranceUnit};
use kilter_core::time::Period;
use serde_json::{Map, Value as Json, json};

impl Derived<'_> {
    pub fn json(&self) -> Json {
        let (indicator, evaluation) = (self.indicator, &self.evaluation);
        let value = &evaluation.value;
        let name = |names: &[(&'static str, Polarity)]| {
            names.iter().find(|(_, of)| *of == indicator.polarity).map(|(name, _)| *name)
        };
        let ratio = indicator.calculation.multiplier();
        let (per, complement) = (ratio.map(|(per, _)| per), ratio.is_some_and(|(_, complement)| complement));
        let kind = indicator.calculation.name();
        let standard = match &indicator.calculation {
            Calculation::Standardised(of) => {
                let weights = of.weights.iter().map(|(band, weight)| (band.to_string(), json!(weight)));
                Some(
                    json!({ "per": of.parts.per, "by": of.by.as_str(), "bands": weights.collect::<Map<_, _>>() }),
                )
            }
            Calculation::StandardisedRatio(of) => Some(
                json!({ "reference": of.reference.as_str(), "by": of.by.as_str(), "bands": texts(&of.bands) }),
            ),
            Calculation::IndirectRate(of) => Some(json!({
                "per": of.parts.per,
                "reference": of.reference.as_str(),
                "by": of.by.as_str(),
                "bands": texts(&of.bands),
            })),
            Calculation::Inequality(of) => Some(json!({
                "per": of.parts.per,
                "by": of.by.as_str(),
                "bands": texts(&of.bands),
                "measure": of.measure.name(),
            })),
            Calculation::SlopeIndex(of) => Some(json!({
                "per": of.parts.per,
                "by": of.by.as_str(),
                "bands": texts(&of.bands),
                "values": named(&GivenValues::NAMES, of.values),
                "line": named(&LineThrough::NAMES, of.line),
                "towards": named(&SlopeTowards::NAMES, of.towards),
                "measure": named(&SlopeMeasure::NAMES, of.measure),
            })),
            Calculation::ScotPho(of) => Some(json!({
                "per": of.parts.per,
                "missing": named(&ScottishGap::NAMES, of.gap),
                "form": match &of.form {
                    ScottishForm::CrudeRate => "crude rate",
                    ScottishForm::Percentage => "percentage",
                    ScottishForm::SamplePercentage { .. } => "sample percentage",
                    ScottishForm::StandardisedRate { .. } => "standardised rate",
                },
                "bands": match &of.form {
                    ScottishForm::StandardisedRate { weights, .. } => Some(
                        weights.iter().map(|(band, weight)| (band.to_string(), json!(weight))).collect::<Map<_, _>>(),
                    ),
                    _ => None,
                },
                "standard_total": match &of.form {
                    ScottishForm::StandardisedRate { total, .. } => Some(*total),
                    _ => None,
                },
            })),
            Calculation::Quantile(of) => Some(json!({
                "of": of.of.id.as_str(),
                "groups": of.groups,
                "first": named(&FirstGroup::NAMES, of.first),
                "among": of.among.as_ref().map(|group| group.as_str()),
            })),
            Calculation::LifeExpectancy(of) => {
                let ages = of
                    .bands
                    .iter()
                    .map(|(band, ages)| json!({ "band": band.as_str(), "from": ages.from, "to": ages.to }));
                Some(json!({ "by": of.by.as_str(), "ages": ages.collect::<Vec<_>>(), "at": of.at }))
            }
            _ => None,
        };
        let (error, freedom) = match value.precision {
            Precision::Error { error, freedom } => (Some(error), freedom),
            _ => (None, None),
        };
        let trend = |trend: &TrendPoint| {
            json!({
                "trend": trend.trend.to_string(),
                "against": trend.against,
                "since": trend.since.map(|period| period.to_string()),
            })
        };
        let manual = evaluation.manual.map(|manual| {
            json!({
                "status": manual.status.to_string(),
                "by": manual.by,
                "on": manual.on.to_string(),
                "reason": manual.reason,
            })
        });
        let releases: Vec<Json> = self
            .releases
            .iter()
            .map(|release| {
                json!({
                    "release": release.number,
                    "known_at": release.known_at.to_string(),
                    "source": release.source,
                })
            })
            .collect();
        json!({
            "indicator": indicator.id.as_str(),
            "title": indicator.title,
            "unit": indicator.unit,
            "decimals": indicator.decimals,
            "polarity": name(&Polarity::NAMES),
            "area": self.area.as_str(),
            "period": value.period.to_string(),
            "as_at": self.as_at,
            "level": self.view.level.as_ref().map(ToString::to_string),
            "reporting_date": self.view.on.map(|day| day.to_string()),
            "calculation": { "kind": kind, "per": per, "complement": complement, "standard": standard },
            "terms": self.terms.iter().map(term_json).collect::<Vec<_>>(),
            "numerator": value.numerator,
            "denominator": value.denominator,
            "value": value.value.ok(),
            "standard_error": error,
            "degrees_of_freedom": freedom,
            "absent": value.value.err().map(|missing| missing.to_string()),
            "marks": value.marks.to_string(),
            "comparison": match self.framework.comparison() {
                Comparison::Unrounded => "unrounded",
                Comparison::AsPublished => "as published",
            },
            "compared": evaluation.compared,
            "target": evaluation.target.as_ref().map(|target| target_json(target, evaluation)),
            "variance": evaluation.judgement.map(|judgement| judgement.variance),
            "variance_percent": evaluation.judgement.and_then(|judgement| judgement.variance_percent),
            "status": evaluation.status.to_string(),
            "reason": evaluation.status.reason().map(|reason| reason.to_string()),
            "manual_status": manual,
            "short_trend": trend(&evaluation.short_trend),
            "long_trend": trend(&evaluation.long_trend),
            "trend_run": evaluation.trend_run,
            "beside": {
                "comparator": indicator.comparison.against.to_string(),
                "value": self.compared.comparator.ok(),
                "difference": self.compared.difference,
                "standing": self.compared.standing.ok().map(|standing| standing.to_string()),
                "confidence": self.compared.confidence,
                "not_compared": self.compared.standing.err().map(|why| why.to_string()),
            },
            "releases": releases,
            "framework": {
                "id": self.framework.id().as_str(),
                "title": self.framework.title(),
                "version": self.definitions.0,
                "known_at": self.definitions.1.to_string(),
            },
            "explanation": evaluation.explanation,
        })
    }
}

/// The name of one of several ways in a framework file.
fn named<T: PartialEq>(names: &[(&'static str, T)], way: T) -> Option<&'static str> {
    names.iter().find(|(_, of)| *of == way).map(|(name, _)| *name)
}

fn texts(bands: &[Category]) -> Vec<&str> {
    bands.iter().map(Category::as_str).collect()
}

fn cell_json(cell: &Cell) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("value".into(), json!(cell.value.ok()));
    map.insert("absent".into(), json!(cell.value.err().map(|missing| missing.to_string())));
    map.insert("marks".into(), json!(cell.marks.to_string()));
    map.insert("release".into(), json!((cell.release > 0).then_some(cell.release)));
    map
}

fn term_json(term: &DerivedTerm) -> Json {
    let role = Role::NAMES.iter().find(|(_, of)| *of == term.role).map(|(name, _)| *name);
    let adds = match term.adds {
        OverTime::Sum => "sum",
        OverTime::Mean => "mean",
        OverTime::Last => "last",
        OverTime::None => "none",
    };
    let with = |key: &str, name: String, cell: &Cell| {
        let mut map = Map::new();
        map.insert(key.to_owned(), json!(name));
        map.extend(cell_json(cell));
        Json::Object(map)
    };
    let figures: Vec<Json> =
        term.figures.iter().map(|(period, cell)| with("period", period.to_string(), cell)).collect();
    let parts: Vec<Json> =
        term.parts.iter().map(|(area, cell)| with("area", area.to_string(), cell)).collect();
    json!({
        "role": role,
        "factor": term.factor,
        "measure": term.measure.id.as_str(),
        "title": term.measure.title,
        "unit": term.measure.unit,
        "slice": (!term.slice.is_total()).then(|| term.slice.to_string()),
        "paired": term.paired,
        "adds": adds,
        "population": term.population.map(|p| json!({ "due": p.due, "used": p.used })),
        "figures": figures,
        "parts": parts,
        "total": cell_json(&term.total),
    })
}

fn offset_json(offset: Offset) -> Json {
    match offset {
        Offset::Percent(percent) => json!({ "percent": percent }),
        Offset::Points(points) => json!({ "points": points }),
    }
}

fn target_json(target: &TargetInForce<'_>, evaluation: &Evaluation<'_>) -> Json {
    let of = target.target;
    let goal = match &of.goal {
        Goal::Fixed(_) => json!({ "kind": "fixed" }),
        Goal::PerPeriod(_) => json!({ "kind": "per period" }),
        Goal::Trajectory(line) => {
            let point =
                |(period, value): (Period, f64)| json!({ "period": period.to_string(), "value": value });
            json!({ "kind": "trajectory", "from": point(line.from()), "to": point(line.to()) })
        }
        Goal::Change(change) => {
            let baseline = match change.baseline {
                Baseline::Period(period) => json!({ "period": period.to_string() }),
                Baseline::Value(value) => json!({ "value": value }),
            };
            json!({ "kind": "change", "baseline": baseline, "by": offset_json(change.by) })
        }
        Goal::Comparator(Comparator { against, offset }) => {
            json!({ "kind": "comparator", "with": against.to_string(), "by": offset_json(*offset) })
        }
    };
    let aim = target.threshold.map(|threshold| match threshold.aim() {
        Aim::Value(value) => json!(value),
        Aim::Range { low, high } => json!([low, high]),
    });
    let from = target.aim.ok().and_then(|aim| aim.from);
    let unit = match target.tolerance.unit() {
        ToleranceUnit::Relative => "relative",
        ToleranceUnit::Points => "points",
    };
    let limit = |colour| {
        let threshold = target.threshold?;
        Some(threshold.limit(colour, evaluation.compared?))
    };
    json!({
        "goal": goal,
        "aim": aim,
        "derived_from": from.map(|(value, period)| json!({ "value": value, "period": period.to_string() })),
        "from": of.from.to_string(),
        "to": of.to.map(|to| to.to_string()),
        "area": of.area.as_ref().map(ToString::to_string),
        "level": of.level.as_ref().map(ToString::to_string),
        "origin": of.origin.map(|origin| origin.to_string()),
        "function": of.function.map(|function| function.to_string()),
        "review": of.review.map(|day| day.to_string()),
        "source": of.source,
        "tolerance": { "unit": unit, "green": target.tolerance.green(), "amber": target.tolerance.amber() },
        "tolerance_origin": tolerance_origin_in_words(target.tolerance_origin),
        "green_to": limit(Colour::Green),
        "amber_to": limit(Colour::Amber),
    })
}

//! The derivation of a status: as a person would write it, and as JSON from which anyone can recompute it.

mod json;
mod text;

use super::query::{Selection, View, history_to, place_of, unknown, wanted};
use super::{AsAt, Engine, EngineError};
use kilter_core::evaluate::{
    Compared, DerivedTerm, Evaluation, History, Valuer, Viewpoint, compare_at, evaluate,
};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::time::Date;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What is to be explained.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainQuery {
    /// The id of the indicator.
    pub indicator: String,
    /// The code or name of the area; none: that of the framework.
    pub area: Option<String>,
    /// The period; none: the latest.
    pub period: Option<String>,
    /// As known when.
    pub as_at: AsAt,
    /// Who looks, and when.
    pub view: View,
}

impl ExplainQuery {
    /// The latest value of an indicator in the framework's own area.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        Self {
            indicator: indicator.to_owned(),
            area: None,
            period: None,
            as_at: AsAt::Latest,
            view: View::default(),
        }
    }
}

/// The derivation of a status.
pub struct Explanation {
    text: String,
    json: Json,
}

impl Explanation {
    /// As a person would write it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As JSON with every figure, unrounded, from which the status can be recomputed.
    #[must_use]
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.json).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// A release that the value rests on.
struct Known {
    number: u32,
    known_at: Date,
    source: String,
}

/// Everything that is explained.
struct Derived<'f> {
    framework: &'f Framework,
    indicator: &'f Indicator,
    area: AreaCode,
    terms: Vec<DerivedTerm>,
    evaluation: Evaluation<'f>,
    compared: Compared,
    view: Viewpoint,
    as_at: String,
    definitions: (u32, Date),
    releases: Vec<Known>,
}

impl Engine {
    /// How the status of an indicator in an area and period came about: its figures, population, calculation,
    /// target, tolerance, comparison, status and releases.
    ///
    /// # Errors
    /// The indicator, area or level is not known; a period that is ambiguous; nothing was observed and no
    /// period is named; a damaged store.
    pub fn explain(&self, query: &ExplainQuery) -> Result<Explanation, EngineError> {
        let selected = self.select(&Selection {
            indicators: vec![query.indicator.clone()],
            as_at: query.as_at,
            ..Selection::default()
        })?;
        let (framework, snapshot) = (&*selected.framework, &selected.snapshot);
        let area = self.subject_area(framework, query.area.as_deref())?;
        let indicator =
            framework.indicator(&query.indicator).ok_or_else(|| unknown(framework, &query.indicator))?;
        let valuer = Valuer::new(framework, &selected.data);
        let wanted = wanted(query.period.as_deref(), indicator.frequency)?;
        let history = History::new(&valuer, indicator, &area, &history_to(&valuer, indicator, wanted));
        let place = place_of(&history, wanted);
        let place = place.ok_or_else(|| EngineError::Question {
            what: format!("nothing was observed for {}; name a period to see why", indicator.id),
        })?;
        let view = selected.viewpoint(&query.view)?;
        let evaluation = evaluate(framework, &history, place, &view);
        let value = &evaluation.value;
        let terms = valuer.derivation(indicator, &area, value.period);
        let used: BTreeSet<u32> = terms
            .iter()
            .flat_map(|term| term.figures.iter().map(|(_, cell)| cell).chain([&term.total]))
            .map(|cell| cell.release)
            .filter(|release| *release > 0)
            .collect();
        let releases = snapshot
            .releases()
            .iter()
            .filter(|release| used.contains(&release.number()))
            .map(|release| Known {
                number: release.number(),
                known_at: release.known_at(),
                source: release.source().to_owned(),
            })
            .collect();
        let as_at = match query.as_at {
            AsAt::Latest => "as known now".to_owned(),
            AsAt::Date(day) => format!("as known on {day}"),
            AsAt::Release(number) => format!("as known with release {number}"),
        };
        let definitions = (snapshot.definitions().version(), snapshot.definitions().known_at());
        let compared = compare_at(&valuer, &history, place, &indicator.comparison);
        let derived = Derived {
            framework,
            indicator,
            area,
            terms,
            evaluation,
            compared,
            view,
            as_at,
            definitions,
            releases,
        };
        Ok(Explanation { text: derived.text(), json: derived.json() })
    }
}

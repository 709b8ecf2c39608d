//! What an engine keeps of what it has read, so that the next question need not read it again: the series of
//! measures as known at a point, without what is withheld, and the panels of indicators made from them.
//!
//! A point is the releases that count and the definitions in force; what they say never changes, so that nothing
//! kept is ever out of date. What is kept is bounded.

use super::{EngineError, as_stored};
use kilter_core::evaluate::{Comparison, Panel, Valuer};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::{IndicatorId, MeasureId};
use kilter_core::method::withhold;
use kilter_core::series::{Dataset, MeasureData};
use kilter_store::{Release, Snapshot};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The most observations that are kept where nobody says.
const MOST_OBSERVATIONS: usize = 12_000_000;

/// The bytes of an observation: what is laid side by side is counted as so many observations as take that memory.
const BYTES: usize = 20;

/// The most points of which anything is kept.
const MOST_POINTS: usize = 64;

/// What is kept of every point, the one asked for last at the end.
pub(super) struct Warm {
    points: Mutex<Vec<Arc<Point>>>,
    most_observations: usize,
}

impl Default for Warm {
    fn default() -> Self {
        Self { points: Mutex::default(), most_observations: MOST_OBSERVATIONS }
    }
}

/// What is kept of one point.
pub(super) struct Point {
    releases: Vec<u32>,
    framework: Arc<Framework>,
    held: BTreeSet<MeasureId>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    measures: HashMap<MeasureId, Option<Arc<MeasureData>>>,
    /// `None` where an indicator has no panel.
    panels: HashMap<IndicatorId, Option<Arc<Compared>>>,
    /// Those of the measures, and as many as take the memory of the panels.
    observations: usize,
}

/// The panel of an indicator, and which of its rows are compared with which.
pub(super) struct Compared {
    pub panel: Panel,
    comparison: OnceLock<Option<Comparison>>,
}

impl Compared {
    /// Which rows are compared with which; `None` where that is not said by rows.
    pub fn comparison(&self, framework: &Framework, indicator: &Indicator) -> Option<&Comparison> {
        self.comparison.get_or_init(|| self.panel.comparison(framework, indicator)).as_ref()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Warm {
    /// What is kept of a snapshot read by a framework.
    pub fn point(
        &self,
        snapshot: &Snapshot<'_>,
        framework: &Arc<Framework>,
    ) -> Result<Arc<Point>, EngineError> {
        let releases: Vec<u32> = snapshot.releases().into_iter().map(Release::number).collect();
        let is_it =
            |point: &Arc<Point>| Arc::ptr_eq(&point.framework, framework) && point.releases == releases;
        let mut points = locked(&self.points);
        if let Some(place) = points.iter().rposition(is_it) {
            let point = points.remove(place);
            points.push(Arc::clone(&point));
            return Ok(point);
        }
        drop(points);
        let held = snapshot.measures()?.into_iter().collect();
        let (framework, kept) = (Arc::clone(framework), Mutex::default());
        let point = Arc::new(Point { releases, framework, held, kept });
        let mut points = locked(&self.points);
        if points.len() == MOST_POINTS {
            points.remove(0);
        }
        points.push(Arc::clone(&point));
        drop(points);
        Ok(point)
    }

    /// Keeps no more observations than that from now on.
    pub fn keep(&mut self, observations: usize) {
        self.most_observations = observations;
        self.bound();
    }

    /// Lets go of what was asked for longest ago where there is too much; of a point that is too much by itself,
    /// of all of it.
    fn bound(&self) {
        let mut points = locked(&self.points);
        let mut room = self.most_observations;
        let first = points.iter().rposition(|point| {
            let mut kept = locked(&point.kept);
            match room.checked_sub(kept.observations) {
                Some(left) => {
                    room = left;
                    false
                }
                None => {
                    *kept = Kept::default();
                    true
                }
            }
        });
        let last = points.len().saturating_sub(1);
        points.drain(..first.map_or(0, |first| (first + 1).min(last)));
    }
}

impl Point {
    /// The measures of which anything was observed.
    pub fn held(&self) -> &BTreeSet<MeasureId> {
        &self.held
    }

    /// The panel of an indicator, made where it is not kept; `None` where it has none.
    pub fn panel(&self, warm: &Warm, valuer: &Valuer<'_>, indicator: &Indicator) -> Option<Arc<Compared>> {
        if let Some(known) = locked(&self.kept).panels.get(&indicator.id) {
            return known.clone();
        }
        let made = Panel::new(valuer, indicator);
        let made = made.map(|panel| Arc::new(Compared { panel, comparison: OnceLock::new() }));
        let mut kept = locked(&self.kept);
        let before = kept.panels.insert(indicator.id.clone(), made.clone());
        // Another may have made it meanwhile.
        if before.is_none() {
            kept.observations += made.as_ref().map_or(0, |made| made.panel.bytes().div_ceil(BYTES));
        }
        drop(kept);
        warm.bound();
        made
    }

    /// The series of some measures, read where they are not kept, without what the framework withholds: from
    /// here on small numbers are gone.
    pub fn dataset(
        &self,
        warm: &Warm,
        snapshot: &Snapshot<'_>,
        measures: &[&MeasureId],
    ) -> Result<Dataset, EngineError> {
        let mut data = Dataset::new();
        let mut is_new = false;
        for id in measures {
            let known = locked(&self.kept).measures.get(*id).cloned();
            let of_measure = match known {
                Some(known) => known,
                None => {
                    is_new = true;
                    let mut read = as_stored(snapshot, std::slice::from_ref(*id))?;
                    if let Some(measure) = self.framework.measure(id.as_str()) {
                        withhold(measure, self.framework.areas(), &mut read);
                    }
                    let read = read.shared(id.as_str());
                    let mut kept = locked(&self.kept);
                    kept.observations += read.as_ref().map_or(0, |data| data.observations());
                    kept.measures.insert((*id).clone(), read.clone());
                    read
                }
            };
            if let Some(of_measure) = of_measure {
                data.share((*id).clone(), of_measure);
            }
        }
        if is_new {
            warm.bound();
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{AsAt, Columns, Engine, Ingest, Mode, ValuesQuery};
    use crate::ingest::OnRejection;
    use crate::table::Table;
    use kilter_core::framework::Text;
    use kilter_core::time::Date;
    use std::path::Path;

    fn day(day: u32) -> Date {
        Date::from_ymd_opt(2024, 5, day).unwrap()
    }

    fn framework(suppress: &str) -> Text {
        Text::new(
            "f.toml",
            &format!(
                r#"
        framework = {{ id = "f", title = "F" }}
        area = [{{ code = "north", name = "North", kind = "council" }}]
        measure = [{{ id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "sum"{suppress} }}]
        indicator = [{{ id = "F", title = "F", calculation = {{ count = "falls" }}, frequency = "month", polarity = "lower", decimals = 0, unit = "falls" }}]
        "#
            ),
        )
    }

    fn take(engine: &mut Engine, folder: &Path, count: u32, known_at: Date) -> u32 {
        let file = folder.join(format!("{count}.csv"));
        let rows =
            format!("measure,area,period,value\nfalls,north,2024-01,{count}\nfalls,north,2024-02,50\n");
        std::fs::write(&file, rows).unwrap();
        let (source, on_rejection) = ("our own count", OnRejection::Refuse);
        let ingest = Ingest { profile: None, source, known_at, on_rejection, note: None };
        engine.ingest(&file, &ingest, |_, _| true).unwrap().releases[0].0
    }

    /// What an engine that has been asked before says at every point, and that one says which has not.
    fn asked(engine: &Engine, path: &Path) -> (Vec<Table>, Vec<Table>) {
        let points = [AsAt::Latest, AsAt::Date(day(1)), AsAt::Date(day(2)), AsAt::Date(day(9))];
        let new = Engine::open(path, Mode::Read).unwrap();
        let of = |engine: &Engine| -> Vec<Table> {
            points.iter().map(|point| engine.values(&ValuesQuery::of("F").as_at(*point)).unwrap()).collect()
        };
        (of(engine), of(&new))
    }

    #[test]
    fn nothing_that_is_kept_outlives_a_release_a_withdrawal_or_a_change_of_rules() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut engine = Engine::create_from(&path, &[framework("")], "ours", day(1)).unwrap();
        let mut before: Vec<Vec<Table>> = Vec::new();
        let mut check = |engine: &Engine| {
            let (warm, new) = asked(engine, &path);
            assert_eq!(warm, new);
            assert_eq!(asked(engine, &path).0, new, "asked again");
            assert!(!before.contains(&warm), "the change is seen");
            before.push(warm);
        };
        check(&engine);
        take(&mut engine, folder.path(), 3, day(1));
        check(&engine);
        let second = take(&mut engine, folder.path(), 30, day(2));
        check(&engine);
        engine.withdraw(second, "counted twice", day(3)).unwrap();
        check(&engine);
        let suppress = ", suppress = { threshold = 4, zeros = \"shown\" }";
        engine.define_from(&[framework(suppress)], "ours", day(4)).unwrap();
        check(&engine);
    }

    #[test]
    fn an_engine_that_may_keep_nothing_answers_as_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut engine = Engine::create_from(&path, &[framework("")], "ours", day(1)).unwrap();
        take(&mut engine, folder.path(), 3, day(1));
        let kept = |engine: &Engine| -> usize {
            let points = super::locked(&engine.warm.points);
            points.iter().map(|point| super::locked(&point.kept).observations).sum()
        };
        let (warm, _) = asked(&engine, &path);
        assert_eq!(kept(&engine), 2);
        let values = |engine: &Engine| {
            let mut columns = Columns::default();
            engine.columns(&ValuesQuery::of("F"), &mut columns).unwrap();
            columns.blocks()[0].values().to_vec()
        };
        let side_by_side = values(&engine);
        assert!(kept(&engine) > 2, "what is laid side by side counts too");
        engine.keep_observations(0);
        assert_eq!(kept(&engine), 0);
        assert_eq!((asked(&engine, &path).0, values(&engine)), (warm, side_by_side));
        assert_eq!(kept(&engine), 0);
    }

    #[test]
    fn many_points_are_asked_for_in_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut engine = Engine::create_from(&path, &[framework("")], "ours", day(1)).unwrap();
        take(&mut engine, folder.path(), 3, day(1));
        for round in 0..3 {
            for point in 0..super::MOST_POINTS as u32 + 3 {
                let as_at = AsAt::Date(Date::from_ymd_opt(2023, 1 + point / 28, 1 + point % 28).unwrap());
                let rows = engine.values(&ValuesQuery::of("F").as_at(as_at)).unwrap().rows();
                assert_eq!(rows, 0, "round {round}: nothing was known yet");
            }
            assert_eq!(engine.values(&ValuesQuery::of("F")).unwrap().rows(), 2);
        }
    }
}

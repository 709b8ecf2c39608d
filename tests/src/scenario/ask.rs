//! The questions that expectations ask of the engine, and their answers as texts to compare.

use super::Said;
use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, FiveYearsQuery, FunnelQuery, NeededQuery,
    ScorecardQuery, Selection, TargetsQuery, View, WhatIfQuery, With,
};
use kilter::table::{Column, Table};
use kilter::{Date, PeriodKind};
use kilter_core::method::half_up;
use kilter_core::target::{Aim, Function, Tolerance, ToleranceUnit};
use std::collections::BTreeMap;

/// A question: the keys that are a part of it, and how it is put.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    /// The keys that must be there.
    needs: &'static [&'static str],
    /// The keys that may be there.
    may: &'static [&'static str],
    put: fn(&Engine, &Asked<'_>) -> Result<Answer, String>,
}

/// What an expectation asks, by key.
struct Asked<'a>(&'a BTreeMap<&'a str, &'a Said>);

/// The answer: one row of a table, or lists by name.
pub(super) struct Answer {
    table: Table,
    row: usize,
    lists: Vec<(&'static str, Vec<String>)>,
}

impl Asked<'_> {
    fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key) {
            Some(Said::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn all(&self, key: &str) -> Vec<String> {
        self.text(key).into_iter().collect()
    }

    fn date(&self, key: &str) -> Result<Option<Date>, String> {
        let Some(text) = self.text(key) else { return Ok(None) };
        PeriodKind::Day.parse(&text).map(|day| Some(day.end())).map_err(|error| error.to_string())
    }

    fn as_at(&self) -> Result<AsAt, String> {
        Ok(self.date("as_at")?.map_or(AsAt::Latest, AsAt::Date))
    }

    fn view(&self) -> Result<View, String> {
        Ok(View { level: self.text("level"), on: self.date("on")? })
    }

    fn selection(&self) -> Result<Selection, String> {
        Ok(Selection { indicators: self.all("indicator"), areas: self.all("area"), as_at: self.as_at()? })
    }

    fn card(&self) -> Result<ScorecardQuery, String> {
        Ok(ScorecardQuery {
            area: self.text("area"),
            period: self.text("period"),
            as_at: self.as_at()?,
            view: self.view()?,
            dated: None,
        })
    }

    fn evaluations(&self) -> Result<EvaluateQuery, String> {
        Ok(EvaluateQuery { selection: self.selection()?, period: self.text("period"), view: self.view()? })
    }

    fn comparison(&self) -> Result<CompareQuery, String> {
        Ok(CompareQuery {
            selection: self.selection()?,
            period: self.text("period"),
            with: self.text("with").map(|with| with.parse::<With>()).transpose()?,
            among: self.text("among"),
            only_worse_and_worsening: false,
        })
    }

    fn yes(&self, key: &str) -> bool {
        self.text(key).as_deref() == Some("yes")
    }

    fn number(&self, key: &str) -> Result<Option<u32>, String> {
        let Some(text) = self.text(key) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{key} is a whole number, not \"{text}\""))
    }
}

fn refused(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn cell<'t>(table: &'t Table, column: &str, row: usize) -> Option<&'t str> {
    match table.column(column)? {
        Column::Text(cells) => cells.get(row),
        _ => None,
    }
}

fn day(table: &Table, column: &str, row: usize) -> String {
    match table.column(column) {
        Some(Column::Date(cells)) => cells.get(row).map_or_else(String::new, |day| day.to_string()),
        _ => String::new(),
    }
}

impl Ask {
    pub const EVALUATION: Self = Self {
        needs: &["indicator", "area", "period"],
        may: &["as_at", "level", "on"],
        put: |engine, asked| Answer::row(engine.evaluate(&asked.evaluations()?).map_err(refused)?),
    };

    pub const VERDICTS: Self = Self {
        put: |engine, asked| Answer::row(engine.verdicts(&asked.evaluations()?).map_err(refused)?),
        ..Self::EVALUATION
    };

    pub const COMPARISON: Self = Self {
        needs: &["indicator", "area", "period"],
        may: &["as_at", "with", "among"],
        put: |engine, asked| Answer::row(engine.compare(&asked.comparison()?).map_err(refused)?),
    };

    pub const SCORECARD: Self = Self {
        needs: &["area"],
        may: &["outcome", "priority", "perspective", "overall", "period", "on", "as_at", "level"],
        put: |engine, asked| {
            let table = engine.roll_up(&asked.card()?).map_err(refused)?;
            let named = ["outcome", "priority", "perspective", "overall"]
                .into_iter()
                .find_map(|kind| Some((kind, asked.text(kind)?)));
            let (kind, id) =
                named.ok_or("an expectation names an outcome, priority or perspective, or overall")?;
            let row = (0..table.rows()).find(|&row| {
                cell(&table, "kind", row) == Some(kind)
                    && (kind == "overall" || cell(&table, "id", row) == Some(id.as_str()))
            });
            let row = row.ok_or_else(|| format!("the scorecard has no {kind} \"{id}\""))?;
            Ok(Answer { table, row, lists: Vec::new() })
        },
    };

    pub const LINE: Self = Self {
        needs: &["area", "indicator"],
        may: &["period", "on", "as_at", "level"],
        put: |engine, asked| {
            let table = engine.scorecard_table(&asked.card()?).map_err(refused)?;
            let id = asked.text("indicator").unwrap_or_default();
            let row = (0..table.rows()).find(|row| cell(&table, "indicator", *row) == Some(id.as_str()));
            let row = row.ok_or_else(|| format!("the scorecard has no line \"{id}\""))?;
            Ok(Answer { table, row, lists: Vec::new() })
        },
    };

    pub const EXCEPTIONS: Self = Self {
        needs: &["area", "level"],
        may: &["period", "on", "as_at"],
        put: |engine, asked| {
            let table = engine.exceptions(&asked.card()?).map_err(refused)?;
            let line = |row| {
                let of = |column| cell(&table, column, row).unwrap_or("");
                format!("{}: {}", of("indicator"), of("rules"))
            };
            let lines = (0..table.rows()).map(line).collect();
            Ok(Answer { table, row: 0, lists: vec![("lines", lines)] })
        },
    };

    pub const ESCALATIONS: Self = Self {
        needs: &["area", "escalation"],
        may: &["indicator", "priority", "as_at", "figures_of_the_day"],
        put: |engine, asked| {
            let query = EscalationsQuery {
                area: asked.text("area"),
                escalation: asked.text("escalation"),
                as_at: asked.as_at()?,
                figures_of_the_day: asked.yes("figures_of_the_day"),
                every_step: false,
            };
            let table = engine.escalations(&query).map_err(refused)?;
            let about = |row: &usize| {
                ["indicator", "priority"]
                    .iter()
                    .all(|key| asked.text(key).is_none_or(|id| cell(&table, key, *row) == Some(id.as_str())))
            };
            let step = |row| {
                let of = |column| cell(&table, column, row).unwrap_or("");
                match cell(&table, "period", row) {
                    Some(period) => format!("{period}: {}", of("event")),
                    None => format!("{} {} by {}", day(&table, "on", row), of("event"), of("decided_by")),
                }
            };
            let done = |row| {
                let action = cell(&table, "action", row)?;
                let owner = cell(&table, "owner", row).map_or(String::new(), |owner| format!(" ({owner})"));
                Some(format!("{}: {action}{owner}", day(&table, "on", row)))
            };
            let rows = || (0..table.rows()).filter(about);
            let lists =
                vec![("steps", rows().map(step).collect()), ("actions", rows().filter_map(done).collect())];
            Ok(Answer { table, row: 0, lists })
        },
    };

    pub const FIVE_YEARS: Self = Self {
        needs: &["indicator", "area", "year"],
        may: &["statutory", "as_at"],
        put: |engine, asked| {
            let query = FiveYearsQuery {
                selection: asked.selection()?,
                year: asked.text("year"),
                statutory: asked.yes("statutory"),
            };
            let table = engine.five_years(&query).map_err(refused)?;
            let periods = |holds: &dyn Fn(usize) -> bool| -> Vec<String> {
                let rows = (0..table.rows()).filter(|row| holds(*row));
                rows.map(|row| cell(&table, "period", row).unwrap_or("").to_owned()).collect()
            };
            let says = |column: &'static str, word: &'static str| {
                let table = &table;
                move |row| cell(table, column, row) == Some(word)
            };
            let lists = vec![
                ("years", periods(&|_| true)),
                ("breaks", periods(&says("break_before", "yes"))),
                ("not_comparable", periods(&says("comparable", "no"))),
                ("boundaries", periods(&|row| !day(&table, "boundary", row).is_empty())),
            ];
            Ok(Answer { table, row: 0, lists })
        },
    };

    pub const COVERAGE: Self = Self {
        needs: &["area"],
        may: &["period", "on", "as_at"],
        put: |engine, asked| {
            let table = engine.coverage(&asked.card()?).map_err(refused)?;
            let line = |row| {
                let of = |column| cell(&table, column, row).unwrap_or("");
                let about = Some(of("indicators")).filter(|about| !about.is_empty());
                format!(
                    "{}: {}{}",
                    of("kind"),
                    of("id"),
                    about.map_or(String::new(), |about| format!(" ({about})"))
                )
            };
            let lines = (0..table.rows()).map(line).collect();
            Ok(Answer { table, row: 0, lists: vec![("lines", lines)] })
        },
    };

    pub const TARGETS: Self = Self {
        needs: &["area"],
        may: &["function", "as_at", "level", "on"],
        put: |engine, asked| {
            let named = |name: String| {
                let known = Function::NAMES.iter().find(|(known, _)| *known == name);
                known.map(|(_, of)| *of).ok_or_else(|| format!("\"{name}\" is not a function"))
            };
            let query = TargetsQuery {
                area: asked.text("area"),
                function: asked.text("function").map(named).transpose()?,
                as_at: asked.as_at()?,
                view: asked.view()?,
            };
            let table = engine.targets(&query).map_err(refused)?;
            let line = |row| {
                let of = |column| cell(&table, column, row).unwrap_or("-");
                let columns =
                    ["indicator", "from", "target", "function", "review_due", "in_force", "period", "status"];
                columns.map(of).join(" ")
            };
            let lines = (0..table.rows()).map(line).collect();
            Ok(Answer { table, row: 0, lists: vec![("lines", lines)] })
        },
    };

    pub const LEVELS: Self = Self {
        needs: &["level"],
        may: &["as_at"],
        put: |engine, asked| {
            let table = engine.levels(asked.as_at()?).map_err(refused)?;
            let id = asked.text("level").unwrap_or_default();
            let row = (0..table.rows()).find(|row| cell(&table, "level", *row) == Some(id.as_str()));
            let row = row.ok_or_else(|| format!("there is no level \"{id}\""))?;
            Ok(Answer { table, row, lists: Vec::new() })
        },
    };

    pub const DIFF: Self = Self {
        needs: &["from", "to"],
        may: &[],
        put: |engine, asked| {
            let day = |key| asked.date(key)?.map(AsAt::Date).ok_or_else(|| format!("{key} is a date"));
            let table = engine.diff(day("from")?, day("to")?).map_err(refused)?;
            let of = |column, row| cell(&table, column, row).unwrap_or("");
            let about = |row| (of("area", row), of("period", row));
            let flagged = |row| {
                let (area, period) = about(row);
                let flag = cell(&table, "flag", row)?;
                Some(format!("{} {area} {period}: {flag}", of("measure", row)))
            };
            let status = |row| {
                let (area, period) = about(row);
                let (old, new) = (of("old_status", row), of("new_status", row));
                (of("kind", row) == "status")
                    .then(|| format!("{} {area} {period}: {old} -> {new}", of("indicator", row)))
            };
            let flagged = (0..table.rows()).filter_map(flagged).collect();
            let statuses = (0..table.rows()).filter_map(status).collect();
            Ok(Answer { table, row: 0, lists: vec![("flagged", flagged), ("statuses", statuses)] })
        },
    };

    pub const WORSENING: Self = Self {
        needs: &["period"],
        may: &["indicator", "area", "with", "as_at"],
        put: |engine, asked| {
            let query = CompareQuery { only_worse_and_worsening: true, ..asked.comparison()? };
            let table = engine.compare(&query).map_err(refused)?;
            let line = |row| {
                let of = |column| cell(&table, column, row).unwrap_or("");
                format!("{} {}", of("indicator"), of("area"))
            };
            let lines = (0..table.rows()).map(line).collect();
            Ok(Answer { table, row: 0, lists: vec![("lines", lines)] })
        },
    };

    pub const WHAT_IF: Self = Self {
        needs: &["indicator", "area"],
        may: &["target", "tolerance", "raise_after", "clear_after", "as_at", "level", "on"],
        put: |engine, asked| {
            let aim = match asked.text("target") {
                None => None,
                Some(text) => Some(Aim::Value(text.parse().map_err(|_| format!("{text} is no number"))?)),
            };
            let query = WhatIfQuery {
                area: asked.text("area"),
                aim,
                tolerance: asked.text("tolerance").map(|text| tolerance(&text)).transpose()?,
                escalation: (
                    asked.number("raise_after")?.unwrap_or(1),
                    asked.number("clear_after")?.unwrap_or(1),
                ),
                as_at: asked.as_at()?,
                view: asked.view()?,
                ..WhatIfQuery::of(&asked.text("indicator").unwrap_or_default())
            };
            let table = engine.what_if(&query).map_err(refused)?.summary;
            // The first row is that of the rules in force.
            Ok(Answer { table, row: 1, lists: Vec::new() })
        },
    };

    pub const CHART: Self = Self {
        needs: &["indicator", "area", "period"],
        may: &["as_at", "level", "on", "runs", "shifts"],
        put: |engine, asked| {
            let query = asked.evaluations()?;
            let table = match (asked.yes("runs"), asked.yes("shifts")) {
                (true, _) => engine.run_chart(&query),
                (false, true) => engine.sustained_shifts(&query),
                (false, false) => engine.chart(&query),
            };
            let table = table.map_err(refused)?;
            // The chart up to the period: its last row.
            let row = table.rows().checked_sub(1).ok_or("there is no chart")?;
            Ok(Answer { table, row, lists: Vec::new() })
        },
    };

    pub const FUNNEL: Self = Self {
        needs: &["indicator", "area", "period", "among"],
        may: &["as_at"],
        put: |engine, asked| {
            let query = FunnelQuery {
                selection: Selection { areas: Vec::new(), ..asked.selection()? },
                period: asked.text("period"),
                among: asked.text("among"),
                ..FunnelQuery::default()
            };
            let table = engine.funnel(&query).map_err(refused)?;
            let code = asked.text("area").unwrap_or_default();
            let row = (0..table.rows()).find(|row| cell(&table, "area", *row) == Some(code.as_str()));
            Ok(Answer { row: row.unwrap_or(0), table, lists: Vec::new() })
        },
    };

    pub const NEEDED: Self = Self {
        needs: &["indicator", "area", "period"],
        may: &["as_at", "level", "on"],
        put: |engine, asked| {
            let query = NeededQuery {
                selection: asked.selection()?,
                period: asked.text("period"),
                view: asked.view()?,
            };
            Answer::row(engine.needed(&query).map_err(refused)?)
        },
    };

    /// Whether a key is a part of the question and not of the answer.
    pub fn asks(self, key: &str) -> bool {
        self.needs.contains(&key) || self.may.contains(&key)
    }

    /// What the question is about, for people.
    pub fn subject(self, texts: &BTreeMap<&str, &Said>) -> String {
        let asked = Asked(texts);
        let named: Vec<String> =
            self.needs.iter().chain(self.may).filter_map(|key| asked.text(key)).collect();
        named.join(", ")
    }

    pub fn answer(self, engine: &Engine, texts: &BTreeMap<&str, &Said>) -> Result<Answer, String> {
        let asked = Asked(texts);
        if self.needs.iter().any(|key| asked.text(key).is_none()) {
            return Err(format!("an expectation of this sort names {}", self.needs.join(", ")));
        }
        (self.put)(engine, &asked)
    }
}

/// 5%, 2.5%,5% or 3 points.
fn tolerance(text: &str) -> Result<Tolerance, String> {
    let (cuts, unit) = match text.strip_suffix('%') {
        Some(cuts) => (cuts, ToleranceUnit::Relative),
        None => (text.trim_end_matches("points"), ToleranceUnit::Points),
    };
    let cuts: Result<Vec<f64>, _> =
        cuts.split(',').map(|cut| cut.trim().trim_end_matches('%').parse::<f64>()).collect();
    match cuts.as_deref() {
        Ok([amber]) => Tolerance::new(unit, 0.0, *amber).map_err(refused),
        Ok([green, amber]) => Tolerance::new(unit, *green, *amber).map_err(refused),
        _ => Err(format!("\"{text}\" is not a tolerance")),
    }
}

impl Answer {
    /// A table of one row.
    fn row(table: Table) -> Result<Self, String> {
        match table.rows() {
            1 => Ok(Self { table, row: 0, lists: Vec::new() }),
            n => Err(format!("the question has {n} answers, and not one")),
        }
    }

    /// A list of that name.
    pub fn list(&self, name: &str) -> Result<Vec<String>, String> {
        let found = self.lists.iter().find(|(known, _)| *known == name);
        found.map(|(_, list)| list.clone()).ok_or_else(|| format!("\"{name}\" is not a list here"))
    }

    /// The cell of the row: a number with as many decimals as the text beside it has; empty where there is
    /// none.
    pub fn cell(&self, column: &str, like: &str) -> Result<String, String> {
        let decimals = like.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let unknown = || {
            let names: Vec<_> = self.table.columns().iter().map(|(name, _)| name.as_ref()).collect();
            format!("\"{column}\" is not a column; expected one of {}", names.join(", "))
        };
        let row = self.row;
        Ok(match self.table.column(column).ok_or_else(unknown)? {
            Column::Text(cells) => cells.get(row).unwrap_or("").to_owned(),
            Column::Number(cells) => cells.get(row).map_or_else(String::new, |value| {
                // A zero has no sign in print.
                let rounded = half_up(value, u32::try_from(decimals).unwrap_or(10)) + 0.0;
                format!("{rounded:.decimals$}")
            }),
            Column::Integer(cells) => cells.get(row).map_or_else(String::new, |value| value.to_string()),
            Column::Date(cells) => cells.get(row).map_or_else(String::new, |day| day.to_string()),
        })
    }
}

//! Values, statuses, limits, charts and ranks of everything as matrices: for millions of answers, where a table with
//! words in every row would be mostly words. R's matrices lie as the engine's columns do, a column for each area, and
//! the engine writes R's own NA where a value is lacking, so that what R keeps is a copy.

use crate::answer::{frame, named};
use crate::arguments::Arguments;
use crate::engine::asked;
use crate::failure::Failure;
use crate::guard::Verb;
use crate::questions::{values_query, view};
use crate::strings::texts;
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rint;
use extendr_api::wrapper::symbol::{dim_symbol, dimnames_symbol, names_symbol};
use extendr_api::{Attributes, Doubles, ExternalPtr, Integers, List, Robj, RobjItertools};
use kilter::engine::{
    Among, Block, Charts, Columns, Engine, EngineError, Limits, Ranks, Standing, StatusCode, Statuses,
    Stretch,
};
use kilter::method::Missing;
use kilter::method::control_chart::Signal;
use std::sync::Arc;

pub const VERBS: &[(&str, Verb)] = &[
    ("columns", columns),
    ("column_statuses", statuses),
    ("column_limits", limits),
    ("column_charts", charts),
    ("column_ranks", ranks),
    ("column_codes", codes),
];

type Kept = ExternalPtr<Arc<Columns>>;

/// A block for each indicator; and what the engine is asked about them by.
fn columns(given: &Arguments) -> Result<Robj, Failure> {
    let query = values_query(given)?;
    let na = f64::na();
    let columns = asked(given, move |engine| {
        let mut columns = Columns::with_absent(na);
        engine.columns(&query, &mut columns)?;
        Ok(columns)
    })?;
    let blocks = by_indicator(&columns, |_, block, shape| {
        let values = block.values().iter().copied();
        let lacks = block.lacks().iter().map(|lack| place_or_na(lack.code()));
        Ok(named(vec![("values", shape.numbers(values)), ("lacks", shape.places(lacks))]))
    })?;
    Ok(named(vec![("blocks", blocks), ("kept", Robj::from(Kept::new(Arc::new(columns))))]))
}

/// The statuses of each block, and how many are green, amber and red.
fn statuses(given: &Arguments) -> Result<Robj, Failure> {
    let view = view(given)?;
    let (columns, statuses) =
        about::<Statuses>(given, move |engine, columns, into| engine.status_columns(columns, &view, into))?;
    by_indicator(&columns, |place, _, shape| {
        // Counted from 1, as R counts.
        let codes = statuses.blocks()[place].iter().map(|status| Rint::from(i32::from(status.code()) + 1));
        let [green, amber, red] = statuses.tally(place).map(|count| Robj::from(count as f64));
        Ok(named(vec![("codes", shape.places(codes)), ("green", green), ("amber", amber), ("red", red)]))
    })
}

/// The limits of each block, and how its values stand to those they are compared with.
fn limits(given: &Arguments) -> Result<Robj, Failure> {
    let (columns, limits) = about(given, Engine::limit_columns)?;
    let limits: Limits = limits;
    by_indicator(&columns, |place, _, shape| {
        let of = &limits.blocks()[place];
        let na = f64::na();
        let numbers = |cells: &[f64]| {
            shape.numbers(cells.iter().map(move |cell| if cell.is_nan() { na } else { *cell }))
        };
        let standings = of.standings.iter().map(|standing| place_or_na(*standing));
        Ok(named(vec![
            ("lower", numbers(&of.lower)),
            ("upper", numbers(&of.upper)),
            ("standings", shape.places(standings)),
        ]))
    })
}

/// The patterns that the values of each block are part of, as bits, and the lines of its charts.
fn charts(given: &Arguments) -> Result<Robj, Failure> {
    let (columns, charts) = about(given, Engine::chart_columns)?;
    let charts: Charts = charts;
    by_indicator(&columns, |place, _, shape| {
        let of = &charts.blocks()[place];
        let signals = of.signals.iter().map(|signals| signals.bits()).collect_robj();
        Ok(named(vec![("signals", shape.matrix(signals)), ("lines", lines(&of.stretches)?)]))
    })
}

/// A row for each stretch of periods with the same lines.
fn lines(of: &[Stretch]) -> Result<Robj, Failure> {
    let places = |read: fn(&Stretch) -> usize| {
        Robj::from(Integers::from_values(of.iter().map(|stretch| count(read(stretch)))))
    };
    let numbers = |read: fn(&Stretch) -> Option<f64>| {
        Robj::from(Doubles::from_values(of.iter().map(|stretch| read(stretch).unwrap_or_else(f64::na))))
    };
    frame(
        of.len(),
        vec![
            ("area", places(|stretch| stretch.area + 1)),
            ("first", places(|stretch| stretch.places.start + 1)),
            // The place after the last, counted from 0, is the last, counted from 1.
            ("last", places(|stretch| stretch.places.end)),
            ("centre", numbers(|stretch| stretch.centre)),
            ("lower", numbers(|stretch| stretch.limits.map(|limits| limits.lower))),
            ("upper", numbers(|stretch| stretch.limits.map(|limits| limits.upper))),
        ],
    )
}

/// The ranks of each block in its last period and among how many, by area; among areas of a kind where no groups are
/// named.
fn ranks(given: &Arguments) -> Result<Robj, Failure> {
    let among = match given.texts("groups")? {
        groups if groups.is_empty() => Among::Kind,
        groups => Among::Groups(groups),
    };
    let (columns, ranks) =
        about::<Ranks>(given, move |engine, columns, into| engine.rank_columns(columns, &among, into))?;
    by_indicator(&columns, |place, _, shape| {
        let of = &ranks.blocks()[place];
        let by_area = |cells: &[u32]| {
            let cells = cells.iter().map(|cell| place_or_na(*cell));
            with_names(Robj::from(Integers::from_values(cells)), &shape.areas)
        };
        Ok(named(vec![("ranks", by_area(&of.ranks)), ("ranked", by_area(&of.ranked))]))
    })
}

/// What the codes mean, by code from 1; and the patterns of charts, by bit from the lowest.
fn codes(_: &Arguments) -> Result<Robj, Failure> {
    let lacks = Missing::NAMES.iter().map(|(name, _)| *name);
    let standings = Standing::NAMES.iter().map(|(name, _)| *name);
    Ok(named(vec![
        ("lacks", texts(lacks)),
        ("statuses", texts(StatusCode::words())),
        ("standings", texts(standings)),
        ("signals", texts(Signal::NAMES.iter().map(|(name, _)| *name))),
    ]))
}

/// Asks the engine about the columns that an earlier question was answered with.
fn about<T: Default + Send + 'static>(
    given: &Arguments,
    question: impl FnOnce(&Engine, &Columns, &mut T) -> Result<(), EngineError> + Send + 'static,
) -> Result<(Arc<Columns>, T), Failure> {
    let columns = kept(given)?;
    let of = Arc::clone(&columns);
    let answer = asked(given, move |engine| {
        let mut answer = T::default();
        question(engine, &of, &mut answer)?;
        Ok(answer)
    })?;
    Ok((columns, answer))
}

fn kept(given: &Arguments) -> Result<Arc<Columns>, Failure> {
    let saved = || {
        Failure::Closed(
            "columns that were saved with a workspace are values only; ask for them again".to_owned(),
        )
    };
    let pointer: Kept = given.given("kept").ok_or_else(saved)?.try_into().map_err(|_| saved())?;
    pointer.try_addr().map(Arc::clone).map_err(|_| saved())
}

/// What is counted from 1, and 0 where there is nothing to say.
fn place_or_na(place: impl Into<u32>) -> Rint {
    match place.into() {
        0 => Rint::na(),
        // No engine has more areas than R's whole numbers.
        place => Rint::from(place.cast_signed()),
    }
}

/// A number of areas or periods, of which no engine has more than R's whole numbers.
fn count(of: usize) -> Rint {
    Rint::from(i32::try_from(of).unwrap_or(i32::MAX))
}

/// The rows and columns of a block's matrices: its periods and its areas.
struct Shape {
    counts: Robj,
    areas: Robj,
    both: Robj,
}

impl Shape {
    fn of(block: &Block) -> Self {
        let (periods, areas) = (block.periods(), block.areas());
        let counts = Integers::from_values([count(periods.len()), count(areas.len())]);
        let periods = texts(periods.iter().map(ToString::to_string));
        let areas = texts(areas.iter().map(|area| area.as_str()));
        let both = List::from_values([periods, areas.clone()]);
        Self { counts: counts.into(), areas, both: both.into() }
    }

    fn numbers(&self, cells: impl ExactSizeIterator<Item = f64>) -> Robj {
        self.matrix(Robj::from(Doubles::from_values(cells)))
    }

    fn places(&self, cells: impl ExactSizeIterator<Item = Rint>) -> Robj {
        self.matrix(Robj::from(Integers::from_values(cells)))
    }

    fn matrix(&self, mut cells: Robj) -> Robj {
        // As many names as there are rows and columns.
        let _ = cells.set_attrib(dim_symbol(), &self.counts);
        let _ = cells.set_attrib(dimnames_symbol(), &self.both);
        cells
    }
}

/// What is said of each block, by the ids of the indicators. Most often all blocks have the same areas and periods,
/// whose names are then made once: for R, a text costs as much as dozens of numbers.
fn by_indicator(
    of: &Columns,
    answer: impl Fn(usize, &Block, &Shape) -> Result<Robj, Failure>,
) -> Result<Robj, Failure> {
    let mut known: Option<(&Block, Shape)> = None;
    let mut blocks = Vec::with_capacity(of.blocks().len());
    for (place, block) in of.blocks().iter().enumerate() {
        let shape = match known {
            Some((before, shape)) if before.has_areas_of(block) && before.periods() == block.periods() => {
                shape
            }
            _ => Shape::of(block),
        };
        blocks.push(answer(place, block, &shape)?);
        known = Some((block, shape));
    }
    let ids = texts(of.blocks().iter().map(Block::indicator));
    Ok(with_names(Robj::from(List::from_values(blocks)), &ids))
}

fn with_names(mut cells: Robj, names: &Robj) -> Robj {
    // As many names as cells.
    let _ = cells.set_attrib(names_symbol(), names);
    cells
}

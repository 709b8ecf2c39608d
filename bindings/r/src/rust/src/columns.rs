//! Values, statuses and limits of everything as matrices: for millions of answers, where a table with words in
//! every row would be mostly words. R's matrices lie as the engine's columns do, a column for each area.

use crate::answer::named;
use crate::arguments::Arguments;
use crate::engine::asked;
use crate::failure::Failure;
use crate::guard::Verb;
use crate::questions::{values_query, view};
use crate::strings::texts;
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rint;
use extendr_api::{Attributes, Doubles, ExternalPtr, Integers, List, Robj};
use kilter::engine::{Block, Columns, LimitBlock, Limits, Standing, StatusCode, Statuses};
use kilter::method::Missing;
use std::sync::Arc;

pub const VERBS: &[(&str, Verb)] = &[
    ("columns", columns),
    ("column_statuses", statuses),
    ("column_limits", limits),
    ("column_codes", codes),
];

type Kept = ExternalPtr<Arc<Columns>>;

/// A block for each indicator; and what the engine is asked about them by.
fn columns(given: &Arguments) -> Result<Robj, Failure> {
    let query = values_query(given)?;
    let columns = asked(given, move |engine| {
        let mut columns = Columns::default();
        engine.columns(&query, &mut columns)?;
        Ok(columns)
    })?;
    let blocks = by_indicator(
        columns.blocks().iter().map(|block| {
            let cells = block.values().iter().zip(block.lacks());
            let values = cells.map(|(value, lack)| if lack.code() == 0 { *value } else { f64::na() });
            let lacks = block.lacks().iter().map(|lack| place_or_na(lack.code()));
            let values = Robj::from(Doubles::from_values(values));
            named(vec![
                ("values", shaped(values, block)),
                ("lacks", shaped(Robj::from(Integers::from_values(lacks)), block)),
            ])
        }),
        &columns,
    );
    Ok(named(vec![("blocks", blocks), ("kept", Robj::from(Kept::new(Arc::new(columns))))]))
}

/// The statuses of each block, and how many are green, amber and red.
fn statuses(given: &Arguments) -> Result<Robj, Failure> {
    let (columns, view) = (kept(given)?, view(given)?);
    let of = Arc::clone(&columns);
    let statuses = asked(given, move |engine| {
        let mut statuses = Statuses::default();
        engine.status_columns(&of, &view, &mut statuses)?;
        Ok(statuses)
    })?;
    let blocks = columns.blocks().iter().zip(statuses.blocks()).enumerate().map(|(place, (block, codes))| {
        // Counted from 1, as R counts.
        let codes = codes.iter().map(|status| Rint::from(i32::from(status.code()) + 1));
        let [green, amber, red] = statuses.tally(place).map(|count| Robj::from(count as f64));
        named(vec![
            ("codes", shaped(Robj::from(Integers::from_values(codes)), block)),
            ("green", green),
            ("amber", amber),
            ("red", red),
        ])
    });
    Ok(by_indicator(blocks, &columns))
}

/// The limits of each block, and how its values stand to those they are compared with.
fn limits(given: &Arguments) -> Result<Robj, Failure> {
    let columns = kept(given)?;
    let of = Arc::clone(&columns);
    let limits = asked(given, move |engine| {
        let mut limits = Limits::default();
        engine.limit_columns(&of, &mut limits)?;
        Ok(limits)
    })?;
    let blocks = columns.blocks().iter().zip(limits.blocks()).map(|(block, limits)| limits_of(block, limits));
    Ok(by_indicator(blocks, &columns))
}

fn limits_of(block: &Block, of: &LimitBlock) -> Robj {
    let numbers = |cells: &[f64]| {
        let cells = cells.iter().map(|cell| if cell.is_nan() { f64::na() } else { *cell });
        shaped(Robj::from(Doubles::from_values(cells)), block)
    };
    let standings = of.standings.iter().map(|standing| place_or_na(*standing));
    named(vec![
        ("lower", numbers(&of.lower)),
        ("upper", numbers(&of.upper)),
        ("standings", shaped(Robj::from(Integers::from_values(standings)), block)),
    ])
}

/// What the codes mean, by code from 1.
fn codes(_: &Arguments) -> Result<Robj, Failure> {
    let lacks = Missing::NAMES.iter().map(|(name, _)| *name);
    let standings = Standing::NAMES.iter().map(|(name, _)| *name);
    Ok(named(vec![
        ("lacks", texts(lacks)),
        ("statuses", texts(StatusCode::words())),
        ("standings", texts(standings)),
    ]))
}

/// The columns that an earlier question was answered with.
fn kept(given: &Arguments) -> Result<Arc<Columns>, Failure> {
    let saved = || {
        Failure::Closed(
            "columns that were saved with a workspace are values only; ask for them again".to_owned(),
        )
    };
    let pointer: Kept = given.given("kept").ok_or_else(saved)?.try_into().map_err(|_| saved())?;
    pointer.try_addr().map(Arc::clone).map_err(|_| saved())
}

/// A code that is 0 where there is nothing to say.
fn place_or_na(code: u8) -> Rint {
    if code == 0 { Rint::na() } else { Rint::from(i32::from(code)) }
}

/// A block's cells as a matrix, with its periods as rows and its areas as columns.
fn shaped(mut cells: Robj, block: &Block) -> Robj {
    let (periods, areas) = (block.periods(), block.areas());
    let names =
        [texts(periods.iter().map(ToString::to_string)), texts(areas.iter().map(|area| area.as_str()))];
    let count = |of: usize| Rint::from(i32::try_from(of).unwrap_or(i32::MAX));
    // As many names as there are rows and columns.
    let _ = cells.set_attrib("dim", Integers::from_values([count(periods.len()), count(areas.len())]));
    let _ = cells.set_attrib("dimnames", List::from_values(names));
    cells
}

fn by_indicator(blocks: impl ExactSizeIterator<Item = Robj>, of: &Columns) -> Robj {
    let mut list = Robj::from(List::from_values(blocks));
    // As many names as blocks.
    let _ = list.set_attrib("names", texts(of.blocks().iter().map(Block::indicator)));
    list
}

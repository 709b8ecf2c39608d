//! Made figures for the benches: monthly counts and yearly populations, the same on every machine.
//!
//! Seasons, a trend, noise in whole-number arithmetic, months that are missing and zeros. It knows no store
//! and no clock.

use kilter_core::framework::{Framework, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Dataset, Observation, SeriesBuilder, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Areas.
    pub areas: usize,
    /// Indicators, each with a measure of its own.
    pub indicators: usize,
    /// Months.
    pub months: i32,
}

/// A partnership's size: 32 areas, 40 indicators, 120 months.
pub const SMALL: Size = Size { areas: 32, indicators: 40, months: 120 };

/// The first month that is made.
const FIRST: (i32, u32) = (2014, 4);

fn area(i: usize) -> String {
    format!("A{i:05}")
}

/// A framework of as many areas and indicators, each a monthly rate per 100,000 with a target.
///
/// # Panics
/// Never: the text is made here and is sound.
#[must_use]
pub fn framework(size: Size) -> Framework {
    let mut text = String::from("[framework]\nid = \"made\"\ntitle = \"Made\"\ninvented = true\n");
    for i in 0..size.areas {
        text += &format!("[[area]]\ncode = \"{0}\"\nname = \"{0}\"\nkind = \"zone\"\n", area(i));
    }
    text += "[[measure]]\nid = \"population\"\ntitle = \"Population\"\nunit = \"people\"\nfrequency = \"calendar-year\"\n\
             over_time = \"none\"\nover_areas = \"sum\"\n";
    for i in 0..size.indicators {
        text += &format!(
            "[[measure]]\nid = \"m{i}\"\ntitle = \"M{i}\"\nunit = \"people\"\nfrequency = \"month\"\nover_time = \"sum\"\n\
             over_areas = \"sum\"\n\
             [[indicator]]\nid = \"I-{i}\"\ntitle = \"I{i}\"\nfrequency = \"month\"\npolarity = \"lower\"\ndecimals = 1\n\
             unit = \"per 100,000\"\ncalculation = {{ rate = {{ numerator = \"m{i}\", denominator = \"population\", \
             per = 100000, population_year = \"calendar-year\", carry_forward = 2 }} }}\n\
             [[target]]\nindicator = \"I-{i}\"\nfrom = \"2014-04\"\nvalue = 900\ntolerance = {{ relative = 5 }}\n"
        );
    }
    Framework::from_texts(&[Text::new("made.toml", &text)]).expect("the made framework is sound")
}

/// The observations: one month in a hundred is missing, a few are zero.
///
/// # Panics
/// Never: every number that is made is finite and every month occurs once.
#[must_use]
pub fn dataset(size: Size) -> Dataset {
    let mut chance = Pcg64::new(20_261_122, 1);
    let mut data = Dataset::new();
    let first = Period::month(FIRST.0, FIRST.1).expect("a month").ordinal();
    let mut put = |measure: String, i: usize, kind: PeriodKind, points: Vec<(i32, u64)>| {
        let mut builder = SeriesBuilder::new(kind);
        for (ordinal, value) in points {
            builder.push(ordinal, Observation::number(value as f64).expect("finite"), 1);
        }
        let key = SeriesKey {
            measure: MeasureId::new(&measure).expect("an id"),
            breakdown: Breakdown::total(),
            area: AreaCode::new(&area(i)).expect("a code"),
        };
        data.insert(key, builder.build().expect("each period once"));
    };
    for i in 0..size.areas {
        let people = 4_000 + chance.next_u64() % 90_000;
        let years = FIRST.0..=FIRST.0 + size.months / 12;
        let growth = |year: i32| people + people * (year - FIRST.0) as u64 / 200;
        put(
            "population".into(),
            i,
            PeriodKind::CalendarYear,
            years.map(|year| (year, growth(year))).collect(),
        );
        for indicator in 0..size.indicators {
            let mut points = Vec::with_capacity(size.months as usize);
            for month in 0..size.months {
                let season = 8 + (month % 12 - 6).unsigned_abs() as u64;
                let noise = chance.next_u64() % 16;
                if !chance.next_u64().is_multiple_of(100) {
                    let count = people * season * (noise + 8) / 18_000;
                    points.push((first + month, if noise == 0 { 0 } else { count }));
                }
            }
            put(format!("m{indicator}"), i, PeriodKind::Month, points);
        }
    }
    data
}

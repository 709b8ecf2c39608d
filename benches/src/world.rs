//! The made figures as kilter takes them: a framework, a dataset in memory, and tables of observations as CSV.

use crate::made::{
    BANDS, FIRST_MONTH, FIRST_YEAR, INDICATORS_BY_AGE, INDICATORS_RELEASED, NATION, RELEASES, Size,
    YEARS_BY_AGE,
};
use kilter_core::framework::{Framework, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Dataset, Observation, SeriesBuilder, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The target of every monthly rate per 100,000, and by how many percent it may be missed.
pub const TARGET: (f64, f64) = (75.0, 5.0);
/// So many outcomes share the indicators among them.
pub const OUTCOMES: usize = 9;
/// So many areas are peers of one another.
pub const PEERS: usize = 50;

/// The text of a framework of as many areas and indicators. Each indicator is a monthly rate per 100,000 with
/// limits, a target, a comparison with the nation and a control chart.
#[must_use]
pub fn framework_text(size: Size) -> Text {
    let mut text = String::from("[framework]\nid = \"made\"\ntitle = \"Made\"\ninvented = true\n");
    let mut put = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a text takes everything");
    put(format_args!("[[area]]\ncode = \"{NATION}\"\nname = \"Nation\"\nkind = \"scotland\"\n"));
    for a in 0..size.areas {
        put(format_args!("[[area]]\ncode = \"{0}\"\nname = \"{0}\"\nkind = \"zone\"\n", size.area(a)));
    }
    for (g, start) in (0..size.areas).step_by(PEERS).enumerate() {
        let peers: Vec<String> =
            (start..size.areas.min(start + PEERS)).map(|a| format!("\"{}\"", size.area(a))).collect();
        put(format_args!(
            "[[area]]\ncode = \"G{g:05}\"\nname = \"Peers {g}\"\nkind = \"group\"\nparts = [{}]\n",
            peers.join(", ")
        ));
    }
    let bands: Vec<String> = BANDS.iter().map(|(band, _)| format!("\"{band}\"")).collect();
    let weights: Vec<String> = BANDS.iter().map(|(band, weight)| format!("\"{band}\" = {weight}")).collect();
    let (bands, weights) = (bands.join(", "), weights.join(", "));
    put(format_args!("[[standard]]\nid = \"made\"\ntitle = \"Standard\"\nweights = {{ {weights} }}\n"));
    for o in 0..OUTCOMES {
        put(format_args!("[[outcome]]\nid = \"o{o}\"\nkind = \"local\"\ntitle = \"O{o}\"\n"));
    }
    put(format_args!(
        "[[measure]]\nid = \"population\"\ntitle = \"Population\"\nunit = \"people\"\n\
         frequency = \"calendar-year\"\nover_time = \"none\"\nover_areas = \"none\"\n"
    ));
    let (target, tolerance) = TARGET;
    for i in 0..size.indicators {
        put(format_args!(
            "[[measure]]\nid = \"m{i}\"\ntitle = \"M{i}\"\nunit = \"people\"\nfrequency = \"month\"\n\
             over_time = \"sum\"\nover_areas = \"none\"\n\
             [[indicator]]\nid = \"I-{i}\"\ntitle = \"I{i}\"\nfrequency = \"month\"\npolarity = \"lower\"\n\
             decimals = 1\nunit = \"per 100,000\"\ncalculation = {{ rate = {{ numerator = \"m{i}\", \
             denominator = \"population\", per = 100000, population_year = \"calendar-year\", \
             carry_forward = 2 }} }}\noutcomes = [{{ id = \"o{}\" }}]\ninterval = \"byar\"\n\
             compare = {{ with = {{ area = \"{NATION}\" }}, test = \"interval against value\", \
             confidence = [95] }}\n\
             chart = {{ kind = \"xmr\", signals = \"making data count\", screening = \"off\" }}\n\
             [[target]]\nindicator = \"I-{i}\"\nfrom = \"2014-04\"\nvalue = {target}\n\
             tolerance = {{ relative = {tolerance} }}\n",
            i % OUTCOMES
        ));
    }
    for i in 0..INDICATORS_RELEASED {
        put(format_args!(
            "[[indicator]]\nid = \"C-{i}\"\ntitle = \"C{i}\"\nfrequency = \"month\"\npolarity = \"lower\"\n\
             decimals = 0\nunit = \"people\"\ncalculation = {{ count = \"m{i}\" }}\n"
        ));
    }
    for i in 0..INDICATORS_BY_AGE {
        for (id, title) in [(format!("events{i}"), "Events"), (format!("people{i}"), "People")] {
            put(format_args!(
                "[[measure]]\nid = \"{id}\"\ntitle = \"{title} {i}\"\nunit = \"people\"\n\
                 frequency = \"calendar-year\"\nover_time = \"sum\"\nover_areas = \"none\"\n\
                 dimensions = [{{ id = \"age\", title = \"Age\", categories = [{bands}] }}]\n"
            ));
        }
        put(format_args!(
            "[[indicator]]\nid = \"D-{i}\"\ntitle = \"D{i}\"\nfrequency = \"calendar-year\"\n\
             polarity = \"lower\"\ndecimals = 1\nunit = \"per 100,000\"\n\
             calculation = {{ standardised = {{ numerator = \"events{i}\", denominator = \"people{i}\", \
             per = 100000, by = \"age\", standard = \"made\" }} }}\n"
        ));
    }
    Text::new("made.toml", &text)
}

/// The framework of [`framework_text`].
///
/// # Panics
/// Never: the text is made here and is sound.
#[must_use]
pub fn framework(size: Size) -> Framework {
    Framework::from_texts(&[framework_text(size)]).unwrap_or_else(|error| panic!("{error}"))
}

/// The population and the monthly counts in memory.
///
/// # Panics
/// Never: every number that is made is finite and every month occurs once.
#[must_use]
pub fn dataset(size: Size) -> Dataset {
    let mut data = Dataset::new();
    let first = Period::month(FIRST_YEAR, FIRST_MONTH).expect("a month").ordinal();
    let mut put = |measure: &str, area: usize, kind: PeriodKind, points: Vec<(i32, f64)>| {
        let mut builder = SeriesBuilder::new(kind);
        for (ordinal, value) in points {
            builder.push(ordinal, Observation::number(value).expect("finite"), 1);
        }
        let key = SeriesKey {
            measure: MeasureId::new(measure).expect("an id"),
            breakdown: Breakdown::total(),
            area: AreaCode::new(&size.area(area)).expect("a code"),
        };
        data.insert(key, builder.build().expect("each period once"));
    };
    for a in 0..size.areas {
        put("population", a, PeriodKind::CalendarYear, (FIRST_YEAR..).zip(size.people(a)).collect());
        for i in 0..size.indicators {
            let counts = (first..).zip(size.counts(i, a));
            let points = counts.filter_map(|(month, count)| Some((month, count?))).collect();
            put(&format!("m{i}"), a, PeriodKind::Month, points);
        }
    }
    data
}

/// A month (from 0) as text.
fn month(month: usize) -> String {
    let months = FIRST_MONTH as usize - 1 + month;
    format!("{}-{:02}", FIRST_YEAR + (months / 12) as i32, months % 12 + 1)
}

/// The sum over all areas, month by month or year by year, before anything is lost.
#[must_use]
pub fn of_nation(size: Size, figures: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
    let mut sum = figures(0);
    for area in 1..size.areas {
        sum.iter_mut().zip(figures(area)).for_each(|(sum, figure)| *sum += figure);
    }
    sum
}

const HEADER: &str = "measure,area,period,value";

/// Writes tables of observations into a folder: `counts.csv` (the job J1), `populations.csv` and `nation.csv`,
/// `ages.csv`, and `release-01.csv` and so on.
///
/// # Errors
/// What the file system reports.
pub fn write_tables(size: Size, folder: &Path) -> io::Result<()> {
    let file = |name: &str, header: &str| {
        let mut file = BufWriter::new(std::fs::File::create(folder.join(name))?);
        writeln!(file, "{header}")?;
        io::Result::Ok(file)
    };
    let months: Vec<String> = (0..size.months).map(month).collect();
    let mut rows = file("counts.csv", HEADER)?;
    for i in 0..size.indicators {
        for a in 0..size.areas {
            let area = size.area(a);
            for (month, count) in months.iter().zip(size.counts(i, a)) {
                if let Some(count) = count {
                    writeln!(rows, "m{i},{area},{month},{count}")?;
                }
            }
        }
    }
    rows.flush()?;
    let mut rows = file("populations.csv", HEADER)?;
    let nation = of_nation(size, |a| size.people(a));
    let places = (0..size.areas).map(|a| (size.area(a), size.people(a)));
    for (area, people) in places.chain([(NATION.to_owned(), nation)]) {
        for (year, people) in (FIRST_YEAR..).zip(people) {
            writeln!(rows, "population,{area},{year},{people}")?;
        }
    }
    rows.flush()?;
    let mut rows = file("nation.csv", HEADER)?;
    for i in 0..size.indicators {
        let counts = of_nation(size, |a| size.all_counts(i, a));
        for (month, count) in months.iter().zip(counts) {
            writeln!(rows, "m{i},{NATION},{month},{count}")?;
        }
    }
    rows.flush()?;
    let mut rows = file("ages.csv", "measure,area,age,period,value")?;
    for i in 0..INDICATORS_BY_AGE {
        for a in 0..size.areas {
            let area = size.area(a);
            for year in 0..YEARS_BY_AGE {
                let of_year = FIRST_YEAR + year as i32;
                for ((band, _), (events, people)) in BANDS.iter().zip(size.by_age(i, a, year)) {
                    writeln!(rows, "events{i},{area},{band},{of_year},{events}")?;
                    writeln!(rows, "people{i},{area},{band},{of_year},{people}")?;
                }
            }
        }
    }
    rows.flush()?;
    for release in 0..RELEASES {
        let mut rows = file(&format!("release-{:02}.csv", release + 1), HEADER)?;
        for i in 0..INDICATORS_RELEASED {
            for a in 0..size.areas {
                let area = size.area(a);
                let said = size.as_released(i, a, release);
                for (month, count) in months[size.released(release)].iter().zip(said) {
                    if let Some(count) = count {
                        writeln!(rows, "m{i},{area},{month},{count}")?;
                    }
                }
            }
        }
        rows.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::SMALL;

    #[test]
    fn the_framework_is_sound_and_the_months_are_those_of_the_dataset() {
        let framework = framework(SMALL);
        let all = SMALL.indicators + INDICATORS_RELEASED + INDICATORS_BY_AGE;
        assert_eq!(framework.indicators().len(), all);
        let data = dataset(SMALL);
        let first = Period::month(FIRST_YEAR, FIRST_MONTH).unwrap();
        let last = first.plus(SMALL.months as i32 - 1);
        assert_eq!(data.measure("m0").and_then(|m| m.span()), Some((first.ordinal(), last.ordinal())));
        assert_eq!((month(0), month(119)), (first.to_string(), last.to_string()));
    }
}

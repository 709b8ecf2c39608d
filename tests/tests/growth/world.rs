//! Made-up organisations of any size: their framework, their figures as files of every kind, their stores.

use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use kilter::Date;
use kilter::engine::{Engine, Ingest};
use kilter::ingest::{OnRejection, ProfileDocument};
use kilter::read::Rows;
use kilter_core::framework::Text;
use parquet::arrow::ArrowWriter;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much there is of everything.
#[derive(Clone, Copy)]
pub struct World {
    pub areas: usize,
    pub months: usize,
    pub outcomes: usize,
    pub releases: usize,
}

pub const WORLD: World = World { areas: 4, months: 48, outcomes: 3, releases: 2 };

/// How figures come.
#[derive(Clone, Copy)]
pub enum Layout {
    /// A table of observations as CSV.
    Csv,
    /// The same as Parquet.
    Parquet,
    /// The same as a stream of another library, in one batch.
    Stream,
    /// A CSV file of a publisher, with totals that are checked.
    Foreign,
}

/// Which rows stand beside one another.
#[derive(Clone, Copy)]
pub enum Order {
    /// Those of one series.
    BySeries,
    /// Those of one month.
    ByMonth,
}

struct Figure {
    measure: &'static str,
    area: String,
    period: String,
    value: i64,
}

fn framework(world: World) -> Text {
    let mut text = String::from(
        r#"
        framework = { id = "f", title = "F", area = "a0" }
        level = [{ id = "team", title = "Team", exceptions = ["red", "worsening 3"] }, { id = "board", title = "Board" }]
        escalation = [{ id = "up", title = "Up", from = "team", to = "board", raise_after = 2, clear_after = 2 }]
        measure = [
            { id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "none" },
            { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "none" },
        ]
        "#,
    );
    let mut put = |part: std::fmt::Arguments<'_>| text.write_fmt(part).unwrap();
    for area in 0..world.areas {
        put(format_args!("[[area]]\ncode = \"a{area}\"\nname = \"A{area}\"\nkind = \"council\"\n"));
    }
    for outcome in 0..world.outcomes {
        put(format_args!(
            "[[outcome]]\nid = \"o{outcome}\"\nkind = \"local\"\ntitle = \"O{outcome}\"\n\
             [[indicator]]\nid = \"I{outcome}\"\ntitle = \"I\"\nfrequency = \"month\"\npolarity = \"lower\"\ndecimals = 1\n\
             unit = \"per 10,000\"\ninterval = \"byar\"\noutcomes = [{{ id = \"o{outcome}\" }}]\n\
             calculation = {{ rate = {{ numerator = \"falls\", denominator = \"people\", per = 10{outcome:03}, \
             population_year = \"calendar-year\", carry_forward = 40 }} }}\n\
             compare = {{ with = {{ area = \"a0\" }}, test = \"interval against value\", confidence = [95] }}\n\
             [[target]]\nindicator = \"I{outcome}\"\nfrom = \"1990-01\"\nvalue = 300\ntolerance = {{ relative = 5 }}\n"
        ));
    }
    Text::new("f.toml", &text)
}

const PROFILE: &str = r#"
    profile = { id = "p", title = "P" }
    area = { column = "area" }
    period = { column = "period", kind = "month", format = "yyyy-mm" }
    [[measure]]
    id = "falls"
    value = "value"
    where = { measure = "falls" }
    [[measure]]
    id = "falls"
    value = "value"
    where = { measure = "year" }
    period = { kind = "calendar-year", format = "yyyy" }
    [[total]]
    where = { measure = "all" }
    value = "value"
    of = ["falls"]
    reason = "all are falls"
"#;

pub fn known_at(release: usize) -> Date {
    Date::from_ymd_opt(2024, 1 + release as u32 / 28, 1 + release as u32 % 28).unwrap()
}

fn figures(world: World, release: usize, order: Order) -> Vec<Figure> {
    let areas = world.areas;
    // Each release says the same months of a year anew, and the first says all.
    let months = if release == 0 { world.months } else { 12 };
    let places = (0..areas * months).map(|i| match order {
        Order::BySeries => (i / months, i % months),
        Order::ByMonth => (i % areas, i / areas),
    });
    let falls = places.map(|(area, month)| Figure {
        measure: "falls",
        area: format!("a{area}"),
        period: format!("{}-{:02}", 1990 + month / 12, month % 12 + 1),
        value: (20 + (area * 7 + month * 5 + release) % 19) as i64,
    });
    let people =
        |area| Figure { measure: "people", area: format!("a{area}"), period: "1990".into(), value: 100 };
    let people = (0..if release == 0 { areas } else { 0 }).map(people);
    people.chain(falls).collect()
}

fn csv(figures: &[Figure], layout: Layout) -> String {
    let mut rows = String::from("measure,area,period,value\n");
    for Figure { measure, area, period, value } in figures {
        match layout {
            // Months only, each beside its total, and each year that has ended.
            Layout::Foreign if *measure == "people" => {}
            Layout::Foreign => {
                let _ = writeln!(rows, "falls,{area},{period},{value}\nall,{area},{period},{value}");
                if let Some(year) = period.strip_suffix("-12") {
                    let _ = writeln!(rows, "year,{area},{year},{value}");
                }
            }
            _ => {
                let _ = writeln!(rows, "{measure},{area},{period},{value}");
            }
        }
    }
    rows
}

fn batch(figures: &[Figure]) -> RecordBatch {
    let texts = |of: fn(&Figure) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(figures.iter().map(of)))
    };
    let values = Int64Array::from_iter_values(figures.iter().map(|figure| figure.value));
    let columns = [
        ("measure", texts(|figure| figure.measure)),
        ("area", texts(|figure| &figure.area)),
        ("period", texts(|figure| &figure.period)),
        ("value", Arc::new(values)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Figures that wait to be taken in.
pub enum Waiting {
    File(PathBuf, Option<Box<ProfileDocument>>),
    Rows(Box<Rows>),
}

/// The first release of that world.
pub fn waiting(folder: &Path, world: World, layout: Layout, order: Order) -> Waiting {
    let (figures, file) = (figures(world, 0, order), folder.join("figures"));
    match layout {
        Layout::Csv | Layout::Foreign => {
            std::fs::write(&file, csv(&figures, layout)).unwrap();
            let profile = || Box::new(ProfileDocument::parse("p", PROFILE).unwrap());
            Waiting::File(file, matches!(layout, Layout::Foreign).then(profile))
        }
        Layout::Parquet => {
            let batch = batch(&figures);
            let mut writer =
                ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
            Waiting::File(file, None)
        }
        Layout::Stream => {
            let batch = batch(&figures);
            let (schema, rows) = (batch.schema(), batch.num_rows() as u64);
            let stream = RecordBatchIterator::new([Ok(batch)], schema);
            Waiting::Rows(Box::new(Rows::of_stream("stream", Box::new(stream), rows).unwrap()))
        }
    }
}

/// Takes them in, and says how many rows were taken and how many refused.
pub fn take(engine: &mut Engine, waiting: Waiting, release: usize, on_rejection: OnRejection) -> [u64; 2] {
    let known_at = known_at(release);
    let ingest = |profile| Ingest { profile, source: "ours", known_at, on_rejection, note: None };
    let receipt = match waiting {
        Waiting::File(file, profile) => engine.ingest(&file, &ingest(profile.as_deref()), |_, _| true),
        Waiting::Rows(rows) => engine.ingest_rows(*rows, &ingest(None), |_, _| true),
    };
    let receipt = receipt.unwrap();
    [receipt.accepted, receipt.rejected]
}

/// A store of that world, open for writing; without a release it knows the framework.
pub fn store(folder: &Path, world: World) -> Engine {
    let path = folder.join("store");
    let mut engine = Engine::create_from(&path, &[framework(world)], "ours", known_at(0)).unwrap();
    for release in 0..world.releases {
        let file = folder.join("rows.csv");
        std::fs::write(&file, csv(&figures(world, release, Order::BySeries), Layout::Csv)).unwrap();
        take(&mut engine, Waiting::File(file, None), release, OnRejection::Refuse);
    }
    engine
}

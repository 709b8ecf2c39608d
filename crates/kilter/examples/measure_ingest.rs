//! Prints what it costs to take in a large file: time, processor time and the most memory.
//!
//! `cargo run --release -p kilter --example measure_ingest -- [months] [areas] [measures] [csv|parquet]` makes a table
//! of observations in the folder for temporary files, month by month as such files grow, takes it into a store of
//! its own and removes both.

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};

use kilter::Date;
use kilter::engine::{Engine, Ingest};
use kilter::ingest::OnRejection;
use kilter_core::framework::Text;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The most memory this process has had, where the system says so, and its processor time in seconds.
fn spent() -> (String, f64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    let peak = kilobytes.map_or("unknown".into(), |kilobytes| format!("{:.0} MB", kilobytes / 1024.0));
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    (peak, ticks.sum::<f64>() / 100.0)
}

fn area(a: usize) -> String {
    format!("S{:08}", 1_000_000 + a)
}

fn framework(areas: usize, measures: usize) -> String {
    let mut text = String::from("[framework]\nid = \"made\"\ntitle = \"Made\"\ninvented = true\n");
    for a in 0..areas {
        text += &format!("[[area]]\ncode = \"{0}\"\nname = \"{0}\"\nkind = \"zone\"\n", area(a));
    }
    for m in 0..measures {
        text += &format!(
            "[[measure]]\nid = \"m{m}\"\ntitle = \"M{m}\"\nunit = \"people\"\nfrequency = \"month\"\n\
             over_time = \"sum\"\nover_areas = \"sum\"\n"
        );
    }
    text
}

/// Hands over every month of every measure: its name, the month, and the figure of each area.
fn months(
    (months, areas, measures): (usize, usize, usize),
    mut each: impl FnMut(&str, &str, Vec<f64>) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for month in 0..months {
        let period = format!("{}-{:02}", 2010 + month / 12, month % 12 + 1);
        for m in 0..measures {
            let figure = |a: usize| {
                let n = (a * 7_919 + m * 104_729 + month * 31) % 4_000 + 50;
                if m % 3 == 0 { n as f64 } else { n as f64 / 10.0 }
            };
            each(&format!("m{m}"), &period, (0..areas).map(figure).collect())?;
        }
    }
    Ok(())
}

fn write_csv(path: &Path, shape: (usize, usize, usize)) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(b"measure,area,period,value\n")?;
    months(shape, |measure, period, figures| {
        for (a, figure) in figures.iter().enumerate() {
            writeln!(out, "{measure},{},{period},{figure}", area(a))?;
        }
        Ok(())
    })?;
    Ok(out.flush()?)
}

fn write_parquet(path: &Path, shape: (usize, usize, usize)) -> Result<(), Box<dyn Error>> {
    let areas: ArrayRef = Arc::new(StringArray::from_iter_values((0..shape.1).map(area)));
    let batch = |measure: &str, period: &str, figures: Vec<f64>| {
        let same = |text: &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, shape.1)))
        };
        let value: ArrayRef = Arc::new(Float64Array::from(figures));
        RecordBatch::try_from_iter([
            ("measure", same(measure)),
            ("area", Arc::clone(&areas)),
            ("period", same(period)),
            ("value", value),
        ])
    };
    let schema = batch("m", "p", vec![0.0; shape.1])?.schema();
    let mut out = parquet::arrow::ArrowWriter::try_new(File::create(path)?, schema, None)?;
    months(shape, |measure, period, figures| Ok(out.write(&batch(measure, period, figures)?)?))?;
    out.close()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |otherwise: usize| arguments.next().map_or(Ok(otherwise), |text| text.parse::<usize>());
    let shape = (next(12)?, next(7_000)?, next(50)?);
    let rows = shape.0 * shape.1 * shape.2;
    let folder = tempfile::tempdir()?;
    let kind = std::env::args().nth(4).unwrap_or_else(|| "csv".into());
    let file = folder.path().join(format!("large.{kind}"));
    if kind == "parquet" {
        write_parquet(&file, shape)?
    } else {
        write_csv(&file, shape)?
    }
    let day = Date::from_ymd_opt(2024, 1, 1).ok_or("a date")?;
    let text = Text::new("made.toml", &framework(shape.1, shape.2));
    let mut engine = Engine::create_from(&folder.path().join("store"), &[text], "made", day)?;
    let (before, worked) = spent();
    println!("{rows} rows, {} bytes; before it is taken in: {before} of memory", fs::metadata(&file)?.len());
    let started = Instant::now();
    let ingest = Ingest {
        profile: None,
        known_at: day,
        source: "made",
        note: None,
        on_rejection: OnRejection::Refuse,
    };
    let receipt = engine.ingest(&file, &ingest, |_, _| true)?;
    let clock = started.elapsed().as_secs_f64();
    let (peak, now) = spent();
    println!(
        "{} figures of {} series taken in: {clock:.1} s, {:.1} s of processor time, {:.2} M rows/s; at most {peak} of memory",
        receipt.observations,
        receipt.series,
        now - worked,
        rows as f64 / clock / 1e6
    );
    Ok(())
}

//! What the tools told as a table of ratios, and whether their answers are the same.

use crate::{Asked, JOBS};
use serde_json::Value;
use std::fs;

/// What a tool told of a job.
pub struct Line {
    tool: String,
    job: String,
    way: String,
    wall: Vec<f64>,
    cpu: Vec<f64>,
    peak: f64,
    answers: Vec<String>,
}

/// So little may answers differ, relative to their size.
const AGREES: f64 = 1e-9;

impl Line {
    /// A line of JSON; `None` for any other.
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        if let Some(versions) = value.get("versions").and_then(Value::as_str) {
            println!("{versions}");
        }
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let numbers = |name: &str| -> Option<Vec<f64>> {
            value.get(name)?.as_array()?.iter().map(Value::as_f64).collect()
        };
        let names = value.get("answers")?.as_array()?.iter().filter_map(Value::as_str);
        Some(Self {
            tool: text("tool")?,
            job: text("job")?,
            way: text("way")?,
            wall: numbers("wall")?,
            cpu: numbers("cpu")?,
            peak: value.get("peak")?.as_f64()?,
            answers: names.map(str::to_owned).collect(),
        })
    }

    /// Processes that were timed from outside.
    pub fn of_process(tool: &str, job: &str, wall: Vec<f64>) -> Self {
        let (tool, job, way) = (tool.to_owned(), job.to_owned(), "process".to_owned());
        Self { tool, job, way, cpu: wall.clone(), wall, peak: 0.0, answers: Vec::new() }
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn least(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Prints the table; fails where answers differ.
pub fn print(asked: &Asked, lines: &[Line]) -> Result<(), String> {
    println!(
        "\nsize {}: {} areas x {} indicators x {} months; {} runs; threads {}; milliseconds of CPU",
        asked.size.name,
        asked.size.areas,
        asked.size.indicators,
        asked.size.months,
        asked.runs,
        asked.threads
    );
    println!(
        "{:10} {:11} {:14} {:>11} {:>11} {:>11} {:>9} {:>10} {:>8}  answers",
        "job", "tool", "way", "median", "least", "wall", "to kilter", "to ideal", "peak MB"
    );
    let mut wrong = Vec::new();
    let mut jobs: Vec<&str> = JOBS.to_vec();
    jobs.insert(1, "J1 Parquet");
    for job in jobs {
        let of_job: Vec<&Line> = lines.iter().filter(|line| line.job == job).collect();
        let best = |tool: &str, way: Option<&str>| {
            let of_tool = of_job.iter().filter(|l| l.tool == tool && way.is_none_or(|way| l.way == way));
            of_tool.map(|line| median(&line.cpu)).fold(f64::INFINITY, f64::min)
        };
        let (ours, ideal) = (best("kilter", None), best("ideal", Some("fresh")));
        let first = of_job.iter().find(|line| !line.answers.is_empty());
        for line in &of_job {
            let agrees = match (first, line.answers.is_empty()) {
                (_, true) | (None, _) => "not compared".to_owned(),
                (Some(first), false) => match agree(asked, first, line)? {
                    None => format!("as {}", first.tool),
                    Some(difference) => {
                        wrong.push(format!("{job}: {} and {}: {difference}", first.tool, line.tool));
                        "DIFFERENT".to_owned()
                    }
                },
            };
            let time = median(&line.cpu);
            let ratio = |to: f64| if to.is_finite() { format!("{:.2}", time / to) } else { String::new() };
            println!(
                "{:10} {:11} {:14} {:>11.3} {:>11.3} {:>11.3} {:>9} {:>10} {:>8.0}  {agrees}",
                job,
                line.tool,
                line.way,
                time,
                least(&line.cpu),
                median(&line.wall),
                ratio(ours),
                ratio(ideal),
                line.peak
            );
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("answers differ:\n{}", wrong.join("\n"))) }
}

/// What is different between the answers of two tools, if anything.
fn agree(asked: &Asked, a: &Line, b: &Line) -> Result<Option<String>, String> {
    for (n, (a, b)) in a.answers.iter().zip(&b.answers).enumerate() {
        if a == b {
            continue;
        }
        let (of_a, of_b) = (numbers(asked, a)?, numbers(asked, b)?);
        if of_a.len() != of_b.len() {
            return Ok(Some(format!("answer {n} has {} and {} numbers", of_a.len(), of_b.len())));
        }
        let same = |(a, b): (&f64, &f64)| {
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= AGREES * a.abs().max(b.abs())
        };
        let different = of_a.iter().zip(&of_b).filter(|pair| !same(*pair)).count();
        if let Some(place) = of_a.iter().zip(&of_b).position(|pair| !same(pair)) {
            let (a, b) = (of_a[place], of_b[place]);
            return Ok(Some(format!(
                "answer {n}: {different} of {} differ, first at {place}: {a} and {b}",
                of_a.len()
            )));
        }
    }
    Ok(None)
}

fn numbers(asked: &Asked, name: &str) -> Result<Vec<f64>, String> {
    let path = asked.folder.join("answers").join(name);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

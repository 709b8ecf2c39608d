//! Runs kilter, the ideal loops and what people use instead side by side on the same made figures, checks that
//! all agree, and prints a table of ratios. `cargo xtask compare` calls it with an environment for Python.
//!
//! Every tool runs in processes of its own, which report their times as lines of JSON; this program starts
//! them one after another.

mod door;
mod loops;
mod report;
mod runner;
mod stopwatch;

use kilter_benches::made::{SMALL, Size};
use std::path::PathBuf;
use std::process::ExitCode;

/// As in the program of kilter.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
kilter and its peers side by side, on made figures.

Usage: compare [--size S|M|L] [--runs N] [--threads N] [--tables yes] [--jobs J2,J3] [--tools kilter,ideal,polars]
               [--python PROGRAM] [--rscript PROGRAM] [--peers FOLDER] [--folder FOLDER]

  --size      how much: S (153,600 figures, if left out), M (6.2 million), L (50 million)
  --runs      how often each job is timed: 7 if left out; the table gives the median and the least
  --threads   for every tool: 1 if left out
  --tables    yes: kilter's tables too, which have words in every row and take much longer
  --jobs      J1 to J10; all if left out
  --tools     ideal, kilter, kilter-python and kilter-r (the same through Python and R), numpy, polars, pandas, duckdb,
              sqlite, data.table, dplyr; all if left out
  --python    a Python with kilter and the packages of benches/compare/requirements.txt; without it, no Python tool runs
  --rscript   the Rscript program; with kilter for kilter-r; without it, no R tool runs
  --peers     the folder with peers.py and peers.R: benches/compare if left out
  --folder    where figures and stores are kept: below target if left out. What is there is used again
";

/// What is asked for on the command line.
pub struct Asked {
    size: Size,
    runs: usize,
    threads: usize,
    /// Whether kilter's tables are timed beside its columns.
    tables: bool,
    jobs: Vec<String>,
    tools: Vec<String>,
    python: Option<String>,
    rscript: Option<String>,
    peers: PathBuf,
    folder: PathBuf,
    /// Of a child: the tool that it is.
    child: Option<String>,
}

/// All jobs, in order.
pub const JOBS: [&str; 11] = ["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J7 cold", "J8", "J9", "J10"];

fn asked(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked {
        size: SMALL,
        runs: 7,
        threads: 1,
        tables: false,
        jobs: JOBS.map(str::to_owned).to_vec(),
        tools: runner::TOOLS.map(str::to_owned).to_vec(),
        python: None,
        rscript: None,
        peers: PathBuf::from("benches/compare"),
        folder: PathBuf::from("target/compare"),
        child: None,
    };
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<usize>().ok().filter(|n| *n > 0);
        let list = || value.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
        let whole = || number().ok_or_else(|| format!("{name} {value}: a whole number from 1 is expected"));
        match name.as_str() {
            "--size" => {
                asked.size =
                    Size::named(value).ok_or_else(|| format!("--size {value}: S, M or L is expected"))?;
            }
            "--runs" => asked.runs = whole()?,
            "--threads" => asked.threads = whole()?,
            "--tables" => asked.tables = value == "yes",
            "--jobs" => asked.jobs = list(),
            "--tools" => asked.tools = list(),
            "--python" => asked.python = Some(value.clone()),
            "--rscript" => asked.rscript = Some(value.clone()),
            "--peers" => asked.peers = PathBuf::from(value),
            "--folder" => asked.folder = PathBuf::from(value),
            "--child" => asked.child = Some(value.clone()),
            other => return Err(format!("{other} is not an option")),
        }
    }
    if let Some(job) = asked.jobs.iter().find(|job| !JOBS.contains(&job.as_str())) {
        return Err(format!("--jobs {job}: expected some of {}", JOBS.join(", ")));
    }
    if let Some(tool) = asked.tools.iter().find(|tool| !runner::TOOLS.contains(&tool.as_str())) {
        return Err(format!("--tools {tool}: expected some of {}", runner::TOOLS.join(", ")));
    }
    Ok(asked)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let asked = match asked(&arguments) {
        Ok(asked) => asked,
        Err(sentence) => {
            eprintln!("{sentence}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let done = match asked.child.as_deref() {
        None => runner::run(&asked),
        Some("figures") => runner::make(&asked),
        Some("ideal") => loops::run(&asked),
        Some("one series") => door::one_series(&asked),
        Some(_) => door::run(&asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

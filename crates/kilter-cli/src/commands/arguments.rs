//! What several commands take, and how their answers are printed.

use crate::failure::Failure;
use clap::Args;
use kilter::Date;
use kilter::asked::{as_at, date};
use kilter::engine::{AsAt, EvaluateQuery, ScorecardQuery, Selection, View};
use kilter::export::{self, Format};
use kilter::table::Table;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args)]
pub struct What {
    /// The id of an indicator; all where left out
    #[arg(long = "indicator", value_name = "ID", num_args = 1..)]
    pub indicators: Vec<String>,
    /// The code or name of an area; all where left out
    #[arg(long = "area", value_name = "CODE", num_args = 1..)]
    pub areas: Vec<String>,
    /// As known at a date, or with a release
    #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
    pub as_at: Option<AsAt>,
}

#[derive(Args)]
pub struct Card {
    /// The code or name of the area; that of the framework where left out
    #[arg(long)]
    pub area: Option<String>,
    /// The reporting period; the latest where left out
    #[arg(long)]
    pub period: Option<String>,
    /// As known at a date, or with a release
    #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
    pub as_at: Option<AsAt>,
    #[command(flatten)]
    viewer: Viewer,
}

/// Which values are judged, and for whom.
#[derive(Args)]
pub struct Judged {
    /// The store
    store: PathBuf,
    #[command(flatten)]
    what: What,
    /// The period; the latest where left out
    #[arg(long)]
    period: Option<String>,
    #[command(flatten)]
    viewer: Viewer,
    #[command(flatten)]
    output: Output,
}

impl Judged {
    /// The store, what it is asked, and where the answer goes.
    pub fn question(self) -> (PathBuf, EvaluateQuery, Output) {
        let (selection, view) = (self.what.selection(), self.viewer.view());
        (self.store, EvaluateQuery { selection, period: self.period, view }, self.output)
    }
}

/// Who looks, and when.
#[derive(Args)]
pub struct Viewer {
    /// Judge by the targets and tolerances of this level of the framework
    #[arg(long, value_name = "ID")]
    level: Option<String>,
    /// The reporting date, by which ages are told and figures are due; that of the newest release where
    /// left out
    #[arg(long, value_parser = date, value_name = "DATE")]
    on: Option<Date>,
}

impl Viewer {
    pub fn view(self) -> View {
        View { level: self.level, on: self.on }
    }
}

/// How long a command that writes waits for another writer.
#[derive(Args)]
pub struct Wait {
    /// Wait so long for another writer to close the store, as in 30s or 5m
    #[arg(long, value_parser = duration, default_value = "0s", value_name = "TIME")]
    pub wait: Duration,
}

#[derive(Args)]
pub struct Output {
    /// table, csv, json or parquet; for a scorecard also html
    #[arg(long, default_value = "table")]
    pub format: String,
    /// Write to this file
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// A time to wait: so many seconds or minutes.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match (text.strip_suffix('m'), text.strip_suffix('s')) {
        (Some(number), _) => (number, 60.0),
        (None, Some(number)) => (number, 1.0),
        (None, None) => (text, 1.0),
    };
    let seconds = number.trim().parse::<f64>().ok().map(|n| n * unit);
    // A day is more than anybody waits, and less than a clock can count.
    seconds.filter(|s| (0.0..=86_400.0).contains(s)).map(Duration::from_secs_f64).ok_or_else(|| {
        format!(
            "\"{text}\" is not a time to wait; expected seconds or minutes such as 30s or 5m, at most a day"
        )
    })
}

impl What {
    pub fn selection(self) -> Selection {
        Selection {
            indicators: self.indicators,
            areas: self.areas,
            as_at: self.as_at.unwrap_or(AsAt::Latest),
        }
    }
}

impl Card {
    pub fn query(self, dated: Option<Date>) -> ScorecardQuery {
        ScorecardQuery {
            area: self.area,
            period: self.period,
            as_at: self.as_at.unwrap_or(AsAt::Latest),
            view: self.viewer.view(),
            dated,
        }
    }
}

impl Output {
    /// Prints a table; on a terminal without the columns for which there is no room there.
    pub fn table_without(&self, table: Table, hidden: &[&str]) -> Result<(), Failure> {
        if self.format == "table" { self.table(&table.without(hidden)) } else { self.table(&table) }
    }

    pub fn table(&self, table: &Table) -> Result<(), Failure> {
        let format: Format = self.format.parse().map_err(Failure::Usage)?;
        let path = self.out.as_deref();
        if format == Format::Parquet && path.is_none() && io::stdout().is_terminal() {
            return Err(Failure::Usage("Parquet is not for the eye; name a file with --out".into()));
        }
        let failed = |error: io::Error| Failure::output(path, &error);
        match path {
            Some(path) => {
                let mut file = BufWriter::new(File::create(path).map_err(failed)?);
                export::write(table, format, None, &mut file).map_err(failed)?;
                file.flush().map_err(failed)
            }
            None => export::write(table, format, Some(width()), &mut io::stdout()).map_err(failed),
        }
    }

    pub fn text(&self, text: &str) -> Result<(), Failure> {
        print(self.out.as_deref(), text)
    }
}

/// Says a line. A reader who has gone is no failure.
pub fn say(text: &str) -> Result<(), Failure> {
    print(None, text)
}

pub fn print(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::output(path, &error);
    match path {
        Some(path) => std::fs::write(path, text).map_err(failed),
        None => writeln!(io::stdout(), "{text}").map_err(failed),
    }
}

/// The width of the terminal; where the output is not one, what COLUMNS says, or a page's.
pub fn width() -> u16 {
    const PAGE: u16 = 120;
    if io::stdout().is_terminal() {
        return console::Term::stdout().size().1;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(PAGE)
}

/// Whether colours are wanted.
pub fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

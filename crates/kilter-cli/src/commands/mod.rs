//! The commands and what each takes.

mod arguments;
mod care;
mod run;

use arguments::{Card, Judged, Output, Viewer, Wait, What};
use care::Care;
use clap::{Subcommand, ValueEnum};
use kilter::area::AreaKind;
use kilter::asked::{aim, as_at, date, tolerance};
use kilter::engine::{AsAt, With};
use kilter::target::{Aim, Function, Tolerance};
use kilter::{Date, PeriodKind};
pub use run::run;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Command {
    /// Show the whole way on an invented partnership: store, ingest, evaluation, scorecard
    Demo {
        /// The folder that is made
        #[arg(default_value = "kilter-demo")]
        folder: PathBuf,
    },
    /// Make a store with a framework
    Init {
        /// The folder that is made
        store: PathBuf,
        /// A framework file, a folder of them, or the id of one of the catalogue
        #[arg(long)]
        framework: String,
        /// When the framework came into force; today where left out
        #[arg(long, value_parser = date)]
        known_at: Option<Date>,
    },
    /// Take another framework into force in a store; what is read as at an earlier date keeps its own
    Define {
        /// The store
        store: PathBuf,
        /// A framework file, a folder of them, or the id of one of the catalogue
        #[arg(long)]
        framework: String,
        /// When it came into force; today where left out
        #[arg(long, value_parser = date)]
        known_at: Option<Date>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Take in a file as a release, with a receipt for every row
    #[command(after_help = "Examples:
  kilter ingest our-store delays.csv --profile phs-delayed-discharge-council \\
      --source \"PHS open data\" --known-at 2020-06-02
  kilter ingest our-store our-figures.xlsx --source \"our own count\" --known-at 2026-11-01
      A table with the columns measure, area, period and value needs no profile.")]
    Ingest {
        /// The store
        store: PathBuf,
        /// A CSV file (also compressed), Excel workbook or Parquet file
        file: PathBuf,
        /// A profile file, or the id of one of the catalogue
        #[arg(long)]
        profile: Option<String>,
        /// Where the figures come from
        #[arg(long)]
        source: String,
        /// When they became known: the day of publication
        #[arg(long, value_parser = date)]
        known_at: Date,
        /// What to do with the sound rows of a file of which some are refused
        #[arg(long, value_enum, default_value_t = Rejection::Refuse)]
        on_rejection: Rejection,
        /// A remark to keep with the release
        #[arg(long)]
        note: Option<String>,
        /// Write the refused rows to this CSV file
        #[arg(long)]
        rejections: Option<PathBuf>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show values of indicators, with the parts they were computed from
    #[command(after_help = "Examples:
  kilter values our-store --indicator NI-19 --every financial-year
  kilter values our-store --indicator NI-19 --area S12000005 --rolling 12 --format csv
  kilter values our-store --indicator MSG-3b --period 2022-04 --as-at 2022-06-30")]
    Values {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// One period, such as 2019/20, 2023-06 or "2023 Q2"
        #[arg(long, conflicts_with_all = ["from", "to"])]
        period: Option<String>,
        /// The first period
        #[arg(long)]
        from: Option<String>,
        /// The last period
        #[arg(long)]
        to: Option<String>,
        /// The kind of period: month, quarter, financial-quarter, financial-year, calendar-year ...
        #[arg(long)]
        every: Option<PeriodKind>,
        /// Rolling windows of so many months
        #[arg(long)]
        rolling: Option<u32>,
        /// The levels of the limits in percent, such as 95 99.8: a row for each; 95 where left out
        #[arg(long, num_args = 1.., value_name = "PERCENT")]
        confidence: Vec<f64>,
        #[command(flatten)]
        output: Output,
    },
    /// Judge values against their targets
    Evaluate(Judged),
    /// Tell how a status came about: figures, population, rate, target, tolerance, release
    #[command(after_help = "Examples:
  kilter explain our-store NI-19 --area S12000005 --period 2019/20
  kilter explain our-store NI-19 --area S12000005 --as-at 2020-12-31 --format json")]
    Explain {
        /// The store
        store: PathBuf,
        /// The id of the indicator
        indicator: String,
        #[command(flatten)]
        card: Card,
        /// text, or json with every figure unrounded
        #[arg(long, default_value = "text", value_parser = ["text", "json"])]
        format: String,
        /// Write to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Compare values with Scotland, a parent, peers or their own past, and rank them
    #[command(after_help = "Examples:
  kilter compare our-store --indicator NI-19 --period 2019/20
  kilter compare our-store --indicator NI-19 --area S12000005 --with \"median family-1\" --among family-1
  kilter compare our-store --worse-and-worsening")]
    Compare {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// The period; the latest where left out
        #[arg(long)]
        period: Option<String>,
        /// scotland, parent, previous period, same period last year, an area, \"peers GROUP\" or \"median
        /// GROUP\"; what the framework says where left out
        #[arg(long)]
        with: Option<With>,
        /// Rank among the areas of this group; among all areas of the same kind where left out
        #[arg(long, value_name = "GROUP")]
        among: Option<String>,
        /// Only what is worse beyond chance and getting worse
        #[arg(long)]
        worse_and_worsening: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Show the reporting year and up to five reporting years before it
    FiveYears {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// The reporting year, such as 2021/22; the latest where left out
        #[arg(long)]
        year: Option<String>,
        /// As the regulations ask: none before 2016/17
        #[arg(long)]
        statutory: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Put target, trends, control chart and comparison side by side, and say where they contradict
    Verdicts(Judged),
    /// Show the control chart or run chart of indicators: limits, signals and runs of every value up
    /// to the period
    Chart {
        #[command(flatten)]
        judged: Judged,
        /// The run chart: median, longest run and crossings
        #[arg(long)]
        runs: bool,
        /// The medians and how long each held, until a run on one side of it
        #[arg(long, conflicts_with = "runs")]
        shifts: bool,
    },
    /// Place the areas of a kind or group in the funnel of indicators: who differs beyond their size
    Funnel {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// The period; the latest where left out
        #[arg(long)]
        period: Option<String>,
        /// The areas of this group
        #[arg(long, value_name = "GROUP")]
        among: Option<String>,
        /// All areas of this kind: council, partnership, \"health board\", locality ...
        #[arg(long, default_value = "council")]
        kind: AreaKind,
        /// The curves instead of the areas: the limits at every size
        #[arg(long)]
        curve: bool,
        #[command(flatten)]
        output: Output,
    },
    /// List the targets, with what each says of the latest value
    Targets {
        /// The store
        store: PathBuf,
        /// The area whose values are shown; that of the framework where left out
        #[arg(long)]
        area: Option<String>,
        /// integration or non-integration: only the targets of these functions
        #[arg(long, value_parser = function)]
        function: Option<Function>,
        /// As known at a date, or with a release
        #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
        as_at: Option<AsAt>,
        #[command(flatten)]
        viewer: Viewer,
        #[command(flatten)]
        output: Output,
    },
    /// List the levels of reporting: who looks, how often, with which tolerance, at what
    Levels {
        /// The store
        store: PathBuf,
        /// As known at a date, or with a release
        #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
        as_at: Option<AsAt>,
        #[command(flatten)]
        output: Output,
    },
    /// Show what a level is shown as exceptions, by its own rules
    #[command(after_help = "Example:
  kilter exceptions our-store --area S37000005 --level board")]
    Exceptions {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        card: Card,
        #[command(flatten)]
        output: Output,
    },
    /// Play the escalations of an area back over its history, by the rules of each day
    Escalations {
        /// The store
        store: PathBuf,
        /// The code or name of the area; that of the framework where left out
        #[arg(long)]
        area: Option<String>,
        /// Only this rule
        #[arg(long, value_name = "ID")]
        escalation: Option<String>,
        /// As known at a date, or with a release
        #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
        as_at: Option<AsAt>,
        /// Judge each report by the figures that were known on its day
        #[arg(long)]
        figures_of_the_day: bool,
        /// List the steps at which nothing happened too
        #[arg(long)]
        every_step: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Try another target, tolerance or framework on the history of an indicator
    #[command(after_help = "Examples:
  kilter what-if our-store NI-19 --area S12000005 --target 500
  kilter what-if our-store NI-19 --area S12000005 --tolerance 10% --by-period
  kilter what-if our-store NI-19 --area S12000005 --framework next-year.toml --raise-after 2")]
    WhatIf {
        /// The store
        store: PathBuf,
        /// The id of the indicator
        indicator: String,
        /// The code or name of the area; that of the framework where left out
        #[arg(long)]
        area: Option<String>,
        /// What is aimed at: a number, or a range such as 80..90
        #[arg(long, value_parser = aim, allow_hyphen_values = true)]
        target: Option<Aim>,
        /// 5%, 2.5%,5% or \"3 points\"
        #[arg(long, value_parser = tolerance)]
        tolerance: Option<Tolerance>,
        /// Another framework: a file, a folder, or the id of one of the catalogue
        #[arg(long)]
        framework: Option<String>,
        /// After how many red periods running it would be escalated
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=120))]
        raise_after: u32,
        /// After how many other periods running that would be cleared
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=120))]
        clear_after: u32,
        /// Show each period and not the counts
        #[arg(long)]
        by_period: bool,
        /// As known at a date, or with a release
        #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
        as_at: Option<AsAt>,
        #[command(flatten)]
        viewer: Viewer,
        #[command(flatten)]
        output: Output,
    },
    /// Say what is needed from now on to meet the target at the end of a year
    Needed {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// The period at whose end the target is to be met; the year that has begun where left out
        #[arg(long)]
        period: Option<String>,
        #[command(flatten)]
        viewer: Viewer,
        #[command(flatten)]
        output: Output,
    },
    /// List what the strategy map asks for and nothing answers
    Coverage {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        card: Card,
        #[command(flatten)]
        output: Output,
    },
    /// Show the strategy map: outcomes, the priorities they belong to, and the indicators linked to them
    Map {
        /// The store
        store: PathBuf,
        /// As known at a date, or with a release
        #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
        as_at: Option<AsAt>,
        #[command(flatten)]
        output: Output,
    },
    /// Show the scorecard of an area, rolled up along the strategy map
    Scorecard {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        card: Card,
        /// Show what outcomes, priorities and perspectives come to, as a table
        #[arg(long)]
        rolled: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Write the scorecard of an area as one self-contained HTML page
    Report {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        card: Card,
        /// The file that is written
        #[arg(long, default_value = "scorecard.html")]
        out: PathBuf,
    },
    /// List the releases of a store
    Releases {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// List what was revised between two releases or dates, and whose status changes
    Diff {
        /// The store
        store: PathBuf,
        /// A release number or a date
        #[arg(long, value_parser = as_at)]
        from: AsAt,
        /// A release number or a date
        #[arg(long, value_parser = as_at)]
        to: AsAt,
        #[command(flatten)]
        output: Output,
    },
    /// Check a framework or profile file without a store: every problem at once
    Check {
        /// A file, a folder of framework files, or an id of the catalogue
        file: String,
    },
    #[command(flatten)]
    Care(Care),
    /// Say what a store holds: its framework, releases, indicators
    Info {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Print the JSON Schema of framework or profile files, for editors
    Schema {
        /// Which
        #[arg(value_enum)]
        of: SchemaOf,
    },
}

fn function(text: &str) -> Result<Function, String> {
    let found = Function::NAMES.iter().find(|(name, _)| *name == text).map(|(_, function)| *function);
    found.ok_or_else(|| format!("\"{text}\" is not known; expected integration or non-integration"))
}

/// What to do with sound rows beside refused ones.
#[derive(Clone, Copy, ValueEnum)]
pub enum Rejection {
    /// Keep nothing
    Refuse,
    /// Keep the sound rows
    Keep,
}

/// Of which files a schema is printed.
#[derive(Clone, Copy, ValueEnum)]
pub enum SchemaOf {
    /// Framework files
    Framework,
    /// Profile files
    Profile,
}

//! The commands: what each takes, and how its answer is printed.

use crate::failure::Failure;
use clap::{Args, Subcommand, ValueEnum};
use kilter::definitions::{self, Checked};
use kilter::engine::{
    AsAt, Engine, EvaluateQuery, Ingest, Mode, ScorecardFormat, ScorecardQuery, Selection, ValuesQuery, today,
};
use kilter::export::{self, Format};
use kilter::ingest::OnRejection;
use kilter::table::Table;
use kilter::{Date, PeriodKind};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

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
        #[command(flatten)]
        output: Output,
    },
    /// Judge values against their targets
    Evaluate {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        what: What,
        /// The period; the latest where left out
        #[arg(long)]
        period: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Show the scorecard of an area, rolled up along the strategy map
    Scorecard {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        card: Card,
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
    /// Read the whole store and compare it with its checksums
    Verify {
        /// The store
        store: PathBuf,
    },
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

#[derive(Args)]
pub struct What {
    /// The id of an indicator; all where left out
    #[arg(long = "indicator", value_name = "ID", num_args = 1..)]
    indicators: Vec<String>,
    /// The code or name of an area; all where left out
    #[arg(long = "area", value_name = "CODE", num_args = 1..)]
    areas: Vec<String>,
    /// As known at a date, or with a release
    #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
    as_at: Option<AsAt>,
}

#[derive(Args)]
pub struct Card {
    /// The code or name of the area; that of the framework where left out
    #[arg(long)]
    area: Option<String>,
    /// The reporting period; the latest where left out
    #[arg(long)]
    period: Option<String>,
    /// As known at a date, or with a release
    #[arg(long, value_parser = as_at, value_name = "DATE|RELEASE")]
    as_at: Option<AsAt>,
}

#[derive(Args)]
pub struct Output {
    /// table, csv, json or parquet; for a scorecard also html
    #[arg(long, default_value = "table")]
    format: String,
    /// Write to this file
    #[arg(long)]
    out: Option<PathBuf>,
}

fn date(text: &str) -> Result<Date, String> {
    PeriodKind::Day.parse(text).map(|day| day.end()).map_err(|error| error.to_string())
}

fn as_at(text: &str) -> Result<AsAt, String> {
    match text.parse::<u32>() {
        Ok(number) if text.len() < 8 => Ok(AsAt::Release(number)),
        _ => date(text)
            .map(AsAt::Date)
            .map_err(|_| format!("\"{text}\" is neither a release number nor a date such as 2022-06-30")),
    }
}

impl What {
    fn selection(self) -> Selection {
        Selection {
            indicators: self.indicators,
            areas: self.areas,
            as_at: self.as_at.unwrap_or(AsAt::Latest),
        }
    }
}

impl Card {
    fn query(self, dated: Option<Date>) -> ScorecardQuery {
        ScorecardQuery {
            area: self.area,
            period: self.period,
            as_at: self.as_at.unwrap_or(AsAt::Latest),
            dated,
        }
    }
}

impl Output {
    /// Prints a table; on a terminal without the columns for which there is no room there.
    fn table_without(&self, table: Table, hidden: &[&str]) -> Result<(), Failure> {
        if self.format == "table" { self.table(&table.without(hidden)) } else { self.table(&table) }
    }

    fn table(&self, table: &Table) -> Result<(), Failure> {
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

    fn text(&self, text: &str) -> Result<(), Failure> {
        print(self.out.as_deref(), text)
    }
}

/// Says a line. A reader who has gone is no failure.
fn say(text: &str) -> Result<(), Failure> {
    print(None, text)
}

fn print(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::output(path, &error);
    match path {
        Some(path) => std::fs::write(path, text).map_err(failed),
        None => writeln!(io::stdout(), "{text}").map_err(failed),
    }
}

/// The width of the terminal; where the output is not one, what COLUMNS says, or a page's.
fn width() -> u16 {
    const PAGE: u16 = 120;
    if io::stdout().is_terminal() {
        return console::Term::stdout().size().1;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(PAGE)
}

/// Whether colours are wanted.
fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Runs a command.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo { folder } => demo(&folder),
        Command::Init { store, framework, known_at } => {
            let known_at = known_at.unwrap_or_else(today);
            let engine = Engine::create(&store, &framework, known_at)?;
            let framework = engine.framework(AsAt::Latest)?;
            let store = store.display();
            say(&format!(
                "{store}: a store with {} ({} indicators, {} areas)\n\
                 next: kilter ingest {store} FILE --profile ID --source TEXT --known-at DATE",
                framework.title(),
                framework.indicators().len(),
                framework.areas().len()
            ))
        }
        Command::Define { store, framework, known_at } => {
            let mut engine = Engine::open(&store, Mode::Write)?;
            let version = engine.define(&framework, known_at.unwrap_or_else(today))?;
            say(&format!("{}: version {version} of the definitions is in force", store.display()))
        }
        Command::Ingest { store, file, profile, source, known_at, on_rejection, note, rejections } => {
            let profile = profile.as_deref().map(definitions::profile).transpose()?;
            let mut engine = Engine::open(&store, Mode::Write)?;
            let ingest = Ingest {
                profile: profile.as_ref(),
                source: &source,
                known_at,
                on_rejection: match on_rejection {
                    Rejection::Refuse => OnRejection::Refuse,
                    Rejection::Keep => OnRejection::Keep,
                },
                note: note.as_deref(),
            };
            let result = with_progress(&file, |progress| engine.ingest(&file, &ingest, progress));
            if let Some(path) = &rejections {
                let receipt = match &result {
                    Ok(receipt) => Some(receipt),
                    Err(error) => error.receipt(),
                };
                if let Some(receipt) = receipt {
                    let to = Output { format: "csv".into(), out: Some(path.clone()) };
                    to.table(&receipt.rejection_table())?;
                }
            }
            say(&result?.to_string())
        }
        Command::Values { store, what, period, from, to, every, rolling, output } => {
            let query = ValuesQuery {
                selection: what.selection(),
                from: period.clone().or(from),
                to: period.or(to),
                every,
                rolling,
            };
            let engine = open(&store)?;
            let values = engine.values(&query)?;
            explain_nothing(&engine, &values, query.selection.as_at);
            output.table_without(values, &["period_start", "period_end"])
        }
        Command::Evaluate { store, what, period, output } => {
            let query = EvaluateQuery { selection: what.selection(), period };
            let hidden = [
                "period_start",
                "period_end",
                "numerator",
                "denominator",
                "release",
                "variance_percent",
                "explanation",
            ];
            let engine = open(&store)?;
            let evaluations = engine.evaluate(&query)?;
            explain_nothing(&engine, &evaluations, query.selection.as_at);
            output.table_without(evaluations, &hidden)
        }
        Command::Scorecard { store, card, output } => {
            let engine = open(&store)?;
            match output.format.as_str() {
                "html" => output.text(&engine.scorecard(&card.query(Some(today())), ScorecardFormat::Html)?),
                "table" => {
                    let format = ScorecardFormat::Terminal { width: Some(width()), colour: colour() };
                    output.text(&engine.scorecard(&card.query(None), format)?)
                }
                _ => output.table(&engine.scorecard_table(&card.query(None))?),
            }
        }
        Command::Report { store, card, out } => {
            let page = open(&store)?.scorecard(&card.query(Some(today())), ScorecardFormat::Html)?;
            print(Some(&out), &page)?;
            say(&out.display().to_string())
        }
        Command::Releases { store, output } => output.table(&open(&store)?.releases()),
        Command::Diff { store, from, to, output } => output.table(&open(&store)?.diff(from, to)?),
        Command::Check { file } => say(&match definitions::check(&file)? {
            Checked::Framework { id, counts: [areas, measures, indicators, outcomes, targets] } => format!(
                "{file}: the framework {id} is sound: areas {areas}, measures {measures}, indicators \
                     {indicators}, outcomes {outcomes}, targets {targets}"
            ),
            Checked::Profile { id, measures } => {
                format!("{file}: the profile {id} is sound: measures {measures}")
            }
        }),
        Command::Verify { store } => {
            let verification = kilter::engine::verify(&store)?;
            say(&verification.to_string())?;
            if verification.is_sound() {
                Ok(())
            } else {
                Err(Failure::Store(format!("{}: the store is damaged", store.display())))
            }
        }
        Command::Info { store, output } => {
            let engine = open(&store)?;
            if output.format == "table" && output.out.is_none() {
                say(&engine.summary()?)?;
            }
            output.table(&engine.indicators(AsAt::Latest)?)
        }
        Command::Schema { of } => print(
            None,
            &match of {
                SchemaOf::Framework => definitions::framework_schema(),
                SchemaOf::Profile => definitions::profile_schema(),
            },
        ),
    }
}

/// Says why a table is empty where no release was known yet; the table itself is as it would be.
fn explain_nothing(engine: &Engine, table: &Table, as_at: AsAt) {
    let first = engine.store().releases().iter().map(|release| release.known_at()).min();
    match (table.rows(), as_at, first) {
        (0, _, None) => eprintln!("kilter: nothing has been ingested yet"),
        (0, AsAt::Date(day), Some(first)) if day < first => {
            eprintln!("kilter: nothing was known on {day}; the first release became known on {first}");
        }
        _ => {}
    }
}

fn open(store: &Path) -> Result<Engine, Failure> {
    Ok(Engine::open(store, Mode::Read)?)
}

/// Runs an ingest with a bar on the terminal where the file is large enough to wait for.
fn with_progress<T>(file: &Path, run: impl FnOnce(&mut dyn FnMut(u64, u64) -> bool) -> T) -> T {
    const WORTH_A_BAR: u64 = 4 << 20;
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    if size < WORTH_A_BAR || !io::stderr().is_terminal() {
        return run(&mut |_, _| true);
    }
    let style = indicatif::ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = indicatif::ProgressBar::new(size);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let result = run(&mut |read, _| {
        bar.set_position(read);
        true
    });
    bar.finish_and_clear();
    result
}

fn demo(folder: &Path) -> Result<(), Failure> {
    let mut told = Ok(());
    let demo = kilter::demonstration::run(folder, |line| {
        if told.is_ok() {
            told = say(line);
        }
    })?;
    told?;
    let engine = open(&demo.store)?;
    let format = ScorecardFormat::Terminal { width: Some(width()), colour: colour() };
    say(&format!("\n{}", engine.scorecard(&ScorecardQuery::default(), format)?))?;
    let page = folder.join("scorecard.html");
    print(Some(&page), &engine.scorecard(&ScorecardQuery::default(), ScorecardFormat::Html)?)?;
    let store = demo.store.display();
    let (page, files, area) = (page.display(), demo.files.display(), demo.area);
    say(&format!(
        "\nAll figures above are invented. What was made:
  {page}  the scorecard as a page
  {store}  the store
  {files}  the files that were ingested, in the layouts of the public ones

Next:
  kilter values {store} --indicator NI-19 --area {area} --rolling 12
  kilter evaluate {store} --area {area} --format csv
  kilter diff {store} --from 5 --to 6
(kilter is `cargo run --release --` in the project's folder.)"
    ))
}

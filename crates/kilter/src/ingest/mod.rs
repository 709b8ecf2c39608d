//! Ingest: a file becomes observations and a receipt that accounts for every row.
//!
//! This room knows files, profiles and frameworks; it writes nothing: what it has read is handed to the
//! engine, which keeps it as one release or not at all.

mod again;
mod batch;
mod figure;
mod foreign;
mod observations;
mod pool;
mod profile;
mod receipt;
mod rows;
mod totals;

pub use profile::{Profile, ProfileDocument, ProfileError};
pub use receipt::{Disagreement, Over, Receipt, Recoded, Rejection};

use crate::read::{self, ReadError, ReadOptions, Rows};
use batch::Batch;
use foreign::{MissingColumns, Reader, Taken};
use kilter_core::framework::Framework;
use kilter_core::ident::MeasureId;
use kilter_core::series::{Dataset, Series, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::StoreError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use totals::{StatedTotal, Totals};

/// What is done with the sound rows of a file of which some are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRejection {
    /// Nothing is kept.
    #[default]
    Refuse,
    /// The sound rows are kept.
    Keep,
}

/// Why a file was not ingested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The profile is not sound, or does not fit the framework.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The framework that the store keeps cannot be read.
    #[error("the framework of the store cannot be read: {what}")]
    Framework {
        /// What is wrong with it.
        what: String,
    },
    /// The file lacks columns that its layout has.
    #[error(
        "{}: {} needs the column{} {}, and the file has {}{}",
        .path.display(), .layout, if .missing.len() == 1 { "" } else { "s" }, list(.missing), list(.found), advice(.fitting)
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// The layout it was read as.
        layout: String,
        /// The columns that are missing.
        missing: Vec<String>,
        /// The columns that are there.
        found: Vec<String>,
        /// The profiles of the catalogue whose columns the file has.
        fitting: Vec<String>,
    },
    /// Rows were refused, and nothing was kept.
    #[error(
        "{}: {} of {} refused, so that nothing was kept; mend them, or keep the sound rows (--on-rejection keep)",
        .receipt.file, receipt::count(.receipt.rejected, "row"), .receipt.rows
    )]
    Rejected {
        /// What became of every row.
        receipt: Box<Receipt>,
    },
    /// The rows do not add up to those of the file: a fault of kilter.
    #[error(
        "{}: its {} are not all accounted for, which is a fault of kilter; nothing was kept. Please report it with the file",
        .receipt.file, receipt::count(.receipt.rows, "row")
    )]
    Unbalanced {
        /// What became of the rows.
        receipt: Box<Receipt>,
    },
    /// No figure of the file was taken.
    #[error("{}: none of its {} holds a figure to keep", .receipt.file, receipt::count(.receipt.rows, "row"))]
    NothingTaken {
        /// What became of every row.
        receipt: Box<Receipt>,
    },
    /// The releases of a file cannot have become known by the date that was given.
    #[error(
        "{}: its release \"{}\" holds figures to {}, which cannot have been known at {}", .path.display(), .release, .ends, .known_at
    )]
    KnownAt {
        /// The file.
        path: PathBuf,
        /// The release.
        release: String,
        /// The last day that it holds figures for.
        ends: Date,
        /// The date that was given.
        known_at: Date,
    },
    /// The caller asked to stop.
    #[error("stopped; nothing was kept")]
    Interrupted,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IngestError {
    /// What became of the rows, where the file was read to its end.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Rejected { receipt } | Self::NothingTaken { receipt } | Self::Unbalanced { receipt } => {
                Some(receipt)
            }
            _ => None,
        }
    }
}

fn list(columns: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<String> = columns.iter().take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    if columns.len() > SHOWN {
        names.push(format!("{} more", columns.len() - SHOWN));
    }
    names.join(", ")
}

fn advice(fitting: &[String]) -> String {
    match fitting {
        [] => String::new(),
        profiles => format!("; it has the columns of the profile {}", profiles.join(", ")),
    }
}

/// One release that a file holds.
#[derive(Debug)]
pub struct FileRelease {
    /// The text by which the file names it; empty where the file is one release.
    pub name: String,
    /// When it became known.
    pub known_at: Date,
    batch: Batch,
}

impl FileRelease {
    /// Its series, ascending by key, so many at once: a national file is never in memory as series.
    pub fn into_parts(self, at_once: usize) -> impl Iterator<Item = Vec<(SeriesKey, Series)>> {
        self.batch.into_parts(at_once.max(1))
    }
}

/// What a file holds.
#[derive(Debug)]
pub struct FileContents {
    /// Its releases, oldest first.
    pub releases: Vec<FileRelease>,
    /// What became of every row; without the numbers of releases, which the store gives.
    pub receipt: Receipt,
}

/// What is to be read, and how.
pub struct Request<'a> {
    /// The file.
    pub path: &'a Path,
    /// The profile; `None`: the observation table.
    pub profile: Option<&'a Profile>,
    /// The framework that defines its measures and areas.
    pub framework: &'a Framework,
    /// When the file, or the newest of its releases, became known.
    pub known_at: Date,
    /// What is done with sound rows beside refused ones.
    pub on_rejection: OnRejection,
}

/// Reads a file. `known` gives what is known of some measures already, against which totals over time
/// are checked; `progress` is told the bytes read and the bytes in all, and stops the reading by `false`.
///
/// # Errors
/// The file cannot be read, is of another layout, or holds refused rows (unless the sound ones are kept)
/// or no figure at all.
pub fn read_file(
    request: &Request<'_>,
    known: impl FnOnce(&[MeasureId]) -> Result<Dataset, StoreError>,
    progress: impl FnMut(u64, u64) -> bool,
) -> Result<FileContents, IngestError> {
    let options = request.profile.map_or_else(ReadOptions::default, options);
    read_rows(request, read::open(request.path, &options)?, known, progress)
}

/// Reads rows that are open already, as [`read_file`] does; `request.path` is what messages call them.
///
/// # Errors
/// As [`read_file`].
pub fn read_rows(
    request: &Request<'_>,
    mut rows: Rows,
    known: impl FnOnce(&[MeasureId]) -> Result<Dataset, StoreError>,
    mut progress: impl FnMut(u64, u64) -> bool,
) -> Result<FileContents, IngestError> {
    let name = request.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut receipt = Receipt {
        file: name,
        profile: request.profile.map(|profile| profile.id().to_string()),
        ..Receipt::default()
    };
    let mut releases = take(request, &mut rows, &mut receipt, &mut progress)?;

    for taken in releases.values_mut() {
        let settled = taken.batch.settle(&mut receipt);
        receipt.accepted -= (settled.refused.len() + settled.repeated.len()) as u64;
        receipt.rejected += settled.refused.len() as u64;
        if !settled.repeated.is_empty() {
            let reason = "repeat an earlier row exactly".to_owned();
            *receipt.left_out.entry(reason).or_default() += settled.repeated.len() as u64;
        }
        // A row that is refused for one of its figures is refused as a whole.
        taken.batch.remove_lines(&settled.refused);
    }
    receipt.rejections.sort_by_key(|rejection| rejection.line);
    check_totals(request, &mut releases, &mut receipt, known)?;
    if !receipt.balances() {
        return Err(IngestError::Unbalanced { receipt: Box::new(receipt) });
    }
    for (_, figures) in releases.values().flat_map(|taken| taken.batch.lengths()) {
        receipt.series += u64::from(figures > 0);
        receipt.observations += figures as u64;
    }

    if receipt.rejected > 0 && request.on_rejection == OnRejection::Refuse {
        return Err(IngestError::Rejected { receipt: Box::new(receipt) });
    }
    let dated = dates(request, releases)?;
    let releases: Vec<FileRelease> = dated
        .into_iter()
        .map(|(name, known_at, batch)| FileRelease { name, known_at, batch })
        .filter(|release| !release.batch.is_empty())
        .collect();
    if releases.is_empty() {
        return Err(IngestError::NothingTaken { receipt: Box::new(receipt) });
    }
    Ok(FileContents { releases, receipt })
}

fn options(profile: &Profile) -> ReadOptions {
    ReadOptions {
        delimiter: profile.entry.delimiter.as_ref().and_then(|text| text.bytes().next()),
        encoding: profile.entry.encoding.clone(),
        sheet: profile.entry.sheet.clone(),
        header_row: profile.entry.header_row,
    }
}

fn take(
    request: &Request<'_>,
    rows: &mut Rows,
    receipt: &mut Receipt,
    progress: &mut impl FnMut(u64, u64) -> bool,
) -> Result<BTreeMap<String, Taken>, IngestError> {
    let refused = |layout: String, columns: MissingColumns| IngestError::Columns {
        path: request.path.to_owned(),
        layout,
        fitting: fitting(&columns.found, request.framework),
        missing: columns.missing,
        found: columns.found,
    };
    match request.profile {
        Some(profile) => Reader::new(profile, request.framework, rows.header())
            .map_err(|columns| refused(format!("the profile {}", profile.id()), columns))?
            .read(rows, receipt, progress),
        None => {
            let table = observations::Table::new(request.framework, rows.header()).map_err(|columns| {
                refused("a table of observations without a profile".to_owned(), columns)
            })?;
            let batch = table.read(rows, receipt, progress)?;
            Ok(BTreeMap::from([(String::new(), Taken { batch, totals: Vec::new() })]))
        }
    }
}

/// The profiles of the catalogue whose columns a file has.
fn fitting(header: &[String], framework: &Framework) -> Vec<String> {
    let fits = |id: &&str| {
        let document = kilter_catalogue::profile(id).and_then(|text| ProfileDocument::parse(id, text).ok());
        let profile = document.and_then(|document| Profile::new(&document, framework).ok());
        profile.is_some_and(|p| p.columns().iter().all(|column| header.iter().any(|h| h == column)))
    };
    kilter_catalogue::profile_ids().filter(fits).map(str::to_owned).collect()
}

fn check_totals(
    request: &Request<'_>,
    releases: &mut BTreeMap<String, Taken>,
    receipt: &mut Receipt,
    known: impl FnOnce(&[MeasureId]) -> Result<Dataset, StoreError>,
) -> Result<(), IngestError> {
    let entry = request.profile.map(|profile| &profile.entry);
    let totals = Totals {
        framework: request.framework,
        rounded_to: entry.and_then(|entry| entry.rounded_to).unwrap_or(0.0),
        fill_zero: entry.is_some_and(|entry| entry.fill_zero),
    };
    let mut over_time: Vec<MeasureId> = releases
        .values()
        .flat_map(|taken| &taken.totals)
        .filter_map(StatedTotal::measure_over_time)
        .cloned()
        .collect();
    over_time.sort();
    over_time.dedup();
    let known = if over_time.is_empty() { Dataset::new() } else { known(&over_time)? };
    for taken in releases.values_mut() {
        totals.check_stated(&taken.totals, &taken.batch, &known, receipt);
        totals.check(&mut taken.batch, receipt);
    }
    receipt.disagreements.sort_by_key(|disagreement| disagreement.line);
    Ok(())
}

/// When each release of a file became known: the newest at the date that was given, an earlier one at the
/// end of the last month that it holds.
fn dates(
    request: &Request<'_>,
    releases: BTreeMap<String, Taken>,
) -> Result<Vec<(String, Date, Batch)>, IngestError> {
    let last = releases.len().saturating_sub(1);
    let mut dated = Vec::with_capacity(releases.len());
    for (i, (name, taken)) in releases.into_iter().enumerate() {
        let month = PeriodKind::Month.parse(&name).ok();
        let ends = month.map_or(request.known_at, |month| month.end());
        if ends > request.known_at {
            return Err(IngestError::KnownAt {
                path: request.path.to_owned(),
                release: name,
                ends,
                known_at: request.known_at,
            });
        }
        let known_at = if i == last { request.known_at } else { ends };
        dated.push((name, known_at, taken.batch));
    }
    Ok(dated)
}

#[cfg(test)]
mod tests;

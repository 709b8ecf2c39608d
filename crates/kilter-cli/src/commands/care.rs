//! The commands that look after a store as a store: its releases, its soundness. What is in them is none of
//! their business.

use super::arguments::{Wait, say};
use crate::failure::Failure;
use clap::Subcommand;
use kilter::Date;
use kilter::asked::date;
use kilter::engine::{self, Engine, Mode, Verification, today};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Care {
    /// Withdraw a release, with a reason; as at earlier dates it still counts
    #[command(after_help = "Example:
  kilter withdraw our-store 12 --reason \"the publisher found the wrong year in it\" --known-at 2026-11-20")]
    Withdraw {
        /// The store
        store: PathBuf,
        /// The number of the release
        release: u32,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When that became known; today where left out
        #[arg(long, value_parser = date)]
        known_at: Option<Date>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Read a whole store, or a backup, and compare it with its checksums
    Verify {
        /// The store, or the file of a backup
        store: PathBuf,
    },
    /// Write the whole store to one file, while others read and write it
    #[command(after_help = "Example:
  kilter backup our-store our-store-2026-11-22.kilter
      The file is a zip archive: the segments of the store, from which `kilter restore` makes it again, and
      observations.parquet with every observation of every release, for other tools.")]
    Backup {
        /// The store
        store: PathBuf,
        /// The file that is made
        file: PathBuf,
    },
    /// Make a store of a backup
    Restore {
        /// The file of the backup
        file: PathBuf,
        /// The folder that is made
        store: PathBuf,
    },
    /// Restore what is damaged in a store, and only that, from a backup of it
    Repair {
        /// The store
        store: PathBuf,
        /// The file of the backup
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        #[command(flatten)]
        wait: Wait,
    },
    /// Merge old releases into one file: less room, faster as at earlier dates, every answer the same
    Compact {
        /// The store
        store: PathBuf,
        #[command(flatten)]
        wait: Wait,
    },
    /// Bring a store to the newest format, after a backup
    Migrate {
        /// The store
        store: PathBuf,
        /// The file of the backup that is made before
        #[arg(long, value_name = "FILE")]
        backup: PathBuf,
        #[command(flatten)]
        wait: Wait,
    },
}

/// Runs a command.
pub fn run(command: Care) -> Result<(), Failure> {
    match command {
        Care::Withdraw { store, release, reason, known_at, wait } => {
            let mut engine = Engine::open_within(&store, Mode::Write, wait.wait)?;
            let day = known_at.unwrap_or_else(today);
            engine.withdraw(release, &reason, day)?;
            say(&format!("{}: release {release} is withdrawn from {day} on: {reason}", store.display()))
        }
        Care::Verify { store } if store.is_file() => {
            say(&format!("all is well: {}", engine::check_backup(&store)?))
        }
        Care::Verify { store } => {
            let verification = engine::verify(&store)?;
            say(&verification.to_string())?;
            sound_or_damaged(&store, &verification)
        }
        Care::Backup { store, file } => say(&Engine::open(&store, Mode::Read)?.backup(&file)?.to_string()),
        Care::Restore { file, store } => {
            let engine = engine::restore(&file, &store)?;
            let releases = engine.store().releases().len();
            say(&format!("{}: restored, with {releases} releases", store.display()))
        }
        Care::Repair { store, from, wait } => {
            let repair = engine::repair(&store, &from, wait.wait)?;
            say(&repair.to_string())?;
            sound_or_damaged(&store, &repair.verification)
        }
        Care::Compact { store, wait } => {
            let done = Engine::open_within(&store, Mode::Write, wait.wait)?.compact()?;
            say(&format!("{}: {done}", store.display()))
        }
        Care::Migrate { store, backup, wait } => match engine::migrate(&store, &backup, wait.wait)? {
            (before, after) if before == after => {
                say(&format!("{}: of format {after} already, which is the newest", store.display()))
            }
            (before, after) => say(&format!(
                "{}: migrated from format {before} to {after}; what it was is in {}",
                store.display(),
                backup.display()
            )),
        },
    }
}

fn sound_or_damaged(store: &Path, verification: &Verification) -> Result<(), Failure> {
    if verification.is_sound() {
        return Ok(());
    }
    Err(Failure::Store(format!("{}: the store is damaged", store.display())))
}

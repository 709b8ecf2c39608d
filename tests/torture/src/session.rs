//! The process that is killed, cut off and starved: it opens or makes a store, takes steps, and notes
//! outside the store what was acknowledged.

use crate::chance::Chance;
use crate::check::steps_of;
use crate::plan::Plan;
use kilter_store::{Mode, Store, StoreError};
use std::fs::File;
use std::io::{IoSlice, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// How a session ends when its steps are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum End {
    /// The store is closed.
    Close,
    /// The process ends without closing anything, as if it had been killed.
    Abort,
}

/// What a session does.
#[derive(Debug, Clone, clap::Args)]
pub struct Session {
    /// The store
    pub store: PathBuf,
    /// The file to which acknowledgements go
    pub oracle: PathBuf,
    /// The seed of the plan
    #[arg(long)]
    pub seed: u64,
    /// How many steps it takes
    #[arg(long, default_value_t = usize::MAX)]
    pub steps: usize,
    /// How it ends
    #[arg(long, value_enum, default_value_t = End::Close)]
    pub end: End,
    /// Try a step that failed once more
    #[arg(long)]
    pub again: bool,
}

impl Session {
    /// The command that runs it in a process of its own.
    pub fn command(&self) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(self.arguments());
        Ok(command)
    }

    /// Its arguments on the command line.
    pub fn arguments(&self) -> Vec<std::ffi::OsString> {
        let end = if self.end == End::Close { "close" } else { "abort" };
        let mut arguments = vec!["session".into(), self.store.clone().into(), self.oracle.clone().into()];
        for (name, value) in
            [("--seed", self.seed.to_string()), ("--steps", self.steps.to_string()), ("--end", end.into())]
        {
            arguments.extend([name.into(), value.into()]);
        }
        arguments.extend(self.again.then(|| "--again".into()));
        arguments
    }

    /// Runs it. What went wrong is said on standard error.
    pub fn run(&self) -> ExitCode {
        match self.work() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                let _ = write_gathered(&mut std::io::stderr(), &e.to_string());
                ExitCode::FAILURE
            }
        }
    }

    fn work(&self) -> Result<(), Box<dyn std::error::Error>> {
        let plan = Plan::new(self.seed);
        let mut oracle = File::options().create(true).append(true).open(&self.oracle)?;
        let mut store = match Store::open(&self.store, Mode::Write) {
            Ok(store) => store,
            Err(StoreError::NotAStore { .. }) => Store::create(&self.store, plan.beginning())?,
            Err(other) => return Err(other.into()),
        };
        let done = steps_of(&store);
        let mut acknowledge = |steps: usize| write_gathered(&mut oracle, &steps.to_string());
        acknowledge(done)?;
        for number in (done + 1..).take(self.steps) {
            match plan.step(number).apply(&mut store) {
                Err(e) if self.again => {
                    write_gathered(&mut std::io::stderr(), &e.to_string())?;
                    plan.step(number).apply(&mut store)?;
                }
                other => other?,
            }
            acknowledge(number)?;
            // Opening is when the index is brought up, so it is done often; merging changes no answer.
            match Chance::new(self.seed, u64::MAX - number as u64).below(100) {
                0..10 => {
                    drop(store);
                    store = Store::open(&self.store, Mode::Write)?;
                }
                10..22 => drop(store.compact()?),
                _ => {}
            }
        }
        if self.end == End::Abort {
            std::mem::forget(store);
        }
        Ok(())
    }
}

/// Writes a line by a call that the store does not use, so that the system can be made to refuse the
/// store's writes alone.
pub fn write_gathered(out: &mut dyn Write, line: &str) -> std::io::Result<()> {
    out.write_vectored(&[IoSlice::new(line.as_bytes()), IoSlice::new(b"\n")]).map(drop)
}

/// The last number in the file of acknowledgements; `None` where there is none yet. A line that was
/// being written when the process ended is none.
pub fn acknowledged(oracle: &Path) -> Option<usize> {
    let text = std::fs::read_to_string(oracle).ok()?;
    text.rsplit_once('\n')?.0.lines().last()?.parse().ok()
}

//! SIGKILL at random moments of a session, and what stands afterwards.

use crate::chance::Chance;
use crate::check::{self, Checked};
use crate::plan::Plan;
use crate::session::{self, End, Session};
use kilter_store::IndexState;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills a writing process again and again.
#[derive(Debug, Clone, clap::Args)]
pub struct Kill {
    /// How many times
    #[arg(long, default_value_t = 400)]
    pub cycles: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
}

/// After so many cycles a new store is begun.
const CYCLES_OF_A_STORE: usize = 5;

/// What the kills met.
#[derive(Debug, Default)]
struct Met {
    cycles: usize,
    making: usize,
    segment: usize,
    acknowledging: usize,
    index: usize,
    between: usize,
    steps: usize,
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills: {} while a store was made, {} while a segment was written, {} between a segment and \
             its acknowledgement, {} while the index was updated, {} elsewhere; {} steps acknowledged; \
             nothing lost, nothing half done",
            self.cycles, self.making, self.segment, self.acknowledging, self.index, self.between, self.steps
        )
    }
}

impl Kill {
    /// Runs all cycles, or up to the first that finds something.
    pub fn run(&self, seed: u64) -> Checked<String> {
        // On a real disk, where making things durable takes its time.
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let making = time_to_make(folder.path(), seed)?;
        let mut met = Met::default();
        for cycle in 0..self.cycles {
            let store = cycle / CYCLES_OF_A_STORE;
            let place = folder.path().join(store.to_string());
            fs::create_dir_all(&place).map_err(|e| e.to_string())?;
            let mut chance = Chance::new(seed, cycle as u64);
            one(&place, seed.wrapping_add(store as u64), making, &mut chance, &mut met)
                .map_err(|e| format!("cycle {cycle} of seed {seed}: {e}"))?;
            if (cycle + 1) % CYCLES_OF_A_STORE == 0 {
                fs::remove_dir_all(&place).map_err(|e| e.to_string())?;
            }
        }
        Ok(met.to_string())
    }
}

/// How long a session takes to make a store, in microseconds.
fn time_to_make(place: &Path, seed: u64) -> Checked<usize> {
    let session = session(&place.join("first"), seed, 0);
    let started = Instant::now();
    let made = fs::create_dir(place.join("first")).and_then(|()| session.command()?.status());
    match made {
        Ok(status) if status.success() => Ok(started.elapsed().as_micros() as usize),
        other => Err(format!("no store can be made: {other:?}")),
    }
}

fn session(place: &Path, seed: u64, steps: usize) -> Session {
    Session {
        store: place.join("store"),
        oracle: place.join("oracle"),
        seed,
        steps,
        end: End::Close,
        again: false,
    }
}

fn one(place: &Path, seed: u64, making: usize, chance: &mut Chance, met: &mut Met) -> Checked<()> {
    let plan = Plan::new(seed);
    let session = session(place, seed, usize::MAX);
    let before = session::acknowledged(&session.oracle);
    let started = |e: std::io::Error| format!("the session could not be started: {e}");
    let mut child = session.command().and_then(|mut c| c.stderr(Stdio::piped()).spawn()).map_err(started)?;
    // Making and opening are short, so that many kills must come early.
    let early = if before.is_none() { 80 } else { 40 };
    let moment =
        if chance.percent(early) { chance.below(making) } else { making / 2 + chance.below(150_000) };
    std::thread::sleep(Duration::from_micros(moment as u64));
    if let Some(status) = child.try_wait().map_err(started)? {
        let said = child.wait_with_output().map(|o| String::from_utf8_lossy(&o.stderr).into_owned());
        return Err(format!("the session ended by itself with {status}: {}", said.unwrap_or_default()));
    }
    child.kill().and_then(|()| child.wait()).map_err(started)?;
    met.cycles += 1;
    let acknowledged = session::acknowledged(&session.oracle);
    let unfinished = fs::read_dir(session.store.join("ledger")).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"))
    });
    let found = check::after_a_crash(&session.store, plan, acknowledged)?;
    let Some(found) = found else {
        met.making += 1;
        return fs::write(&session.oracle, "0\n").map_err(|e| e.to_string());
    };
    match &found.index {
        _ if unfinished => met.segment += 1,
        IndexState::Rebuilt { .. } => met.index += 1,
        _ if acknowledged != Some(found.steps) => met.acknowledging += 1,
        _ => met.between += 1,
    }
    met.steps += acknowledged.unwrap_or(0) - before.unwrap_or(0);
    // The check took a step of its own.
    fs::write(&session.oracle, format!("{}\n", found.steps + 1)).map_err(|e| e.to_string())
}

//! `kilter-torture`: what the store promises, tried by force. Each part says what it did, in figures, and
//! ends with 1 where it found something.

mod chance;
mod check;
mod damage;
mod disk;
mod faults;
mod kill;
mod mounts;
mod plan;
mod power_cut;
mod readers;
mod recording;
mod scratch;
mod session;
mod upkeep;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

/// Tries by force what the store promises: kills, power cuts, damage, crowds of readers, full disks.
///
/// Without a part it runs them all in their long form, some minutes. Each prints its seed first and its
/// figures last. The same seed chooses the same again; where exactly a kill falls, the clock decides. The
/// exit code is 1 where something was found.
#[derive(Parser)]
#[command(
    name = "cargo xtask torture",
    bin_name = "cargo xtask torture",
    after_help = "\
Examples:
  cargo xtask torture
  cargo xtask torture power-cut --states 5000
  cargo xtask torture damage --seed 7
  cargo xtask torture power-cut --without folder-syncs   (shows that a loss is found)"
)]
struct Torture {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    Kill(kill::Kill),
    PowerCut(power_cut::PowerCut),
    Damage(damage::Hurt),
    Readers(readers::Readers),
    Faults(faults::Faults),
    Upkeep(upkeep::Upkeep),
    #[command(hide = true)]
    Session(session::Session),
    #[command(hide = true)]
    Reader(readers::Reader),
    #[command(hide = true)]
    Denied(faults::Denied),
    #[command(hide = true)]
    Task(upkeep::Task),
}

fn main() -> ExitCode {
    let Some(part) = Torture::parse().part else {
        let parts = ["kill", "power-cut", "upkeep", "damage", "readers", "faults"];
        let ends = parts.map(|part| run(Torture::parse_from(["torture", part]).part));
        return if ends.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    };
    match part {
        Part::Session(part) => part.run(),
        Part::Reader(part) => part.run(),
        Part::Denied(part) => part.run(),
        Part::Task(part) => part.run(),
        part => {
            if run(Some(part)) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Runs one part; whether it found nothing.
fn run(part: Option<Part>) -> bool {
    match part {
        Some(Part::Kill(part)) => report("kill", part.seed, |seed| part.run(seed)),
        Some(Part::PowerCut(part)) => report("power cut", part.seed, |seed| part.run(seed)),
        Some(Part::Damage(part)) => report("damage", part.seed, |seed| part.run(seed)),
        Some(Part::Readers(part)) => report("readers", part.seed, |seed| part.run(seed)),
        Some(Part::Faults(part)) => report("faults", part.seed, |seed| part.run(seed)),
        Some(Part::Upkeep(part)) => report("upkeep", part.seed, |seed| part.run(seed)),
        Some(Part::Session(_) | Part::Reader(_) | Part::Denied(_) | Part::Task(_)) | None => true,
    }
}

fn report(part: &str, seed: Option<u64>, run: impl FnOnce(u64) -> check::Checked<String>) -> bool {
    let chosen = || SystemTime::UNIX_EPOCH.elapsed().map_or(1, |now| u64::from(now.subsec_nanos()));
    let seed = seed.unwrap_or_else(chosen);
    println!("{part}: seed {seed}");
    let started = Instant::now();
    let result = run(seed);
    let took = started.elapsed().as_secs_f64();
    match &result {
        Ok(said) => println!("{part}: {said} ({took:.1} s)"),
        Err(what) => println!("{part}: FAILED after {took:.1} s, seed {seed}: {what}"),
    }
    result.is_ok()
}

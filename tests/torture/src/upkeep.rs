//! Migration, backup, restoring and repair, killed at random moments and cut off between any two calls.
//!
//! Each is done by a process of its own to a store that is there. Afterwards the store is whole, or as damaged as
//! it was; nothing stands under the name of a backup or of a restored store but a whole one; what was reported is
//! there; and the same can be done again.

use crate::chance::Chance;
use crate::check::{self, Checked};
use crate::disk::{self, Survives, Tree};
use crate::plan::Plan;
use crate::power_cut::Recording;
use crate::recording;
use crate::scratch;
use kilter_store::{Mode, Store, StoreError};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Kills and cuts off migrations, backups, restorings and repairs.
#[derive(Debug, Clone, clap::Args)]
pub struct Upkeep {
    /// How many times a process is killed
    #[arg(long, default_value_t = 200)]
    pub kills: usize,
    /// How many states of the disk after a power cut are tried
    #[arg(long, default_value_t = 400)]
    pub states: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
}

/// What is done to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Work {
    /// It is brought to the newest format, after a backup.
    Migrate,
    /// It is copied into one file.
    Backup,
    /// Another is made of such a file.
    Restore,
    /// What is damaged is taken from such a file.
    Repair,
}

const ALL: [Work; 4] = [Work::Migrate, Work::Backup, Work::Restore, Work::Repair];

/// The process that does it.
#[derive(Debug, Clone, clap::Args)]
pub struct Task {
    #[arg(value_enum)]
    work: Work,
    /// The folder of store and backup
    place: PathBuf,
    /// The file to which the acknowledgement goes
    oracle: PathBuf,
}

impl Task {
    /// Does it. What went wrong is said on standard error.
    pub fn run(&self) -> ExitCode {
        let done = self.work.once(&self.place).and_then(|()| {
            // By a call that the store does not use.
            let mut oracle = fs::File::options().create(true).append(true).open(&self.oracle)?;
            crate::session::write_gathered(&mut oracle, "1")?;
            Ok(())
        });
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("{e}");
                ExitCode::FAILURE
            }
        }
    }

    fn arguments(&self) -> Vec<OsString> {
        let work = match self.work {
            Work::Migrate => "migrate",
            Work::Backup => "backup",
            Work::Restore => "restore",
            Work::Repair => "repair",
        };
        vec!["task".into(), work.into(), self.place.clone().into(), self.oracle.clone().into()]
    }

    fn command(&self) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(self.arguments());
        Ok(command)
    }
}

fn store(place: &Path) -> PathBuf {
    place.join("store")
}

/// The backup that the work writes.
fn written(place: &Path) -> PathBuf {
    place.join("written.kilter")
}

/// The backup that is there before.
fn earlier(place: &Path) -> PathBuf {
    place.join("earlier.kilter")
}

fn restored(place: &Path) -> PathBuf {
    place.join("restored")
}

fn text(e: StoreError) -> String {
    e.to_string()
}

impl Work {
    fn once(self, place: &Path) -> Result<(), Box<dyn std::error::Error>> {
        match self {
            Self::Migrate => drop(Store::migrate(&store(place), &written(place), Duration::ZERO)?),
            Self::Backup => drop(Store::open(&store(place), Mode::Read)?.backup(&written(place), &mut [])?),
            Self::Restore => drop(Store::restore(&earlier(place), &restored(place))?),
            Self::Repair => {
                let repair = Store::repair(&store(place), &earlier(place), Duration::ZERO)?;
                if !repair.verification.is_sound() {
                    return Err(format!("it is not sound after the repair: {}", repair.verification).into());
                }
            }
        }
        Ok(())
    }

    /// Makes a store for it in a folder, and says how many steps it has.
    fn prepare(self, place: &Path, plan: Plan, chance: &mut Chance) -> Checked<usize> {
        let io = |e: std::io::Error| e.to_string();
        let mut made = Store::create(&store(place), plan.beginning()).map_err(text)?;
        let most = 2 + chance.below(5);
        let mut steps = 0;
        for number in 1..=most {
            let step = plan.step(number);
            // A store of the older format knows no withdrawals.
            if self == Self::Migrate && step.is_withdrawal() {
                break;
            }
            step.apply(&mut made).map_err(text)?;
            steps += 1;
        }
        if self != Self::Migrate && chance.percent(40) {
            made.compact().map_err(text)?;
        }
        match self {
            Self::Migrate => {}
            Self::Backup => {}
            Self::Restore | Self::Repair => drop(made.backup(&earlier(place), &mut []).map_err(text)?),
        }
        drop(made);
        if self == Self::Migrate {
            fs::write(store(place).join("kilter.store"), of_format_1()).map_err(io)?;
        }
        if self == Self::Repair {
            hurt(&store(place), chance)?;
        }
        Ok(steps)
    }

    /// What must be so afterwards. `done`: it was reported as done.
    fn check(self, place: &Path, plan: Plan, steps: usize, done: bool) -> Checked<()> {
        check::without_panic(|| {
            if written(place).exists() {
                Store::check_backup(&written(place)).map_err(|e| format!("no whole backup: {e}"))?;
                let again = place.join("of-the-backup");
                drop(Store::restore(&written(place), &again).map_err(|e| format!("of the backup: {e}"))?);
                check::says(&Store::open(&again, Mode::Read).map_err(text)?, &plan.after(steps))?;
            } else if done && matches!(self, Self::Migrate | Self::Backup) {
                return Err("the backup is gone that was reported".into());
            }
            match self {
                Self::Migrate => {
                    let before = Store::open(&store(place), Mode::Read).map_err(text)?;
                    check::says(&before, &plan.after(steps))?;
                    drop(before);
                    let (from, _) =
                        Store::migrate(&store(place), &place.join("second.kilter"), Duration::ZERO)
                            .map_err(|e| format!("it cannot be migrated again: {e}"))?;
                    if done && from != 2 {
                        return Err("it is of the older format after all".into());
                    }
                }
                Self::Backup => {}
                Self::Restore => {
                    if restored(place).exists() {
                        check::after_a_crash(&restored(place), plan, Some(steps))?;
                    } else if done {
                        return Err("the restored store is gone that was reported".into());
                    }
                }
                Self::Repair => {
                    let sound = Store::verify_at(&store(place)).is_ok_and(|v| v.is_sound());
                    if done && !sound {
                        return Err("it is damaged after a repair that was reported".into());
                    }
                    if !sound {
                        self.once(place).map_err(|e| format!("it cannot be repaired again: {e}"))?;
                    }
                }
            }
            check::after_a_crash(&store(place), plan, Some(steps)).map(drop)
        })
    }
}

/// The file that makes a folder a store, as a kilter of the older format wrote it.
fn of_format_1() -> String {
    let text = "kilter store\nformat 1\ncreated by kilter-store 0.1.0\n";
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    format!("{text}check {:08x}\n", !crc)
}

/// Damages some files of a store, or removes them.
fn hurt(store: &Path, chance: &mut Chance) -> Checked<()> {
    let io = |e: std::io::Error| e.to_string();
    let mut files: Vec<PathBuf> = vec![store.join("kilter.store"), store.join("ledger/head")];
    for entry in fs::read_dir(store.join("ledger")).map_err(io)? {
        files.push(entry.map_err(io)?.path());
    }
    files.sort();
    files.dedup();
    for _ in 0..=chance.below(3) {
        let path = chance.one_of(&files).clone();
        let Ok(mut bytes) = fs::read(&path) else { continue };
        // Without its head a ledger is taken as it is: only its last segment would then be missing in silence.
        if chance.percent(30) && !path.ends_with("head") {
            fs::remove_file(&path).map_err(io)?;
            continue;
        }
        let at = chance.below(bytes.len());
        bytes[at] ^= 1 + chance.byte() % 255;
        fs::write(&path, bytes).map_err(io)?;
    }
    Ok(())
}

impl Upkeep {
    /// Runs all, or up to the first that finds something.
    pub fn run(&self, seed: u64) -> Checked<String> {
        let kills = self.killed(seed)?;
        let cuts = self.cut_off(seed)?;
        Ok(format!("{kills}; {cuts}"))
    }

    fn killed(&self, seed: u64) -> Checked<String> {
        // On a real disk, where making things durable takes its time.
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let io = |e: std::io::Error| e.to_string();
        let mut took: BTreeMap<Work, usize> = BTreeMap::new();
        let (mut done, mut undone) = (0, 0);
        for n in 0..self.kills {
            let work = ALL[n % ALL.len()];
            let mut chance = Chance::new(seed, n as u64);
            let plan = Plan::new(seed.wrapping_add(n as u64));
            let place = folder.path().join(n.to_string());
            fs::create_dir(&place).map_err(io)?;
            let task = Task { work, place: place.clone(), oracle: folder.path().join(format!("{n}.oracle")) };
            let told = |e: String| format!("kill {n} ({work:?}): {e}");
            let steps = work.prepare(&place, plan, &mut chance).map_err(told)?;
            // The first of each runs to its end and says how long that takes.
            let long = took.get(&work).copied();
            let started = Instant::now();
            let mut child = task.command().and_then(|mut c| c.stderr(Stdio::null()).spawn()).map_err(io)?;
            if let Some(long) = long {
                std::thread::sleep(Duration::from_micros(chance.below(long + long / 8) as u64));
                child.kill().map_err(io)?;
            }
            let status = child.wait().map_err(io)?;
            if status.code().is_some_and(|code| code != 0) {
                return Err(told(format!("it ended by itself with {status}")));
            }
            took.entry(work).or_insert(started.elapsed().as_micros() as usize);
            let acknowledged = crate::session::acknowledged(&task.oracle).is_some();
            if acknowledged {
                done += 1
            } else {
                undone += 1
            }
            work.check(&place, plan, steps, acknowledged).map_err(told)?;
            fs::remove_dir_all(&place).map_err(io)?;
        }
        Ok(format!("{} processes killed, {undone} before they were done, {done} after", self.kills))
    }

    fn cut_off(&self, seed: u64) -> Checked<String> {
        const STATES_OF_A_RECORDING: usize = 25;
        recording::possible()?;
        let (mut tried, mut recordings, mut calls) = (0, 0, 0);
        let mut of_each: BTreeMap<Work, usize> = BTreeMap::new();
        while tried < self.states {
            let work = ALL[recordings % ALL.len()];
            let plan = Plan::new(seed.wrapping_add(recordings as u64));
            let mut chance = Chance::new(seed, (1 << 32) + recordings as u64);
            let folder = scratch::folder()?;
            let root = fs::canonicalize(folder.path()).map_err(|e| e.to_string())?.join("disk");
            fs::create_dir(&root).map_err(|e| e.to_string())?;
            let told = |e: String| format!("recording {recordings} ({work:?}): {e}");
            let steps = work.prepare(&root, plan, &mut chance).map_err(told)?;
            let before = disk::tree(&root).map_err(|e| e.to_string())?;
            let task = Task { work, place: root.clone(), oracle: root.with_file_name("oracle") };
            let made = recording::record(&task.arguments(), &task.oracle, &root, 0, None).map_err(told)?;
            let recording = Recording::of(before, made, &root).map_err(told)?;
            calls += recording.length();
            recordings += 1;
            for _ in 0..STATES_OF_A_RECORDING.min(self.states - tried) {
                let mut chance = Chance::new(seed, (1 << 33) + tried as u64);
                let survives = Survives::ALL[tried % Survives::ALL.len()];
                let cut = recording.cut_point(&mut chance);
                let state = recording.state(cut, survives, &mut chance)?;
                let done = recording.acknowledged_at(cut).is_some();
                try_state(&state, work, plan, steps, done).map_err(|what| {
                    format!(
                        "{work:?}, cut after call {cut} of {}, {survives:?} of the unsynced survives{}: {what}",
                        recording.length(),
                        if done { ", reported as done" } else { "" }
                    )
                })?;
                *of_each.entry(work).or_default() += 1;
                tried += 1;
            }
        }
        let kinds: Vec<String> = of_each
            .iter()
            .map(|(work, n)| format!("{n} of {}", format!("{work:?}").to_lowercase()))
            .collect();
        Ok(format!(
            "{tried} states of the disk after a power cut from {recordings} recordings with {calls} calls ({}); each \
             store whole or as it was, each backup whole, nothing that was reported lost",
            kinds.join(", ")
        ))
    }
}

fn try_state(state: &Tree, work: Work, plan: Plan, steps: usize, done: bool) -> Checked<()> {
    let folder = scratch::folder()?;
    disk::write(state, folder.path()).map_err(|e| e.to_string())?;
    work.check(folder.path(), plan, steps, done)
}

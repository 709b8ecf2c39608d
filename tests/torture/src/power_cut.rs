//! Power cuts: a run is recorded call by call, and a store is opened on what a cut may have left.

use crate::chance::Chance;
use crate::check::{self, Checked};
use crate::disk::{self, Disk, Survives, Tree};
use crate::plan::Plan;
use crate::recording::{self, Call};
use crate::scratch;
use crate::session::{End, Session};
use kilter_store::IndexState;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Cuts the power of a recorded run again and again.
#[derive(Debug, Clone, clap::Args)]
pub struct PowerCut {
    /// How many states of the disk are tried
    #[arg(long, default_value_t = 1_000)]
    pub states: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
    /// Leave a kind of call out of the recording, to see that the loss is found
    #[arg(long, value_enum)]
    pub without: Option<Without>,
}

/// A kind of call that is left out of a recording on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Without {
    /// Syncing of the ledger's files.
    FileSyncs,
    /// Syncing of folders.
    FolderSyncs,
}

/// How many states come from one recording.
const STATES_OF_A_RECORDING: usize = 100;
/// Sessions of a recording: all but the last end without closing, so that opening again is recorded too.
const SESSIONS: usize = 3;

/// A run: what was there before, and what was done.
pub struct Recording {
    before: Tree,
    calls: Vec<Call>,
    /// What had been acknowledged before the run.
    acknowledged: Option<usize>,
}

impl PowerCut {
    /// Tries all states, or up to the first that is not survived.
    pub fn run(&self, seed: u64) -> Checked<String> {
        recording::possible()?;
        let mut tried = 0;
        let mut of_each: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut calls, mut recordings, mut rebuilt, mut unmade) = (0, 0, 0, 0);
        // What a cut has left is where every second recording begins.
        let mut left: Option<(Tree, Option<usize>)> = None;
        while tried < self.states {
            let plan = seed.wrapping_add(recordings / 2);
            let (before, acknowledged) = left.take().unwrap_or_default();
            let recording = self.record(plan, before, acknowledged, (recordings % 2) as usize)?;
            calls += recording.calls.len();
            recordings += 1;
            for _ in 0..STATES_OF_A_RECORDING.min(self.states - tried) {
                let mut chance = Chance::new(seed, tried as u64);
                let survives = Survives::ALL[tried % Survives::ALL.len()];
                let cut = recording.cut_point(&mut chance);
                let state = recording.state(cut, survives, &mut chance)?;
                let acknowledged = recording.acknowledged_at(cut);
                let found = try_state(&state, Plan::new(plan), acknowledged).map_err(|what| {
                    format!(
                        "state {tried} (recording {recordings}, cut after call {cut} of {}, {survives:?} of the \
                         unsynced survives): {what}",
                        recording.calls.len()
                    )
                })?;
                *of_each.entry(name(survives)).or_default() += 1;
                match found {
                    None => unmade += 1,
                    Some(found) => {
                        rebuilt += usize::from(matches!(found.index, IndexState::Rebuilt { .. }));
                        if recordings % 2 == 1 && chance.percent(20) {
                            left = Some((state, Some(found.steps)));
                        }
                    }
                }
                tried += 1;
            }
        }
        let kinds: Vec<String> = of_each.iter().map(|(name, n)| format!("{n} {name}")).collect();
        Ok(format!(
            "{tried} states of the disk from {recordings} recordings with {calls} calls ({}); in {unmade} the \
             store was not made yet, in {rebuilt} the index was made anew; nothing acknowledged lost, nothing \
             half visible, every store opens and goes on",
            kinds.join(", ")
        ))
    }

    fn record(
        &self,
        plan: u64,
        before: Tree,
        acknowledged: Option<usize>,
        kind: usize,
    ) -> Checked<Recording> {
        let folder = scratch::folder()?;
        let root = fs::canonicalize(folder.path()).map_err(|e| e.to_string())?.join("disk");
        disk::write_below(&before, &root).map_err(|e| e.to_string())?;
        let mut calls = Vec::new();
        for session in 0..SESSIONS {
            let mut chance = Chance::new(plan, (kind * SESSIONS + session) as u64);
            let is_last = session + 1 == SESSIONS;
            let killed_at = (!is_last && chance.percent(50)).then(|| 1 + chance.below(40));
            let session = Session {
                store: root.join("store"),
                oracle: root.with_file_name("oracle"),
                seed: plan,
                steps: 3 + (session + kind) * 3,
                end: if is_last { End::Close } else { End::Abort },
                again: false,
            };
            let more =
                recording::record(&session.arguments(), &session.oracle, &root, calls.len(), killed_at)?;
            calls.extend(more);
        }
        let recording = Recording { acknowledged, ..Recording::of(before, calls, &root)? };
        Ok(match self.without {
            None => recording,
            Some(without) => recording.without(without),
        })
    }
}

fn differing<'a>(a: &'a Tree, b: &'a Tree) -> Option<&'a PathBuf> {
    a.keys().chain(b.keys()).find(|path| a.get(*path) != b.get(*path))
}

fn name(survives: Survives) -> &'static str {
    match survives {
        Survives::Nothing => "with nothing unsynced",
        Survives::Everything => "with everything",
        Survives::Prefix => "with a prefix",
        Survives::Names => "with names only",
        Survives::Contents => "with contents only",
        Survives::Pages => "with some pages",
        Survives::Sectors => "with some sectors and names",
    }
}

impl Recording {
    /// What was done to a folder, held against what is in it now. Nothing had been acknowledged before.
    pub fn of(before: Tree, calls: Vec<Call>, root: &Path) -> Checked<Self> {
        let recording = Self { before, calls, acknowledged: None };
        let end = recording.disk(recording.calls.len())?.now();
        let real = disk::tree(root).map_err(|e| e.to_string())?;
        match differing(&end, &real) {
            None => Ok(recording),
            Some(path) => {
                Err(format!("the recording does not lead to the files that are there: {}", path.display()))
            }
        }
    }

    /// How many calls it has.
    pub fn length(&self) -> usize {
        self.calls.len()
    }

    /// A moment of the run: any, or one just round an acknowledgement, where most is at stake.
    pub fn cut_point(&self, chance: &mut Chance) -> usize {
        let calls = &self.calls;
        if chance.percent(50) {
            return chance.below(calls.len() + 1);
        }
        let places: Vec<usize> =
            (0..calls.len()).filter(|i| matches!(calls[*i], Call::Acknowledged(_))).collect();
        if places.is_empty() {
            return chance.below(calls.len() + 1);
        }
        (chance.one_of(&places) + chance.below(6)).saturating_sub(2).min(calls.len())
    }

    fn disk(&self, calls: usize) -> Checked<Disk> {
        let mut disk = Disk::new(&self.before)?;
        for (number, call) in self.calls[..calls].iter().enumerate() {
            disk.call(number, call)?;
        }
        Ok(disk)
    }

    /// What is on the disk after a cut there.
    pub fn state(&self, cut: usize, survives: Survives, chance: &mut Chance) -> Checked<Tree> {
        self.disk(cut)?.after_a_cut(survives, chance)
    }

    /// What had been acknowledged there.
    pub fn acknowledged_at(&self, cut: usize) -> Option<usize> {
        let last = self.calls[..cut].iter().rev().find_map(|call| match call {
            Call::Acknowledged(steps) => Some(*steps),
            _ => None,
        });
        last.or(self.acknowledged)
    }

    /// The same with calls that never were: their places stay, so that numbers keep their meaning.
    fn without(mut self, without: Without) -> Self {
        let is_file = |path: &Path| path.extension().is_some();
        for call in &mut self.calls {
            let Call::Sync { path, since } = call else { continue };
            let of_ledger = path.components().any(|part| part.as_os_str() == "ledger");
            let gone = match without {
                Without::FileSyncs => of_ledger && is_file(path),
                Without::FolderSyncs => {
                    !is_file(path) && !path.components().any(|p| p.as_os_str() == "index")
                }
            };
            if gone {
                *since = 0;
            }
        }
        self
    }
}

/// Checks a store on a disk in this state.
fn try_state(state: &Tree, plan: Plan, acknowledged: Option<usize>) -> Checked<Option<check::Found>> {
    let folder = scratch::folder()?;
    disk::write(state, folder.path()).map_err(|e| e.to_string())?;
    check::after_a_crash(&folder.path().join("store"), plan, acknowledged)
}

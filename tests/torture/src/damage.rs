//! Damage: bits, pages, lengths, stale pages, in every stretch of every file of a store. Each is harmless
//! or reported, with what is lost; and nothing wrong is ever given as right.

use crate::chance::Chance;
use crate::check::{self, Checked};
use crate::disk::{self, Tree};
use crate::plan::{Contents, Expected, Plan, points};
use crate::scratch;
use kilter_store::{AsAt, Damage, IndexState, Mode, Store, StoreError, Verification};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Damages files of a store again and again.
#[derive(Debug, Clone, clap::Args)]
pub struct Hurt {
    /// How many times
    #[arg(long, default_value_t = 2_000)]
    pub trials: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Into how many stretches a file is divided, each hurt as often as the others.
const STRETCHES: usize = 24;
/// How many steps lead to the store that is hurt.
const STEPS: usize = 14;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bit,
    Byte,
    Zeros,
    Stale,
    Moved,
    Cut,
    Longer,
    Gone,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::Bit, Self::Byte, Self::Zeros, Self::Stale, Self::Moved, Self::Cut, Self::Longer, Self::Gone];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bit => "a bit",
            Self::Byte => "a byte",
            Self::Zeros => "a page of zeros",
            Self::Stale => "a stale page",
            Self::Moved => "a page from elsewhere",
            Self::Cut => "cut short",
            Self::Longer => "bytes more",
            Self::Gone => "gone",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Harmless,
    RefusedToOpen,
    RefusedToRead,
    ByVerify,
    IndexAnew,
}

/// A store, its own past, and what it must say.
struct Patient {
    whole: Tree,
    stale: Tree,
    expected: Expected,
}

impl Hurt {
    /// Runs all trials, or up to the first that finds something.
    pub fn run(&self, seed: u64) -> Checked<String> {
        let patient = Patient::new(seed)?;
        let files: Vec<&PathBuf> =
            patient.whole.iter().filter(|(_, c)| c.is_some()).map(|(p, _)| p).collect();
        let files: Vec<&PathBuf> = files.into_iter().filter(|path| !path.ends_with("lock")).collect();
        let mut outcomes: BTreeMap<Outcome, usize> = BTreeMap::new();
        for trial in 0..self.trials {
            let mut chance = Chance::new(seed, trial as u64);
            // The index is one large file among many small ones, and gets its share.
            let path = match trial % 4 {
                0 => *chance
                    .one_of(&files.iter().filter(|p| p.starts_with("index")).copied().collect::<Vec<_>>()),
                _ => files[trial % files.len()],
            };
            let kind = *chance.one_of(&Kind::ALL);
            let stretch = (trial / 4) % STRETCHES;
            let hurt = patient.hurt(path, kind, stretch, &mut chance);
            let said = check::without_panic(|| patient.examine(path, hurt.as_deref()));
            let outcome = said.map_err(|what| {
                format!(
                    "trial {trial} ({}: {kind} in stretch {stretch} of {STRETCHES}): {what}",
                    path.display()
                )
            })?;
            *outcomes.entry(outcome).or_default() += 1;
        }
        let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
        Ok(format!(
            "{} trials on {} files: {} harmless, {} refused to open with the file named, {} refused to read with \
             release, measure, areas and periods named, {} found by verify alone, {} an index that was made anew; \
             nothing wrong given as right, no panic",
            self.trials,
            files.len(),
            count(Outcome::Harmless),
            count(Outcome::RefusedToOpen),
            count(Outcome::RefusedToRead),
            count(Outcome::ByVerify),
            count(Outcome::IndexAnew),
        ))
    }
}

impl Patient {
    fn new(seed: u64) -> Checked<Self> {
        let folder = scratch::folder()?;
        let path = folder.path().join("store");
        let plan = Plan::new(seed);
        let text = |e: StoreError| e.to_string();
        let mut stale = Tree::new();
        let mut store = Store::create(&path, plan.beginning()).map_err(text)?;
        for number in 1..=STEPS {
            plan.step(number).apply(&mut store).map_err(text)?;
            // Opened again, so that the engine of the index has written its snapshot.
            drop(store);
            if number == STEPS / 2 {
                stale = disk::tree(&path).map_err(|e| e.to_string())?;
            }
            store = Store::open(&path, Mode::Write).map_err(text)?;
        }
        drop(store);
        let whole = disk::tree(&path).map_err(|e| e.to_string())?;
        Ok(Self { whole, stale, expected: plan.after(STEPS) })
    }

    /// The file after the damage; `None` where it is gone.
    fn hurt(&self, path: &Path, kind: Kind, stretch: usize, chance: &mut Chance) -> Option<Vec<u8>> {
        let good = self.whole[path].as_ref()?;
        let mut bytes = good.clone();
        let length = bytes.len();
        let stretch_length = (length / STRETCHES).max(1);
        let at = (stretch * stretch_length + chance.below(stretch_length)).min(length.saturating_sub(1));
        let page = *chance.one_of(&[512, 4_096]);
        let from = at / page * page;
        let to = (from + page).min(length);
        match kind {
            _ if length == 0 && kind != Kind::Gone => bytes.push(chance.byte()),
            Kind::Bit => bytes[at] ^= 1 << chance.below(8),
            Kind::Byte => bytes[at] = chance.byte(),
            Kind::Zeros => bytes[from..to].fill(0),
            Kind::Stale => {
                // The same place of the file as it was, or of another file of its kind.
                let other = self.stale.get(path).or_else(|| self.neighbour(path)).and_then(Option::as_ref);
                let old = other.and_then(|other| other.get(from..to.min(other.len())));
                if let Some(old) = old {
                    bytes[from..from + old.len()].copy_from_slice(old);
                }
            }
            Kind::Moved => {
                let source = chance.below(length) / page * page;
                let n = (to - from).min(length - source);
                bytes.copy_within(source..source + n, from);
            }
            Kind::Cut => bytes.truncate(at),
            Kind::Longer => bytes.extend((0..=chance.below(600)).map(|_| chance.byte())),
            Kind::Gone => return None,
        }
        Some(bytes)
    }

    fn neighbour(&self, path: &Path) -> Option<&Option<Vec<u8>>> {
        let other = self.whole.iter().find(|(other, _)| {
            other.parent() == path.parent() && other.extension() == path.extension() && *other != path
        });
        other.map(|(_, contents)| contents)
    }

    fn examine(&self, hurt: &Path, bytes: Option<&[u8]>) -> Checked<Outcome> {
        let folder = scratch::folder()?;
        let path = folder.path().join("store");
        disk::write_below(&self.whole, &path).map_err(|e| e.to_string())?;
        match bytes {
            Some(bytes) => fs::write(path.join(hurt), bytes),
            None => fs::remove_file(path.join(hurt)),
        }
        .map_err(|e| e.to_string())?;
        let same = bytes == self.whole[hurt].as_deref();
        if hurt.starts_with("index") {
            return self.index(&path);
        }
        let verified = Store::verify_at(&path);
        let outcome = match Store::open(&path, Mode::Read) {
            Err(e) => {
                names_the_file(&e, hurt)?;
                Outcome::RefusedToOpen
            }
            Ok(reader) => {
                let verification = verified.as_ref().map_err(|e| format!("it opens, and verify says {e}"))?;
                self.reads(&reader, verification)?
            }
        };
        let outcome = match (outcome, &verified) {
            (Outcome::Harmless, Ok(verification)) if !verification.is_sound() => Outcome::ByVerify,
            (Outcome::RefusedToOpen | Outcome::RefusedToRead, Ok(verification))
                if verification.is_sound() =>
            {
                return Err(format!("it is refused, and verify finds nothing: {verification}"));
            }
            (Outcome::Harmless, Ok(_)) if !same && !may_be_lost(hurt) => {
                return Err("a change of the file is noticed by nobody".into());
            }
            (outcome, _) => outcome,
        };
        // A writer answers the same or refuses, too, whatever its index still knows.
        if let Ok(writer) = Store::open(&path, Mode::Write) {
            let verification = writer.verify().map_err(|e| e.to_string())?;
            self.reads(&writer, &verification)?;
        }
        Ok(outcome)
    }

    /// Every answer is right, or an error that names what is lost and is among what verify finds.
    fn reads(&self, store: &Store, verification: &Verification) -> Checked<Outcome> {
        let mut refused = false;
        let releases: Vec<u32> = store.releases().iter().map(|release| release.number()).collect();
        if releases.len() > self.expected.releases.len() {
            return Err("it has more releases than were given".into());
        }
        if releases.len() < self.expected.releases.len() {
            return Err(format!(
                "it opens with {} of {} releases",
                releases.len(),
                self.expected.releases.len()
            ));
        }
        for number in releases {
            match store.release_series(number) {
                Ok(said) => {
                    let said: Contents = said.into_iter().map(|(key, s)| (key, points(&s, None))).collect();
                    if said != self.expected.releases[number as usize - 1].1 {
                        return Err(format!("release {number} says something else than was given"));
                    }
                }
                Err(e) => {
                    refused = true;
                    names_the_loss(&e, verification)?;
                }
            }
        }
        for releases in [self.expected.releases.len(), self.expected.releases.len() / 2] {
            let as_at = AsAt::Release(releases as u32);
            for as_at in [as_at, AsAt::Latest] {
                let is_latest = as_at == AsAt::Latest;
                let expected = if is_latest { self.expected.now() } else { self.expected.as_at(releases) };
                let snapshot = store.snapshot(as_at).map_err(|e| e.to_string())?;
                for (key, due) in &expected {
                    match snapshot.series(key) {
                        Ok(Some(series)) if points(&series, None) == *due => {}
                        Ok(_) => return Err(format!("{as_at:?}: {key} is another than was given")),
                        Err(e) => {
                            refused = true;
                            names_the_loss(&e, verification)?;
                        }
                    }
                }
            }
        }
        Ok(if refused { Outcome::RefusedToRead } else { Outcome::Harmless })
    }

    /// A store whose index is hurt gives every answer.
    fn index(&self, path: &Path) -> Checked<Outcome> {
        let writer = Store::open(path, Mode::Write).map_err(|e| format!("it does not open: {e}"))?;
        let state = writer.index_state();
        check::says(&writer, &self.expected)?;
        let verification = writer.verify().map_err(|e| e.to_string())?;
        if !verification.is_sound() {
            return Err(format!("verify: {verification}"));
        }
        let state = if state == IndexState::InUse { writer.index_state() } else { state };
        drop(writer);
        let again = Store::open(path, Mode::Write).map_err(|e| format!("it does not open again: {e}"))?;
        check::says(&again, &self.expected)?;
        if let IndexState::NotUsed { because } = again.index_state() {
            return Err(format!("its index is never made anew: {because}"));
        }
        Ok(if state == IndexState::InUse { Outcome::Harmless } else { Outcome::IndexAnew })
    }
}

/// Whether a store may go on without this file: how far the ledger goes, it also says itself.
fn may_be_lost(path: &Path) -> bool {
    path.ends_with("head")
}

fn damage_of(e: &StoreError) -> Checked<&Damage> {
    match e {
        StoreError::Damaged(damage) => Ok(damage),
        other => Err(format!("damage is reported as something else: {other}")),
    }
}

fn names_the_file(e: &StoreError, hurt: &Path) -> Checked<()> {
    match e {
        StoreError::NotAStore { .. } if hurt.ends_with("kilter.store") => Ok(()),
        StoreError::NewerFormat { .. } => Ok(()),
        other => {
            let damage = damage_of(other)?;
            // A segment that is exchanged may show in its successor.
            let is_near =
                damage.path.ends_with(hurt) || damage.path.parent().is_some_and(|p| p.ends_with("ledger"));
            if is_near { Ok(()) } else { Err(format!("the damage is reported elsewhere: {damage}")) }
        }
    }
}

/// The error names release and measure, with areas and periods where it is a series that is lost, and
/// verify knows of it.
fn names_the_loss(e: &StoreError, verification: &Verification) -> Checked<()> {
    let damage = damage_of(e)?;
    if damage.segment.is_none() {
        return Err(format!("no segment is named: {damage}"));
    }
    let is_series = !damage.areas.is_empty();
    if is_series && (damage.measure.is_none() || damage.release.is_none() || damage.periods.is_none()) {
        return Err(format!("what is lost is not named: {damage}"));
    }
    let known = verification.damage.iter().any(|found| {
        found.segment == damage.segment
            && (found.measure.is_none()
                || found.measure == damage.measure
                    && damage.areas.iter().all(|a| found.areas.is_empty() || found.areas.contains(a)))
    });
    if known { Ok(()) } else { Err(format!("verify does not know of it: {damage}\n{verification}")) }
}

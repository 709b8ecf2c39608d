//! Holds a store against the plan by which it was filled: whatever was acknowledged is there, what was
//! not is there as a whole or not at all, and every answer is the one of the model.

use crate::plan::{Contents, Expected, Plan, points};
use kilter_store::{AsAt, IndexCheck, IndexState, Mode, Snapshot, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many steps the store has.
    pub steps: usize,
    /// How its index stood when it was opened for writing.
    pub index: IndexState,
}

/// What is wrong is a sentence.
pub type Checked<T> = Result<T, String>;

/// The same with a panic as what is wrong.
pub fn without_panic<T>(work: impl FnOnce() -> Checked<T>) -> Checked<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
        Err(format!("a panic: {text}"))
    })
}

/// Checks a store of which so many steps were acknowledged (`None`: not even its making), and takes one
/// step more, so that it is shown to go on working. `None`: there is no store, and there need be none.
pub fn after_a_crash(path: &Path, plan: Plan, acknowledged: Option<usize>) -> Checked<Option<Found>> {
    without_panic(|| {
        if !path.exists() {
            if let Some(acknowledged) = acknowledged {
                return Err(format!("the store is gone, and {acknowledged} steps were acknowledged"));
            }
            let store = Store::create(path, plan.beginning());
            return store.map(|_| None).map_err(|e| format!("no store can be made: {e}"));
        }
        let reader = Store::open(path, Mode::Read).map_err(|e| format!("it does not open to read: {e}"))?;
        let steps = steps_of(&reader);
        let least = acknowledged.unwrap_or(0);
        if steps < least || steps > least + 1 {
            return Err(format!("it has {steps} steps, and {least} were acknowledged"));
        }
        let mut expected = plan.after(steps);
        says(&reader, &expected)?;
        drop(reader);
        let mut writer =
            Store::open(path, Mode::Write).map_err(|e| format!("it does not open to write: {e}"))?;
        let index = writer.index_state();
        if let IndexState::NotUsed { because } = &index {
            return Err(format!("its index could not be made anew: {because}"));
        }
        newest(&writer, &expected)?;
        sound(&writer)?;
        plan.step(steps + 1).apply(&mut writer).map_err(|e| format!("it does not go on: {e}"))?;
        expected.take(plan.step(steps + 1));
        newest(&writer, &expected)?;
        drop(writer);
        let reader = Store::open(path, Mode::Read).map_err(|e| format!("it does not open again: {e}"))?;
        newest(&reader, &expected)?;
        Ok(Some(Found { steps, index }))
    })
}

/// How many steps a store has.
pub fn steps_of(store: &Store) -> usize {
    let withdrawn = store.releases().iter().filter(|release| release.withdrawal().is_some()).count();
    store.releases().len() + store.definitions().len() + withdrawn - 1
}

fn sound(store: &Store) -> Checked<()> {
    let verification = store.verify().map_err(|e| format!("it cannot be verified: {e}"))?;
    if !verification.is_sound() || !matches!(verification.index, IndexCheck::Agrees { .. }) {
        return Err(format!("verify: {verification}"));
    }
    Ok(())
}

/// Whether a store says just what is expected: its lists, each release, and the newest state.
pub fn says(store: &Store, expected: &Expected) -> Checked<()> {
    if steps_of(store) != expected.steps() || store.releases().len() != expected.releases.len() {
        return Err(format!("{} releases where {} are due", store.releases().len(), expected.releases.len()));
    }
    for (held, new) in store.definitions().iter().zip(&expected.definitions) {
        if (held.known_at(), held.source(), held.documents())
            != (new.known_at, new.source.as_str(), new.documents.as_slice())
        {
            return Err(format!("version {} of the definitions is another", held.version()));
        }
    }
    for (held, (new, contents)) in store.releases().iter().zip(&expected.releases) {
        let number = held.number();
        if (held.known_at(), held.source(), held.note(), held.series())
            != (new.known_at, new.source.as_str(), new.note.as_deref(), contents.len() as u64)
        {
            return Err(format!("release {number} is another"));
        }
        let due = expected.withdrawals.iter().find(|(new, _)| new.release == number);
        if held.withdrawal().map(|w| (w.reason(), w.known_at()))
            != due.map(|(new, _)| (new.reason.as_str(), new.known_at))
        {
            return Err(format!("whether release {number} was withdrawn is another"));
        }
        let said = store.release_series(number).map_err(|e| format!("release {number}: {e}"))?;
        let said: Contents = said.into_iter().map(|(key, series)| (key, points(&series, None))).collect();
        if said != *contents {
            return Err(format!("release {number} says something else than was given"));
        }
    }
    let middle = expected.releases.len().div_ceil(2);
    if middle > 0 {
        as_at(store, AsAt::Release(middle as u32), &expected.as_at(middle))?;
    }
    newest(store, expected)
}

/// Whether the newest state of a store is the one that is expected.
fn newest(store: &Store, expected: &Expected) -> Checked<()> {
    if steps_of(store) != expected.steps() {
        return Err(format!("it has {} steps where {} are due", steps_of(store), expected.steps()));
    }
    as_at(store, AsAt::Latest, &expected.now())
}

fn as_at(store: &Store, as_at: AsAt, expected: &Contents) -> Checked<()> {
    let snapshot = store.snapshot(as_at).map_err(|e| e.to_string())?;
    if read(&snapshot)? == *expected {
        Ok(())
    } else {
        Err(format!("{as_at:?}: it says something else than was given"))
    }
}

/// Everything a snapshot says.
pub fn read(snapshot: &Snapshot<'_>) -> Checked<Contents> {
    let mut all = Contents::new();
    for measure in snapshot.measures().map_err(|e| e.to_string())? {
        let series = snapshot.measure(&measure).map_err(|e| e.to_string())?;
        if let Some((key, whole)) = series.first() {
            let alone = snapshot.series(key).map_err(|e| e.to_string())?;
            if alone.map(|series| points(&series, None)) != Some(points(whole, None)) {
                return Err(format!("{key} alone is another than among its measure"));
            }
        }
        all.extend(series.into_iter().map(|(key, series)| (key, points(&series, None))));
    }
    Ok(all)
}

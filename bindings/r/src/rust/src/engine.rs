//! The store as R sees it: opening and closing, taking in, and what keeps it safe.

use crate::answer::{named, receipt};
use crate::arguments::Arguments;
use crate::failure::{Failure, in_words_of_r};
use crate::frame;
use crate::framework::{given_texts, texts_with_names};
use crate::gateway::{ask, watch};
use crate::guard::Verb;
use crate::handles::{self, Opened};
use crate::strings::{text, texts};
use extendr_api::Robj;
use kilter::definitions::{self, DefinitionsError};
use kilter::engine::{self, Engine, Ingest, Mode, Verification};
use kilter::framework::Text;
use kilter::ingest::{OnRejection, ProfileDocument};
use kilter::{Date, demonstration};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

pub const VERBS: &[(&str, Verb)] = &[
    ("open", open),
    ("create", create),
    ("restore", restore),
    ("demo", demo),
    ("close", close),
    ("is_open", is_open),
    ("define", define),
    ("ingest_file", ingest_file),
    ("ingest_frame", ingest_frame),
    ("summary", summary),
    ("framework", framework),
    ("withdraw", withdraw),
    ("backup", backup),
    ("verify", verify),
    ("verify_path", verify_path),
    ("compact", compact),
    ("check_backup", check_backup),
    ("repair", repair),
    ("migrate", migrate),
];

/// The engine of the arguments.
fn opened(given: &Arguments) -> Result<Arc<Opened>, Failure> {
    handles::find(&given.needed("handle")?, &given.needed("path")?)
}

fn closed(of: &Opened) -> Failure {
    Failure::Closed(format!("{}: the engine was closed; open the store again", of.path.display()))
}

/// Asks the engine of the arguments.
pub fn asked<T: Send + 'static>(
    given: &Arguments,
    question: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let opened = opened(given)?;
    ask(move || {
        let engine = opened.engine.read().unwrap_or_else(PoisonError::into_inner);
        question(engine.as_ref().ok_or_else(|| closed(&opened))?)
    })
}

fn change<T: Send + 'static>(
    given: &Arguments,
    work: impl FnOnce(&mut Engine, &mut dyn FnMut(u64, u64) -> bool) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let opened = opened(given)?;
    watch(given.function("progress")?.as_ref(), move |told| {
        let mut engine = opened.engine.write().unwrap_or_else(PoisonError::into_inner);
        work(engine.as_mut().ok_or_else(|| closed(&opened))?, told)
    })
}

fn path(given: &Arguments, name: &str) -> Result<PathBuf, Failure> {
    given.needed(name).map(PathBuf::from)
}

/// How long to wait for another writer.
fn wait(given: &Arguments) -> Result<Duration, Failure> {
    let seconds = given.number("wait")?.unwrap_or(0.0);
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Failure::Argument(format!("wait = {seconds} is no time to wait; expected seconds, such as 30"))
    })
}

fn kept(engine: Engine) -> Robj {
    let path = engine.path().display().to_string();
    named(vec![("handle", text(&handles::keep(engine))), ("path", text(&path))])
}

fn open(given: &Arguments) -> Result<Robj, Failure> {
    let path = path(given, "path")?;
    let mode = match given.needed("mode")?.as_str() {
        "read" => Mode::Read,
        "write" => Mode::Write,
        other => {
            let what = format!("mode = \"{other}\" is not known; expected \"read\" or \"write\"");
            return Err(Failure::Argument(what));
        }
    };
    let wait = wait(given)?;
    ask(move || Ok(Engine::open_within(&path, mode, wait)?)).map(kept)
}

fn create(given: &Arguments) -> Result<Robj, Failure> {
    let (path, texts) = (path(given, "path")?, given_texts(given, "texts")?);
    let (source, known_at) = (given.needed("source")?, given.day_or_today("known_at")?);
    ask(move || Ok(Engine::create_from(&path, &texts, &source, known_at)?)).map(kept)
}

fn restore(given: &Arguments) -> Result<Robj, Failure> {
    let (backup, path) = (path(given, "backup")?, path(given, "path")?);
    ask(move || Ok(engine::restore(&backup, &path)?)).map(kept)
}

fn demo(given: &Arguments) -> Result<Robj, Failure> {
    let folder = path(given, "folder")?;
    let made = ask(move || Ok(demonstration::run(&folder, |_| ())?))?;
    let shown = |path: PathBuf| text(&path.display().to_string());
    Ok(named(vec![("path", shown(made.store)), ("files", shown(made.files)), ("area", text(made.area))]))
}

fn close(given: &Arguments) -> Result<Robj, Failure> {
    handles::drop_handle(&given.needed("handle")?);
    Ok(Robj::from(()))
}

fn is_open(given: &Arguments) -> Result<Robj, Failure> {
    Ok(Robj::from(opened(given).is_ok()))
}

fn define(given: &Arguments) -> Result<Robj, Failure> {
    let (texts, source) = (given_texts(given, "texts")?, given.needed("source")?);
    let known_at = given.day_or_today("known_at")?;
    let version = change(given, move |engine, _| Ok(engine.define_from(&texts, &source, known_at)?))?;
    Ok(Robj::from(f64::from(version)))
}

/// How something is taken in.
struct How {
    profile: Option<ProfileDocument>,
    source: String,
    known_at: Date,
    on_rejection: OnRejection,
    note: Option<String>,
}

impl How {
    fn read(given: &Arguments) -> Result<Self, Failure> {
        let profile = match (given.text("profile")?, given.text("profile_text")?) {
            (_, Some(text)) => Some(ProfileDocument::parse("list", &text).map_err(DefinitionsError::from)?),
            (Some(name), None) => Some(definitions::profile(&name)?),
            (None, None) => None,
        };
        let on_rejection = match given.needed("on_rejection")?.as_str() {
            "refuse" => OnRejection::Refuse,
            "keep" => OnRejection::Keep,
            other => {
                let what =
                    format!("on_rejection = \"{other}\" is not known; expected \"refuse\" or \"keep\"");
                return Err(Failure::Argument(what));
            }
        };
        let missing = || Failure::Argument("known_at: say when the figures became known".to_owned());
        let known_at = given.day("known_at")?.ok_or_else(missing)?;
        let source = given.text("source")?;
        let source = source.ok_or_else(|| {
            Failure::Argument("source: say in words where the figures come from".to_owned())
        })?;
        Ok(Self { profile, source, known_at, on_rejection, note: given.text("note")? })
    }

    fn ingest(&self) -> Ingest<'_> {
        Ingest {
            profile: self.profile.as_ref(),
            source: &self.source,
            known_at: self.known_at,
            on_rejection: self.on_rejection,
            note: self.note.as_deref(),
        }
    }
}

fn ingest_file(given: &Arguments) -> Result<Robj, Failure> {
    let (file, how) = (path(given, "file")?, How::read(given)?);
    let found = change(given, move |engine, told| {
        engine.ingest(&file, &how.ingest(), told).map_err(Failure::Ingest)
    })?;
    receipt(&found)
}

fn ingest_frame(given: &Arguments) -> Result<Robj, Failure> {
    let how = How::read(given)?;
    let frame = given.given("frame").ok_or_else(|| Failure::Data("a data frame was expected".to_owned()))?;
    let batch = frame::batch(frame)?;
    let rows = u64::try_from(batch.num_rows()).unwrap_or(0);
    let found = change(given, move |engine, told| {
        let rows = kilter_arrow::rows("data frame", frame::stream(batch), rows);
        let rows = rows.map_err(|error| Failure::Ingest(error.into()))?;
        engine.ingest_rows(rows, &how.ingest(), told).map_err(Failure::Ingest)
    })?;
    receipt(&found)
}

fn summary(given: &Arguments) -> Result<Robj, Failure> {
    let found = asked(given, |engine| Ok(engine.summary()?))?;
    Ok(text(&in_words_of_r(&found)))
}

/// The texts of the framework that is in force, with its id.
fn framework(given: &Arguments) -> Result<Robj, Failure> {
    let at = given.as_at("as_at")?;
    let (texts, id) = asked(given, move |engine| {
        let id = engine.framework(at)?.id().to_string();
        let snapshot = engine.store().snapshot(at)?;
        let documents = snapshot.definitions().documents().iter();
        let texts = documents.map(|of| Text { name: of.name.clone(), text: of.text.clone() });
        Ok((texts.collect::<Vec<_>>(), id))
    })?;
    Ok(named(vec![("texts", texts_with_names(texts)), ("id", text(&id))]))
}

fn withdraw(given: &Arguments) -> Result<Robj, Failure> {
    let (release, reason) = (given.needed_whole::<u32>("release")?, given.needed("reason")?);
    let known_at = given.day_or_today("known_at")?;
    change(given, move |engine, _| {
        engine.withdraw(release, &reason, known_at)?;
        Ok(())
    })?;
    Ok(Robj::from(()))
}

fn backup(given: &Arguments) -> Result<Robj, Failure> {
    let file = path(given, "file")?;
    asked(given, move |engine| {
        engine.backup(&file)?;
        Ok(())
    })?;
    Ok(Robj::from(()))
}

fn verification(found: &Verification) -> Robj {
    named(vec![
        ("is_sound", Robj::from(found.is_sound())),
        ("text", text(&found.to_string())),
        ("damage", texts(found.damage.iter().map(ToString::to_string))),
    ])
}

fn verify(given: &Arguments) -> Result<Robj, Failure> {
    asked(given, |engine| Ok(engine.verify()?)).map(|found| verification(&found))
}

/// Verifies a store that may be too damaged to be opened.
fn verify_path(given: &Arguments) -> Result<Robj, Failure> {
    let path = path(given, "path")?;
    ask(move || Ok(engine::verify(&path)?)).map(|found| verification(&found))
}

/// Merges releases, and says what came of it.
fn compact(given: &Arguments) -> Result<Robj, Failure> {
    change(given, |engine, _| Ok(engine.compact()?.to_string())).map(|done| text(&done))
}

/// Reads a backup to its end, and says what it holds.
fn check_backup(given: &Arguments) -> Result<Robj, Failure> {
    let backup = path(given, "backup")?;
    ask(move || Ok(engine::check_backup(&backup)?.to_string())).map(|held| text(&held))
}

/// Restores what is damaged: whether the store is sound now, what was done, and the damage that is left.
fn repair(given: &Arguments) -> Result<Robj, Failure> {
    let (path, backup, wait) = (path(given, "path")?, path(given, "backup")?, wait(given)?);
    let done = ask(move || Ok(engine::repair(&path, &backup, wait)?))?;
    Ok(named(vec![
        ("is_sound", Robj::from(done.verification.is_sound())),
        ("text", text(&done.to_string())),
        ("damage", texts(done.verification.damage.iter().map(ToString::to_string))),
    ]))
}

/// The formats before and after.
fn migrate(given: &Arguments) -> Result<Robj, Failure> {
    let (path, backup, wait) = (path(given, "path")?, path(given, "backup")?, wait(given)?);
    let (before, after) = ask(move || Ok(engine::migrate(&path, &backup, wait)?))?;
    Ok(named(vec![("before", Robj::from(f64::from(before))), ("after", Robj::from(f64::from(after)))]))
}

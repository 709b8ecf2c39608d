//! Frameworks before they are in a store: their texts, from wherever they come, and their problems.

use crate::answer::{data_frame, named, row_names};
use crate::arguments::{Arguments, named_texts};
use crate::document;
use crate::failure::{Failure, problems};
use crate::frame;
use crate::gateway::ask;
use crate::guard::Verb;
use crate::strings::{text, texts};
use extendr_api::wrapper::symbol::names_symbol;
use extendr_api::{Attributes, Robj};
use kilter::definitions;
use kilter::export::{self, Format};
use kilter::framework::{Framework, Text};
use std::fs;
use std::path::PathBuf;

pub const VERBS: &[(&str, Verb)] = &[
    ("framework_texts", framework_texts),
    ("with_what_it_extends", with_what_it_extends),
    ("check_framework", check_framework),
    ("catalogue", catalogue),
    ("toml_of_list", toml_of_list),
    ("list_of_toml", |given| document::list_of_toml(&given.needed("text")?)),
    ("list_of_json", |given| document::list_of_json(&given.needed("text")?)),
    ("written", written),
    ("taken", |given| Ok(Robj::from(frame::batch(framed(given)?)?.num_rows() as f64))),
    ("returned", |given| data_frame(&frame::table(framed(given)?)?)),
    ("row_names", |given| row_names(given.needed_whole("rows")?)),
    ("provoke_a_panic", provoke_a_panic),
];

/// The texts of a framework as characters with names.
pub fn texts_with_names(of: Vec<Text>) -> Robj {
    let (names, all): (Vec<_>, Vec<_>) = of.into_iter().map(|text| (text.name, text.text)).unzip();
    let mut vector = texts(all);
    // As many names as texts.
    let _ = vector.set_attrib(names_symbol(), texts(names));
    vector
}

/// The texts of an argument.
pub fn given_texts(given: &Arguments, name: &str) -> Result<Vec<Text>, Failure> {
    let found = given.given(name);
    let found =
        found.ok_or_else(|| Failure::Argument(format!("{name}: the texts of a framework were expected")))?;
    Ok(named_texts(found)?.into_iter().map(|(name, text)| Text { name, text }).collect())
}

fn framework_texts(given: &Arguments) -> Result<Robj, Failure> {
    let source = given.needed("source")?;
    Ok(texts_with_names(ask(move || Ok(definitions::framework_texts(&source)?))?))
}

fn with_what_it_extends(given: &Arguments) -> Result<Robj, Failure> {
    let own = given_texts(given, "texts")?;
    Ok(texts_with_names(ask(move || Ok(definitions::with_what_it_extends(own)?))?))
}

/// What a sound framework has, and the problems of one that is not.
fn check_framework(given: &Arguments) -> Result<Robj, Failure> {
    let own = given_texts(given, "texts")?;
    Ok(match ask(move || Ok(Framework::from_texts(&own)))? {
        Err(error) => {
            named(vec![("problems", data_frame(&problems(&error))?), ("message", text(&error.to_string()))])
        }
        Ok(sound) => {
            let counts = [
                ("areas", sound.areas().len()),
                ("measures", sound.measures().count()),
                ("indicators", sound.indicators().len()),
                ("outcomes", sound.outcomes().len()),
                ("targets", sound.targets().len()),
            ];
            let counts = counts.map(|(name, count)| (name, Robj::from(count as f64)));
            named(vec![
                ("id", text(sound.id().as_ref())),
                ("title", text(sound.title())),
                ("counts", named(counts.to_vec())),
            ])
        }
    })
}

fn catalogue(_: &Arguments) -> Result<Robj, Failure> {
    let (frameworks, profiles) = (texts(definitions::framework_ids()), texts(definitions::profile_ids()));
    Ok(named(vec![("frameworks", frameworks), ("profiles", profiles)]))
}

fn toml_of_list(given: &Arguments) -> Result<Robj, Failure> {
    let list = given.given("list").ok_or_else(|| Failure::Argument("a list was expected".to_owned()))?;
    Ok(text(&document::toml_of(list)?))
}

fn framed(given: &Arguments) -> Result<&Robj, Failure> {
    given.given("frame").ok_or_else(|| Failure::Data("a data frame was expected".to_owned()))
}

/// A data frame in the bytes that a table of results has: as text, or in a file.
fn written(given: &Arguments) -> Result<Robj, Failure> {
    let (table, format) =
        (frame::table(framed(given)?)?, given.parsed::<Format>("format")?.unwrap_or(Format::Csv));
    let path = given.text("path")?.map(PathBuf::from);
    let bytes = ask(move || {
        let mut bytes = Vec::new();
        let made = export::write(&table, format, None, &mut bytes);
        let kept = made.and_then(|()| path.as_ref().map_or(Ok(()), |path| fs::write(path, &bytes)));
        let shown = path.as_ref().map_or_else(|| "the table".to_owned(), |path| path.display().to_string());
        kept.map_err(|error| Failure::Argument(format!("{shown}: cannot be written: {error}")))?;
        Ok(if path.is_some() { Vec::new() } else { bytes })
    })?;
    Ok(text(&String::from_utf8_lossy(&bytes)))
}

/// Fails as the engine does when it is at fault, so that the tests can see what a user sees.
fn provoke_a_panic(given: &Arguments) -> Result<Robj, Failure> {
    let what = given.needed("what")?;
    if given.flag("here")? {
        panic!("{what}");
    }
    ask::<()>(move || panic!("{what}")).map(Robj::from)
}

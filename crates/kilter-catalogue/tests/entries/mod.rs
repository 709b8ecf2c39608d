//! The entries of the catalogue's files as they are written, and of a framework with all it extends.

#![allow(dead_code, reason = "every test program uses its part of this")]

use std::collections::BTreeMap;
use toml::{Table, Value};

pub fn table(name: &str, text: &str) -> Table {
    toml::from_str(text).unwrap_or_else(|problem| panic!("{name} is not TOML: {problem}"))
}

pub fn entries<'t>(of: &'t Table, key: &str) -> Vec<&'t Table> {
    match of.get(key) {
        None => Vec::new(),
        Some(Value::Array(all)) => all
            .iter()
            .map(|entry| entry.as_table().unwrap_or_else(|| panic!("{key} holds {entry}")))
            .collect(),
        Some(other) => panic!("{key} is {other}, not a list"),
    }
}

pub fn text<'t>(of: &'t Table, key: &str) -> &'t str {
    of.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text {key} in {of:?}"))
}

pub fn texts<'t>(of: &'t Table, key: &str) -> Vec<&'t str> {
    match of.get(key) {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().expect("a list of texts")).collect(),
        Some(other) => panic!("{key} is {other}, not text"),
    }
}

pub fn key_of(kind: &str) -> &'static str {
    if kind == "area" { "code" } else { "id" }
}

pub const KINDS: [&str; 5] = ["area", "measure", "indicator", "outcome", "priority"];

/// A framework with all it extends, merged by key as the file formats say.
#[derive(Default)]
pub struct Merged {
    pub entries: BTreeMap<&'static str, BTreeMap<String, Table>>,
    pub targets: Vec<Table>,
}

impl Merged {
    pub fn of(id: &str) -> Merged {
        let files = kilter_catalogue::framework(id).unwrap_or_else(|| panic!("no framework {id}"));
        let head = table(files[0].name, files[0].text);
        let head = head["framework"].as_table().expect("a [framework] table");
        let mut merged =
            head.get("extends").map(|base| Merged::of(base.as_str().expect("text"))).unwrap_or_default();
        for file in files {
            let content = table(file.name, file.text);
            for kind in KINDS {
                for entry in entries(&content, kind) {
                    let known = merged.entries.entry(kind).or_default();
                    let before = known.entry(text(entry, key_of(kind)).to_owned()).or_default();
                    before.extend(entry.clone());
                }
            }
            merged.targets.extend(entries(&content, "target").into_iter().cloned());
        }
        merged
    }

    pub fn all(&self, kind: &str) -> impl Iterator<Item = (&String, &Table)> {
        self.entries.get(kind).into_iter().flatten()
    }

    pub fn get(&self, kind: &str, key: &str) -> Option<&Table> {
        self.entries.get(kind)?.get(key)
    }

    /// Current areas of one kind with their parts.
    pub fn current(&self, kind: &str) -> BTreeMap<&str, Vec<&str>> {
        self.all("area")
            .filter(|(_, area)| text(area, "kind") == kind && !area.contains_key("replaced_by"))
            .map(|(code, area)| (code.as_str(), texts(area, "parts")))
            .collect()
    }
}

pub fn scotland() -> Merged {
    Merged::of("scotland-core-suite")
}

/// The measures of an expression, each with the dimension and category of its slice.
pub fn terms(expression: &str) -> Vec<(&str, Option<(&str, &str)>)> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, sign) in expression.char_indices() {
        match sign {
            '[' => depth += 1,
            ']' => depth -= 1,
            '+' | '-' | '*'
                if depth == 0 && expression[..at].ends_with(' ') && expression[at + 1..].starts_with(' ') =>
            {
                parts.push(expression[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(expression[start..].trim());
    parts
        .into_iter()
        .filter(|part| part.parse::<f64>().is_err())
        .map(|part| match part.split_once('[') {
            None => (part, None),
            Some((measure, slice)) => {
                let slice = slice.strip_suffix(']').unwrap_or_else(|| panic!("no closing bracket in {part}"));
                (
                    measure,
                    Some(slice.split_once('=').unwrap_or_else(|| panic!("no = in the slice of {part}"))),
                )
            }
        })
        .collect()
}

pub fn expression_problems(expression: &str, in_framework: &Merged) -> Vec<String> {
    let mut problems = Vec::new();
    for (measure, slice) in terms(expression) {
        let Some(found) = in_framework.get("measure", measure) else {
            problems.push(format!("no measure {measure:?} (in {expression:?})"));
            continue;
        };
        let Some((dimension, category)) = slice else { continue };
        let known = entries(found, "dimensions").into_iter().find(|known| text(known, "id") == dimension);
        match known {
            None => problems.push(format!("{measure} has no dimension {dimension:?}")),
            Some(known)
                if known.contains_key("categories") && !texts(known, "categories").contains(&category) =>
            {
                problems.push(format!("{dimension} of {measure} has no category {category:?}"));
            }
            Some(_) => {}
        }
    }
    problems
}

pub fn expressions(calculation: &Table) -> Vec<&str> {
    let (kind, content) = calculation.iter().next().expect("a calculation says something");
    assert_eq!(calculation.len(), 1, "one calculation only: {calculation:?}");
    match (kind.as_str(), content) {
        ("count" | "mean" | "published", Value::String(expression)) => vec![expression],
        ("rate" | "percentage", Value::Table(parts)) => {
            vec![text(parts, "numerator"), text(parts, "denominator")]
        }
        other => panic!("unknown calculation {other:?}"),
    }
}

pub fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

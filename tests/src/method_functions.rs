//! The public functions of the methods, as they stand in the source. Nothing here knows what they do.

use crate::project;
use std::collections::BTreeSet;

/// Every public function of `kilter_core::method`, by file and name: `interval.rs poisson`.
pub fn method_functions() -> BTreeSet<String> {
    let room = project().join("crates/kilter-core/src/method");
    let mut found = BTreeSet::new();
    let mut paths = vec![room.clone()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder of the project");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let file = path.strip_prefix(&room).expect("below the room").to_string_lossy().replace('\\', "/");
        if file.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        let shown = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        for line in shown.lines() {
            let Some(rest) = line.trim_start().strip_prefix("pub fn ") else { continue };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(format!("{file} {name}"));
        }
    }
    assert!(!found.is_empty(), "no method was found");
    found
}

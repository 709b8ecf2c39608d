//! The rules of the house as tests: which room may use which, what a file looks like, what may stand in it.
//! They read the source tree and know nothing of what the code computes. A rule that finds something says
//! where, all at once.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use kilter_tests::rooms::{Room, broken_arrows, module_of};
use kilter_tests::rust_code::tokens;
use kilter_tests::source_tree::{SourceFile, files};
use kilter_tests::{project, shared};
use serde_json::Value as Json;
use toml::{Table, Value};

/// The rooms of the core, each with those below it. A room stands after everything it may use.
const CORE: &[Room] = &[
    Room { name: "ident", may_use: &[] },
    Room { name: "time", may_use: &["ident"] },
    Room { name: "area", may_use: &["ident", "time"] },
    Room { name: "series", may_use: &["ident", "time", "area"] },
    Room { name: "method", may_use: &["ident", "time", "area", "series"] },
    Room { name: "target", may_use: &["ident", "time", "area", "series"] },
    Room { name: "framework", may_use: &["ident", "time", "area", "series", "target"] },
    Room { name: "evaluate", may_use: &["ident", "time", "area", "series", "method", "target", "framework"] },
    Room {
        name: "scorecard",
        may_use: &["ident", "time", "area", "series", "method", "target", "framework", "evaluate"],
    },
];

/// The crates, each with those of ours it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("crates/kilter-core", &[]),
    ("crates/kilter-store", &["kilter-core"]),
    ("crates/kilter-catalogue", &["kilter-core"]),
    ("crates/kilter", &["kilter-core", "kilter-store", "kilter-catalogue"]),
    ("crates/kilter-arrow", &["kilter"]),
    ("crates/kilter-methods", &["kilter"]),
    ("crates/kilter-cli", &["kilter"]),
    ("crates/xtask", &[]),
    ("bindings/python", &["kilter", "kilter-arrow", "kilter-methods"]),
    ("bindings/r/src/rust", &["kilter", "kilter-arrow", "kilter-methods"]),
];

/// Where code stands: files here are read by people and kept short.
const CODE: &[&str] = &["rs", "py", "pyi", "R", "sh"];
const TALK_AT: usize = 600;
const SPLIT_AT: usize = 1_000;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "misc"];

/// Folders of the machine a file was written on. In two pieces, so that this file does not hold what it forbids.
const MACHINE_PATHS: &[&str] = &[concat!("/", "work/"), concat!("/", "tmp/"), concat!("/", "root/")];

/// Package registries: which one is used is a setting of the machine. In pieces, as above.
const REGISTRIES: &[&str] = &[
    concat!("pypi", ".org"),
    concat!("pypi", ".python.org"),
    concat!("python", "hosted.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("cran.", "r-project.org"),
    concat!("cloud.", "r-project.org"),
    concat!("cran.", "rstudio.com"),
    concat!("package", "manager.posit.co"),
    concat!("package", "manager.rstudio.com"),
    concat!("r-", "universe.dev"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("arti", "factory"),
    concat!("index", "-url"),
    concat!("replace", "-with"),
];

/// Fails with every problem at once.
fn refuse(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

/// Says something that is no failure; print macros would be held back in a test that passes.
fn remark(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

fn text_of(file: &SourceFile) -> String {
    file.text().unwrap_or_else(|| panic!("{} is not text", file.path()))
}

fn manifest(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_sources() -> Vec<SourceFile> {
    let mut found = files(&project());
    found.retain(|file| {
        file.extension() == "rs"
            && ["crates", "tests", "benches", "bindings"].iter().any(|folder| file.is_below(folder))
    });
    assert!(!found.is_empty(), "no Rust source was found below {}", project().display());
    found
}

// Arrows between the rooms of the core.

#[test]
fn rooms_of_the_core_keep_their_arrows() {
    const SOURCE: &str = "crates/kilter-core/src";
    let mut problems = Vec::new();
    for file in rust_sources().iter().filter(|file| file.is_below(SOURCE)) {
        let module = module_of(&file.path()[SOURCE.len() + 1..]);
        problems.extend(broken_arrows(CORE, &module, file.path(), &text_of(file)));
    }
    refuse("a room reaches against an arrow", &problems);
}

#[test]
fn the_arrows_lead_one_way() {
    for (at, room) in CORE.iter().enumerate() {
        let before: Vec<&str> = CORE[..at].iter().map(|room| room.name).collect();
        for used in room.may_use {
            assert!(
                before.contains(used),
                "`{}` may use `{used}`, which does not stand before it",
                room.name
            );
        }
    }
}

fn arrows_broken_by(module: &[&str], source: &str) -> Vec<String> {
    broken_arrows(CORE, module, "file.rs", source)
}

#[test]
fn an_arrow_against_the_order_is_found_however_it_is_written() {
    for (module, source) in [
        ("series", "use crate::method::Rate;"),
        ("series", "fn f(x: crate::method::Rate) {}"),
        ("series", "use crate::{ident::Id, time::{Month, Year}, method::Rate};"),
        ("series", "use crate::{\n    ident::Id,\n    method,\n};"),
        ("series", "use super::method::Rate;"),
        ("series", "use super::{area::Area, method::Rate};"),
        ("series/gaps", "use super::super::method::Rate;"),
        ("series", "mod tests { use super::super::method::Rate; }"),
        ("series", "mod tests { fn f() { {} } } use super::method::Rate;"),
        ("series", "macro_rules! m { () => { $crate::method::Rate } }"),
        ("target", "use crate::method::Rate;"),
        ("method", "use crate::target::Target;"),
        ("framework", "use crate::method::Rate;"),
        ("framework", "use crate::evaluate::Status;"),
        ("evaluate", "use crate::scorecard::Scorecard;"),
        ("ident", "use crate::time::Month;"),
    ] {
        let module: Vec<&str> = module.split('/').collect();
        assert_eq!(arrows_broken_by(&module, source).len(), 1, "{module:?}: {source}");
    }
}

#[test]
fn what_follows_the_arrows_or_is_no_code_is_left_alone() {
    for (module, source) in [
        ("series", "use crate::{area::{Area, Code}, ident::Id, series::Gap, time::Month};"),
        (
            "series",
            "//! crate::method\n/// [`crate::method::Rate`]\n// crate::method\nconst TEXT: &str = \"crate::method\";",
        ),
        ("series", "/// ```\n/// use kilter_core::method::Rate;\n/// ```\npub(crate) fn f() {}"),
        ("series", "mod tests { use super::*; use super::method; }"),
        ("series/gaps", "use super::method;"),
        ("evaluate", "use crate::{framework::Framework, method::Rate, target::Target};"),
        ("scorecard", "use crate::evaluate::Status;"),
    ] {
        let module: Vec<&str> = module.split('/').collect();
        assert_eq!(arrows_broken_by(&module, source), [] as [String; 0], "{module:?}: {source}");
    }
}

#[test]
fn an_arrow_cannot_hide_behind_the_root_of_the_crate() {
    for source in ["use crate::Rate;", "use crate::*;", "use super::*;", "use crate::{self as root};"] {
        assert_eq!(arrows_broken_by(&["series"], source).len(), 1, "{source}");
    }
    assert_eq!(arrows_broken_by(&["attic"], "").len(), 1, "a room without a place among the arrows");
    assert_eq!(
        arrows_broken_by(&[], "pub mod method; use crate::method::Rate;"),
        [] as [String; 0],
        "lib.rs"
    );
}

#[test]
fn a_broken_arrow_is_told_with_file_line_and_both_rooms() {
    let found = arrows_broken_by(
        &["series"],
        "//! Series.\n\nuse crate::{\n    area::Area,\n    method::Rate,\n};\n",
    );
    assert_eq!(found, ["file.rs:5: `series` may not use `method`"]);
}

#[test]
fn a_path_below_src_says_which_room_it_is() {
    assert_eq!(module_of("lib.rs"), [] as [&str; 0]);
    assert_eq!(module_of("ident.rs"), ["ident"]);
    assert_eq!(module_of("time/mod.rs"), ["time"]);
    assert_eq!(module_of("time/text.rs"), ["time", "text"]);
}

// Arrows between the crates.

/// The names of our own crates in every dependency table of a manifest, whatever they are renamed to.
fn own_dependencies(manifest: &Table) -> BTreeSet<String> {
    let tables = |owner: &Table| -> Vec<Table> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .iter()
            .filter_map(|name| owner.get(*name)?.as_table().cloned())
            .collect()
    };
    let mut all = tables(manifest);
    let targets = manifest.get("target").and_then(Value::as_table);
    all.extend(targets.into_iter().flat_map(Table::values).filter_map(Value::as_table).flat_map(tables));
    all.iter()
        .flatten()
        .map(|(name, value)| value.get("package").and_then(Value::as_str).unwrap_or(name).to_owned())
        .filter(|name| name == "kilter" || name.starts_with("kilter-") || name == "xtask")
        .collect()
}

fn broken_crate_arrows(folder: &str, manifest: &Table) -> Vec<String> {
    let Some((_, may_use)) = CRATES.iter().find(|(crate_folder, _)| *crate_folder == folder) else {
        return vec![format!("{folder} has no place among the crates yet")];
    };
    own_dependencies(manifest)
        .into_iter()
        .filter(|used| !may_use.contains(&used.as_str()))
        .map(|used| format!("{folder}/Cargo.toml: {folder} may not depend on {used}"))
        .collect()
}

#[test]
fn crates_keep_their_arrows() {
    let mut problems = Vec::new();
    for file in files(&project()) {
        let Some(folder) = file.path().strip_suffix("/Cargo.toml") else { continue };
        if file.is_below("crates") || file.is_below("bindings") {
            problems.extend(broken_crate_arrows(folder, &manifest(&project().join(file.path()))));
        }
    }
    refuse("a crate depends against an arrow", &problems);
}

#[test]
fn a_crate_arrow_is_found_in_every_kind_of_dependency_and_under_another_name() {
    for bad in [
        "[dependencies]\nkilter-store = \"0.1\"",
        "[dev-dependencies]\nkilter-store = { workspace = true }",
        "[build-dependencies]\nkilter-store.workspace = true",
        "[target.'cfg(unix)'.dependencies]\nkilter-store = \"0.1\"",
        "[dependencies]\nledger = { package = \"kilter-store\", path = \"../kilter-store\" }",
    ] {
        assert_eq!(broken_crate_arrows("crates/kilter-core", &bad.parse().unwrap()).len(), 1, "{bad}");
        assert_eq!(broken_crate_arrows("crates/kilter", &bad.parse().unwrap()).len(), 0, "{bad}");
    }
    assert_eq!(broken_crate_arrows("crates/kilter-attic", &Table::new()).len(), 1);
}

// Third parties stay where they can be replaced.

/// The files below the `src` of a crate whose code, not prose, has this word.
fn files_that_name<'a>(word: &str, sources: &'a [SourceFile]) -> Vec<&'a str> {
    sources
        .iter()
        .filter(|file| file.is_below("crates") && file.path().split('/').nth(2) == Some("src"))
        .filter(|file| tokens(&text_of(file)).iter().any(|token| token.text == word))
        .map(SourceFile::path)
        .collect()
}

#[test]
fn sled_is_named_in_one_file() {
    let sources = rust_sources();
    let found = files_that_name("sled", &sources);
    assert_eq!(
        found.len(),
        1,
        "the code of exactly one file names sled, so that it can be replaced: {found:?}"
    );
}

#[test]
fn bincode_is_named_in_one_file() {
    let sources = rust_sources();
    let found = files_that_name("bincode", &sources);
    assert_eq!(
        found.len(),
        1,
        "the code of exactly one file names bincode, so that it can be replaced: {found:?}"
    );
}

#[test]
fn core_and_store_forbid_unsafe_code() {
    let mut problems = Vec::new();
    for path in ["crates/kilter-core/src/lib.rs", "crates/kilter-store/src/lib.rs"] {
        let text = std::fs::read_to_string(project().join(path)).expect("the crate stands there");
        let code: String = tokens(&text).iter().map(|token| token.text).collect();
        if !code.contains("#![forbid(unsafe_code)]") {
            problems.push(format!("{path} has no #![forbid(unsafe_code)]"));
        }
    }
    refuse("unsafe code is not forbidden", &problems);
}

#[test]
fn every_package_takes_the_lints_of_the_workspace() {
    let mut problems = Vec::new();
    for file in files(&project()) {
        let ours = ["crates", "bindings"].iter().any(|folder| file.is_below(folder))
            || ["tests/Cargo.toml", "tests/torture/Cargo.toml", "benches/Cargo.toml"].contains(&file.path());
        if !ours || !file.path().ends_with("/Cargo.toml") {
            continue;
        }
        let table = manifest(&project().join(file.path()));
        if table.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
            problems.push(format!("{} has no [lints] workspace = true", file.path()));
        }
    }
    refuse("lints are not those of the workspace", &problems);
}

#[test]
fn a_clippy_file_of_a_crate_repeats_the_one_at_the_root_that_it_hides() {
    let root = manifest(&project().join("clippy.toml"));
    let mut problems = Vec::new();
    for file in files(&project()) {
        if !file.path().ends_with("/clippy.toml") {
            continue;
        }
        let own = manifest(&project().join(file.path()));
        let missing = root.iter().filter(|(name, value)| own.get(*name) != Some(*value));
        problems.extend(missing.map(|(name, value)| format!("{} lacks `{name} = {value}`", file.path())));
    }
    refuse("a crate's clippy.toml hides a setting", &problems);
}

// What a file looks like.

#[test]
fn every_rust_file_begins_with_what_it_is_for() {
    let problems: Vec<String> = rust_sources()
        .iter()
        .filter(|file| !text_of(file).starts_with("//! "))
        .map(|file| format!("{} does not begin with a `//! ` line", file.path()))
        .collect();
    refuse("a file begins with what it is for and what it must not know", &problems);
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut problems = Vec::new();
    for file in files(&project()) {
        if !CODE.contains(&file.extension()) {
            continue;
        }
        let lines = text_of(&file).lines().count();
        if lines > SPLIT_AT {
            problems.push(format!("{} has {lines} lines: split it along its rooms", file.path()));
        } else if lines > TALK_AT {
            remark(&format!(
                "{} has {lines} lines: more than {TALK_AT}, talk about splitting it",
                file.path()
            ));
        }
    }
    refuse(&format!("a file is longer than {SPLIT_AT} lines"), &problems);
}

#[test]
fn names_say_what_is_inside() {
    let mut problems = Vec::new();
    for file in files(&project()) {
        let says_nothing = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part));
        if file.path().split('/').any(says_nothing) {
            problems.push(format!("{} is named for nothing: name it for the thing it holds", file.path()));
        }
    }
    refuse("a name says nothing about what is inside", &problems);
}

/// Whether the path begins here and is not the end of a longer one.
fn begins_path(before: &str) -> bool {
    let last = before.chars().next_back();
    !last.is_some_and(|last| last.is_alphanumeric() || "._-~*})".contains(last))
}

fn machine_paths_in(line: &str) -> Vec<&'static str> {
    let stands = |path: &str| line.match_indices(path).any(|(at, _)| begins_path(&line[..at]));
    MACHINE_PATHS.iter().copied().filter(|path| stands(path)).collect()
}

fn registries_in(line: &str) -> Vec<&'static str> {
    let line = line.to_ascii_lowercase();
    REGISTRIES.iter().copied().filter(|address| line.contains(address)).collect()
}

/// Looks at every line of every text file of the project.
fn lines_with(look: impl Fn(&str) -> Vec<&'static str>) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files(&project()) {
        for (at, line) in file.text().unwrap_or_default().lines().enumerate() {
            problems.extend(look(line).iter().map(|found| format!("{}:{}: {found}", file.path(), at + 1)));
        }
    }
    problems
}

#[test]
fn no_file_holds_a_path_of_the_machine_it_was_written_on() {
    refuse("a path of one machine stands in a file", &lines_with(machine_paths_in));
}

#[test]
fn no_file_holds_the_address_of_a_package_registry() {
    refuse("which registry is used is a setting of the machine", &lines_with(registries_in));
}

#[test]
fn a_path_of_a_machine_is_told_from_the_end_of_a_longer_one() {
    for path in MACHINE_PATHS {
        for before in ["", "see ", "\"", "=", "(", "file://"] {
            assert_eq!(machine_paths_in(&format!("{before}{path}x")), [*path], "{before}");
        }
        for before in ["target", ".", "..", "https://example.org", "${HOME}", "~"] {
            assert_eq!(machine_paths_in(&format!("{before}{path}x")), [] as [&str; 0], "{before}");
        }
    }
    for address in REGISTRIES {
        assert_eq!(registries_in(&format!("https://{}/x", address.to_uppercase())), [*address]);
    }
    assert_eq!(registries_in("registry+https://github.com/rust-lang/crates.io-index"), [] as [&str; 0]);
}

// What the README promises.

#[test]
fn the_two_commands_of_the_readme_are_those_that_ci_runs_and_cargo_understands() {
    let read = |path: &str| {
        std::fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let readme = read("README.md");
    for command in ["cargo run --release -- demo", "cargo xtask test"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
    }
    assert!(
        read(".ci/run").lines().any(|line| line == "cargo xtask test"),
        ".ci/run does not run `cargo xtask test`"
    );
    let aliases = manifest(&project().join(".cargo/config.toml"));
    assert!(
        aliases.get("alias").and_then(|alias| alias.get("xtask")).is_some(),
        ".cargo/config.toml gives cargo no `xtask`"
    );
    // `cargo run` without a package runs the one program among the default members.
    let root = manifest(&project().join("Cargo.toml"));
    let members =
        root.get("workspace").and_then(|table| table.get("default-members")).and_then(Value::as_array);
    let members: Vec<&str> = members.into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(
        members.contains(&"crates/kilter-cli"),
        "Cargo.toml: default-members lacks crates/kilter-cli, so `cargo run` does not find the program: {members:?}"
    );
    assert!(
        !members
            .iter()
            .any(|member| ["crates/xtask", "tests/torture"].contains(member) || member.contains('*')),
        "Cargo.toml: default-members must name its members and leave out crates/xtask and tests/torture, or \
         `cargo run` finds several programs: {members:?}"
    );
    assert_eq!(programs_of_default_members(), ["kilter"], "`cargo run` has to find one program");
}

/// The programs among which `cargo run` would have to choose, as cargo itself tells.
fn programs_of_default_members() -> Vec<String> {
    let told = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(project())
        .output()
        .expect("cargo answers");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Json = serde_json::from_slice(&told.stdout).expect("cargo tells in JSON");
    let list = |of: &Json| of.as_array().cloned().unwrap_or_default();
    let members = list(&told["workspace_default_members"]);
    list(&told["packages"])
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| list(&target["kind"]).contains(&"bin".into()))
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect()
}

// Published data are other people's and stay outside.

/// The files of the one list that stand byte for byte in the other.
fn copies(published: &[SourceFile], ours: &[SourceFile]) -> Vec<String> {
    let mut found = Vec::new();
    for original in published.iter().filter(|original| original.size() > 0) {
        let copied =
            ours.iter().filter(|file| file.size() == original.size() && file.bytes() == original.bytes());
        found.extend(
            copied.map(|file| {
                format!("{} is a copy of {} of the published data", file.path(), original.path())
            }),
        );
    }
    found
}

#[test]
fn no_published_data_file_is_copied_into_the_project() {
    let Some(shared) = shared() else { return };
    let published = files(&shared.join("data"));
    assert!(!published.is_empty(), "{} holds no files", shared.join("data").display());
    refuse("published data stay out of the project", &copies(&published, &files(&project())));
}

#[test]
fn a_copy_is_found_under_another_name_and_a_likeness_is_none() {
    let below = |path: &str| -> Vec<SourceFile> {
        files(&project()).into_iter().filter(|file| file.path() == path).collect()
    };
    let (licence, other) = (below("LICENSE-MIT"), below("LICENSE-APACHE"));
    assert_eq!(copies(&licence, &licence).len(), 1);
    assert_eq!(copies(&licence, &other), [] as [String; 0]);
}

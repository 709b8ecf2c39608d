//! Commands that the pages show: their options exist, what they print is what is shown, and they end with the
//! exit codes that are listed. Sessions on published data are run where the data stand beside the project.

#[path = "../../../tests/src/markdown.rs"]
mod markdown;

use markdown::{blocks, inline_code, table};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PAGES: &[&str] = &[
    "README.md",
    "crates/kilter/docs/file-formats.md",
    "crates/kilter/docs/architecture.md",
    "crates/kilter/docs/judging.md",
    "crates/kilter/docs/methods.md",
    "crates/kilter/docs/reliability.md",
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project stands there")
}

fn page(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The words of a command line; double quotes keep blanks together.
fn words(line: &str) -> Vec<String> {
    line.split('"')
        .enumerate()
        .flat_map(|(i, part)| -> Vec<String> {
            if i % 2 == 1 {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            }
        })
        .collect()
}

fn kilter(words: &[String], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kilter"))
        .args(words)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .output()
        .expect("the program starts")
}

/// Every command line of a page that begins with `kilter`, without it.
fn command_lines(page: &str) -> Vec<Vec<String>> {
    let sessions = blocks(page).into_iter().filter(|block| block.info == "console");
    let typed: Vec<String> = sessions
        .flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(line.strip_prefix("$ ")?.to_owned()))
        .collect();
    let all = typed.into_iter().chain(inline_code(page));
    all.filter_map(|line| Some(words(line.strip_prefix("kilter ")?))).collect()
}

#[test]
fn commands_and_options_that_the_pages_show_exist() {
    let mut seen = 0;
    for path in PAGES {
        for line in command_lines(&page(path)) {
            // "kilter COMMAND --help" stands for all of them.
            if line[0] == "COMMAND" {
                continue;
            }
            let help = kilter(&[line[0].clone(), "--help".to_owned()], &project());
            assert!(help.status.success(), "{path}: kilter {} is no command", line[0]);
            let help = String::from_utf8(help.stdout).expect("help is text");
            for option in line.iter().filter(|word| word.starts_with("--")) {
                let known = help.split_whitespace().any(|word| word == option);
                assert!(known, "{path}: kilter {} has no option {option}", line[0]);
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} command lines were found");
}

#[test]
fn exit_codes_are_those_that_are_listed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let rows = table(&page("crates/kilter/docs/file-formats.md"), "Exit codes");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let line = row[2].trim_matches('`').strip_prefix("kilter ").expect("an example");
        let output = kilter(&words(line), folder.path());
        assert_eq!(output.status.code().map(|code| code.to_string()), Some(row[0].clone()), "{line}");
        assert_eq!(output.stderr.is_empty(), row[0] == "0", "{line}: what went wrong is said on stderr");
    }
}

/// The folder of the published data, which are no part of the project; `None` where it is not there.
fn published() -> Option<PathBuf> {
    let data = project().with_file_name("shared").join("data");
    if data.is_dir() {
        return Some(data);
    }
    let shown = data.display();
    assert!(
        std::env::var_os("CI").is_none_or(|value| value != "true"),
        "{shown} does not stand beside the project, and CI=true asks for every test"
    );
    // The harness holds back what print macros write in a test that passes.
    let line = format!("the sessions of the pages: not run, for {shown} does not stand beside the project\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// Compares what is shown with what was printed: line by line, but for `...`, which stands for any lines.
fn compare(shown: &[&str], printed: &str, line: &str) {
    let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let (mut at, mut gap) = (0, false);
    for wanted in shown {
        if *wanted == "..." {
            gap = true;
            continue;
        }
        if gap {
            let found = printed[at..].iter().position(|found| found == wanted);
            at += found.unwrap_or_else(|| {
                panic!("{line}\ndoes not print\n{wanted}\nafter line {at} of\n{}", printed.join("\n"))
            });
            gap = false;
        }
        let found = printed.get(at).copied();
        assert_eq!(found, Some(*wanted), "{line}\nline {at} of what it prints");
        at += 1;
    }
    assert!(gap || at == printed.len(), "{line}\nprints more than is shown:\n{}", printed[at..].join("\n"));
}

#[test]
fn what_a_session_shows_is_what_the_program_prints() {
    let Some(data) = published() else { return };
    let folder = tempfile::tempdir().expect("a folder for the test");
    let readme = page("README.md");
    let mut commands = 0;
    for block in blocks(&readme) {
        if block.info == "toml" {
            fs::write(folder.path().join("our-framework.toml"), &block.text).expect("the folder is ours");
        }
        if block.info != "console" {
            continue;
        }
        for step in block.text.split("$ kilter ").skip(1) {
            let lines: Vec<&str> = step.trim_end().lines().collect();
            let words = words(lines[0]);
            for name in words.iter().filter(|word| word.ends_with(".csv")) {
                fs::copy(data.join(name), folder.path().join(name)).expect("the published file stands there");
            }
            let output = kilter(&words, folder.path());
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "kilter {}\n{complaint}", lines[0]);
            compare(&lines[1..], &String::from_utf8_lossy(&output.stdout), lines[0]);
            commands += 1;
        }
    }
    assert!(commands >= 4, "only {commands} commands were found");
}

#[test]
#[should_panic(expected = "prints more than is shown")]
fn a_session_that_leaves_lines_out_without_saying_so_is_found() {
    compare(&["a"], "a\nb\n", "kilter");
}

#[test]
#[should_panic(expected = "does not print")]
fn a_session_that_shows_what_is_not_printed_is_found() {
    compare(&["a", "...", "c"], "a\nb\n", "kilter");
}

#[test]
fn dots_stand_for_any_lines_or_none() {
    compare(&["...", "b", "...", "..."], "a\nb\n", "kilter");
    compare(&["a", "...", "c"], "a\nb\nb\nc\n", "kilter");
    compare(&["a", "b"], "a  \nb\n\n", "kilter");
}

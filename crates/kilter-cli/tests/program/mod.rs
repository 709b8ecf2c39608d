//! The program under test: runs it on stores and files of a temporary folder and reads what it prints.
//! Knows the exit codes and the tables, and no measure or figure.

#![allow(dead_code, reason = "every test program uses its part of this")]

pub mod published;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The command was wrong.
pub const USAGE: i32 = 2;
/// The input was wrong.
pub const INPUT: i32 = 3;

/// What the program answered.
#[derive(Debug)]
pub struct Answer {
    /// The exit code; -1 where it was killed.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

/// A row of a table, by the names of its columns.
pub type Row = HashMap<String, String>;

impl Answer {
    /// The printed table, where the program did what it was asked.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        assert_eq!(self.code, 0, "{}", self.err);
        rows_of(self.out.as_bytes())
    }

    /// Fails unless the program refused with this code, in sentences that hold each of these texts.
    #[track_caller]
    pub fn refused(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "printed: {}\nsaid: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        let last = self.err.trim_end().lines().last().unwrap_or("");
        assert!(last.split_whitespace().count() >= 4, "no sentence is said: {:?}", self.err);
        for text in texts {
            assert!(self.err.contains(text), "\"{text}\" is not said: {}", self.err);
        }
    }
}

/// The rows of a CSV table with a header.
pub fn rows_of(bytes: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Runs the program.
pub fn kilter<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_kilter"))
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("COLUMNS")
        .output()
        .expect("the program was built with the tests");
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("the program prints UTF-8"),
        err: String::from_utf8(output.stderr).expect("the program says UTF-8"),
    }
}

/// A store in a temporary folder, which goes with it.
pub struct Store {
    folder: TempDir,
}

impl Store {
    /// A new store with a framework: a file or an id of the catalogue.
    #[track_caller]
    pub fn new(framework: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Self { folder };
        let answer = store.ask("init", &["--framework", framework, "--known-at", "2016-01-01"]);
        assert_eq!(answer.code, 0, "{}", answer.err);
        store
    }

    /// The folder of the store.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// A path for a file beside the store.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the store.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.beside(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs a command on the store.
    pub fn ask(&self, command: &str, arguments: &[&str]) -> Answer {
        let store = self.path();
        let mut all: Vec<&OsStr> = vec![command.as_ref(), store.as_os_str()];
        all.extend(arguments.iter().map(OsStr::new));
        kilter(all)
    }

    /// Asks for a table as CSV.
    #[track_caller]
    pub fn rows(&self, command: &str, arguments: &[&str]) -> Vec<Row> {
        let mut all = arguments.to_vec();
        all.extend(["--format", "csv"]);
        self.ask(command, &all).rows()
    }

    /// Takes in a file.
    pub fn ingest(&self, file: &Path, profile: &str, known_at: &str, more: &[&str]) -> Answer {
        let file = file.to_str().expect("temporary paths are text");
        let mut all = vec![file, "--source", "a test", "--known-at", known_at];
        if !profile.is_empty() {
            all.extend(["--profile", profile]);
        }
        all.extend(more);
        self.ask("ingest", &all)
    }
}

/// A printed receipt, read back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The rows of the file.
    pub rows: u64,
    /// Those of which every figure was taken.
    pub accepted: u64,
    /// Those that the profile leaves out, by reason.
    pub left_out: Vec<(u64, String)>,
    /// Those that were refused.
    pub rejected: u64,
    /// How many totals do not agree with their parts.
    pub disagreements: u64,
    /// Whether anything was kept.
    pub kept: bool,
}

impl Receipt {
    /// Reads a receipt in what the program printed or said.
    #[track_caller]
    pub fn of(text: &str) -> Self {
        let number = |text: &str| -> u64 {
            let digits = text.split(' ').next().unwrap_or("").replace(',', "");
            digits.parse().unwrap_or_else(|_| panic!("no number at the start of \"{text}\""))
        };
        let mut lines = text.lines().peekable();
        let first = lines.next().and_then(|line| line.rsplit_once(": ")).expect("a receipt has a first line");
        let mut receipt = Self { rows: number(first.1), ..Self::default() };
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("  accepted ") {
                receipt.accepted = number(rest.split(':').next().unwrap_or(""));
            } else if line.starts_with("  left out ") {
                while let Some(entry) = lines.next_if(|next| next.starts_with("    ")) {
                    let entry = entry.trim();
                    let reason = entry.split_once(' ').map_or("", |(_, reason)| reason);
                    receipt.left_out.push((number(entry), reason.to_owned()));
                }
            } else if let Some(rest) = line.strip_prefix("  rejected ") {
                receipt.rejected = number(rest);
            } else if line.starts_with("  checked ") && line.ends_with("not agree") {
                receipt.disagreements = number(line.rsplit_once(": ").expect("checked has a colon").1);
            } else if line.starts_with("  kept as ") {
                receipt.kept = true;
            }
        }
        receipt
    }

    /// How many rows are accounted for.
    pub fn accounted_for(&self) -> u64 {
        self.accepted + self.rejected + self.left_out.iter().map(|(n, _)| n).sum::<u64>()
    }
}

/// The folder of the published data. Where there is none this says on standard error which test did not
/// run; with CI=true it must be there.
pub fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if shared.is_dir() {
        return Some(shared);
    }
    let shown = shared.display();
    assert!(
        std::env::var_os("CI").is_none_or(|value| value != "true"),
        "{shown} is not there, and CI=true asks for every test: put the folder there, or unset CI"
    );
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // The harness holds back what print macros write in a test that passes; nobody would see this line.
    let line = format!("{test}: the real-data suite did not run, for {shown} is not there\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// The rows of a published file.
pub fn raw(shared: &Path, file: &str) -> Vec<Row> {
    rows_of(&std::fs::read(shared.join(file)).unwrap())
}

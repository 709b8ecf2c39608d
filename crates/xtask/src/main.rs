//! `cargo xtask`: the tasks of the workspace, so that nobody has to remember their commands. It lists the
//! steps of each task; it must not know what the crates do, and it depends on none of them.

mod compare;
mod needs;
mod project;
mod python;
mod r;
mod step;

use std::process::ExitCode;

use needs::Need;
use project::Project;
use step::{Outcome, Step};

const HELP: &str = "\
Tasks of the kilter workspace.

Usage: cargo xtask <task>

Tasks:
  test    Run everything there is to test: unit, integration and documentation tests, the Python and R packages
  lint    Check the format, clippy, licences and bans, advisories, and the documentation
  deny    The part of lint about dependencies: licences, bans, sources, advisories
  ci      lint, then test: what .ci/run asks of a change
  check-r Build the R package as it would be given away, and let R check it: some minutes
  torture Kills, power cuts, damage and full disks for the store, in their long form: some minutes;
          what comes after it goes to the program, see `cargo xtask torture --help`
  compare kilter beside what people use instead, on the same made figures: makes the environment, and prints a
          table of ratios; what comes after it goes to the program, as in `cargo xtask compare --size M`
  fuzz    Fuzz everything that decodes, 10 minutes for each target, or so many seconds as come after it

Every task installs what it needs when it is missing (clippy and rustfmt through rustup, cargo-deny
and cargo-fuzz through cargo, strace, R and its packages through apt-get, Python packages into a virtual
environment below the target folder), runs all its steps even when one fails, and ends with a table of steps, results and
times. The exit code is 0 when no step failed, 1 when one did, 2 when the task is not known.

Tests on real published data read the folder `shared` beside the project. Without it they are left
out, and the task says so; with CI=true its absence is a failure.

Examples:
  cargo xtask test
  cargo xtask deny
  CI=true cargo xtask ci
  cargo xtask torture power-cut --states 5000
  cargo xtask compare --size M --jobs J2,J3
  cargo xtask fuzz 60
";

const RUST_TESTS: Step = Step {
    name: "rust tests",
    needs: &[Need::Strace, Need::R],
    run: |project| {
        project.cargo(&[&["test", "--no-fail-fast"], r::members(project)].concat())?;
        Ok(Outcome::Passed)
    },
};

const FORMAT: Step = Step {
    name: "format",
    needs: &[Need::Rustfmt],
    run: |project| {
        project.cargo(&["fmt", "--all", "--check"])?;
        Ok(Outcome::Passed)
    },
};

const CLIPPY: Step = Step {
    name: "clippy",
    needs: &[Need::Clippy, Need::R],
    run: |project| {
        let members = r::members(project);
        project.cargo(&[&["clippy"], members, &["--all-targets", "--", "-D", "warnings"]].concat())?;
        Ok(Outcome::Passed)
    },
};

const LICENCES: Step = Step {
    name: "licences, bans, sources",
    needs: &[Need::CargoDeny],
    run: |project| {
        project.cargo(&["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])?;
        Ok(Outcome::Passed)
    },
};

const ADVISORIES: Step = Step {
    name: "advisories",
    needs: &[Need::CargoDeny],
    run: |project| match project.fetch_advisories() {
        Ok(()) => {
            project.cargo(&["deny", "--offline", "check", "--hide-inclusion-graph", "advisories"])?;
            Ok(Outcome::Passed)
        }
        // A firewall between here and the database says nothing about the dependencies.
        Err(why) => Ok(Outcome::NotChecked(format!("the advisory database could not be fetched: {why}"))),
    },
};

const DOCS: Step = Step {
    name: "docs",
    needs: &[Need::R],
    run: |project| {
        let arguments = [&["doc", "--no-deps"], r::members(project)].concat();
        project.cargo_with(&arguments, &[("RUSTDOCFLAGS", "-Dwarnings")])?;
        Ok(Outcome::Passed)
    },
};

const PYTHON_TESTS: Step = Step {
    name: "python tests",
    needs: &[],
    run: |project| {
        python::test(project)?;
        Ok(Outcome::Passed)
    },
};

const R_TESTS: Step = Step { name: "r tests", needs: &[Need::R], run: r::test };
const R_CHECK: Step = Step { name: "r check", needs: &[Need::R], run: r::check };

/// Everything there is to test. R comes after Python, whose package one of its notebooks uses.
const TEST: &[&Step] = &[&RUST_TESTS, &PYTHON_TESTS, &R_TESTS];
const DENY: &[&Step] = &[&LICENCES, &ADVISORIES];
const LINT: &[&Step] = &[&FORMAT, &CLIPPY, &LICENCES, &ADVISORIES, &DOCS];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let project = Project::new();
    match arguments[..] {
        ["test"] => project.with_shared(|| step::run_all(&project, TEST)),
        ["lint"] => step::run_all(&project, LINT),
        ["deny"] => step::run_all(&project, DENY),
        ["ci"] => project.with_shared(|| step::run_all(&project, &[LINT, TEST].concat())),
        ["check-r"] => step::run_all(&project, &[&R_CHECK]),
        ["torture", ref rest @ ..] => torture(&project, rest),
        ["compare", ref rest @ ..] => ended(compare::run(&project, rest)),
        ["fuzz"] => fuzz(&project, "600"),
        ["fuzz", seconds] if seconds.parse::<u32>().is_ok() => fuzz(&project, seconds),
        ["-h" | "--help" | "help"]
        | ["test" | "lint" | "deny" | "ci" | "check-r" | "fuzz", "-h" | "--help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        [] => {
            eprint!("{HELP}");
            ExitCode::from(2)
        }
        _ => {
            eprintln!(
                "`cargo xtask {}` is not known: expected test, lint, deny, ci or check-r, without anything after it, torture, compare or fuzz. \
                 `cargo xtask --help` says what they do.",
                arguments.join(" ")
            );
            ExitCode::from(2)
        }
    }
}

/// The program says itself what it found; nothing of ours goes before or after.
fn torture(project: &Project, arguments: &[&str]) -> ExitCode {
    let run = Need::Strace.provide(project).and_then(|()| {
        let program = ["run", "--quiet", "--release", "--package", "kilter-torture", "--"];
        project.cargo(&[&program, arguments].concat())
    });
    ended(run)
}

/// Files of the project from which fuzz targets begin.
const SEEDS: &[(&str, &str)] = &[
    ("backup_file", "crates/kilter-store/tests/fixtures/v2"),
    ("framework_file", "crates/kilter-catalogue/data/frameworks"),
    ("ledger_segment", "crates/kilter-store/tests/fixtures/v1/store/ledger"),
    ("merged_segment", "crates/kilter-store/tests/fixtures/v2/store/ledger"),
    ("profile_file", "crates/kilter-catalogue/data/profiles"),
];

/// One target after the other, so that a crash stops what comes after it.
fn fuzz(project: &Project, seconds: &str) -> ExitCode {
    let run = Need::CargoFuzz.provide(project).and_then(|()| {
        project.fuzz_targets()?.iter().try_for_each(|target| {
            println!("\n== {target}, {seconds} s");
            let limit = format!("-max_total_time={seconds}");
            let corpus = format!("fuzz/corpus/{target}");
            project.create_folder(&corpus)?;
            let mut run = vec!["fuzz", "run", target, &corpus];
            run.extend(SEEDS.iter().find(|(name, _)| name == target).map(|(_, folder)| *folder));
            run.extend(["--", &limit, "-max_len=16384", "-rss_limit_mb=4096", "-timeout=30"]);
            // The runtime needs options that only a nightly compiler takes, or one told to.
            project.cargo_with(&run, &[("RUSTC_BOOTSTRAP", "1")])
        })
    });
    ended(run)
}

fn ended(run: Result<(), String>) -> ExitCode {
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

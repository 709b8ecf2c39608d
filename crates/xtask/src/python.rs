//! The Python package: a virtual environment below the target folder, the package in it, its tests. It knows
//! nothing of what they test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::project::Project;

const PACKAGE: &str = "bindings/python";
const REQUIREMENTS: &str = "bindings/python/requirements-test.txt";
/// The Pythons looked for, the oldest that the package supports first: what works there works later too.
const PYTHONS: [&str; 2] = ["python3.11", "python3"];

/// Installs the package and what its tests need, where that has changed, and runs them.
pub fn test(project: &Project) -> Result<(), String> {
    let (environment, python) = environment(project, "python", REQUIREMENTS)?;
    // maturin finds the environment by this variable; the package is built as cargo builds the rest.
    let environment = shown(&environment);
    let variables = [("VIRTUAL_ENV", environment.as_str())];
    let manifest = format!("{PACKAGE}/Cargo.toml");
    project.run_with(
        &python,
        &["-m", "maturin", "develop", "--quiet", "--manifest-path", &manifest],
        &variables,
    )?;
    project.run_with(
        &python,
        &["-m", "pytest", "-c", &format!("{PACKAGE}/pyproject.toml"), PACKAGE],
        &variables,
    )
}

/// A virtual environment of that name below the target folder with these requirements in it, and its Python.
pub fn environment(project: &Project, name: &str, requirements: &str) -> Result<(PathBuf, String), String> {
    let environment = project.target().join(name);
    let python = environment.join("bin").join("python");
    if !python.is_file() {
        let found = PYTHONS.into_iter().find(|python| answers(project, python)).ok_or(
            "neither python3.11 nor a later python3 answers: install Python 3.11 with venv and pip, and run this again",
        )?;
        project.run(found, &["-m", "venv", &shown(&environment)])?;
    }
    let python = shown(&python);
    install(project, &environment, &python, requirements)?;
    Ok((environment, python))
}

fn answers(project: &Project, python: &str) -> bool {
    let code = "import sys, venv; sys.exit(sys.version_info < (3, 11))";
    let mut command = project.command(python, &["-c", code]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Installs the requirements once, and again when their list changes.
fn install(project: &Project, environment: &Path, python: &str, requirements: &str) -> Result<(), String> {
    let wanted = read(&project.root().join(requirements))?;
    let stamp = environment.join("requirements-installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    project.run(python, &["-m", "pip", "install", "--quiet", "--requirement", requirements])?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn read(path: &PathBuf) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

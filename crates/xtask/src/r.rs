//! The R package: R and what its tests need from Debian, the package in a library below the target folder, its
//! tests, and R's own check of what would be given away. It knows nothing of what they test.
//!
//! The native part is a member of the workspace whose dependencies cannot be built where R is not. There the
//! other members are worked on without it, and the run says so.

use std::fs;
use std::path::Path;

use crate::needs::{from_debian, quietly};
use crate::project::Project;
use crate::step::Outcome;

const PACKAGE: &str = "bindings/r";
/// What the tests need of R, by the names that R knows.
const NEEDED: [&str; 9] =
    ["bit64", "cli", "dplyr", "ggplot2", "knitr", "reticulate", "rmarkdown", "testthat", "tibble"];

/// The notes of R's check that bindings/r/README.md explains.
const EXPLAINED: [&str; 1] = ["* checking installed package size ... NOTE"];

/// Installs R and its packages where the system lets us. Without them the native part and its tests are left
/// out, loudly; with CI=true that is a failure.
pub fn provide(project: &Project) -> Result<(), String> {
    if is_complete(project) {
        return Ok(());
    }
    println!("R or packages of it are missing; installing them with apt-get.");
    let packages: Vec<String> = NEEDED.iter().map(|name| format!("r-cran-{name}")).collect();
    let packages = packages.iter().map(String::as_str);
    let wanted: Vec<&str> = ["r-base-core", "pandoc", "xz-utils"].into_iter().chain(packages).collect();
    if from_debian(project, &wanted) && is_complete(project) {
        return Ok(());
    }
    let what = format!("R with {} and pandoc could not be installed", NEEDED.join(", "));
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("{what}, and CI=true asks for every test"));
    }
    println!("{what}: the R package is LEFT OUT.");
    Ok(())
}

fn is_complete(project: &Project) -> bool {
    let code =
        format!("quit(status = !all(c(\"{}\") %in% rownames(installed.packages())))", NEEDED.join("\", \""));
    quietly(project, "Rscript", &["--vanilla", "-e", &code]) && quietly(project, "pandoc", &["--version"])
}

fn answers(project: &Project) -> bool {
    quietly(project, "R", &["--version"])
}

/// The members of the workspace that can be built on this machine, as cargo is told them.
pub fn members(project: &Project) -> &'static [&'static str] {
    if answers(project) { &["--workspace"] } else { &["--workspace", "--exclude", "kilter-r"] }
}

/// Installs the package as cargo builds the rest, and runs its tests.
pub fn test(project: &Project) -> Result<Outcome, String> {
    if !is_complete(project) {
        return Ok(Outcome::NotChecked("R or packages of it are missing".to_owned()));
    }
    let library = install(project, "library", Profile::Dev)?;
    let root = shown(project.root());
    let run = format!(
        "testthat::test_dir(\"{PACKAGE}/tests/testthat\", package = \"kilter\", load_package = \"installed\", \
         reporter = \"check\", stop_on_failure = TRUE)"
    );
    let variables = [("R_LIBS", library.as_str()), ("KILTER_PROJECT", root.as_str()), ("LC_ALL", "C.UTF-8")];
    project.run_with("Rscript", &["--no-save", "--no-environ", "-e", &run], &variables)?;
    Ok(Outcome::Passed)
}

/// The package as its users install it, in a library of its own; `None`, and a line that says so, where R is not
/// there.
pub fn release(project: &Project) -> Result<Option<String>, String> {
    if !answers(project) {
        println!("R does not answer: its package is not installed");
        return Ok(None);
    }
    install(project, "release-library", Profile::Release).map(Some)
}

/// How cargo builds the native part, as the package's `configure` reads it.
#[derive(Clone, Copy)]
enum Profile {
    Dev,
    Release,
}

/// Installs the package into a library below the target folder, and gives its place. What cargo builds stays where
/// it keeps the rest.
fn install(project: &Project, library: &str, profile: Profile) -> Result<String, String> {
    let target = project.target();
    let library = target.join("r").join(library);
    fs::create_dir_all(&library).map_err(|error| format!("{}: {error}", library.display()))?;
    let library = shown(&library);
    let profile = match profile {
        Profile::Dev => "dev",
        Profile::Release => "release",
    };
    project.run_with(
        "R",
        &["CMD", "INSTALL", "--no-docs", "--no-multiarch", &format!("--library={library}"), PACKAGE],
        &[("KILTER_PROFILE", profile), ("KILTER_TARGET", &shown(&target))],
    )?;
    Ok(library)
}

/// Builds the package as it would be given away, with all its sources, and lets R check it.
pub fn check(project: &Project) -> Result<Outcome, String> {
    if !is_complete(project) {
        return Ok(Outcome::NotChecked("R or packages of it are missing".to_owned()));
    }
    let folder = project.target().join("r");
    let staged = folder.join("package");
    project.run("Rscript", &[&format!("{PACKAGE}/bootstrap.R"), &shown(&staged)])?;
    // One folder of what is built for all the times that R builds it.
    let target = shown(&folder.join("check"));
    // It is checked as anybody would who does not have the project.
    let variables =
        [("KILTER_TARGET", target.as_str()), ("KILTER_PROJECT", ""), ("R_LIBS", ""), ("LC_ALL", "C.UTF-8")];
    project.run_with("R", &["CMD", "build", &shown(&staged)], &variables)?;
    let built = format!("kilter_{}.tar.gz", env!("CARGO_PKG_VERSION"));
    let there = folder.join(&built);
    fs::rename(project.root().join(&built), &there).map_err(|error| format!("{built}: {error}"))?;
    let output = format!("--output={}", shown(&folder));
    project.run_with("R", &["CMD", "check", "--no-manual", &output, &shown(&there)], &variables)?;
    let log = folder.join("kilter.Rcheck").join("00check.log");
    let said = fs::read_to_string(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let remarks = remarks(&said);
    if remarks.is_empty() { Ok(Outcome::Passed) } else { Err(remarks.join("; ")) }
}

/// The checks that ended otherwise than well, but for those notes that the page of the package explains. R itself
/// only fails where there is an error.
fn remarks(log: &str) -> Vec<&str> {
    let remark = |line: &&str| [" NOTE", " WARNING", " ERROR"].iter().any(|end| line.ends_with(end));
    let checks = log.lines().filter(|line| line.starts_with("* "));
    checks.filter(remark).filter(|line| !EXPLAINED.contains(line)).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::remarks;

    #[test]
    fn a_check_with_a_warning_or_a_note_that_is_not_explained_has_not_passed() {
        let sound = "* checking if there is a namespace ... OK\n* checking installed package size ... NOTE\n\
                     * DONE\n\nStatus: 1 NOTE\n";
        assert!(remarks(sound).is_empty());
        let spoiled =
            [sound, "* checking Rd files ... WARNING\n* checking tests ... ERROR\n* checking S3 ... NOTE\n"];
        assert_eq!(remarks(&spoiled.concat()).len(), 3);
    }
}

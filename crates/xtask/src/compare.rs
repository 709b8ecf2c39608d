//! kilter beside what people use instead: an environment for Python, R where it is installed, and the program that
//! runs them all. It knows no job, and of the tools only which one needs kilter in R.

use crate::needs::quietly;
use crate::project::Project;
use crate::{python, r};
use std::env;
use std::path::PathBuf;

const REQUIREMENTS: &str = "benches/compare/requirements.txt";

/// Makes the environment and runs the comparison; the arguments go to its program.
pub fn run(project: &Project, arguments: &[&str]) -> Result<(), String> {
    let (_, python) = python::environment(project, "compare-python", REQUIREMENTS)?;
    // kilter through Python, as its users install it; what is built stays where cargo keeps the rest.
    let target = project.target().display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", "./bindings/python"];
    project.run_with(&python, &install, &[("CARGO_TARGET_DIR", target.as_str())])?;
    let folder = project.target().join("compare").display().to_string();
    let mut run =
        vec!["run", "--quiet", "--release", "--package", "kilter-benches", "--example", "compare", "--"];
    run.extend(["--python", &python, "--folder", &folder]);
    let mut libraries = Vec::new();
    if quietly(project, "Rscript", &["--version"]) {
        run.extend(["--rscript", "Rscript"]);
        if is_asked_for(arguments, "kilter-r") {
            libraries.extend(r::release(project)?.map(PathBuf::from));
        }
    } else {
        println!("Rscript does not answer: kilter through R, data.table and dplyr are left out");
    }
    // Before those where data.table and dplyr may stand.
    libraries.extend(env::split_paths(&env::var_os("R_LIBS").unwrap_or_default()));
    let libraries = env::join_paths(libraries).map_err(|error| format!("R_LIBS: {error}"))?;
    run.extend(arguments);
    project.cargo_with(&run, &[("R_LIBS", &libraries.to_string_lossy())])
}

/// Whether a tool is among those of `--tools`; all are, where none are named.
fn is_asked_for(arguments: &[&str], tool: &str) -> bool {
    let named = arguments.iter().position(|argument| *argument == "--tools");
    let named = named.and_then(|place| arguments.get(place + 1));
    named.is_none_or(|tools| tools.split(',').any(|named| named.trim() == tool))
}

#[cfg(test)]
mod tests {
    use super::is_asked_for;

    #[test]
    fn kilter_is_built_for_r_where_no_tools_or_its_own_is_named_and_not_for_others() {
        assert!(is_asked_for(&["--size", "S"], "kilter-r"));
        assert!(is_asked_for(&["--tools", "kilter, kilter-r", "--size", "S"], "kilter-r"));
        assert!(!is_asked_for(&["--tools", "kilter,dplyr"], "kilter-r"));
        assert!(!is_asked_for(&["--tools", "kilter-rs"], "kilter-r"));
    }
}

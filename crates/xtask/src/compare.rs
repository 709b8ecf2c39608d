//! kilter beside what people use instead: an environment for Python, R where it is installed, and the program that
//! runs them all. It knows no job and no tool.

use crate::project::Project;
use crate::python;
use std::process::Stdio;

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
    let mut rscript = project.command("Rscript", &["--version"]);
    if rscript.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        run.extend(["--rscript", "Rscript"]);
    } else {
        println!("Rscript does not answer: data.table and dplyr are left out");
    }
    run.extend(arguments);
    project.cargo(&run)
}

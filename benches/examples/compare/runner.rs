//! Starts the tools one after another, and gathers what they tell. It knows no job from the inside.

use crate::report::{Line, print};
use crate::{Asked, JOBS, door};
use kilter_benches::world::write_tables;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The tools, in the order of the table.
pub const TOOLS: [&str; 11] = [
    "ideal",
    "kilter",
    "kilter-python",
    "kilter-r",
    "numpy",
    "polars",
    "pandas",
    "duckdb",
    "sqlite",
    "data.table",
    "dplyr",
];

/// The jobs whose memory is measured, or whose state would be another's: each has a process of its own.
const ALONE: [&str; 3] = ["J1", "J7", "J10"];

/// Makes figures and stores, where there are none yet.
pub fn make(asked: &Asked) -> Result<(), String> {
    let folder = &asked.folder;
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder.join("answers")).map_err(told)?;
    if !folder.join("made").exists() {
        write_tables(asked.size, folder).map_err(told)?;
        fs::write(folder.join("made"), asked.size.name).map_err(told)?;
    }
    door::make_stores(asked)
}

/// Runs everything, and prints the table.
pub fn run(asked: &Asked) -> Result<(), String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let here = here.display().to_string();
    let asked = &Asked {
        folder: asked.folder.join(asked.size.name),
        peers: asked.peers.clone(),
        jobs: asked.jobs.clone(),
        tools: asked.tools.clone(),
        python: asked.python.clone(),
        rscript: asked.rscript.clone(),
        child: None,
        ..*asked
    };
    child(asked, &here, &[], "figures", &[])?;
    let mut lines: Vec<Line> = Vec::new();
    let wanted = |job: &&str| asked.jobs.iter().any(|wanted| wanted == job) && *job != "J7 cold";
    for tool in &asked.tools {
        let (program, script) = match tool.as_str() {
            "ideal" | "kilter" => (here.clone(), None),
            "kilter-r" | "data.table" | "dplyr" => match &asked.rscript {
                Some(rscript) => (rscript.clone(), Some("peers.R")),
                None => continue,
            },
            _ => match &asked.python {
                Some(python) => (python.clone(), Some("peers.py")),
                None => continue,
            },
        };
        let script: Vec<String> =
            script.map(|script| asked.peers.join(script).display().to_string()).into_iter().collect();
        let (alone, together): (Vec<&str>, Vec<&str>) =
            JOBS.into_iter().filter(wanted).partition(|job| ALONE.contains(job));
        let groups = alone.into_iter().map(|job| vec![job]).chain([together]);
        for jobs in groups.filter(|jobs| !jobs.is_empty()) {
            eprintln!("{tool}: {}", jobs.join(", "));
            match child(asked, &program, &script, tool, &jobs) {
                Ok(told) => lines.extend(told.lines().filter_map(Line::read)),
                Err(sentence) => eprintln!("{tool} {}: {sentence}", jobs.join(", ")),
            }
        }
    }
    if asked.jobs.iter().any(|job| job == "J7 cold") {
        lines.extend(cold(asked, &here)?);
    }
    print(asked, &lines)
}

/// Runs a child to its end, and gives what it printed.
fn child(
    asked: &Asked,
    program: &str,
    script: &[String],
    tool: &str,
    jobs: &[&str],
) -> Result<String, String> {
    let threads = asked.threads.to_string();
    let mut command = Command::new(program);
    command.args(script);
    command.args(["--child", tool, "--size", asked.size.name, "--runs", &asked.runs.to_string()]);
    command.args(["--tables", if asked.tables { "yes" } else { "no" }]);
    command.args(["--threads", &threads]).arg("--folder").arg(&asked.folder);
    if !jobs.is_empty() {
        command.args(["--jobs", &jobs.join(",")]);
    }
    for variable in [
        "RAYON_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "OMP_NUM_THREADS",
        "ARROW_NUM_THREADS",
        "R_DATATABLE_NUM_THREADS",
    ] {
        command.env(variable, &threads);
    }
    command.stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// One series with its evaluation from a process that is started for it.
fn cold(asked: &Asked, here: &str) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let peers = asked.peers.join("peers.py").display().to_string();
    for tool in &asked.tools {
        let (program, script, child_of) = match (tool.as_str(), &asked.python) {
            ("kilter", _) => (here, Vec::new(), "one series".to_owned()),
            ("polars" | "pandas" | "duckdb" | "sqlite", Some(python)) => {
                (python.as_str(), vec![peers.clone()], format!("one series {tool}"))
            }
            _ => continue,
        };
        let mut wall = Vec::new();
        for _ in 0..asked.runs.max(7) {
            let start = Instant::now();
            child(asked, program, &script, &child_of, &[])?;
            wall.push(start.elapsed().as_secs_f64() * 1e3);
        }
        lines.push(Line::of_process(tool, "J7 cold", wall));
    }
    Ok(lines)
}

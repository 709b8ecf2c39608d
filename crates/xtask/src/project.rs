//! Where the project stands on this machine, and how commands are run in it. It knows no step and no task.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the advisory database may take: a firewall that drops packets would otherwise hold up every run.
const FETCH_LIMIT: Duration = Duration::from_secs(120);

/// The project's root folder and the cargo that runs this task.
pub struct Project {
    root: PathBuf,
    cargo: PathBuf,
}

impl Project {
    pub fn new() -> Self {
        // What cargo says at run time goes first: two clones may share a target folder, and with it this program.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
        let root = manifest
            .as_deref()
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")), Path::new)
            .ancestors()
            .nth(2)
            .expect("the manifest of xtask stands two folders below the root")
            .to_path_buf();
        let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Self { root, cargo }
    }

    /// A command in the project's root folder.
    pub fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// The project's root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// Runs a program, with its output going where ours goes.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        self.run_with(program, arguments, &[])
    }

    /// The same with environment variables of its own.
    pub fn run_with(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<(), String> {
        let mut command = self.command(program, arguments);
        command.envs(variables.iter().copied());
        let shown = format!("{program} {}", arguments.join(" "));
        let status = command.status().map_err(|error| format!("`{shown}` could not be started: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
    }

    /// Runs cargo, with its output going where ours goes.
    pub fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        self.cargo_with(arguments, &[])
    }

    /// The same with environment variables of its own.
    pub fn cargo_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
        self.run_with(&self.cargo.to_string_lossy(), arguments, variables)
    }

    /// Whether a cargo command answers at all; its output is not shown.
    pub fn cargo_answers(&self, arguments: &[&str]) -> bool {
        self.command(&self.cargo, arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// The names of the fuzz targets, in order.
    pub fn fuzz_targets(&self) -> Result<Vec<String>, String> {
        let folder = self.root.join("fuzz/fuzz_targets");
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Makes a folder of the project where it is not there yet.
    pub fn create_folder(&self, folder: &str) -> Result<(), String> {
        let path = self.root.join(folder);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Brings the advisory database up to date, or says in one line why that was not possible.
    pub fn fetch_advisories(&self) -> Result<(), String> {
        let child = self
            .command(&self.cargo, &["deny", "fetch", "db"])
            // Git must not wait for a name and a password that nobody will type.
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo deny could not be started: {error}"))?;
        finish_within(FETCH_LIMIT, child)
    }

    /// Says before and after a run whether the published data stand beside the project. With CI=true a run
    /// without them does not start, for it would prove less than it seems to.
    pub fn with_shared(&self, run: impl FnOnce() -> ExitCode) -> ExitCode {
        let shared = self.root.with_file_name("shared");
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        let line = match shared_line(&shared, shared.is_dir(), in_ci) {
            Ok(line) => line,
            Err(refusal) => {
                eprintln!("{refusal}");
                return ExitCode::FAILURE;
            }
        };
        println!("{line}");
        let code = run();
        println!("{line}");
        code
    }
}

fn shared_line(shared: &Path, stands: bool, in_ci: bool) -> Result<String, String> {
    let shown = shared.display();
    match (stands, in_ci) {
        (true, _) => Ok(format!("Published data: {shown} stands beside the project; tests on it run.")),
        (false, false) => Ok(format!(
            "Published data: {shown} does not stand beside the project; tests on it are LEFT OUT."
        )),
        (false, true) => Err(format!(
            "Published data: {shown} does not stand beside the project, and CI=true asks for every test. \
             Put the folder there, or unset CI to run without the tests on it."
        )),
    }
}

fn finish_within(limit: Duration, mut child: Child) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let ended = child.try_wait().map_err(|error| format!("it could not be waited for: {error}"))?;
        if ended.is_some() {
            break;
        }
        if started.elapsed() >= limit {
            // What it wrote so far is not read: its own children may still hold the pipe open.
            child
                .kill()
                .and_then(|()| child.wait())
                .map_err(|error| format!("it could not be stopped: {error}"))?;
            return Err(format!("no answer within {} s", limit.as_secs()));
        }
        thread::sleep(Duration::from_millis(50));
    }
    let output =
        child.wait_with_output().map_err(|error| format!("its output could not be read: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Err(last.map_or_else(|| output.status.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_data_is_said_and_under_ci_refused() {
        let shared = Path::new("shared");
        assert!(shared_line(shared, true, true).unwrap().contains("tests on it run"));
        assert!(shared_line(shared, true, false).unwrap().contains("tests on it run"));
        assert!(shared_line(shared, false, false).unwrap().contains("LEFT OUT"));
        assert!(shared_line(shared, false, true).unwrap_err().contains("CI=true"));
    }

    #[test]
    #[cfg(unix)]
    fn a_fetch_that_never_answers_is_given_up_and_a_failed_one_keeps_its_last_words() {
        let sh = |script: &str| {
            Command::new("sh")
                .args(["-c", script])
                .stderr(Stdio::piped())
                .spawn()
                .expect("a shell stands on unix")
        };
        assert_eq!(finish_within(Duration::from_secs(60), sh("exit 0")), Ok(()));
        let failed =
            finish_within(Duration::from_secs(60), sh("echo first >&2; echo no such host >&2; exit 3"));
        assert_eq!(failed, Err("no such host".to_owned()));
        let slow = finish_within(Duration::from_millis(100), sh("exec sleep 60"));
        assert_eq!(slow, Err("no answer within 0 s".to_owned()));
    }
}

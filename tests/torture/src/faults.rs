//! Full disks, quotas, permissions, vanished folders and file systems that turn read-only, in the middle
//! of a step: a clear error, the store at its last release, and going on once the trouble is over.

use crate::chance::Chance;
use crate::check::{self, Checked};
use crate::disk;
use crate::mounts;
use crate::plan::Plan;
use crate::recording;
use crate::scratch;
use crate::session::{self, End, Session};
use kilter_store::{Mode, Store, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// Makes the system refuse what a writer asks of it.
#[derive(Debug, Clone, clap::Args)]
pub struct Faults {
    /// How many sessions meet a refusal of the system
    #[arg(long, default_value_t = 600)]
    pub sessions: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
}

/// A store that an unprivileged user may not write for a while.
#[derive(Debug, Clone, clap::Args)]
pub struct Denied {
    folder: PathBuf,
    #[arg(long)]
    seed: u64,
}

const ERRORS: [&str; 5] = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES"];
/// Acknowledgements are gathered writes, which are left alone.
///
/// With each kind, about how often a thread of a session asks for it.
const CALLS: [(&str, usize); 6] = [
    ("write,pwrite64", 24),
    ("fsync,fdatasync", 40),
    ("rename,renameat,renameat2,link,linkat", 12),
    ("ftruncate,fallocate", 4),
    ("mkdir,mkdirat", 6),
    ("unlink,unlinkat,rmdir", 6),
];
const NOBODY: u32 = 65_534;

impl Faults {
    /// Runs every kind of trouble this machine can make.
    pub fn run(&self, seed: u64) -> Checked<String> {
        let mut said = vec![self.refusals(seed)?, vanished(seed)?, denied(seed)?];
        said.extend(mounts::run(seed)?);
        Ok(said.join("; "))
    }

    fn refusals(&self, seed: u64) -> Checked<String> {
        recording::possible()?;
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for number in 0..self.sessions {
            let mut chance = Chance::new(seed, number as u64);
            let (error, (calls, most)) = (*chance.one_of(&ERRORS), CALLS[number % CALLS.len()]);
            // Once, or from then on.
            let (nth, lasting) = (1 + chance.below(most), chance.percent(50));
            let what = format!("{error} from {calls}, call {nth}{}", if lasting { " and on" } else { "" });
            let end = one_refusal(seed.wrapping_add(number as u64 / 12), error, calls, nth, lasting);
            let end = end.map_err(|e| format!("session {number} ({what}): {e}"))?;
            *ends.entry(end).or_default() += 1;
        }
        let ends: Vec<String> = ends.iter().map(|(end, n)| format!("{n} {end}")).collect();
        Ok(format!("{} sessions with a refused call: {}", self.sessions, ends.join(", ")))
    }
}

/// A session of so many steps in a folder.
pub fn session(folder: &Path, seed: u64, steps: usize) -> Session {
    Session {
        store: folder.join("store"),
        oracle: folder.join("oracle"),
        seed,
        steps,
        end: End::Close,
        again: false,
    }
}

/// A session in which the system refuses something, and what stands afterwards.
fn one_refusal(seed: u64, error: &str, calls: &str, nth: usize, lasting: bool) -> Checked<&'static str> {
    let folder = scratch::folder()?;
    let first = session(folder.path(), seed, 2);
    let io = |e: std::io::Error| e.to_string();
    // Half of the sessions make the store; the others find one.
    if seed.is_multiple_of(2) && !first.command().and_then(|mut c| c.status()).map_err(io)?.success() {
        return Err("the first session failed without a refusal".into());
    }
    // What is refused once is tried again with the same handle.
    let refused = Session { again: !lasting, ..session(folder.path(), seed, 4) };
    let output = Command::new("timeout")
        .args(["--kill-after=1", "60", "strace", "-f", "-q", "-e", &format!("trace={calls}"), "-e"])
        .arg(format!("inject={calls}:error={error}:when={nth}{}", if lasting { "+" } else { "" }))
        .args(["-o", "/dev/null", "--"])
        .arg(std::env::current_exe().map_err(io)?)
        .args(refused.arguments())
        .output()
        .map_err(io)?;
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code().is_none_or(|code| code == 124 || code == 137) {
        return Err(format!("it did not end within a minute: {message}"));
    }
    // A panic of the engine of the index that was caught has left its words; one that was not ends with 101.
    if output.status.code().is_none_or(|code| code > 1) {
        return Err(format!("it ended with {}: {message}", output.status));
    }
    let acknowledged = session::acknowledged(&refused.oracle);
    let plan = Plan::new(seed);
    let found =
        check::after_a_crash(&refused.store, plan, acknowledged).map_err(|e| format!("{e}\n{message}"))?;
    let refusals = message.lines().filter(|line| line.contains("store") && line.len() > 40).count();
    if output.status.success() {
        return Ok(if refusals > 0 {
            "went on with the same handle after an error"
        } else {
            "went on without one"
        });
    }
    if refusals == 0 {
        return Err(format!("the error says too little: {message:?}"));
    }
    match (found, acknowledged) {
        (Some(found), Some(acknowledged)) if found.steps > acknowledged => {
            Ok("failed after the release was whole")
        }
        _ => Ok("failed with the store at its last release"),
    }
}

/// The folder of the store is moved away while steps are taken.
fn vanished(seed: u64) -> Checked<String> {
    const TIMES: usize = 12;
    let io = |e: std::io::Error| e.to_string();
    for time in 0..TIMES {
        let folder = scratch::folder()?;
        let session = session(folder.path(), seed.wrapping_add(time as u64), usize::MAX);
        let elsewhere = folder.path().join("elsewhere");
        let mut command = session.command().map_err(io)?;
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(io)?;
        while session::acknowledged(&session.oracle).is_none_or(|steps| steps < 2 + time) {
            if let Some(status) = child.try_wait().map_err(io)? {
                return Err(format!("the session ended by itself with {status}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        fs::rename(&session.store, &elsewhere).map_err(io)?;
        let output = child.wait_with_output().map_err(io)?;
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            return Err("the store was moved away and nothing was noticed".into());
        }
        if session.store.exists() {
            let made = disk::tree(&session.store).map_err(io)?;
            return Err(format!("something was made in the place of the store: {:?}", made.keys()));
        }
        if !message.contains(&*session.store.to_string_lossy()) || message.contains("panicked") {
            return Err(format!("the message does not name the store: {message}"));
        }
        fs::rename(&elsewhere, &session.store).map_err(io)?;
        let acknowledged = session::acknowledged(&session.oracle);
        check::after_a_crash(&session.store, Plan::new(seed.wrapping_add(time as u64)), acknowledged)?;
    }
    Ok(format!("{TIMES} folders that vanished during a step and came back, all whole"))
}

/// Runs the part without privileges as a process of nobody, where this one has them.
fn denied(seed: u64) -> Checked<String> {
    let io = |e: std::io::Error| e.to_string();
    let folder = scratch::folder()?;
    let program = folder.path().join("program");
    fs::copy(std::env::current_exe().map_err(io)?, &program).map_err(io)?;
    let mut command = Command::new(&program);
    command.arg("denied").arg(folder.path()).args(["--seed", &seed.to_string()]);
    if is_root() {
        use std::os::unix::process::CommandExt;
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).map_err(io)?;
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().map_err(io)?;
    if !output.status.success() {
        return Err(format!("no permission: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok("a store without permission is read, refuses to be written, and goes on when permission is back"
        .into())
}

impl Denied {
    /// Runs it; what went wrong is said on standard error.
    pub fn run(&self) -> ExitCode {
        match check::without_panic(|| self.work()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(what) => {
                eprintln!("{what}");
                ExitCode::FAILURE
            }
        }
    }

    fn work(&self) -> Checked<()> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.join("store");
        let plan = Plan::new(self.seed);
        let text = |e: StoreError| e.to_string();
        let allow = |place: &Path, mode| {
            fs::set_permissions(place, fs::Permissions::from_mode(mode)).map_err(|e| e.to_string())
        };
        let mut store = Store::create(&path, plan.beginning()).map_err(text)?;
        plan.step(1).apply(&mut store).map_err(text)?;
        allow(&path.join("ledger"), 0o555)?;
        let Err(error) = plan.step(2).apply(&mut store) else {
            return Err("it was written without permission".into());
        };
        if !matches!(error, StoreError::NoPermission { .. }) {
            return Err(format!("it is refused as something else: {error}"));
        }
        check::says(&store, &plan.after(1))?;
        allow(&path.join("ledger"), 0o755)?;
        plan.step(2).apply(&mut store).map_err(text)?;
        drop(store);
        for place in ["ledger", "index", "lock", "."] {
            allow(&path.join(place), if place == "lock" { 0o444 } else { 0o555 })?;
        }
        match Store::open(&path, Mode::Write) {
            Err(StoreError::NoPermission { .. }) => {}
            Err(other) => return Err(format!("it is refused as something else: {other}")),
            Ok(_) => return Err("it was opened for writing without permission".into()),
        }
        check::says(&Store::open(&path, Mode::Read).map_err(text)?, &plan.after(2))?;
        for place in [".", "ledger", "index", "lock"] {
            allow(&path.join(place), if place == "lock" { 0o644 } else { 0o755 })?;
        }
        check::after_a_crash(&path, plan, Some(2)).map(drop)
    }
}

/// Whether this process has every privilege.
pub fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

//! The system calls of a session, as strace writes them down: every call by which a file or folder below
//! one root is changed or made durable, with its bytes, and the acknowledgements, in one order.
//!
//! strace sees what a process asks of the kernel whatever library asks it, sled's writes among them. What
//! it cannot see, writing to mapped memory, is refused when it is asked for; and the reader of a recording
//! holds its end against the files themselves.

use crate::check::Checked;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A file was opened; it may have been made or emptied by that.
    Open { path: PathBuf, create: bool, empty: bool },
    /// Bytes were written.
    Write { path: PathBuf, offset: u64, bytes: Vec<u8> },
    /// A file was given a length.
    Length { path: PathBuf, length: u64 },
    /// A file or folder was made durable, as far as it was changed before the call began.
    Sync { path: PathBuf, since: usize },
    /// Something got another name.
    Rename { from: PathBuf, to: PathBuf },
    /// Something got one name more.
    Link { from: PathBuf, to: PathBuf },
    /// A name was removed.
    Remove { path: PathBuf },
    /// A folder was made.
    Folder { path: PathBuf },
    /// So many steps were acknowledged.
    Acknowledged(usize),
}

const TRACED: &str = "trace=open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,\
                      fallocate,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,\
                      mkdir,mkdirat,fsync,fdatasync,sync,syncfs,lseek,dup,dup2,dup3,mmap,copy_file_range,\
                      sendfile,splice,clone,clone3,fork,vfork,close";

/// Whether sessions can be recorded on this machine; else why not.
pub fn possible() -> Result<(), String> {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("strace does not work here: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(e) => Err(format!("strace, which records system calls, cannot be started ({e}); install it")),
    }
}

/// Runs this program with those arguments and returns what it did below the root. `earlier`: how many calls came before;
/// `killed_at`: the call that makes something durable on entering which the session is killed, counted
/// from 1, where it is.
pub fn record(
    arguments: &[OsString],
    oracle: &Path,
    root: &Path,
    earlier: usize,
    killed_at: Option<usize>,
) -> Checked<Vec<Call>> {
    let out = oracle.with_extension("calls");
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-s", "268435456", "-e", TRACED]);
    if let Some(nth) = killed_at {
        strace.args(["-e", &format!("inject=fsync,fdatasync:signal=SIGKILL:when={nth}")]);
    }
    let output = strace
        .arg("-o")
        .arg(&out)
        .arg("--")
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|e| format!("strace: {e}"))?;
    // Killed, it has no exit code.
    if output.status.code().is_some_and(|code| code != 0) {
        return Err(format!("what was recorded failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = std::fs::read_to_string(&out).map_err(|e| e.to_string())?;
    std::fs::remove_file(&out).map_err(|e| e.to_string())?;
    let mut reader = Reader {
        root,
        oracle,
        earlier,
        calls: Vec::new(),
        positions: HashMap::new(),
        begun: HashMap::new(),
        leaders: leaders(&text),
    };
    for line in text.lines() {
        reader
            .line(line)
            .map_err(|e| format!("{e} in the recorded line {}", &line[..line.len().min(200)]))?;
    }
    Ok(reader.calls)
}

/// The process of each thread, which shares its open files.
fn leaders(text: &str) -> HashMap<&str, &str> {
    let mut leaders = HashMap::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        if let Some((call, made)) = rest.rsplit_once(" = ")
            && call.contains("clone")
            && made.parse::<u32>().is_ok()
        {
            // The flags of a call that another one interrupted stand in its first half.
            let shares = !call.contains("flags=") || call.contains("CLONE_FILES");
            leaders.insert(made, if shares { thread } else { made });
        }
    }
    leaders
}

struct Reader<'a> {
    root: &'a Path,
    oracle: &'a Path,
    earlier: usize,
    calls: Vec<Call>,
    /// Where the next write goes, by process and number of the open file.
    positions: HashMap<(String, String), u64>,
    /// Calls that other threads interrupted: their first half, and how many calls came before.
    begun: HashMap<String, (String, usize)>,
    leaders: HashMap<&'a str, &'a str>,
}

/// The parts of a call between its commas, those in brackets and quotes left whole.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut quoted) = (0i32, 0, false);
    let mut parts = Vec::new();
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' | '{' | '<' | '(' => depth += 1,
            ']' | '}' | '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// The bytes of `\x61\x62`.
fn unhex(text: &str) -> Checked<Vec<u8>> {
    let pairs = text.split("\\x").skip(1);
    pairs.map(|pair| u8::from_str_radix(pair, 16).map_err(|_| format!("{pair:?} is no byte"))).collect()
}

fn quoted(text: &str) -> Checked<Vec<u8>> {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    unhex(inner.ok_or_else(|| format!("{} is not a whole text", &text[..text.len().min(40)]))?)
}

fn path_of(bytes: Vec<u8>) -> Checked<PathBuf> {
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| "a path that is no text".into())
}

/// The number and the path of an open file, `5<\x2f\x61>`; no path where its last name was removed.
fn opened(text: &str) -> Checked<(&str, Option<PathBuf>)> {
    let Some((number, rest)) = text.split_once('<') else { return Ok((text, None)) };
    match rest.strip_suffix('>') {
        Some(path) if path.starts_with("\\x") => Ok((number, Some(path_of(unhex(path)?)?))),
        _ => Ok((number, None)),
    }
}

/// The path of two arguments: the folder it begins from, and the rest.
fn beside(folder: &str, name: &str) -> Checked<PathBuf> {
    let (_, folder) = opened(folder)?;
    Ok(folder.unwrap_or_default().join(path_of(quoted(name)?)?))
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> Checked<()> {
        let Some((thread, rest)) = line.split_once(' ') else { return Ok(()) };
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            return Ok(());
        }
        if let Some(first) = rest.strip_suffix("<unfinished ...>") {
            self.begun.insert(thread.to_owned(), (first.trim_end().to_owned(), self.now()));
            return Ok(());
        }
        let (whole, since) = match rest.strip_prefix("<... ").and_then(|r| r.split_once(" resumed>")) {
            Some((_, second)) => {
                let (first, since) = self.begun.remove(thread).ok_or("an end without a beginning")?;
                (format!("{first}{second}"), since)
            }
            None => (rest.to_owned(), self.now()),
        };
        let Some((name, rest)) = whole.split_once('(') else { return Ok(()) };
        let Some((inside, result)) = rest.rsplit_once(" = ") else { return Ok(()) };
        let result = result.trim();
        if result.starts_with("-1") || result.starts_with('?') {
            return Ok(());
        }
        let inside = inside.trim_end().strip_suffix(')').ok_or("no end of the arguments")?;
        let process = self.process(thread);
        self.call(name, &arguments(inside), result, &process, since)
    }

    fn now(&self) -> usize {
        self.earlier + self.calls.len()
    }

    fn process(&self, thread: &str) -> String {
        let mut leader = thread;
        while let Some(next) = self.leaders.get(leader).filter(|next| **next != leader) {
            leader = next;
        }
        leader.to_owned()
    }

    /// The path from the root; `None` where it lies elsewhere.
    fn inside(&self, path: Option<&Path>) -> Option<PathBuf> {
        path?.strip_prefix(self.root).ok().map(Path::to_owned)
    }

    fn call(&mut self, name: &str, args: &[&str], result: &str, process: &str, since: usize) -> Checked<()> {
        let position = |number: &str| (process.to_owned(), number.to_owned());
        match name {
            "open" | "openat" | "openat2" | "creat" => {
                let flags = args.get(if name == "open" { 1 } else { 2 }).copied().unwrap_or_default();
                let (number, path) = opened(result)?;
                self.positions.insert(position(number), 0);
                let Some(path) = self.inside(path.as_deref()) else { return Ok(()) };
                if name == "openat2"
                    || name == "creat"
                    || flags.contains("O_TMPFILE")
                    || flags.contains("O_APPEND")
                {
                    return Err("a way of opening that is not understood".into());
                }
                let (create, empty) = (flags.contains("O_CREAT"), flags.contains("O_TRUNC"));
                if create || empty {
                    self.calls.push(Call::Open { path, create, empty });
                }
            }
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
                let (number, path) = opened(args[0])?;
                let count: u64 = result.parse().map_err(|_| "no count of bytes")?;
                let at = match name {
                    "write" | "writev" => {
                        let position = self.positions.entry(position(number)).or_default();
                        *position += count;
                        *position - count
                    }
                    _ => args[3].parse().map_err(|_| "no place in the file")?,
                };
                let is_oracle = path.as_deref() == Some(self.oracle);
                let inside = self.inside(path.as_deref());
                if !is_oracle && inside.is_none() {
                    return Ok(());
                }
                let mut bytes = Vec::new();
                // Of several buffers each stands in quotes.
                for part in args[1].split('"').skip(1).step_by(2) {
                    bytes.extend(unhex(part)?);
                }
                if args[1].contains("...") || (bytes.len() as u64) < count {
                    return Err("bytes are missing".into());
                }
                bytes.truncate(count as usize);
                if let Some(path) = inside {
                    self.calls.push(Call::Write { path, offset: at, bytes });
                } else {
                    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
                    let steps = text.parse().map_err(|_| "an acknowledgement that is no number")?;
                    self.calls.push(Call::Acknowledged(steps));
                }
            }
            "lseek" => {
                let (number, _) = opened(args[0])?;
                let to =
                    result.split(' ').next().and_then(|n| n.parse().ok()).ok_or("no place in the file")?;
                self.positions.insert(position(number), to);
            }
            "ftruncate" | "truncate" => {
                let path =
                    if name == "truncate" { Some(path_of(quoted(args[0])?)?) } else { opened(args[0])?.1 };
                let length = args[1].parse().map_err(|_| "no length")?;
                let path = self.inside(path.as_deref());
                self.calls.extend(path.map(|path| Call::Length { path, length }));
            }
            "fsync" | "fdatasync" => {
                let path = self.inside(opened(args[0])?.1.as_deref());
                self.calls.extend(path.map(|path| Call::Sync { path, since }));
            }
            "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
                let (from, to) = match args.len() {
                    2 => (path_of(quoted(args[0])?)?, path_of(quoted(args[1])?)?),
                    _ => (beside(args[0], args[1])?, beside(args[2], args[3])?),
                };
                match (self.inside(Some(&from)), self.inside(Some(&to))) {
                    (None, None) => {}
                    (Some(from), Some(to)) if name.starts_with("rename") => {
                        self.calls.push(Call::Rename { from, to });
                    }
                    (Some(from), Some(to)) => self.calls.push(Call::Link { from, to }),
                    _ => return Err("something crossed the root".into()),
                }
            }
            "unlink" | "unlinkat" | "rmdir" => {
                let path =
                    if name == "unlinkat" { beside(args[0], args[1])? } else { path_of(quoted(args[0])?)? };
                let path = self.inside(Some(&path));
                self.calls.extend(path.map(|path| Call::Remove { path }));
            }
            "mkdir" | "mkdirat" => {
                let path =
                    if name == "mkdirat" { beside(args[0], args[1])? } else { path_of(quoted(args[0])?)? };
                let path = self.inside(Some(&path));
                self.calls.extend(path.map(|path| Call::Folder { path }));
            }
            "mmap" => {
                let path = opened(args[4])?.1;
                if args[3].contains("MAP_SHARED")
                    && args[2].contains("PROT_WRITE")
                    && self.inside(path.as_deref()).is_some()
                {
                    return Err("a file is written through mapped memory, which cannot be recorded".into());
                }
            }
            "close" | "clone" | "clone3" | "fork" | "vfork" => {}
            _ => {
                // A call that changes files in a way this recording cannot follow; elsewhere it may.
                for text in args {
                    let path =
                        if text.starts_with('"') { Some(path_of(quoted(text)?)?) } else { opened(text)?.1 };
                    if self.inside(path.as_deref()).is_some() {
                        return Err(format!("the call {name} is not understood"));
                    }
                }
            }
        }
        Ok(())
    }
}

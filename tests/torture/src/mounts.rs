//! Real file systems that fill up and turn read-only under a store. They are mounted for it, which needs root;
//! where that cannot be, what was not run is said.

use crate::chance::Chance;
use crate::check::{self, Checked, steps_of};
use crate::faults::{is_root, session};
use crate::plan::Plan;
use crate::scratch;
use crate::session;
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::{IndexState, Mode, NewRelease, Store, StoreError};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs what this machine can; what each came to.
pub fn run(seed: u64) -> Checked<Vec<String>> {
    if !may_mount()? {
        return Ok(vec![
            "NOT RUN: the full disk and the file system that turns read-only, which need root to mount one"
                .into(),
        ]);
    }
    Ok(vec![full(seed)?, filled_midway(seed)?, read_only(seed)?, read_only_midway(seed)?])
}

/// A small file system in memory, gone when this is dropped.
struct Mount {
    at: tempfile::TempDir,
}

impl Mount {
    fn new(size: &str) -> Checked<Self> {
        let at = scratch::folder()?;
        call("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], at.path())?;
        Ok(Self { at })
    }

    fn remount(&self, how: &str) -> Checked<()> {
        call("mount", &["-o", &format!("remount,{how}")], self.at.path())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = call("umount", &["-l"], self.at.path());
    }
}

fn call(program: &str, arguments: &[&str], place: &Path) -> Checked<()> {
    let output =
        Command::new(program).args(arguments).arg(place).output().map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

/// Whether a file system can be mounted. As root under `CI=true` it must be possible.
fn may_mount() -> Checked<bool> {
    if !is_root() {
        return Ok(false);
    }
    match Mount::new("1m") {
        Ok(_) => Ok(true),
        Err(e) if std::env::var_os("CI").is_some_and(|value| value == "true") => {
            Err(format!("CI=true asks for the full disk, and none can be mounted: {e}"))
        }
        Err(_) => Ok(false),
    }
}

/// A disk that fills up while steps are taken, and has space again.
fn full(seed: u64) -> Checked<String> {
    let io = |e: std::io::Error| e.to_string();
    let (mut refused, mut without_index) = (0, 0);
    for time in 0..8 {
        let plan = Plan::new(seed.wrapping_add(time));
        let mount = Mount::new("12m")?;
        let path = mount.at.path().join("store");
        let filler = mount.at.path().join("filler");
        let mut store = Store::create(&path, plan.beginning()).map_err(|e| e.to_string())?;
        let mut chance = Chance::new(seed, time);
        let mut steps = 0;
        for round in 0..3 {
            // Somebody else takes what is left, down to anything between nothing and what a few steps need.
            for _ in 0..2 {
                plan.step(steps + 1).apply(&mut store).map_err(|e| format!("with space: {e}"))?;
                steps += 1;
            }
            let left = chance.below((1 << 20) + (96 << 10));
            let taken = fill(&filler, left)?;
            loop {
                match plan.step(steps + 1).apply(&mut store) {
                    Ok(()) => steps += 1,
                    Err(error @ StoreError::DiskFull { .. }) => {
                        let message = error.to_string();
                        if !message.contains("no space") || !message.contains("the store is whole") {
                            return Err(format!("the message says too little: {message}"));
                        }
                        break;
                    }
                    Err(other) => return Err(format!("a full disk is reported as something else: {other}")),
                }
                if steps > 200 {
                    return Err(format!("{taken} bytes were taken, and the disk never filled up"));
                }
            }
            refused += 1;
            check::says(&store, &plan.after(steps)).map_err(|e| format!("on the full disk: {e}"))?;
            check::says(&Store::open(&path, Mode::Read).map_err(|e| e.to_string())?, &plan.after(steps))?;
            if round == 1 {
                drop(store);
                store =
                    Store::open(&path, Mode::Write).map_err(|e| format!("opening on a full disk: {e}"))?;
                without_index += usize::from(matches!(store.index_state(), IndexState::NotUsed { .. }));
                check::says(&store, &plan.after(steps))?;
            }
            fs::remove_file(&filler).map_err(io)?;
            call("mount", &["-o", &format!("remount,size={}m", 24 + 12 * round)], mount.at.path())?;
            if steps_of(&store) != steps {
                return Err("the store is not at its last release".into());
            }
        }
        drop(store);
        check::after_a_crash(&path, plan, Some(steps))?;
    }
    Ok(format!(
        "{refused} times a disk filled up between steps: each refused with the store at its last release, read and \
         continued ({without_index} opened on the full disk without an index)"
    ))
}

/// Fills the file system up to so many bytes.
fn fill(path: &Path, left: usize) -> Checked<usize> {
    use std::io::Write;
    let mut file = fs::File::create(path).map_err(|e| e.to_string())?;
    let mut taken = 0;
    let block = vec![1; 16 << 10];
    while file.write_all(&block).is_ok() {
        taken += block.len();
    }
    let keep = file.metadata().map_err(|e| e.to_string())?.len().saturating_sub(left as u64);
    file.set_len(keep).map_err(|e| e.to_string())?;
    Ok(taken)
}

/// A file system that is mounted read-only under a store.
fn read_only(seed: u64) -> Checked<String> {
    let plan = Plan::new(seed);
    let mount = Mount::new("32m")?;
    let path = mount.at.path().join("store");
    let text = |e: StoreError| e.to_string();
    let mut store = Store::create(&path, plan.beginning()).map_err(text)?;
    for step in 1..=4 {
        plan.step(step).apply(&mut store).map_err(text)?;
    }
    drop(store);
    mount.remount("ro")?;
    check::says(&Store::open(&path, Mode::Read).map_err(text)?, &plan.after(4))?;
    if !Store::verify_at(&path).map_err(text)?.is_sound() {
        return Err("verify finds damage on a read-only file system".into());
    }
    match Store::open(&path, Mode::Write) {
        Err(StoreError::NoPermission { .. }) => {}
        Err(other) => return Err(format!("a read-only file system is reported as something else: {other}")),
        Ok(_) => return Err("it was opened for writing on a read-only file system".into()),
    }
    mount.remount("rw")?;
    check::after_a_crash(&path, plan, Some(4))?;
    Ok("a store on a file system mounted read-only is read, refuses to be written, and goes on after".into())
}

/// About how many bytes a large release takes.
const LARGE: usize = 8 << 20;

/// A release of some megabytes.
fn large(number: u32) -> (NewRelease, Vec<(SeriesKey, Series)>) {
    let new = NewRelease {
        known_at: Date::default(),
        source: format!("large {number}"),
        profile: None,
        file_name: None,
        file_digest: None,
        note: None,
        recorded_at: 0,
    };
    let mut chance = Chance::new(7, u64::from(number));
    let mut series = |area: usize| {
        let key = SeriesKey {
            measure: MeasureId::new("large").expect("a good id"),
            breakdown: Breakdown::total(),
            area: AreaCode::new(&format!("S{area:08}")).expect("a good code"),
        };
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        for month in 0..1_000 {
            // Seven has no end in decimals: eight bytes each.
            let value = Observation::number(chance.below(1_000_000) as f64 / 7.0).expect("finite");
            builder.push(20_000 + month, value, 0);
        }
        (key, builder.build().expect("the months ascend"))
    };
    (new, (0..1_000).map(&mut series).collect())
}

/// Somebody else takes the space while a segment is being written.
fn filled_midway(seed: u64) -> Checked<String> {
    let io = |e: std::io::Error| e.to_string();
    let text = |e: StoreError| e.to_string();
    let plan = Plan::new(seed);
    let (mut midway, mut too_late) = (0, 0);
    for _ in 0..6 {
        let mount = Mount::new("40m")?;
        let path = mount.at.path().join("store");
        let filler = mount.at.path().join("filler");
        let mut store = Store::create(&path, plan.beginning()).map_err(text)?;
        plan.step(1).apply(&mut store).map_err(text)?;
        // So much that the segment and a little more have space.
        fill(&mount.at.path().join("before"), LARGE + (2 << 20))?;
        let ledger = path.join("ledger");
        let (new, batch) = large(1);
        let filling = std::thread::spawn({
            let filler = filler.clone();
            move || {
                let started = Instant::now();
                let begun = || {
                    fs::read_dir(&ledger).is_ok_and(|entries| {
                        entries.flatten().any(|entry| {
                            let is_new = entry.file_name().to_string_lossy().ends_with(".tmp");
                            is_new && entry.metadata().is_ok_and(|found| found.len() > 0)
                        })
                    })
                };
                while !begun() && started.elapsed() < Duration::from_secs(20) {
                    std::hint::spin_loop();
                }
                fill(&filler, 0)
            }
        });
        let appended = store.append_release(new.clone(), batch.clone());
        filling.join().map_err(|_| "the filler panicked")??;
        match appended {
            Err(error @ StoreError::DiskFull { .. }) => {
                midway += 1;
                let message = error.to_string();
                if !message.contains("no space") || !message.contains("the store is whole") {
                    return Err(format!("the message says too little: {message}"));
                }
                check::says(&store, &plan.after(1)).map_err(|e| format!("on the full disk: {e}"))?;
                let left = fs::read_dir(path.join("ledger")).map_err(io)?.flatten();
                if left.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp")) {
                    return Err("what was written of the segment is still there".into());
                }
            }
            Err(other) => return Err(format!("a full disk is reported as something else: {other}")),
            Ok(_) => too_late += 1,
        }
        let had = store.releases().len();
        fs::remove_file(&filler).map_err(io)?;
        fs::remove_file(mount.at.path().join("before")).map_err(io)?;
        store.append_release(large(2).0, large(2).1).map_err(|e| format!("with space again: {e}"))?;
        drop(store);
        let store = Store::open(&path, Mode::Write).map_err(text)?;
        let verification = store.verify().map_err(text)?;
        if !verification.is_sound() || store.releases().len() != had + 1 {
            return Err(format!("afterwards: {verification}"));
        }
    }
    if midway == 0 {
        return Err("the disk never filled up while a segment was written".into());
    }
    Ok(format!(
        "{midway} times a disk filled up in the middle of a segment ({too_late} times just after it): refused, nothing \
         left of it, and gone on"
    ))
}

/// A file system that the kernel turns read-only under a writer, as it does where a disk fails.
fn read_only_midway(seed: u64) -> Checked<String> {
    const TIMES: usize = 4;
    let io = |e: std::io::Error| e.to_string();
    let mut steps = Vec::new();
    for time in 0..TIMES {
        let plan_seed = seed.wrapping_add(time as u64);
        let folder = scratch::folder()?;
        let image = folder.path().join("image");
        fs::File::create(&image).and_then(|file| file.set_len(64 << 20)).map_err(io)?;
        let made = call("mkfs.ext4", &["-q", "-F"], &image);
        let at = folder.path().join("mounted");
        fs::create_dir(&at).map_err(io)?;
        let image_name = image.to_string_lossy().into_owned();
        let mount = || call("mount", &["-o", "loop,errors=remount-ro", &image_name], &at);
        if let Err(why) = made.and_then(|()| mount()) {
            return Ok(format!("NOT RUN: a file system that turns read-only under a writer ({why})"));
        }
        let mounted = Unmounted(&at);
        let session = session(&at, plan_seed, usize::MAX);
        let oracle = folder.path().join("oracle");
        let session = session::Session { oracle, ..session };
        let mut child = session.command().and_then(|mut c| c.stderr(Stdio::piped()).spawn()).map_err(io)?;
        let started = Instant::now();
        while session::acknowledged(&session.oracle).is_none_or(|steps| steps < 3 + 2 * time) {
            if started.elapsed() > Duration::from_secs(60) || child.try_wait().map_err(io)?.is_some() {
                return Err("the session did not get so far".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Err(why) = turn_read_only(&at) {
            child.kill().and_then(|()| child.wait()).map_err(io)?;
            return Ok(format!("NOT RUN: a file system that turns read-only under a writer ({why})"));
        }
        let output = child.wait_with_output().map_err(io)?;
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        // The kernel refuses what is open already as a fault of the disk, and what is opened as read-only.
        let refusals = ["read-only", "Read-only", "Input/output error"];
        let is_said = refusals.iter().any(|words| message.contains(words));
        if output.status.code() != Some(1) || !is_said || !message.contains(&*session.store.to_string_lossy())
        {
            return Err(format!("a file system that turned read-only ends in {}: {message}", output.status));
        }
        let acknowledged = session::acknowledged(&session.oracle);
        let seen =
            Store::open(&session.store, Mode::Read).map_err(|e| format!("it cannot be read then: {e}"))?;
        let there = steps_of(&seen);
        check::says(&seen, &Plan::new(plan_seed).after(there))?;
        drop(seen);
        drop(mounted);
        // As after the next start of the machine. Its code is 1 where it mended something.
        let checked = Command::new("e2fsck").args(["-fy"]).arg(&image).output().map_err(io)?;
        if checked.status.code().is_none_or(|code| code > 1) {
            return Err(format!("e2fsck: {}", String::from_utf8_lossy(&checked.stdout)));
        }
        mount()?;
        let _mounted = Unmounted(&at);
        let found = check::after_a_crash(&session.store, Plan::new(plan_seed), acknowledged)?;
        steps.push(found.map_or(0, |found| found.steps));
    }
    Ok(format!(
        "{TIMES} file systems that turned read-only under a writer, with {steps:?} steps: a clear error, read on the \
         spot, whole and gone on after"
    ))
}

/// A mount that is taken away when this is dropped.
struct Unmounted<'a>(&'a Path);

impl Drop for Unmounted<'_> {
    fn drop(&mut self) {
        let _ = call("umount", &[], self.0);
    }
}

/// Has the kernel find fault with the file system that is mounted there.
fn turn_read_only(at: &Path) -> Checked<()> {
    let mounts = fs::read_to_string("/proc/mounts").map_err(|e| e.to_string())?;
    let at = at.to_string_lossy();
    let line = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at)).ok_or("it is not mounted")?;
    let device = line.split(' ').next().and_then(|device| device.strip_prefix("/dev/")).ok_or("no device")?;
    let trigger = Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error");
    fs::write(&trigger, "kilter").map_err(|e| format!("{}: {e}", trigger.display()))
}

//! Times of this process, and the line that tells them.

use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::time::Instant;

/// What a child says of one job, as a line of JSON.
pub struct Told<'a> {
    pub tool: &'a str,
    pub job: &'a str,
    /// Which way of doing it.
    pub way: &'a str,
    pub times: &'a Times,
}

/// Adds the numbers of an answer to a list.
pub type Answer<'a> = dyn Fn(&mut Vec<f64>) + 'a;

/// The times of every run, in milliseconds.
#[derive(Default)]
pub struct Times {
    pub wall: Vec<f64>,
    pub cpu: Vec<f64>,
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Does the work so often, each time with what was prepared for it outside of the time; the last result stays.
pub fn timed<P, R>(runs: usize, mut prepare: impl FnMut() -> P, mut work: impl FnMut(P) -> R) -> (Times, R) {
    let mut times = Times::default();
    loop {
        let prepared = prepare();
        let (wall, before) = (Instant::now(), cpu());
        let result = work(prepared);
        times.cpu.push(cpu() - before);
        times.wall.push(wall.elapsed().as_secs_f64() * 1e3);
        if times.wall.len() == runs {
            return (times, result);
        }
    }
}

/// Does work that writes into memory which is kept between runs, or into new memory where that is asked for.
pub fn fill<O: Default, R>(kept: &mut O, fresh: bool, work: impl FnOnce(&mut O) -> R) -> R {
    if fresh {
        *kept = O::default();
    }
    work(kept)
}

/// The greatest memory of this process so far, in megabytes; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

impl Told<'_> {
    /// Prints the line; the answers go to files, numbers only, where they are compared.
    pub fn tell(&self, folder: &Path, answers: &[&Answer<'_>]) -> Result<(), String> {
        let peak = peak();
        let mut names = Vec::new();
        for (n, answer) in answers.iter().enumerate() {
            let mut numbers = Vec::new();
            answer(&mut numbers);
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            let name = format!("{}.{}.{}.{n}.f64", self.job, self.tool, self.way).replace(' ', "-");
            let path = folder.join("answers").join(&name);
            std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
            names.push(name);
        }
        let line = serde_json::json!({
            "tool": self.tool, "job": self.job, "way": self.way, "wall": self.times.wall, "cpu": self.times.cpu,
            "peak": peak, "answers": names,
        });
        println!("{line}");
        Ok(())
    }
}

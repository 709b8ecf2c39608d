//! Many processes read while one writes: each sees whole releases only, never fewer than before, and can
//! say which.

use crate::check::{self, Checked};
use crate::plan::Plan;
use crate::scratch;
use crate::session::{self, End, Session};
use kilter_store::{Mode, Store, StoreError};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

/// Has many processes read while one adds releases.
#[derive(Debug, Clone, clap::Args)]
pub struct Readers {
    /// How many processes read
    #[arg(long, default_value_t = 8)]
    pub readers: usize,
    /// How many steps the writer takes
    #[arg(long, default_value_t = 150)]
    pub steps: usize,
    /// The seed; one is chosen and printed where left out
    #[arg(long)]
    pub seed: Option<u64>,
}

/// One of them: it looks again and again until it has seen the last step.
#[derive(Debug, Clone, clap::Args)]
pub struct Reader {
    store: PathBuf,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    until: usize,
}

impl Readers {
    /// Runs writer and readers to the end.
    pub fn run(&self, seed: u64) -> Checked<String> {
        let folder = scratch::folder()?;
        let session = |steps| Session {
            store: folder.path().join("store"),
            oracle: folder.path().join("oracle"),
            seed,
            steps,
            end: End::Close,
            again: false,
        };
        let failed = |e: std::io::Error| e.to_string();
        let made = session(0).command().and_then(|mut c| c.status()).map_err(failed)?;
        if !made.success() {
            return Err("the store could not be made".into());
        }
        let reader = || -> std::io::Result<Child> {
            Command::new(std::env::current_exe()?)
                .arg("reader")
                .arg(folder.path().join("store"))
                .args(["--seed", &seed.to_string(), "--until", &self.steps.to_string()])
                .stdout(Stdio::piped())
                .spawn()
        };
        let readers: Vec<Child> =
            (0..self.readers).map(|_| reader()).collect::<Result<_, _>>().map_err(failed)?;
        let written = session(self.steps).command().and_then(|mut c| c.status()).map_err(failed)?;
        if !written.success() {
            // The readers would wait for ever.
            for mut reader in readers {
                let _ = reader.kill().and_then(|()| reader.wait());
            }
            return Err("the writer failed while others read".into());
        }
        let (mut looks, mut least) = (0, usize::MAX);
        for (n, reader) in readers.into_iter().enumerate() {
            let output = reader.wait_with_output().map_err(failed)?;
            let said = String::from_utf8_lossy(&output.stdout);
            if !output.status.success() {
                return Err(format!("reader {n}: {}", said.trim()));
            }
            let numbers: Vec<usize> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [seen, looked] = numbers[..] else { return Err(format!("reader {n} said {said:?}")) };
            looks += looked;
            least = least.min(seen);
        }
        let last = session::acknowledged(&folder.path().join("oracle")).unwrap_or(0);
        if last != self.steps {
            return Err(format!("{last} steps were acknowledged"));
        }
        Ok(format!(
            "{} processes looked {looks} times while {last} steps were taken, each at {least} different states or \
             more; every release they saw was whole, none went back, and each saw the last",
            self.readers
        ))
    }
}

impl Reader {
    /// Looks until the last step is seen; says how many states it saw and how often it looked.
    pub fn run(&self) -> ExitCode {
        match check::without_panic(|| self.work()) {
            Ok((seen, looked)) => {
                println!("{seen} {looked}");
                ExitCode::SUCCESS
            }
            Err(what) => {
                println!("{what}");
                ExitCode::FAILURE
            }
        }
    }

    fn work(&self) -> Checked<(usize, usize)> {
        let plan = Plan::new(self.seed);
        let (mut last, mut seen, mut looked) = (0, 0, 0);
        loop {
            let store = Store::open(&self.store, Mode::Read).map_err(|e: StoreError| e.to_string())?;
            let steps = check::steps_of(&store);
            looked += 1;
            if steps < last {
                return Err(format!("{steps} steps after {last}"));
            }
            if steps > last || looked == 1 {
                // The store names the releases it shows; each of them is whole.
                check::says(&store, &plan.after(steps)).map_err(|e| format!("at step {steps}: {e}"))?;
                seen += 1;
                last = steps;
            }
            if last >= self.until {
                return Ok((seen, looked));
            }
        }
    }
}

//! A step of a task, running steps in order, and the table at the end. It knows no step by name.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::needs::Need;
use crate::project::Project;

/// One thing to check, what it needs on the machine, and how it is run.
pub struct Step {
    pub name: &'static str,
    pub needs: &'static [Need],
    /// Streams its output; an error is one sentence that says what failed.
    pub run: fn(&Project) -> Result<Outcome, String>,
}

/// How a step that did not fail ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// The step could not look, for a reason outside the project, which is given.
    NotChecked(String),
}

struct Row {
    name: &'static str,
    result: Result<Outcome, String>,
    took: Duration,
}

/// Runs every step, whether or not those before it failed, and prints the table.
pub fn run_all(project: &Project, steps: &[&Step]) -> ExitCode {
    let rows: Vec<Row> = steps
        .iter()
        .map(|step| {
            println!("\n== {}", step.name);
            let started = Instant::now();
            let result = run(project, step);
            match &result {
                Ok(Outcome::Passed) => {}
                Ok(Outcome::NotChecked(why)) => println!("{} not checked: {why}", step.name),
                Err(sentence) => eprintln!("{} failed: {sentence}", step.name),
            }
            Row { name: step.name, result, took: started.elapsed() }
        })
        .collect();
    print!("\n{}", table(&rows));
    if rows.iter().all(|row| row.result.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(project: &Project, step: &Step) -> Result<Outcome, String> {
    for need in step.needs {
        need.provide(project)?;
    }
    (step.run)(project)
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("step".len());
    let mut text = format!("{:width$}  {:11}  {:>12}\n", "step", "result", "time");
    for row in rows {
        let (result, remark) = match &row.result {
            Ok(Outcome::Passed) => ("passed", ""),
            Ok(Outcome::NotChecked(why)) => ("NOT CHECKED", why.as_str()),
            Err(sentence) => ("FAILED", sentence.as_str()),
        };
        let line = format!("{:width$}  {result:11}  {:>12}  {remark}", row.name, spoken(row.took));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSING: Step = Step { name: "passing", needs: &[], run: |_| Ok(Outcome::Passed) };
    const BLIND: Step =
        Step { name: "blind", needs: &[], run: |_| Ok(Outcome::NotChecked("no way out".to_owned())) };
    const FAILING: Step = Step { name: "failing", needs: &[], run: |_| Err("it broke".to_owned()) };

    // ExitCode has no equality.
    fn succeeds(steps: &[&Step]) -> bool {
        format!("{:?}", run_all(&Project::new(), steps)) == format!("{:?}", ExitCode::SUCCESS)
    }

    #[test]
    fn one_failed_step_fails_the_run_wherever_it_stands() {
        assert!(succeeds(&[&PASSING, &PASSING]));
        assert!(!succeeds(&[&FAILING, &PASSING]));
        assert!(!succeeds(&[&PASSING, &FAILING]));
    }

    #[test]
    fn what_could_not_be_checked_is_shown_and_does_not_fail_the_run() {
        assert!(succeeds(&[&PASSING, &BLIND]));
    }

    #[test]
    fn the_table_shows_every_step_with_result_time_and_reason() {
        let rows = [
            Row { name: "passing", result: Ok(Outcome::Passed), took: Duration::from_millis(1_240) },
            Row {
                name: "blind",
                result: Ok(Outcome::NotChecked("no way out".to_owned())),
                took: Duration::ZERO,
            },
            Row { name: "failing", result: Err("it broke".to_owned()), took: Duration::from_secs(245) },
        ];
        let expected = "\
step     result               time
passing  passed              1.2 s
blind    NOT CHECKED         0.0 s  no way out
failing  FAILED       4 min 05 s  it broke
";
        let squeezed = |text: &str| -> Vec<Vec<String>> {
            text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
        };
        assert_eq!(squeezed(&table(&rows)), squeezed(expected));
    }

    #[test]
    fn a_minute_is_where_seconds_become_minutes() {
        assert_eq!(spoken(Duration::from_millis(59_900)), "59.9 s");
        assert_eq!(spoken(Duration::from_secs(60)), "1 min 00 s");
        assert_eq!(spoken(Duration::from_secs(61)), "1 min 01 s");
    }
}

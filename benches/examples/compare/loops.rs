//! The jobs as the ideal loops do them: with memory that is kept between runs, and with a fresh result.

use crate::Asked;
use crate::stopwatch::{Answer, Times, Told, fill, timed};
use kilter_benches::ideal::Dense;

/// The two ways: into memory that is there, into memory that is new.
const WAYS: [(&str, bool); 2] = [("kept", false), ("fresh", true)];

/// Times the loops.
pub fn run(asked: &Asked) -> Result<(), String> {
    let dense = Dense::new(asked.size);
    let wants = |job: &str| asked.jobs.iter().any(|wanted| wanted == job);
    let monthly = dense.monthly();
    for (way, fresh) in WAYS {
        let tell = |job: &str, times: &Times, answers: &[&Answer<'_>]| {
            Told { tool: "ideal", job, way, times }.tell(&asked.folder, answers)
        };
        if wants("J2") {
            let mut kept = Vec::new();
            let (times, _) = timed(asked.runs, || (), |()| fill(&mut kept, fresh, |out| dense.rolling(out)));
            tell("J2", &times, &[&|out| out.extend(&kept)])?;
        }
        if wants("J3") {
            let mut kept = Vec::new();
            let work = |()| fill(&mut kept, fresh, |out| dense.status(&monthly, out));
            let (times, counts) = timed(asked.runs, || (), work);
            let counts = || counts.iter().flatten().map(|count| *count as f64);
            tell(
                "J3",
                &times,
                &[&|out| out.extend(kept.iter().map(|s| f64::from(*s))), &|out| out.extend(counts())],
            )?;
        }
        if wants("J4") {
            let mut kept = (Vec::new(), Vec::new(), Vec::new());
            let work = |()| {
                fill(&mut kept, fresh, |(lower, upper, standing)| dense.limits(lower, upper, standing));
            };
            let (times, ()) = timed(asked.runs, || (), work);
            tell(
                "J4",
                &times,
                &[&|out| out.extend(&kept.0), &|out| out.extend(&kept.1), &|out| {
                    out.extend(kept.2.iter().map(|standing| f64::from(*standing)))
                }],
            )?;
        }
        if wants("J5") {
            let mut kept = Vec::new();
            let (times, ()) =
                timed(asked.runs, || (), |()| fill(&mut kept, fresh, |out| dense.standardised(out)));
            tell("J5", &times, &[&|out| out.extend(&kept)])?;
        }
        if wants("J6") {
            let mut kept = (Vec::new(), Vec::new());
            let work =
                |()| fill(&mut kept, fresh, |(limits, signals)| dense.charts(&monthly, limits, signals));
            let (times, ()) = timed(asked.runs, || (), work);
            tell(
                "J6",
                &times,
                &[&|out| out.extend(kept.0.iter().flatten()), &|out| {
                    out.extend(kept.1.iter().map(|signals| f64::from(*signals)))
                }],
            )?;
        }
        if wants("J8") {
            let mut kept = (Vec::new(), Vec::new());
            let work = |()| fill(&mut kept, fresh, |(rates, ranks)| dense.five_years(rates, ranks));
            let (times, ()) = timed(asked.runs, || (), work);
            tell(
                "J8",
                &times,
                &[&|out| out.extend(&kept.0), &|out| out.extend(kept.1.iter().map(|rank| f64::from(*rank)))],
            )?;
        }
        if wants("J9") {
            let mut kept = Vec::new();
            let (times, ()) =
                timed(asked.runs, || (), |()| fill(&mut kept, fresh, |out| dense.as_known(out)));
            tell("J9", &times, &[&|out| out.extend(&kept)])?;
        }
    }
    Ok(())
}

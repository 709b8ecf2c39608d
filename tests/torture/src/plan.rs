//! What is done to a store, step by step, and what it must say after each step.
//!
//! Everything follows from a seed, so that an oracle needs to keep one number: how many steps were
//! acknowledged. The model here is naive on purpose and shares no code with the store.

use crate::chance::Chance;
use kilter_core::ident::{AreaCode, Category, DimensionId, MeasureId};
use kilter_core::series::{Absence, Breakdown, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::{Document, NewDefinitions, NewRelease, NewWithdrawal, Store, StoreError};
use std::collections::BTreeMap;

/// One observation as a store gives it: the period, what was said, and with which release.
pub type Point = (i32, Observation, u32);
/// What a store says as at one point.
pub type Contents = BTreeMap<SeriesKey, Vec<Point>>;

/// The steps that follow from a seed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    seed: u64,
}

/// One step.
#[derive(Debug)]
pub enum Step {
    /// A release.
    Release(NewRelease, Vec<(SeriesKey, Series)>),
    /// A version of the definitions.
    Definitions(NewDefinitions),
    /// The word that a release no longer counts.
    Withdrawal(NewWithdrawal),
}

/// What kind of step it is, which needs no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Release,
    Definitions,
    Withdrawal,
}

impl Step {
    /// Whether it takes a release back.
    pub fn is_withdrawal(&self) -> bool {
        matches!(self, Self::Withdrawal(_))
    }

    /// Does it to a store.
    pub fn apply(self, store: &mut Store) -> Result<(), StoreError> {
        match self {
            Self::Release(new, batch) => store.append_release(new, batch).map(drop),
            Self::Definitions(new) => store.append_definitions(new).map(drop),
            Self::Withdrawal(new) => store.withdraw(new).map(drop),
        }
    }
}

fn day(n: usize) -> Date {
    Date::from_num_days_from_ce_opt(738_000 + n as i32).expect("a day of this century")
}

fn measure(n: usize) -> MeasureId {
    MeasureId::new(&format!("measure-{n}")).expect("a good id")
}

fn key(m: usize, breakdown: usize, area: usize) -> SeriesKey {
    let category = |d: &str, c: &str| {
        (DimensionId::new(d).expect("a good id"), Category::new(c).expect("a good category"))
    };
    let breakdown = match breakdown {
        0 => Vec::new(),
        1 => vec![category("age", "75+")],
        _ => vec![category("age", "75+"), category("sex", "F")],
    };
    SeriesKey {
        measure: measure(m),
        breakdown: Breakdown::new(breakdown).expect("no dimension twice"),
        area: AreaCode::new(&format!("S{area:08}")).expect("a good code"),
    }
}

fn observation(chance: &mut Chance, whole: bool) -> Observation {
    let number = |value: f64| Observation::number(value).expect("a finite number");
    let observation = match chance.below(20) {
        0 => Observation::absent(*chance.one_of(&[Absence::Suppressed, Absence::NotYetPublished])),
        1 => Observation::pair(chance.below(40) as f64, 40.0 + chance.below(100) as f64).expect("finite"),
        _ if whole => number(chance.below(5_000) as f64),
        _ => number(chance.below(1_000_000) as f64 / 7.0),
    };
    if chance.percent(5) { observation.marked(Marks::PROVISIONAL) } else { observation }
}

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The definitions with which the store is made.
    pub fn beginning(&self) -> NewDefinitions {
        self.definitions(0)
    }

    fn definitions(&self, step: usize) -> NewDefinitions {
        NewDefinitions {
            known_at: day(step),
            source: format!("definitions of step {step}"),
            recorded_at: step as i64,
            documents: vec![Document {
                name: "framework.toml".into(),
                text: format!("# plan {}, step {step}\n", self.seed).repeat(1 + step % 40),
            }],
        }
    }

    fn kind(chance: &mut Chance) -> Kind {
        match chance.below(100) {
            0..8 => Kind::Definitions,
            8..18 => Kind::Withdrawal,
            _ => Kind::Release,
        }
    }

    /// The release that a step withdraws, if it can: one of those that were added and still count.
    fn withdrawn(&self, step: usize) -> Option<u32> {
        let (mut added, mut counting) = (0, Vec::new());
        for number in 1..=step {
            let mut chance = Chance::new(self.seed, number as u64);
            match Self::kind(&mut chance) {
                Kind::Definitions => {}
                Kind::Release => {
                    added += 1;
                    counting.push(added);
                }
                Kind::Withdrawal if counting.is_empty() => {}
                Kind::Withdrawal => {
                    let release = counting.remove(chance.below(counting.len()));
                    if number == step {
                        return Some(release);
                    }
                }
            }
        }
        None
    }

    /// The step of that number; the first is 1.
    pub fn step(&self, number: usize) -> Step {
        let mut chance = Chance::new(self.seed, number as u64);
        match Self::kind(&mut chance) {
            Kind::Release => self.release(number, &mut chance),
            Kind::Definitions => Step::Definitions(self.definitions(number)),
            Kind::Withdrawal => match self.withdrawn(number) {
                None => Step::Definitions(self.definitions(number)),
                Some(release) => Step::Withdrawal(NewWithdrawal {
                    release,
                    reason: format!("step {number}"),
                    known_at: day(number),
                    recorded_at: number as i64,
                }),
            },
        }
    }

    fn release(&self, number: usize, chance: &mut Chance) -> Step {
        // Every third or so becomes known before some that were added earlier.
        let known_at = if chance.percent(30) { number.saturating_sub(chance.below(6)) } else { number };
        let new = NewRelease {
            known_at: day(known_at),
            source: format!("step {number}"),
            profile: None,
            file_name: Some(format!("table-{number}.csv")),
            file_digest: None,
            note: chance.percent(10).then(|| "revised ".repeat(chance.below(600))),
            recorded_at: number as i64,
        };
        // Most are small; some fill many pages of the index, and some have one series in many parts.
        let (measures, breakdowns, areas, months) = match chance.below(10) {
            0 => (3, 2, 24, 12),
            1 => (1, 1, 1, 1_200),
            2 => (2, 2, 8, 36),
            _ => (2, 2, 3, 4),
        };
        let from = 23_000 + chance.below(30) as i32;
        let mut batch = Vec::new();
        for m in 0..measures {
            for b in 0..breakdowns {
                for a in 0..areas {
                    let mut series = SeriesBuilder::new(PeriodKind::Month);
                    for i in 0..months {
                        series.push(from + i, observation(chance, m % 2 == 0), 0);
                    }
                    batch.push((key(m, b, a), series.build().expect("the months ascend")));
                }
            }
        }
        Step::Release(new, batch)
    }

    /// What a store must say after so many steps.
    pub fn after(&self, steps: usize) -> Expected {
        let mut expected = Expected { definitions: vec![self.beginning()], ..Expected::default() };
        (1..=steps).for_each(|number| expected.take(self.step(number)));
        expected
    }
}

/// The points of a series; with this release in place of those it names, where one is given.
pub fn points(series: &Series, release: Option<u32>) -> Vec<Point> {
    let place = |(i, ordinal): (usize, &i32)| {
        (*ordinal, series.at(i), release.unwrap_or_else(|| series.releases()[i]))
    };
    series.ordinals().iter().enumerate().map(place).collect()
}

/// What a store must say.
#[derive(Debug, Default)]
pub struct Expected {
    /// The releases, and what each said.
    pub releases: Vec<(NewRelease, Contents)>,
    /// The versions of the definitions.
    pub definitions: Vec<NewDefinitions>,
    /// The withdrawals, each with the number of releases there were when it was added.
    pub withdrawals: Vec<(NewWithdrawal, usize)>,
}

impl Expected {
    /// Takes one step more.
    pub fn take(&mut self, step: Step) {
        match step {
            Step::Definitions(new) => self.definitions.push(new),
            Step::Withdrawal(new) => self.withdrawals.push((new, self.releases.len())),
            Step::Release(new, batch) => {
                let release = self.releases.len() as u32 + 1;
                let said = batch.iter().map(|(key, s)| (key.clone(), points(s, Some(release))));
                self.releases.push((new, said.collect()));
            }
        }
    }

    /// How many steps led here.
    pub fn steps(&self) -> usize {
        self.releases.len() + self.definitions.len() + self.withdrawals.len() - 1
    }

    /// What was known when so many releases had been added: the last word on each period, in the order of
    /// the days on which they became known, then of their numbers.
    pub fn as_at(&self, releases: usize) -> Contents {
        let before = |(_, there): &&(NewWithdrawal, usize)| *there < releases;
        self.without(releases, self.withdrawals.iter().filter(before))
    }

    /// What is known now.
    pub fn now(&self) -> Contents {
        self.without(self.releases.len(), self.withdrawals.iter())
    }

    fn without<'a>(
        &'a self,
        releases: usize,
        withdrawals: impl Iterator<Item = &'a (NewWithdrawal, usize)>,
    ) -> Contents {
        let withdrawn: Vec<usize> = withdrawals.map(|(new, _)| new.release as usize - 1).collect();
        let mut order: Vec<usize> = (0..releases).filter(|n| !withdrawn.contains(n)).collect();
        order.sort_by_key(|&n| (self.releases[n].0.known_at, n));
        let mut all: BTreeMap<&SeriesKey, BTreeMap<i32, Point>> = BTreeMap::new();
        for n in order {
            for (key, points) in &self.releases[n].1 {
                all.entry(key).or_default().extend(points.iter().map(|point| (point.0, *point)));
            }
        }
        let listed =
            |(key, points): (&SeriesKey, BTreeMap<i32, Point>)| (key.clone(), points.into_values().collect());
        all.into_iter().map(listed).collect()
    }
}

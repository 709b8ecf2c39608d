//! Run rules: how long a run and how few crossings of the centre may be before they are more than chance.

use super::boxes::{self, BOXES};
use crate::method::control_chart::Side;
use std::fmt;

/// Which limits of runs and crossings are taken. A run is a row of useful points on one side of the centre; a
/// crossing is where one run ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleSet {
    /// Anhøj's rules (Anhøj and Olesen, PLoS ONE 2014, 9(11): e113825). With `n` useful points, a run of more
    /// than `round(log2 n) + 3` of them, or fewer crossings than the 5% quantile of a binomial distribution
    /// with `n - 1` trials and probability 0.5, is a signal.
    Anhoej,
    /// The best box (Anhøj and Wentzel-Larsen, PLoS ONE 2020, 15(6): e0233920): of all pairs of limits that
    /// leave at least 92.5% of random series without a signal, the pair that finds a shift of 0.8 standard
    /// deviations most often. Known for 10 to 100 useful points; [`RuleSet::Anhoej`] beyond.
    BestBox,
    /// The cut box of the same paper: the best box without the cells next to its corner, as many as can go
    /// while 92.5% of random series stay without a signal. Known for 10 to 100 useful points;
    /// [`RuleSet::Anhoej`] beyond.
    CutBox,
    /// The shift and the trend that are taught in Scotland (Perla, Provost and Murray, BMJ Quality and Safety
    /// 2011, 20: 46-51): six or more useful points in a row on one side, or five or more points all rising or
    /// all falling, of which equal neighbours count once. Their tables of too few and too many runs are not
    /// applied, and the astronomical point is a judgement.
    Perla,
}

impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Anhoej => "Anhøj",
            Self::BestBox => "best box",
            Self::CutBox => "cut box",
            Self::Perla => "Perla",
        })
    }
}

/// The cells that the cut box leaves out of the best box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// With the fewest crossings allowed, a run may be no longer than this.
    pub longest: usize,
    /// With the longest run allowed, there may be no fewer crossings than this.
    pub crossings: usize,
}

/// What is still chance for so many useful points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunLimits {
    /// The rules they are of: Anhøj's where those asked for do not know this number of points.
    pub rules: RuleSet,
    /// The longest run that is no signal.
    pub longest: usize,
    /// The fewest crossings that are no signal; 0 where crossings are none.
    pub crossings: usize,
    /// What is cut off, where something is.
    pub cut: Option<Cut>,
    /// The longest rise or fall that is no signal; `None` where trends are none.
    pub trend: Option<usize>,
}

/// The runs that were found, and what is still chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// How many points are useful: included, there, and not on the centre. At least 1.
    pub useful: usize,
    /// How many useful points the longest run has.
    pub longest: usize,
    /// How often the useful points cross the centre.
    pub crossings: usize,
    /// How many points the longest rise or fall has, of those that are there and included. Equal neighbours
    /// count once.
    pub trend: usize,
    /// What is still chance.
    pub limits: RunLimits,
}

impl Runs {
    /// The runs of values about a centre; `None` where no value is useful.
    ///
    /// A missing value and a value on the centre are passed over: they neither end a run nor lengthen it. So
    /// is one that is not a number.
    ///
    /// ```
    /// use kilter_core::method::run_chart::{RuleSet, Runs};
    /// let values = [1.0, 2.0, 5.0, 9.0, 8.0, 1.0].map(Some);
    /// let runs = Runs::of(values, 5.0, RuleSet::Anhoej).unwrap();
    /// assert_eq!((runs.useful, runs.longest, runs.crossings), (5, 2, 2));
    /// assert!(!runs.signal());
    /// assert_eq!(Runs::of([Some(5.0), None], 5.0, RuleSet::Anhoej), None);
    /// ```
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = Option<f64>>, centre: f64, rules: RuleSet) -> Option<Self> {
        let (mut useful, mut longest, mut length, mut runs) = (0, 0, 0, 0);
        let mut last = None;
        let mut trend = LongestTrend::default();
        for value in values.into_iter().flatten() {
            trend.take(value);
            let Some(side) = Side::of(value, centre) else { continue };
            useful += 1;
            if last == Some(side) {
                length += 1;
            } else {
                (last, length, runs) = (Some(side), 1, runs + 1);
            }
            longest = longest.max(length);
        }
        let limits = rules.limits(useful)?;
        Some(Self { useful, longest, crossings: runs - 1, trend: trend.longest, limits })
    }

    /// Whether a run is longer than the longest that is chance.
    #[must_use]
    pub fn run_too_long(self) -> bool {
        self.longest > self.limits.longest
    }

    /// Whether there are fewer crossings than the fewest that are chance.
    #[must_use]
    pub fn crossings_too_few(self) -> bool {
        self.crossings < self.limits.crossings
    }

    /// Whether longest run and crossings, each within its limit, lie together in what the cut box leaves out.
    #[must_use]
    pub fn in_the_cut(self) -> bool {
        !self.run_too_long()
            && !self.crossings_too_few()
            && self.limits.cut.is_some_and(|cut| {
                (self.crossings == self.limits.crossings && self.longest > cut.longest)
                    || (self.longest == self.limits.longest && self.crossings < cut.crossings)
            })
    }

    /// Whether a rise or fall is longer than the longest that is chance.
    #[must_use]
    pub fn trend_too_long(self) -> bool {
        self.limits.trend.is_some_and(|longest| self.trend > longest)
    }

    /// Whether any of the four holds: the runs are more than chance.
    #[must_use]
    pub fn signal(self) -> bool {
        self.run_too_long() || self.crossings_too_few() || self.in_the_cut() || self.trend_too_long()
    }
}

/// The longest rise or fall of the values taken so far.
#[derive(Default)]
struct LongestTrend {
    last: Option<f64>,
    way: Option<Side>,
    /// Of the one under way.
    length: usize,
    longest: usize,
}

impl LongestTrend {
    fn take(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        match self.last.map(|last| Side::of(value, last)) {
            None => self.length = 1,
            // As many as before: it is passed over.
            Some(None) => return,
            Some(way) if way == self.way => self.length += 1,
            // A turn begins with the value before it.
            Some(way) => (self.way, self.length) = (way, 2),
        }
        self.last = Some(value);
        self.longest = self.longest.max(self.length);
    }
}

impl RuleSet {
    /// What is still chance for so many useful points; `None` for none.
    ///
    /// ```
    /// use kilter_core::method::run_chart::RuleSet;
    /// let limits = RuleSet::Anhoej.limits(24).unwrap();
    /// assert_eq!((limits.longest, limits.crossings), (8, 8));
    /// let limits = RuleSet::BestBox.limits(24).unwrap();
    /// assert_eq!((limits.longest, limits.crossings), (7, 6));
    /// assert_eq!(RuleSet::BestBox.limits(9).unwrap().rules, RuleSet::Anhoej);
    /// assert_eq!(RuleSet::CutBox.limits(0), None);
    /// assert_eq!(RuleSet::Perla.limits(24).map(|limits| (limits.longest, limits.trend)), Some((5, Some(4))));
    /// ```
    #[must_use]
    pub fn limits(self, useful: usize) -> Option<RunLimits> {
        if useful == 0 {
            return None;
        }
        let known = useful.checked_sub(boxes::FIRST).and_then(|place| BOXES.get(place));
        Some(match (self, known) {
            (Self::BestBox, Some(&(crossings, longest, _))) => {
                RunLimits { rules: self, longest, crossings, cut: None, trend: None }
            }
            (Self::CutBox, Some(&(crossings, longest, cut))) => {
                let cut = cut.map(|(crossings, longest)| Cut { longest, crossings });
                RunLimits { rules: self, longest, crossings, cut, trend: None }
            }
            (Self::Perla, _) => {
                RunLimits { rules: self, longest: 5, crossings: 0, cut: None, trend: Some(4) }
            }
            _ => RunLimits {
                rules: Self::Anhoej,
                longest: (useful as f64).log2().round() as usize + 3,
                crossings: fewest_crossings(useful - 1),
                cut: None,
                trend: None,
            },
        })
    }
}

/// The 5% quantile of the number of heads of so many fair coins: the least number that so few or fewer come
/// with a probability of at least 0.05.
fn fewest_crossings(coins: usize) -> usize {
    // Probabilities relative to that of the middle, downwards until they no longer count. The distribution is
    // symmetric, so that their sum is known from one half of it.
    let middle = coins / 2;
    let mut below = Vec::new();
    let mut probability = 1.0;
    for heads in (1..=middle).rev() {
        probability *= heads as f64 / (coins - heads + 1) as f64;
        if probability < 1e-20 {
            break;
        }
        below.push(probability);
    }
    let half: f64 = below.iter().rev().sum();
    let whole = if coins.is_multiple_of(2) { 2.0 * half + 1.0 } else { 2.0 * (half + 1.0) };
    let mut sum = 0.0;
    for (i, probability) in below.iter().enumerate().rev() {
        sum += probability;
        if sum >= 0.05 * whole {
            return middle - i - 1;
        }
    }
    middle
}

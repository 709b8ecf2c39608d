//! How the control chart and the run chart of an indicator are drawn. Nothing here computes.

use crate::ident::AreaCode;
use crate::time::Period;

/// Which patterns of a control chart are signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartSignals {
    /// Those of "Making Data Count": a value beyond a limit counts among two of three near it.
    #[default]
    MakingDataCount,
    /// Those of the R package NHSRplotthedots: only values between the near limit and the limit count there.
    NhsrPlotTheDots,
}

impl ChartSignals {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] =
        [("making data count", Self::MakingDataCount), ("nhsrplotthedots", Self::NhsrPlotTheDots)];
}

/// Whether great moving ranges count towards the limits of a control chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartScreening {
    /// They do.
    #[default]
    Off,
    /// Those above 3.267 times their mean are left out, once.
    Once,
    /// The same, unless that would leave no range but zeros.
    OnceUnlessFlat,
}

impl ChartScreening {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("off", Self::Off), ("once", Self::Once), ("once unless flat", Self::OnceUnlessFlat)];
}

/// Which runs of a run chart are more than chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartRuns {
    /// By Anhøj's rules.
    #[default]
    Anhoej,
    /// By the best box.
    BestBox,
    /// By the cut box.
    CutBox,
    /// By Perla's shift and trend.
    Perla,
}

impl ChartRuns {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("anhoej", Self::Anhoej),
        ("best box", Self::BestBox),
        ("cut box", Self::CutBox),
        ("perla", Self::Perla),
    ];
}

/// Which control chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartKind {
    /// Single values with the signals of "Making Data Count".
    #[default]
    Xmr,
    /// Shewhart's chart of single values.
    I,
    /// Shewhart's chart of moving ranges.
    Mr,
    /// Counts in equal areas of opportunity.
    C,
    /// Cases between rare events.
    G,
    /// Times between rare events.
    T,
    /// Proportions.
    P,
    /// Proportions of great denominators (Laney).
    PPrime,
    /// Rates of events.
    U,
    /// Rates of great denominators (Laney).
    UPrime,
    /// Values with unequal denominators.
    IPrime,
}

impl ChartKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 11] = [
        ("xmr", Self::Xmr),
        ("i", Self::I),
        ("mr", Self::Mr),
        ("c", Self::C),
        ("g", Self::G),
        ("t", Self::T),
        ("p", Self::P),
        ("p prime", Self::PPrime),
        ("u", Self::U),
        ("u prime", Self::UPrime),
        ("i prime", Self::IPrime),
    ];
}

/// Which shifts of a median are looked for, and how long they have to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShiftRule {
    /// On how many of the first periods the first median rests.
    pub baseline: u32,
    /// How many values in a row on one side make a shift.
    pub run: u32,
    /// On which sides.
    pub watch: ShiftWatch,
}

/// On which sides shifts are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShiftWatch {
    /// On both.
    #[default]
    Both,
    /// Above the median.
    Above,
    /// Below it.
    Below,
}

impl ShiftWatch {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("both", Self::Both), ("above", Self::Above), ("below", Self::Below)];
}

impl Default for ShiftRule {
    fn default() -> Self {
        Self { baseline: 13, run: 9, watch: ShiftWatch::Both }
    }
}

/// How the control chart and the run chart of an indicator are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChartRule {
    /// Which control chart is drawn.
    pub kind: ChartKind,
    /// Which patterns are signals, of an XmR chart.
    pub signals: ChartSignals,
    /// Whether great moving ranges count towards the limits.
    pub screening: ChartScreening,
    /// Which runs are more than chance.
    pub runs: ChartRuns,
    /// Which shifts of a median are looked for.
    pub shifts: ShiftRule,
    /// The periods from which the limits are calculated anew: a judgement about the service. A break in the
    /// series is one without being named.
    pub rebase: Vec<Period>,
    /// The limits of each segment rest on so many of its first periods; `None`: on all.
    pub fix_after: Option<u32>,
    /// What is shown and counts towards nothing, each with the reason.
    pub exclude: Vec<Exclusion>,
}

/// Values that a chart shows and that count towards neither its middle, nor its limits, nor a pattern: what
/// happened then is known, and is not how the process works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// When: every value whose period shares a day with it.
    pub period: Period,
    /// Where; `None`: in every area.
    pub area: Option<AreaCode>,
    /// Why.
    pub reason: String,
}

impl ChartRule {
    /// Whether limits are calculated anew between two periods that follow one another.
    pub(crate) fn begins_anew(&self, before: Period, now: Period) -> bool {
        let (before, now) = (before.start(), now.start());
        self.rebase.iter().any(|from| from.start() <= now && before < from.start())
    }

    /// Why the value of an area and period is left out; `None` where it counts.
    #[must_use]
    pub fn excluded(&self, area: &AreaCode, period: Period) -> Option<&str> {
        let holds = |exclusion: &&Exclusion| {
            let shared = exclusion.period.start() <= period.end() && period.start() <= exclusion.period.end();
            shared && exclusion.area.as_ref().is_none_or(|of| of == area)
        };
        self.exclude.iter().find(holds).map(|exclusion| exclusion.reason.as_str())
    }
}

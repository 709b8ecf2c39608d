//! The parts of entries: what stands in a framework file inside braces or brackets.

use schemars::JsonSchema;
use serde::Deserialize;

/// A further way in which an area is divided.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DivisionEntry {
    /// What it is divided into, for people.
    pub by: Option<String>,
    /// The codes of the parts.
    pub parts: Vec<String>,
}

/// A dimension of a measure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionEntry {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Option<String>,
    /// Its categories; left out: any category may occur.
    #[serde(default)]
    pub categories: Vec<String>,
}

/// Which figures of a measure are withheld because they are small, and with them what would give them away.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressEntry {
    /// The greatest figure that is small: with 4, four is withheld and five is shown.
    pub threshold: u64,
    /// shown, or withheld as other small figures are.
    pub zeros: String,
}

/// How an indicator's values are computed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalculationEntry {
    /// A number of events or people.
    Count(String),
    /// A rate per so many.
    Rate(RateEntry),
    /// A percentage.
    Percentage(PercentageEntry),
    /// A directly standardised rate.
    Standardised(StandardisedEntry),
    /// An indirectly standardised ratio.
    StandardisedRatio(StandardisedRatioEntry),
    /// An indirectly standardised rate.
    IndirectRate(IndirectRateEntry),
    /// The inequality of a rate by deprivation.
    Inequality(InequalityEntry),
    /// The slope or relative index of inequality of published values.
    SlopeIndex(SlopeIndexEntry),
    /// A life expectancy.
    LifeExpectancy(LifeExpectancyEntry),
    /// A rate or percentage as Scotland's public health profiles make it.
    Scotpho(ScotPhoEntry),
    /// The group of an area among others, by the values of another indicator.
    Quantile(QuantileEntry),
    /// The mean over the period of a stock.
    Mean(String),
    /// A published value as it stands.
    Published(String),
}

/// The parts of a rate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by; left out: the denominators observed with the numerator.
    pub denominator: Option<String>,
    /// The multiplier.
    pub per: f64,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a percentage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PercentageEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by; left out: the denominators observed with the numerator.
    pub denominator: Option<String>,
    /// Whether the value is 100 less the percentage.
    #[serde(default)]
    pub complement: bool,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a directly standardised rate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardisedEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by.
    pub denominator: String,
    /// The multiplier.
    pub per: f64,
    /// The dimension by whose categories both are broken down.
    pub by: String,
    /// The standard population.
    pub standard: String,
    /// The bands of it that the rate is of; all where left out.
    pub bands: Option<Vec<String>>,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
    /// Whether a rate of fewer than ten events is given; it is withheld where left out.
    #[serde(default)]
    pub give_few: bool,
    /// The dimension whose categories, which are numbers, say how many events each person of the numerator had;
    /// left out: the numerator counts events, each of another person.
    pub events_each: Option<String>,
}

/// The parts of an indirectly standardised ratio.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardisedRatioEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by.
    pub denominator: String,
    /// What the ratio is where as many are counted as expected; 100 where left out.
    pub of: Option<f64>,
    /// The dimension by whose categories both are broken down.
    pub by: String,
    /// The categories that the ratio is of; all where left out.
    pub bands: Option<Vec<String>>,
    /// The code of the area whose rates are the reference.
    pub reference: String,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of an indirectly standardised rate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndirectRateEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by.
    pub denominator: String,
    /// The multiplier.
    pub per: f64,
    /// The dimension by whose categories both are broken down.
    pub by: String,
    /// The categories that the rate is of; all where left out.
    pub bands: Option<Vec<String>>,
    /// The code of the area whose rates are the reference.
    pub reference: String,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of an inequality by deprivation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InequalityEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by.
    pub denominator: String,
    /// The multiplier of the rates of the groups.
    pub per: f64,
    /// The dimension of the groups.
    pub by: String,
    /// The five or ten groups, the most deprived first; all where left out.
    pub bands: Option<Vec<String>>,
    /// slope index, relative index, relative percent, attributable percent, absolute range or relative range.
    pub measure: String,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a slope index of inequality.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlopeIndexEntry {
    /// The published values of the groups: one measure.
    pub value: String,
    /// Their standard errors (of the logarithm, or of that of the odds, for rates and proportions).
    pub error: Option<String>,
    /// Their lower 95% limits, where there are no standard errors.
    pub lower: Option<String>,
    /// Their upper 95% limits.
    pub upper: Option<String>,
    /// How many people each group holds.
    pub population: String,
    /// The dimension of the groups.
    pub by: String,
    /// The 5 to 100 groups, in order; all where left out.
    pub bands: Option<Vec<String>>,
    /// plain, rates or proportions: what the values are.
    pub values: String,
    /// values (as when left out) or logarithms: what the line is fitted to.
    pub line: Option<String>,
    /// last (as when left out) or first: which groups have more where the index is above zero.
    pub towards: Option<String>,
    /// slope index or relative index.
    pub measure: String,
    /// What the slope is multiplied by; 1 where left out.
    pub per: Option<f64>,
    /// financial-year-start or calendar-year: which year's population belongs to a period.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a rate or percentage as Scotland's public health profiles make it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScotPhoEntry {
    /// crude rate, percentage, sample percentage or standardised rate.
    pub form: String,
    /// What is counted.
    pub numerator: String,
    /// What it is divided by.
    pub denominator: String,
    /// zero, passed over or refused: what a figure that is not there is taken for.
    pub missing: String,
    /// Of a rate: the multiplier.
    pub per: Option<f64>,
    /// Of a sample percentage: from how many people those asked were drawn.
    pub sampled_from: Option<String>,
    /// Of a standardised rate: the dimension of its bands.
    pub by: Option<String>,
    /// Of a standardised rate: the standard population.
    pub standard: Option<String>,
    /// Of a standardised rate: what the weights are taken to add up to; what they do where left out.
    pub standard_total: Option<f64>,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a quantile.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantileEntry {
    /// The indicator by whose values areas are grouped.
    pub of: String,
    /// How many groups there are, 2 to 100.
    pub groups: u32,
    /// highest or lowest: which values the first group holds.
    pub first: String,
    /// The code of the area whose parts are grouped; all current areas of the same kind where left out.
    pub among: Option<String>,
}

/// The parts of a life expectancy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifeExpectancyEntry {
    /// The deaths.
    pub deaths: String,
    /// The people they are among.
    pub population: String,
    /// The dimension of the ages.
    pub by: String,
    /// Its categories, such as 0, 1-4, 5-9 and 90+, from birth to an open end; all where left out.
    pub bands: Option<Vec<String>>,
    /// The age at which life expectancy is given; at birth where left out.
    #[serde(default)]
    pub at: u32,
    /// financial-year-start or calendar-year: which year's population belongs to a period.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// A link to an outcome.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkEntry {
    /// The outcome.
    pub id: String,
    /// primary (as when left out) or noted.
    pub link: Option<String>,
    /// Who decided it.
    pub decided_by: Option<String>,
    /// When, as 2016-04-01.
    pub decided_on: Option<String>,
    /// How much it weighs in a roll-up that weighs; 1 where left out.
    pub weight: Option<f64>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A remark with its source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteEntry {
    /// What is remarked.
    pub text: String,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A value to reach, or the two ends of a range to stay in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number, or the two ends of a range: [low, high]")]
pub enum AimEntry {
    /// A value.
    Value(f64),
    /// The lower and the upper end.
    Range([f64; 2]),
}

/// One cut, or a green and an amber one.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number, or two: [green, amber]")]
pub enum CutsEntry {
    /// What misses the target is amber within it.
    One(f64),
    /// Green within the first, amber within the second.
    Two([f64; 2]),
}

/// How far a target may be missed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToleranceEntry {
    /// In percent of the target.
    Relative(CutsEntry),
    /// In points.
    Points(CutsEntry),
}

/// A point of a straight line.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointEntry {
    /// The period.
    pub period: String,
    /// The value in it.
    pub value: f64,
}

/// What a change is counted from: a period of the area's own, or a value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a period such as \"2017/18\", or a number")]
pub enum BaselineEntry {
    /// A value that was agreed.
    Value(f64),
    /// A period.
    Period(String),
}

/// A change from a baseline, in percent or in points.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEntry {
    /// What it is counted from.
    pub baseline: BaselineEntry,
    /// In percent: -10 is a tenth less.
    pub percent: Option<f64>,
    /// In points.
    pub points: Option<f64>,
}

/// What a value is compared with: a word (scotland, parent, previous period, same period last year), or a
/// table that names an area or a group of peers, or says by how much to differ.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a word such as \"scotland\", or a table with with, area or peers, statistic, percent, points"
)]
pub enum ComparatorEntry {
    /// A word.
    Word(String),
    /// A table.
    Table(ComparatorTable),
}

/// A comparator in full.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ComparatorTable {
    /// scotland, parent, previous period or same period last year.
    pub with: Option<String>,
    /// The code of an area.
    pub area: Option<String>,
    /// The code of an area whose parts are the peers.
    pub peers: Option<String>,
    /// Of peers: total (as when left out) or median.
    pub statistic: Option<String>,
    /// By how much to differ, in percent.
    pub percent: Option<f64>,
    /// By how much to differ, in points.
    pub points: Option<f64>,
}

/// How indicators are compared.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompareEntry {
    /// With what: a word or a table, as in a target.
    pub with: Option<ComparatorEntry>,
    /// interval against value (as when left out), interval against interval, or difference of proportions.
    pub test: Option<String>,
    /// One or two confidence levels in percent; [95] where left out.
    pub confidence: Option<Vec<f64>>,
    /// Of a difference of proportions: the design effect; 1 where left out.
    pub design_effect: Option<f64>,
}

/// How trends are taken.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrendEntry {
    /// ongoing (as when left out) or year on year.
    pub basis: Option<String>,
    /// Over how many earlier values the long trend is taken; 4 where left out.
    pub window: Option<u32>,
    /// The least change that is one.
    pub minimum: Option<MinimumEntry>,
}

/// How a control chart is drawn.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChartEntry {
    /// xmr (as when left out), i, mr, c, g, t, p, p prime, u, u prime or i prime.
    pub kind: Option<String>,
    /// making data count (as when left out) or nhsrplotthedots.
    pub signals: Option<String>,
    /// off (as when left out), once, or once unless flat.
    pub screening: Option<String>,
    /// anhoej (as when left out), best box, cut box or perla: the rules of the run chart.
    pub runs: Option<String>,
    /// Which shifts of a median are looked for.
    pub shifts: Option<ShiftEntry>,
    /// The periods from which the limits are calculated anew.
    pub rebase: Vec<String>,
    /// On how many of its first periods the limits of a segment rest, at least 12; on all where left out.
    pub fix_after: Option<u32>,
    /// What is shown and counts towards nothing.
    pub exclude: Vec<ExclusionEntry>,
}

/// Values that a chart shows and that count towards neither its middle, nor its limits, nor a pattern.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionEntry {
    /// The period; a longer one leaves out all that share a day with it.
    pub period: String,
    /// The code of the area; every area where left out.
    pub area: Option<String>,
    /// What happened.
    pub reason: String,
}

/// Which shifts of a median are looked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShiftEntry {
    /// On how many of the first periods the first median rests; 13 where left out.
    pub baseline: Option<u32>,
    /// How many values in a row on one side make a shift; 9 where left out.
    pub run: Option<u32>,
    /// both (as when left out), above or below.
    pub watch: Option<String>,
}

/// The least change that is one.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MinimumEntry {
    /// In points.
    Points(f64),
    /// In percent of what is compared with.
    Percent(f64),
}

/// How long after the end of a period figures are there.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LagEntry {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
}

/// How statuses become one: "worst of", "majority", or a table with two cuts in percent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected \"worst of\", \"majority\", { share_green = [80, 50] } or { weighted_mean = [75, 50] }"
)]
pub enum RollUpEntry {
    /// worst of, or majority.
    Word(String),
    /// A rule with cuts.
    Cuts(RollUpCuts),
}

/// A rule of rolling up with its cuts.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollUpCuts {
    /// The share of green, from which on it is green and from which on amber.
    ShareGreen([f64; 2]),
    /// The weighted mean of scores, from which on it is green and from which on amber.
    WeightedMean([f64; 2]),
}

//! The shape of a framework file, and how its entries overlay one another.
//!
//! Every field of every entry is optional here: an entry that extends another says only what differs.
//! What must be there in the end is checked when all texts are laid together.

mod parts;
mod reader;

pub use parts::*;
pub(super) use reader::Texts;

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// One text of a framework, with the name by which problems refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its name, such as that of the file it comes from.
    pub name: String,
    /// The TOML.
    pub text: String,
}

impl Text {
    /// A text and its name.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// What the text says it extends; `None` where it says nothing or cannot be read.
    #[must_use]
    pub fn extends(&self) -> Option<String> {
        let table = DeTable::parse(&self.text).ok()?;
        let framework = table.get_ref().get("framework")?.get_ref().as_table()?;
        Some(framework.get("extends")?.get_ref().as_str()?.to_owned())
    }
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
        }

        impl Entry for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn overlay(&mut self, newer: Self) {
                $(if newer.$field.is_some() { self.$field = newer.$field; })*
            }
        }
    )*};
}

/// An entry of which later ones overlay earlier ones field by field.
pub(in crate::framework) trait Entry: Default + for<'de> Deserialize<'de> {
    /// The fields it may have.
    const FIELDS: &'static [&'static str];
    /// Takes over every field that the newer entry gives.
    fn overlay(&mut self, newer: Self);
}

entries! {
    /// `[framework]`: the framework itself.
    FrameworkEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The catalogue framework whose entries it takes over.
        extends: String,
        /// The area of the organisation whose framework it is.
        area: String,
        /// The day from which it holds, as 2023-04-01.
        valid_from: String,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
        /// Whether organisation and figures are invented.
        invented: bool,
        /// "unrounded" or "as published".
        comparison: String,
        /// How its outcomes, priorities and perspectives are rolled up.
        roll_up: RollUpEntry,
        /// "listed" (as when left out) or "counted": whether noted indicators count for their outcomes.
        noted: String,
        /// "refused" (as when left out), "shown" or "counts": what a status given by a person is worth.
        manual_status: String,
        /// How trends are taken where an indicator does not say otherwise.
        trend: TrendEntry,
        /// How indicators are compared where they do not say otherwise.
        compare: CompareEntry,
        /// The percentage beyond which a revision between two releases is pointed out.
        revision_check: f64,
    }
    /// `[[area]]`: a place or organisation.
    AreaEntry {
        /// Its code, which is its key.
        code: String,
        /// Its name.
        name: String,
        /// scotland, health board, council, partnership, locality, zone, service, team, hospital, group
        /// or unknown residence.
        kind: String,
        /// The codes of its parts.
        parts: Vec<String>,
        /// Further ways in which it is divided.
        divisions: Vec<DivisionEntry>,
        /// The first day of the code.
        valid_from: String,
        /// The last day of the code.
        valid_to: String,
        /// The code that took its place.
        replaced_by: String,
        /// Other spellings of its name.
        aliases: Vec<String>,
        /// Where the facts come from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[measure]]`: something observed.
    MeasureEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// What is counted.
        unit: String,
        /// The kind of its periods, such as month or financial-year.
        frequency: String,
        /// sum, mean, last or none.
        over_time: String,
        /// sum or none.
        over_areas: String,
        /// What it is broken down by.
        dimensions: Vec<DimensionEntry>,
        /// Which of its figures are withheld because they are small.
        suppress: SuppressEntry,
        /// Who publishes it.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[standard]]`: a standard population.
    StandardEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The weight of each band, by the category of the dimension.
        weights: BTreeMap<String, f64>,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[indicator]]`: a calculation over measures.
    IndicatorEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// Its full definition.
        definition: String,
        /// How its values are computed.
        calculation: CalculationEntry,
        /// The kind of period it is reported for.
        frequency: String,
        /// higher, lower, range or none.
        polarity: String,
        /// Decimals in print, 0 to 10.
        decimals: u32,
        /// The unit of its values.
        unit: String,
        /// survey or system.
        kind: String,
        /// The set it belongs to.
        set: String,
        /// live, under development, data only or retired.
        status: String,
        /// Whom it is about.
        basis: String,
        /// Who publishes its figures.
        source: String,
        /// Who answers for it.
        owner: String,
        /// The level that looks at it.
        level: String,
        /// The perspective it stands under.
        perspective: String,
        /// How many of its periods lie between two measurements: 2 for a survey of every second year.
        every: u32,
        /// How long after the end of a period its figures reach us.
        available_after: LagEntry,
        /// The indicator beside which it stands in the years without data.
        supplements: String,
        /// How its trends are taken.
        trend: TrendEntry,
        /// wilson, poisson, byar, dobson, student, chiang, groups or scotpho: the method of its interval.
        interval: String,
        /// sum (as when left out) or mean: whether limits of several years are those of all events, or of the mean
        /// number of a year.
        interval_of: String,
        /// With what it is compared, and by which test.
        compare: CompareEntry,
        /// How its control chart is drawn.
        chart: ChartEntry,
        /// Other codes it goes by.
        aliases: Vec<String>,
        /// The outcomes it is linked to.
        outcomes: Vec<LinkEntry>,
        /// Remarks with their sources.
        notes: Vec<NoteEntry>,
    }
    /// `[[outcome]]`: a national or local outcome.
    OutcomeEntry {
        /// Its id.
        id: String,
        /// What it says.
        title: String,
        /// A short label.
        short: String,
        /// Its number.
        number: u32,
        /// national or local.
        kind: String,
        /// The national outcomes that a local one serves.
        national: Vec<String>,
        /// Where it comes from.
        source: String,
        /// Other wordings with their sources.
        wordings: Vec<NoteEntry>,
        /// A remark.
        note: String,
        /// How it is rolled up.
        roll_up: RollUpEntry,
    }
    /// `[[priority]]`: a priority or theme of a plan.
    PriorityEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The outcomes it serves.
        outcomes: Vec<String>,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
        /// How it is rolled up.
        roll_up: RollUpEntry,
    }
    /// `[[target]]`: a dated target with its tolerance.
    TargetEntry {
        /// The indicator.
        indicator: String,
        /// The first period for which it is in force.
        from: String,
        /// The last.
        to: String,
        /// The value to reach, or the two ends of a range.
        value: AimEntry,
        /// A value for each period.
        values: BTreeMap<String, f64>,
        /// A straight line between two points.
        trajectory: [PointEntry; 2],
        /// A change from a baseline.
        change: ChangeEntry,
        /// What another value is.
        comparator: ComparatorEntry,
        /// How far it may be missed.
        tolerance: ToleranceEntry,
        /// The area it is for.
        area: String,
        /// The level it is for.
        level: String,
        /// national standard, local target, improvement goal or stretch aim.
        origin: String,
        /// integration or non-integration.
        function: String,
        /// When it is to be reviewed, as 2024-03-31.
        review: String,
        /// Where it comes from.
        source: String,
    }
    /// `[[tolerance]]`: a dated tolerance of an indicator, apart from its targets.
    ToleranceRuleEntry {
        /// The indicator.
        indicator: String,
        /// The level it is for.
        level: String,
        /// The first period for which it is in force.
        from: String,
        /// The last.
        to: String,
        /// In percent of the target.
        relative: CutsEntry,
        /// In points.
        points: CutsEntry,
        /// Where it comes from.
        source: String,
    }
    /// `[[level]]`: a level of reporting.
    LevelEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// Other names it goes by.
        aliases: Vec<String>,
        /// Who reads the report.
        audience: String,
        /// Who answers for it.
        accountable: String,
        /// How often it is reported to: month, financial-quarter ...
        frequency: String,
        /// How far targets may be missed before it is alerted.
        tolerance: ToleranceEntry,
        /// The indicators it looks at; all where neither they nor sets are named.
        indicators: Vec<String>,
        /// The sets of indicators it looks at.
        sets: Vec<String>,
        /// red, amber or red, newly red, worsening 3, overdue: what it is shown as exceptions.
        exceptions: Vec<String>,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[escalation]]`: a rule by which something goes from a level to another.
    EscalationEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The level that sees it first.
        from: String,
        /// The level it is raised to.
        to: String,
        /// The levels that are told.
        reported_to: Vec<String>,
        /// red (as when left out), amber or red, or declared.
        when: String,
        /// After how many periods running it is raised; 1 where left out.
        raise_after: u32,
        /// After how many periods running without it is cleared; 1 where left out.
        clear_after: u32,
        /// The indicators it is for; all of its first level where neither they nor sets are named.
        indicators: Vec<String>,
        /// The sets of indicators it is for.
        sets: Vec<String>,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[decision]]`: what was decided about an escalation.
    DecisionEntry {
        /// The escalation.
        escalation: String,
        /// The indicator it is about.
        indicator: String,
        /// The priority it is about, where it is not about an indicator.
        priority: String,
        /// The area.
        area: String,
        /// The day, as 2019-11-05.
        on: String,
        /// raised, acknowledged or cleared.
        decision: String,
        /// Who decided.
        by: String,
        /// Why.
        reason: String,
        /// What is done.
        action: String,
        /// Who does it.
        owner: String,
    }
    /// `[[manual_status]]`: a status given by a person.
    ManualStatusEntry {
        /// The indicator it is given to.
        indicator: String,
        /// The outcome it is given to.
        outcome: String,
        /// The priority it is given to.
        priority: String,
        /// The area.
        area: String,
        /// The period.
        period: String,
        /// green, amber or red.
        status: String,
        /// Who gave it.
        by: String,
        /// When, as 2024-05-02.
        on: String,
        /// Why.
        reason: String,
    }
}

/// A framework file as a whole: the type from which the schema for editors is generated.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "kilter framework")]
pub struct FrameworkDocument {
    /// The framework itself.
    pub framework: Option<FrameworkEntry>,
    /// Areas.
    pub area: Vec<AreaEntry>,
    /// Measures.
    pub measure: Vec<MeasureEntry>,
    /// Standard populations.
    pub standard: Vec<StandardEntry>,
    /// Indicators.
    pub indicator: Vec<IndicatorEntry>,
    /// Outcomes.
    pub outcome: Vec<OutcomeEntry>,
    /// Priorities.
    pub priority: Vec<PriorityEntry>,
    /// Targets.
    pub target: Vec<TargetEntry>,
    /// Tolerances apart from targets.
    pub tolerance: Vec<ToleranceRuleEntry>,
    /// Levels of reporting.
    pub level: Vec<LevelEntry>,
    /// Rules of escalation.
    pub escalation: Vec<EscalationEntry>,
    /// Decisions about escalations.
    pub decision: Vec<DecisionEntry>,
    /// Statuses given by people.
    pub manual_status: Vec<ManualStatusEntry>,
}

//! The shape of a profile file.

use super::ProfileError;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A profile file as a whole: the type from which the schema for editors is generated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "kilter profile")]
pub struct ProfileDocument {
    /// The profile itself.
    pub profile: ProfileEntry,
    /// Which column names the area, and how.
    pub area: AreaRule,
    /// Which column names the period, and how.
    pub period: PeriodRule,
    /// Which column names the release, in a file that holds several.
    pub release: Option<ReleaseRule>,
    /// Which rows are taken.
    #[serde(default, rename = "where")]
    pub rows: Vec<WhereRule>,
    /// Which columns break the measures down.
    #[serde(default)]
    pub breakdown: Vec<BreakdownRule>,
    /// Which measures the file holds.
    #[serde(default)]
    pub measure: Vec<MeasureRule>,
    /// Which rows are totals over several measures.
    #[serde(default)]
    pub total: Vec<TotalRule>,
    /// Which rows carry a mark.
    #[serde(default)]
    pub mark: Vec<MarkRule>,
}

/// `[profile]`: the profile itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileEntry {
    /// Its id.
    pub id: String,
    /// What it reads.
    pub title: String,
    /// Who publishes such files.
    pub publisher: Option<String>,
    /// Where the layout is known from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// The character encoding; UTF-8 where left out.
    pub encoding: Option<String>,
    /// The character between fields; found out where left out.
    pub delimiter: Option<String>,
    /// The sheet of a workbook; the first where left out.
    pub sheet: Option<String>,
    /// The line of the column names, from 1.
    pub header_row: Option<u32>,
    /// What a blank value without a qualifier is: "reject", "leave out", or an absence.
    pub blank: Option<String>,
    /// The base that published figures are rounded to.
    pub rounded_to: Option<f64>,
    /// Whether a part that is missing from the file is zero where the other parts reach the total.
    #[serde(default)]
    pub fill_zero: bool,
    /// Signs that stand instead of a number, with the absence each means.
    #[serde(default)]
    pub absent: BTreeMap<String, String>,
}

/// `[area]`: which column names the area, and how.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaRule {
    /// The column.
    pub column: Option<String>,
    /// "code" or "name"; code where left out.
    pub by: Option<String>,
    /// The one area that the whole file is about, instead of a column.
    pub fixed: Option<String>,
    /// The kinds among which a name is looked up.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Texts of the file and the codes they stand for.
    #[serde(default)]
    pub recode: BTreeMap<String, String>,
    /// The codes of areas whose rows are totals of the others.
    #[serde(default)]
    pub totals: Vec<String>,
}

/// `[period]`: which column names the period, and how.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodRule {
    /// The column; for one measure, that of the profile where left out.
    pub column: Option<String>,
    /// The kind of period.
    pub kind: String,
    /// How the file writes it.
    pub format: String,
    /// "financial-year to calendar-year start", for mid-year populations labelled by financial year.
    pub shift: Option<String>,
    /// A column of qualifier letters that apply to the whole row.
    pub qualifier: Option<String>,
}

/// `[release]`: which column names the release.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRule {
    /// The column.
    pub column: String,
    /// How it is written: "yyyy-mm", the last month that the release holds.
    pub format: String,
}

/// `[[where]]`: which rows are taken.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhereRule {
    /// The column.
    pub column: String,
    /// Rows with one of these texts are taken.
    pub is: Option<Vec<String>>,
    /// Rows with one of these texts are left out.
    pub not: Option<Vec<String>>,
    /// Why the other rows are left out.
    pub reason: String,
}

/// `[[breakdown]]`: a column that breaks the measures down.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakdownRule {
    /// The dimension.
    pub dimension: String,
    /// The column.
    pub column: String,
    /// Texts of the file and the categories they stand for.
    #[serde(default)]
    pub recode: BTreeMap<String, String>,
    /// Texts that mean the total over the dimension.
    #[serde(default)]
    pub totals: Vec<String>,
    /// Columns and texts that make a row a total over the dimension.
    #[serde(default)]
    pub totals_where: BTreeMap<String, OneOrMore>,
    /// Columns and texts of sub-groupings, which are neither parts nor totals.
    #[serde(default)]
    pub skip_where: BTreeMap<String, OneOrMore>,
}

/// `[[measure]]`: a measure that the file holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureRule {
    /// The measure.
    pub id: String,
    /// The column of its values.
    pub value: String,
    /// The column of its qualifier letters.
    pub qualifier: Option<String>,
    /// Columns and texts of the rows that are about it; all rows where left out.
    #[serde(default, rename = "where")]
    pub rows: BTreeMap<String, OneOrMore>,
    /// How its period is written, where it differs from the profile's.
    pub period: Option<PeriodRule>,
    /// What values are multiplied by.
    pub factor: Option<f64>,
    /// What a blank value is, where it differs from the profile's.
    pub blank: Option<String>,
}

/// `[[total]]`: rows that are totals over several measures. They are checked and not kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotalRule {
    /// Columns and texts of the rows.
    #[serde(rename = "where")]
    pub rows: BTreeMap<String, OneOrMore>,
    /// The column of their values.
    pub value: String,
    /// The measures that they add up.
    pub of: Vec<String>,
    /// What they are, for the receipt.
    pub reason: Option<String>,
}

/// `[[mark]]`: rows that carry a mark.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRule {
    /// Columns and texts of the rows.
    #[serde(rename = "where")]
    pub rows: BTreeMap<String, OneOrMore>,
    /// The mark.
    pub mark: String,
}

/// A text or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One text.
    One(String),
    /// Several texts.
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::More(texts) => texts.clone(),
        }
    }
}

impl ProfileDocument {
    /// Reads the text of a profile.
    ///
    /// # Errors
    /// Not TOML, or not of the shape of a profile: with the line and what was expected.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            ProfileError {
                profile: name.to_owned(),
                problems: vec![format!("line {line}: {}", error.message().trim())],
            }
        })
    }
}

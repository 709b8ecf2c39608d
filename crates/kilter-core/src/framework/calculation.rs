//! Calculations: what an indicator is made of.

use super::scotpho::Scottish;
use super::unequal::{Inequality, Quantile, SlopeIndex};
use crate::ident::{AreaCode, Category, DimensionId, MeasureId, StandardId};
use crate::series::{AgeGroup, Breakdown};
use std::fmt;
use std::str::FromStr;

/// One term of an expression: a factor and a measure, or the part of a measure in some categories.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What the measure is multiplied by; negative for a difference.
    pub factor: f64,
    /// The measure.
    pub measure: MeasureId,
    /// The categories; a dimension that is not named is a total.
    pub slice: Breakdown,
}

/// A sum or difference of measures: `182.5 * deaths - bed-days`, `a + b`,
/// `delayed-bed-days-75[reason=Code 9 AWI]`.
///
/// Operators stand between blanks, since ids may contain a hyphen.
///
/// ```
/// use kilter_core::framework::Expression;
/// let expression: Expression = "182.5 * deaths - bed-days".parse().unwrap();
/// assert_eq!(expression.terms()[0].factor, 182.5);
/// assert_eq!(expression.terms()[1].measure.as_str(), "bed-days");
/// assert!("deaths -".parse::<Expression>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(Vec<Term>);

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not an expression: {what}; expected measures joined by + or - between blanks, each with \
     an optional factor, such as \"182.5 * deaths - bed-days\""
)]
pub struct ExpressionError {
    text: String,
    what: String,
}

impl Expression {
    /// Its terms, at least one.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// The measures it names.
    pub fn measures(&self) -> impl Iterator<Item = &MeasureId> {
        self.0.iter().map(|term| &term.measure)
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let refused = |what: String| ExpressionError { text: text.to_owned(), what };
        let mut terms = Vec::new();
        for (sign, term) in split(text) {
            let (factor, measure) = match term.split_once(" * ") {
                None => (1.0, term),
                Some((factor, measure)) => match factor.trim().parse::<f64>() {
                    Ok(number) if number.is_finite() => (number, measure.trim()),
                    _ => return Err(refused(format!("\"{}\" is not a number", factor.trim()))),
                },
            };
            let (measure, slice) = match measure.split_once('[') {
                None => (measure, Breakdown::total()),
                Some((measure, slice)) => {
                    let slice = slice
                        .strip_suffix(']')
                        .ok_or_else(|| refused("a slice ends with a square bracket".into()))?;
                    (measure, parse_slice(slice).map_err(refused)?)
                }
            };
            let measure = MeasureId::new(measure.trim()).map_err(|e| refused(e.to_string()))?;
            terms.push(Term { factor: sign * factor, measure, slice });
        }
        Ok(Self(terms))
    }
}

/// The terms of a text with their signs. Operators inside a slice are part of a category.
fn split(text: &str) -> Vec<(f64, &str)> {
    let mut terms = Vec::new();
    let (mut start, mut sign, mut inside) = (0, 1.0, false);
    for (i, c) in text.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '+' | '-'
                if !inside
                    && text[..i].ends_with(' ')
                    && text[i + 1..].chars().next().is_none_or(|next| next == ' ') =>
            {
                terms.push((sign, text[start..i].trim()));
                (start, sign) = (i + 1, if c == '-' { -1.0 } else { 1.0 });
            }
            _ => {}
        }
    }
    terms.push((sign, text[start..].trim()));
    terms
}

fn parse_slice(text: &str) -> Result<Breakdown, String> {
    let categories = text.split(';').map(|part| {
        let (dimension, category) =
            part.split_once('=').ok_or_else(|| format!("\"{part}\" is not dimension=category"))?;
        let dimension = DimensionId::new(dimension.trim()).map_err(|e| e.to_string())?;
        Ok((dimension, Category::new(category.trim()).map_err(|e| e.to_string())?))
    });
    Breakdown::new(categories.collect::<Result<_, String>>()?).map_err(|e| e.to_string())
}

impl Expression {
    /// The same expression for one category of a dimension: every term narrowed to it.
    #[must_use]
    pub fn within(&self, dimension: &DimensionId, category: &Category) -> Self {
        let narrowed = |term: &Term| Term {
            slice: term.slice.with(dimension.clone(), category.clone()),
            ..term.clone()
        };
        Self(self.0.iter().map(narrowed).collect())
    }

    /// The same expression so many times.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|term| Term { factor: factor * term.factor, ..term.clone() }).collect())
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, term) in self.0.iter().enumerate() {
            // A sign before the first term belongs to its factor: "-1 * a".
            let factor = if i == 0 { term.factor } else { term.factor.abs() };
            if i > 0 {
                f.write_str(if term.factor < 0.0 { " - " } else { " + " })?;
            }
            if factor != 1.0 {
                write!(f, "{factor} * ")?;
            }
            write!(f, "{}", term.measure)?;
            if !term.slice.is_total() {
                write!(f, "[{}]", term.slice)?;
            }
        }
        Ok(())
    }
}

/// Which year's population a period is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopulationYear {
    /// The mid-year estimate of the year in which the financial year of the period's last month starts.
    FinancialYearStart,
    /// The mid-year estimate of the calendar year of the period's last month.
    CalendarYear,
}

impl PopulationYear {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] =
        [("financial-year-start", Self::FinancialYearStart), ("calendar-year", Self::CalendarYear)];
}

/// A rate: a numerator, a denominator and a multiplier.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// What is counted.
    pub numerator: Expression,
    /// What it is divided by; `None`: the denominators that came in pairs with the numerator.
    pub denominator: Option<Expression>,
    /// The multiplier: 1000 for a rate per 1,000.
    pub per: f64,
    /// The rule by which a population's year follows from the period; `None`: the denominator is
    /// observed for the same periods and adds as the numerator does.
    pub population_year: Option<PopulationYear>,
    /// How many years an estimate may stand in for later ones that are not published yet.
    pub carry_forward: u32,
}

/// A directly standardised rate: the rates of bands, such as ages, weighted by a standard population.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardised {
    /// What is counted and what it is divided by, both broken down by the dimension.
    pub parts: Rate,
    /// The dimension of the bands.
    pub by: DimensionId,
    /// The standard population.
    pub standard: StandardId,
    /// Its bands with their weights: what is not among them is no part of the rate.
    pub weights: Vec<(Category, f64)>,
    /// Whether a rate of fewer than ten events is given.
    pub give_few: bool,
    /// How often each person counted had the event, where one can have it more than once; `None`: what is
    /// counted is events, each of another person.
    pub repeated: Option<Repeated>,
}

/// A dimension that breaks people down by how many events each of them had.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    /// The dimension.
    pub by: DimensionId,
    /// Its categories, each with the number of events that it stands for, above zero.
    pub times: Vec<(Category, f64)>,
}

/// What is counted against what the rates of a reference area, band by band, lead one to expect among the
/// people of the area: the parts of an indirectly standardised ratio or rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Indirect {
    /// What is counted and what it is divided by, both broken down by the dimension. For a ratio `per` is what
    /// it is where as many are counted as expected: 100 or 1. For a rate it is the multiplier.
    pub parts: Rate,
    /// The dimension of the bands.
    pub by: DimensionId,
    /// The bands: what is not among them is no part of it.
    pub bands: Vec<Category>,
    /// The area whose rates are the reference.
    pub reference: AreaCode,
}

/// The life expectancy at an age, by an abridged life table.
#[derive(Debug, Clone, PartialEq)]
pub struct LifeTable {
    /// Deaths and the people they are among, both broken down by the dimension.
    pub parts: Rate,
    /// The dimension of the ages.
    pub by: DimensionId,
    /// Its categories with the ages they stand for, from birth to an open end.
    pub bands: Vec<(Category, AgeGroup)>,
    /// The age at which life expectancy is given: the beginning of one of them.
    pub at: u32,
}

/// How the values of an indicator are computed from measures.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Calculation {
    /// A number of events or people.
    Count(Expression),
    /// A rate per so many.
    Rate(Rate),
    /// A percentage; `complement`: 100 less it.
    Percentage {
        /// Its parts; `per` is 100.
        parts: Rate,
        /// Whether it is 100 less the percentage of the parts.
        complement: bool,
    },
    /// A directly standardised rate.
    Standardised(Box<Standardised>),
    /// An indirectly standardised ratio.
    StandardisedRatio(Box<Indirect>),
    /// An indirectly standardised rate: that ratio, times the rate of the reference area.
    IndirectRate(Box<Indirect>),
    /// The inequality of a rate by deprivation.
    Inequality(Box<Inequality>),
    /// The slope or relative index of inequality of values that come with their limits or standard errors.
    SlopeIndex(Box<SlopeIndex>),
    /// A life expectancy, in years.
    LifeExpectancy(Box<LifeTable>),
    /// A rate or percentage as Scotland's public health profiles make it.
    ScotPho(Box<Scottish>),
    /// The group of an area among others, by the values of another indicator.
    Quantile(Box<Quantile>),
    /// The mean over the period of a stock.
    Mean(Expression),
    /// The value as its publisher gives it. It adds over neither areas nor time.
    Published(MeasureId),
}

impl Calculation {
    /// Its name in a framework file.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Count(_) => "count",
            Self::Rate(_) => "rate",
            Self::Percentage { .. } => "percentage",
            Self::Standardised(_) => "standardised",
            Self::StandardisedRatio(_) => "standardised_ratio",
            Self::IndirectRate(_) => "indirect_rate",
            Self::Inequality(_) => "inequality",
            Self::SlopeIndex(_) => "slope_index",
            Self::LifeExpectancy(_) => "life_expectancy",
            Self::ScotPho(_) => "scotpho",
            Self::Quantile(_) => "quantile",
            Self::Mean(_) => "mean",
            Self::Published(_) => "published",
        }
    }

    /// Of a ratio: by what the quotient of its parts is multiplied, and whether the value is that less it.
    #[must_use]
    pub fn multiplier(&self) -> Option<(f64, bool)> {
        match self {
            Self::Rate(rate) => Some((rate.per, false)),
            Self::Percentage { complement, .. } => Some((100.0, *complement)),
            Self::StandardisedRatio(ratio) => Some((ratio.parts.per, false)),
            _ => None,
        }
    }

    /// What is counted and what it is divided by, of a value that is made of both. An indirectly standardised
    /// ratio is divided by what these lead one to expect.
    #[must_use]
    pub fn parts(&self) -> Option<&Rate> {
        match self {
            Self::Rate(rate) | Self::Percentage { parts: rate, .. } => Some(rate),
            Self::Standardised(standardised) => Some(&standardised.parts),
            Self::StandardisedRatio(indirect) | Self::IndirectRate(indirect) => Some(&indirect.parts),
            Self::Inequality(inequality) => Some(&inequality.parts),
            Self::LifeExpectancy(table) => Some(&table.parts),
            Self::ScotPho(scottish) => Some(&scottish.parts),
            Self::SlopeIndex(_) | Self::Quantile(_) | Self::Count(_) | Self::Mean(_) | Self::Published(_) => {
                None
            }
        }
    }

    /// What is counted, averaged or published: the measures whose time is that of the values.
    #[must_use]
    pub fn counted(&self) -> Vec<&MeasureId> {
        match (self, self.parts()) {
            (_, Some(parts)) => parts.numerator.measures().collect(),
            (Self::Count(expression) | Self::Mean(expression), _) => expression.measures().collect(),
            (Self::Published(measure), _) => vec![measure],
            (Self::SlopeIndex(slope), _) => slope.given().flat_map(Expression::measures).collect(),
            (Self::Quantile(quantile), _) => quantile.of.calculation.counted(),
            _ => Vec::new(),
        }
    }

    /// The measures it needs, in the order in which they are named.
    #[must_use]
    pub fn measures(&self) -> Vec<&MeasureId> {
        if let Self::Quantile(quantile) = self {
            return quantile.of.calculation.measures();
        }
        let parts = match self {
            Self::SlopeIndex(slope) => Some(&slope.parts),
            _ => self.parts(),
        };
        let below = parts.and_then(|parts| parts.denominator.as_ref());
        let sampled = match self {
            Self::ScotPho(scottish) => scottish.sampled_from(),
            _ => None,
        };
        let below = below.into_iter().chain(sampled).flat_map(Expression::measures);
        self.counted().into_iter().chain(below).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_prints_as_it_is_read() {
        for text in [
            "deaths",
            "a + b",
            "182.5 * deaths - bed-days",
            "days[age=75+;reason=Code 9 AWI] - 2 * other-days",
            "people[measure=a - b]",
            "-2 * a - b",
        ] {
            assert_eq!(text.parse::<Expression>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_the_reason() {
        for (text, what) in [
            ("", "empty"),
            ("a +", "empty"),
            ("a b", "' '"),
            ("x * a", "\"x\" is not a number"),
            ("a[age", "square bracket"),
            ("a[age]", "dimension=category"),
            ("a[age=1;age=2]", "twice"),
            ("inf * a", "not a number"),
        ] {
            let error = text.parse::<Expression>().unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}

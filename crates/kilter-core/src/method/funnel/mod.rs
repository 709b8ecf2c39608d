//! Funnel plots: which areas differ from the average of all of them, or from what is expected, by more than
//! their size explains, and the curves of that limit.
//!
//! The levels are 95% and 99.8%, as everywhere where funnels are drawn. An area with a bad figure has an
//! error in its own place, and takes no part in the average of the others. There is no adjustment for
//! overdispersion. Nothing is rounded, and no answer is ever infinite or "not a number".

mod curve;
#[cfg(test)]
mod tests;

pub use curve::{CurvePoint, Edge};

use super::interval::{Confidence, Interval, MethodError, poisson, positive};
use super::rates::{Part, RowError, above_zero, counted, held, multiplier, total};
use std::fmt;

/// Below so many events a standardised rate is not placed in a funnel.
const STANDARDISED_FROM: f64 = 10.0;

/// Where an area stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Significance {
    /// Above the upper 99.8% limit.
    High998,
    /// Above the upper 95% limit.
    High95,
    /// Within the limits, or on one.
    NotSignificant,
    /// Below the lower 95% limit.
    Low95,
    /// Below the lower 99.8% limit.
    Low998,
    /// A standardised rate of fewer than ten events, which is not placed.
    TooFewEvents,
}

impl fmt::Display for Significance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::High998 => "high (99.8%)",
            Self::High95 => "high (95%)",
            Self::NotSignificant => "not significant",
            Self::Low95 => "low (95%)",
            Self::Low998 => "low (99.8%)",
            Self::TooFewEvents => "fewer than ten events",
        })
    }
}

/// How the limits of a funnel are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunnelMethod {
    /// The proportions whose Wilson limits end at the average.
    WilsonInverse,
    /// The expected counts whose Poisson limits end at the observed.
    Poisson,
}

impl fmt::Display for FunnelMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WilsonInverse => "Wilson score, inverse",
            Self::Poisson => "exact Poisson",
        })
    }
}

/// How ratios of observed to expected are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RatioForm {
    /// 100 where as many were observed as expected.
    Of100,
    /// Zero where as many were observed as expected: the ratio less one.
    Excess,
}

/// Of which kind rates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateKind {
    /// Events over people.
    Crude,
    /// Directly standardised; not placed below ten events.
    Standardised,
}

/// An area with its rate. `None` is a figure that is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateArea {
    /// How many events, in all years.
    pub events: Option<f64>,
    /// The rate, in the unit of the funnel.
    pub rate: Option<f64>,
    /// How many people, in all years; read only for a crude rate of no events, which does not tell.
    pub population: Option<f64>,
}

/// Where an area is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartPoint {
    /// Its rate.
    pub rate: f64,
    /// Its population a year, as its events and rate tell.
    pub population: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Proportion { per: f64 },
    Ratio { form: RatioForm },
    Rate { per: f64, kind: RateKind, years: f64 },
}

/// An area's events, or how many had it, and what they are compared with: people or expected events.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Placed {
    count: f64,
    of: Option<f64>,
    rate: f64,
}

/// A funnel: its areas and what they are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    kind: Kind,
    areas: Vec<Result<Placed, RowError>>,
    average: f64,
}

impl Funnel {
    /// A funnel of proportions, compared with that of all areas together; `per` is 100 for percentages.
    ///
    /// The limits for `n` people about the average `A` are `A ± z sqrt(A (1 - A) / n)`: the proportions whose
    /// Wilson limits end at `A`. Where all or none had it, nobody differs.
    ///
    /// # Errors
    /// [`RowError::Empty`] where no area has figures in order, [`RowError::Whole`] for `per` and for sums
    /// that are no numbers. Areas with figures missing, negative or above their denominators have their own
    /// errors.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::funnel::{Funnel, Significance};
    /// use kilter_core::method::rates::Part;
    /// let part = |x, n| Part { numerator: Some(x), denominator: Some(n) };
    /// let areas = [part(30.0, 100.0), part(450.0, 900.0), part(11.0, 10.0)];
    /// let funnel = Funnel::proportions(&areas, 100.0).unwrap();
    /// assert_eq!(funnel.average(), Some(48.0));
    /// let found = funnel.significance();
    /// assert_eq!(found[0], Ok(Significance::Low998)); // 30% of 100: below 48 - 15.4
    /// assert_eq!(found[1], Ok(Significance::NotSignificant));
    /// assert!(found[2].is_err());
    /// assert!(Funnel::proportions(&areas[2..], 100.0).is_err());
    /// ```
    pub fn proportions(areas: &[Part], per: f64) -> Result<Self, RowError> {
        let per = multiplier(per)?;
        let place = |(row, area): (usize, &Part)| {
            let numerator = counted(row, "numerator", area.numerator)?;
            let denominator = above_zero(row, "denominator", area.denominator)?;
            if numerator > denominator {
                let error = MethodError::NumeratorAboveDenominator { numerator, denominator };
                return Err(RowError::Bad { row, error });
            }
            Ok(Placed { count: numerator, of: Some(denominator), rate: numerator / denominator * per })
        };
        Self::of(Kind::Proportion { per }, areas.iter().enumerate().map(place).collect())
    }

    /// A funnel of ratios of observed events (the numerators) to expected (the denominators).
    ///
    /// # Errors
    /// As [`Funnel::proportions`].
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::funnel::{Funnel, RatioForm, Significance};
    /// use kilter_core::method::rates::Part;
    /// let part = |x, n| Part { numerator: Some(x), denominator: Some(n) };
    /// let areas = [part(151.0, 106.44), part(8.0, 6.24), part(3.0, 0.0)];
    /// let found = Funnel::ratios(&areas, RatioForm::Of100).unwrap().significance();
    /// assert_eq!(found[..2], [Ok(Significance::High998), Ok(Significance::NotSignificant)]);
    /// assert_eq!(found[2].unwrap_err().to_string(), "row 2: the denominator is 0: it has to be above zero");
    /// ```
    pub fn ratios(areas: &[Part], form: RatioForm) -> Result<Self, RowError> {
        let place = |(row, area): (usize, &Part)| {
            let observed = counted(row, "numerator", area.numerator)?;
            let expected = above_zero(row, "denominator", area.denominator)?;
            let ratio = match form {
                RatioForm::Of100 => observed / expected * 100.0,
                RatioForm::Excess => observed / expected - 1.0,
            };
            Ok(Placed { count: observed, of: Some(expected), rate: ratio })
        };
        Self::of(Kind::Ratio { form }, areas.iter().enumerate().map(place).collect())
    }

    /// A funnel of rates per so many people over so many years, compared with the average of the areas, each
    /// weighed by its people.
    ///
    /// Each area's people are worked out from its events and rate, `per * events / rate`, so that a
    /// standardised rate stands where its limits belong; the average is all events over all these people. A
    /// crude rate of no events needs its people given.
    ///
    /// # Errors
    /// As [`Funnel::proportions`]; [`RowError::Whole`] for years that are not above zero.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::funnel::{Funnel, RateArea, RateKind, Significance};
    /// let area = |events, rate, population| RateArea { events: Some(events), rate: Some(rate), population };
    /// let areas = [area(0.0, 0.0, Some(8000.0)), area(30.0, 150.0, None), area(55.0, 137.5, None)];
    /// let funnel = Funnel::rates(&areas, 100_000.0, RateKind::Crude, 1.0).unwrap();
    /// assert_eq!(funnel.average(), Some(125.0)); // 85 events, 68,000 people
    /// assert_eq!(funnel.significance()[0], Ok(Significance::Low998));
    /// assert_eq!(funnel.points()[1].unwrap().unwrap().population, 20_000.0);
    /// let untold = [area(0.0, 0.0, None), areas[1]];
    /// let untold = Funnel::rates(&untold, 100_000.0, RateKind::Crude, 1.0).unwrap();
    /// assert!(untold.significance()[0].is_err());
    /// ```
    pub fn rates(areas: &[RateArea], per: f64, kind: RateKind, years: f64) -> Result<Self, RowError> {
        let per = multiplier(per)?;
        let years = positive("number of years", years)?;
        let place = |(row, area): (usize, &RateArea)| {
            let count = counted(row, "number of events", area.events)?;
            let (of, rate) = match kind {
                RateKind::Standardised if count == 0.0 => (None, 0.0),
                RateKind::Crude if count == 0.0 => {
                    (Some(above_zero(row, "population", area.population)?), 0.0)
                }
                _ => {
                    let rate = above_zero(row, "rate", area.rate)?;
                    let people = held("population", per * (count / rate));
                    (Some(people.map_err(|error| RowError::Bad { row, error })?), rate)
                }
            };
            Ok(Placed { count, of, rate })
        };
        Self::of(Kind::Rate { per, kind, years }, areas.iter().enumerate().map(place).collect())
    }

    fn of(kind: Kind, areas: Vec<Result<Placed, RowError>>) -> Result<Self, RowError> {
        let (mut counts, mut ofs) = (Vec::new(), Vec::new());
        for area in areas.iter().flatten() {
            // An area without people to compare with has no events either.
            counts.push(area.count);
            ofs.extend(area.of);
        }
        if ofs.is_empty() {
            return Err(RowError::Empty);
        }
        let average = match kind {
            Kind::Ratio { .. } => 1.0,
            _ => {
                let (count, of) = (held("numerator", total(counts))?, held("denominator", total(ofs))?);
                let all = held("average", count / of)?;
                if let Kind::Proportion { .. } = kind { all.min(1.0) } else { all }
            }
        };
        let funnel = Self { kind, areas, average };
        held("average", funnel.average * funnel.per())?;
        Ok(funnel)
    }

    fn per(&self) -> f64 {
        match self.kind {
            Kind::Proportion { per } | Kind::Rate { per, .. } => per,
            Kind::Ratio { form: RatioForm::Of100 } => 100.0,
            Kind::Ratio { form: RatioForm::Excess } => 1.0,
        }
    }

    /// How the limits are made. They are at 95% and 99.8%.
    #[must_use]
    pub fn method(&self) -> FunnelMethod {
        match self.kind {
            Kind::Proportion { .. } => FunnelMethod::WilsonInverse,
            _ => FunnelMethod::Poisson,
        }
    }

    /// What the areas are compared with, in the unit of the values; `None` for ratios, which have their
    /// expected events.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        match self.kind {
            Kind::Ratio { .. } => None,
            _ => Some(self.average * self.per()),
        }
    }

    /// Where each area stands, in the order of the areas.
    ///
    /// An area's ratio or rate differs where its own limits (exact below ten events, else Byar's) leave out
    /// the average; a proportion where it lies beyond the limits about the average for its size. As
    /// `assign_funnel_significance` of PHEindicatormethods 2.1.0, which stops at one bad area.
    #[must_use]
    pub fn significance(&self) -> Vec<Result<Significance, RowError>> {
        let place = |(row, area): (usize, &Result<Placed, RowError>)| {
            let area = (*area)?;
            self.stands(&area).map_err(|error| RowError::Bad { row, error })
        };
        self.areas.iter().enumerate().map(place).collect()
    }

    fn stands(&self, area: &Placed) -> Result<Significance, MethodError> {
        let few = area.count < STANDARDISED_FROM
            && matches!(self.kind, Kind::Rate { kind: RateKind::Standardised, .. });
        let Some(of) = area.of.filter(|_| !few) else { return Ok(Significance::TooFewEvents) };
        // Negative where the area lies below the limits of that level, positive where above.
        let beyond = |confidence| -> Result<i8, MethodError> {
            let (low, high) = match self.kind {
                Kind::Proportion { .. } => {
                    let (share, limits) = (area.count / of, self.about_average(of, confidence));
                    (share < limits.lower, share > limits.upper)
                }
                _ => {
                    let limits = poisson(area.count, confidence)?;
                    (self.average > limits.upper / of, self.average < limits.lower / of)
                }
            };
            Ok(i8::from(high) - i8::from(low))
        };
        Ok(match (beyond(Confidence::P998)?, beyond(Confidence::P95)?) {
            (1, _) => Significance::High998,
            (-1, _) => Significance::Low998,
            (_, 1) => Significance::High95,
            (_, -1) => Significance::Low95,
            _ => Significance::NotSignificant,
        })
    }

    /// The limits of a proportion of so many about the average, which may leave 0 and 1.
    fn about_average(&self, of: f64, confidence: Confidence) -> Interval {
        let width = confidence.deviate() * (self.average * (1.0 - self.average) / of).sqrt();
        Interval { lower: self.average - width, upper: self.average + width }
    }

    /// Where each area is drawn, for rates; `None` where it is not placed for too few events, and for
    /// proportions and ratios, which are drawn where their figures stand.
    #[must_use]
    pub fn points(&self) -> Vec<Result<Option<ChartPoint>, RowError>> {
        let draw = |area: &Result<Placed, RowError>| {
            let area = (*area)?;
            Ok(match self.kind {
                Kind::Rate { kind: RateKind::Standardised, .. } if area.count < STANDARDISED_FROM => None,
                Kind::Rate { years, .. } => area
                    .of
                    .map(|people| ChartPoint { rate: area.rate, population: people / years })
                    .filter(|point| point.population.is_finite()),
                _ => None,
            })
        };
        self.areas.iter().map(draw).collect()
    }
}

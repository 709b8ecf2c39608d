//! Rates and percentages as the production scripts of Scotland's public health profiles make them: named variants,
//! for those who have to continue published figures. Nothing here computes.

use super::calculation::{Expression, Rate};
use crate::ident::{Category, DimensionId};

/// What the profiles make of the means of one or several years.
#[derive(Debug, Clone, PartialEq)]
pub enum ScottishForm {
    /// A rate per so many, with Byar's limits.
    CrudeRate,
    /// A percentage, with Wilson's limits.
    Percentage,
    /// A percentage of a sample.
    SamplePercentage {
        /// From how many people those asked were drawn.
        sampled_from: Expression,
    },
    /// The European age-sex standardised rate.
    StandardisedRate {
        /// The dimension of the bands of sex and age.
        by: DimensionId,
        /// The bands with their weights.
        weights: Vec<(Category, f64)>,
        /// What the weights are taken to add up to.
        total: f64,
    },
}

/// What a figure that is not there is taken for. One that is suppressed leaves no value, whatever is said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScottishGap {
    /// Zero.
    Zero,
    /// Nothing: the mean is that of the years that have it. For rates without bands.
    PassedOver,
    /// A reason for having no value.
    Refused,
}

impl ScottishGap {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("zero", Self::Zero), ("passed over", Self::PassedOver), ("refused", Self::Refused)];
}

/// A rate or percentage of the profiles: of the mean numerator and the mean denominator of the years that its
/// period is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Scottish {
    /// What is counted and what it is divided by; `per` is 100 for percentages.
    pub parts: Rate,
    /// What is made of them.
    pub form: ScottishForm,
    /// What a figure that is not there is taken for.
    pub gap: ScottishGap,
}

impl Scottish {
    /// Of a percentage of a sample: from how many people those asked were drawn.
    #[must_use]
    pub fn sampled_from(&self) -> Option<&Expression> {
        match &self.form {
            ScottishForm::SamplePercentage { sampled_from } => Some(sampled_from),
            _ => None,
        }
    }
}

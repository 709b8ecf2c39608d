//! Figures that were drawn, as the functions of the methods take them: numbers, columns, parts, settings.

use kilter_core::method::control_chart::{Screening, ShewhartSettings};
use kilter_core::method::disclosure::{SmallCounts, Zeros};
use kilter_core::method::interval::Confidence;
use kilter_core::method::rates::Part;
use kilter_core::method::run_chart::{self, Layout};
use kilter_core::method::standardised::{Band, DirectSettings, FewEvents, MissingFigures, Standard};
use kilter_core::time::Date;

/// Figures that were drawn, taken one after the other, and round again.
pub struct Drawn {
    figures: Vec<Option<f64>>,
    at: usize,
}

impl Drawn {
    pub fn new(figures: Vec<Option<f64>>) -> Self {
        Self { figures, at: 0 }
    }

    pub fn option(&mut self) -> Option<f64> {
        let figure = self.figures[self.at % self.figures.len()];
        self.at += 1;
        figure
    }

    pub fn number(&mut self) -> f64 {
        self.option().unwrap_or(0.0)
    }

    /// A small whole number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number().to_bits() >> 7) as usize % bound
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn many<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }

    pub fn column(&mut self, most: usize) -> Vec<Option<f64>> {
        self.many(most, Self::option)
    }

    pub fn confidence(&mut self) -> Confidence {
        self.of(&[Confidence::P95, Confidence::P998, Confidence::new(0.9).unwrap()])
    }

    pub fn missing(&mut self) -> MissingFigures {
        self.of(&[MissingFigures::Refuse, MissingFigures::AsZero])
    }

    pub fn part(&mut self) -> Part {
        Part { numerator: self.option(), denominator: self.option() }
    }

    pub fn bands(&mut self) -> Vec<Band<u8>> {
        let bands = self.below(5) as u8;
        (0..bands).map(|key| Band { key, events: self.option(), population: self.option() }).collect()
    }

    pub fn standard(&mut self) -> Option<Standard<u8>> {
        let bands = self.below(5) as u8;
        Standard::new((0..bands).map(|key| (key, self.number()))).ok()
    }

    pub fn small(&mut self) -> SmallCounts {
        SmallCounts { threshold: self.below(12) as u64, zeros: self.of(&[Zeros::Shown, Zeros::Withheld]) }
    }
}

pub fn screening(d: &mut Drawn) -> Screening {
    d.of(&[Screening::Off, Screening::Once, Screening::OnceUnlessFlat])
}

pub fn run_rules(d: &mut Drawn) -> run_chart::RuleSet {
    use run_chart::RuleSet::{Anhoej, BestBox, CutBox, Perla};
    d.of(&[Anhoej, BestBox, CutBox, Perla])
}

pub fn shewhart_settings<'a>(
    d: &mut Drawn,
    starts: &'a [usize],
    excluded: &'a [usize],
) -> ShewhartSettings<'a> {
    let layout = Layout { starts, fix_after: d.of(&[None, Some(0), Some(4)]), excluded };
    ShewhartSettings { layout, screening: screening(d), rules: run_rules(d) }
}

pub fn direct_settings(d: &mut Drawn) -> DirectSettings {
    DirectSettings {
        per: d.number(),
        confidence: d.confidence(),
        missing: d.missing(),
        few: d.of(&[FewEvents::Withhold, FewEvents::Give]),
    }
}

pub fn count(d: &mut Drawn) -> Option<u64> {
    let small = d.below(30) as u64;
    d.of(&[Some(small), Some(small), Some(u64::MAX), None])
}

pub fn counts(d: &mut Drawn, most: usize) -> Vec<Option<u64>> {
    d.many(most, count)
}

pub fn date(d: &mut Drawn) -> Date {
    let (year, day) = (1700 + d.below(500) as i32, 1 + d.below(365) as u32);
    let common = Date::from_yo_opt(year, day).unwrap();
    d.of(&[common, common, Date::MIN, Date::MAX])
}

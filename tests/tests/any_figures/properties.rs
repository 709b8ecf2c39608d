//! What each public function of the methods makes of figures that were drawn.

use super::drawn::{Drawn, count, counts, date, direct_settings, run_rules, screening, shewhart_settings};
use kilter_core::method::ages::{AgeGroups, completed_months, completed_years};
use kilter_core::method::control_chart::{
    Assurance, Improvement, Limits, RatioChart, RuleSet, Settings, ShewhartChart, Side, ValueChart,
    of_ratios, of_values, xmr,
};
use kilter_core::method::disclosure::{CountTable, primary, protect, row_wise, to_base, whole_counts};
use kilter_core::method::funnel::{Funnel, RateArea, RateKind, RatioForm};
use kilter_core::method::inequality::{
    Deprivation, DeprivationGroup, Fit, Group, MissingRate, SlopeSettings, Spread, Towards, Values, simd,
    slope_index,
};
use kilter_core::method::interval::{
    Confidence, Interval, byar, poisson, poisson_method, proportion, rate, wilson,
};
use kilter_core::method::life_expectancy::{AgeBand, life_expectancy};
use kilter_core::method::quantile::{First, quantiles};
use kilter_core::method::rates::{Statistic, by_error, mean, pooled, pooled_by_group};
use kilter_core::method::rolling::{
    LimitsOf, RollingSettings, ScottishMeasure, ScottishMissing, ScottishYear, YearPart, rolling_rates,
    scottish_rolling,
};
use kilter_core::method::run_chart::{self, Layout, Runs, Sustained, Watch, run_chart, sustained};
use kilter_core::method::standardised::{
    Band, IndirectSettings, Observed, Reference, RepeatBand, YearBand, direct, direct_repeated, indirect,
    scottish_rate, scottish_rolling_rates,
};
use kilter_core::method::trend_test::{ProportionPoint, RatePoint, five_proportions, five_rates};
use kilter_core::method::{Cell, Column, Missing, Sum, half_up, over_periods};
use kilter_core::series::OverTime;
use kilter_core::time::PeriodKind;

/// The numbers of an answer, all of which have to be finite; none of a refusal. What answers with no number has
/// a zero here.
pub type Answer = Vec<f64>;

fn ends(limits: Interval) -> [f64; 2] {
    [limits.lower, limits.upper]
}

fn charted(chart: &ShewhartChart) -> Answer {
    let limits = |limits: Limits| [limits.lower, limits.near_lower, limits.near_upper, limits.upper];
    let points = chart.points.iter();
    points
        .flat_map(|p| p.value.into_iter().chain(p.centre).chain(p.limits.into_iter().flat_map(limits)))
        .collect()
}

fn funnel(made: Option<Funnel>) -> Answer {
    let Some(funnel) = made else { return Vec::new() };
    let mut answer: Answer = funnel.average().into_iter().collect();
    let _ = (funnel.significance(), funnel.method());
    answer.extend(funnel.points().into_iter().flatten().flatten().flat_map(|p| [p.rate, p.population]));
    for point in funnel.curve().into_iter().flatten() {
        let edges = [point.lower_95, point.upper_95, point.lower_998, point.upper_998];
        answer.extend(edges.into_iter().flat_map(|edge| [edge.at, edge.value]).chain([point.count]));
    }
    answer
}

/// What a function makes of figures that were drawn.
pub type Property = fn(&mut Drawn) -> Answer;

/// The functions by file and name.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("interval.rs poisson", |d| poisson(d.number(), d.confidence()).map_or(vec![], |l| ends(l).into())),
    ("interval.rs byar", |d| byar(d.number(), d.confidence()).map_or(vec![], |l| ends(l).into())),
    ("interval.rs wilson", |d| {
        wilson(d.number(), d.number(), d.confidence()).map_or(vec![], |l| ends(l).into())
    }),
    ("interval.rs rate", |d| {
        let found = rate(d.number(), d.number(), d.number(), d.confidence());
        found.map_or(vec![], |e| [e.value].into_iter().chain(ends(e.limits)).collect())
    }),
    ("interval.rs proportion", |d| {
        let found = proportion(d.number(), d.number(), d.number(), d.confidence());
        found.map_or(vec![], |e| [e.value].into_iter().chain(ends(e.limits)).collect())
    }),
    ("interval.rs poisson_method", |d| {
        let _ = poisson_method(d.number());
        vec![0.0]
    }),
    ("interval.rs new", |d| Confidence::new(d.number()).map_or(vec![], |c| vec![c.level(), c.deviate()])),
    ("interval.rs contains", |d| {
        let interval = Interval { lower: d.number(), upper: d.number() };
        let _ = interval.contains(d.number());
        vec![0.0]
    }),
    ("interval.rs overlaps", |d| {
        let interval = Interval { lower: d.number(), upper: d.number() };
        let _ = interval.overlaps(Interval { lower: d.number(), upper: d.number() });
        vec![0.0]
    }),
    ("rates.rs pooled", |d| {
        let statistic = d.of(&[Statistic::Rate, Statistic::Proportion]);
        let parts = d.many(6, Drawn::part);
        let found = pooled(statistic, &parts, d.number(), d.confidence());
        found.map_or(vec![], |p| vec![p.numerator, p.denominator, p.estimate.value, p.estimate.limits.upper])
    }),
    ("rates.rs pooled_by_group", |d| {
        let statistic = d.of(&[Statistic::Rate, Statistic::Proportion]);
        let rows = d.many(8, |d| (d.below(3), d.part()));
        let found = pooled_by_group(statistic, &rows, d.number(), d.confidence());
        found.into_values().flatten().flat_map(|p| [p.estimate.value, p.estimate.limits.lower]).collect()
    }),
    ("rates.rs mean", |d| {
        let values = d.column(8);
        mean(&values, d.confidence()).map_or(vec![], |m| {
            let limits = m.limits.into_iter().flat_map(ends);
            [m.sum, m.value].into_iter().chain(m.deviation).chain(limits).collect()
        })
    }),
    ("rates.rs by_error", |d| {
        by_error(d.number(), d.number(), d.option(), d.confidence()).map_or(vec![], |l| ends(l).into())
    }),
    ("rolling.rs rolling_rates", |d| {
        let years = d.many(7, |d| YearPart {
            year: d.of(&[i32::MIN, 2018, 2019, 2020, 2021, i32::MAX]),
            numerator: d.option(),
            denominator: d.option(),
        });
        let settings = RollingSettings {
            window: d.of(&[0, 1, 2, 3, u32::MAX]),
            statistic: d.of(&[Statistic::Rate, Statistic::Proportion]),
            per: d.number(),
            limits_of: d.of(&[LimitsOf::Sum, LimitsOf::Mean]),
            confidence: d.confidence(),
            missing: d.missing(),
        };
        let found = rolling_rates(&years, &settings).into_values().flatten();
        found.flat_map(|w| [w.numerator, w.estimate.value, w.estimate.limits.upper]).collect()
    }),
    ("rolling.rs scottish_rolling", |d| {
        let years = d.many(7, |d| ScottishYear {
            year: d.of(&[2018, 2019, 2020, 2021]),
            numerator: d.option(),
            denominator: d.option(),
            sampled_from: d.option(),
        });
        let crude = ScottishMeasure::Crude { per: d.number() };
        let measure = d.of(&[crude, ScottishMeasure::Percent, ScottishMeasure::SamplePercent]);
        let missing = d.of(&[ScottishMissing::AsZero, ScottishMissing::Suppressed]);
        let found = scottish_rolling(&years, measure, d.of(&[0, 1, 3]), missing);
        found.into_values().flatten().flat_map(|w| [w.value, w.limits.lower, w.limits.upper]).collect()
    }),
    ("standardised/mod.rs new", |d| d.standard().map_or(vec![], |s| vec![s.total()])),
    ("standardised/direct.rs direct", |d| {
        let Some(standard) = d.standard() else { return vec![] };
        let (bands, settings) = (d.bands(), direct_settings(d));
        let found = direct(&bands, &standard, &settings).ok().and_then(|found| found.estimate);
        found.map_or(vec![], |e| [e.value].into_iter().chain(e.limits.into_iter().flat_map(ends)).collect())
    }),
    ("standardised/direct.rs direct_repeated", |d| {
        let Some(standard) = d.standard() else { return vec![] };
        let rows = d.many(8, |d| RepeatBand {
            key: d.below(4) as u8,
            events_each: d.number(),
            persons: d.option(),
            population: d.option(),
        });
        let settings = direct_settings(d);
        let found = direct_repeated(&rows, &standard, &settings).ok().and_then(|found| found.estimate);
        found.map_or(vec![], |e| [e.value].into_iter().chain(e.limits.into_iter().flat_map(ends)).collect())
    }),
    ("standardised/indirect.rs new", |d| {
        Reference::new(&d.bands(), d.missing()).map_or(vec![], |reference| vec![reference.rate()])
    }),
    ("standardised/indirect.rs expected", |d| {
        let Ok(reference) = Reference::new(&d.bands(), d.missing()) else { return vec![] };
        reference.expected(&d.bands(), d.missing()).into_iter().collect()
    }),
    ("standardised/indirect.rs indirect", |d| {
        let Ok(reference) = Reference::new(&d.bands(), d.missing()) else { return vec![] };
        let total = Observed::Total(d.number());
        let (bands, observed) = (d.bands(), d.of(&[Observed::OfBands, total]));
        let settings = IndirectSettings {
            ratio_of: d.number(),
            per: d.number(),
            confidence: d.confidence(),
            missing: d.missing(),
        };
        indirect(&bands, &reference, observed, &settings).map_or(vec![], |found| {
            let of = [found.ratio, found.rate];
            of.into_iter()
                .flat_map(|e| [e.value, e.limits.lower, e.limits.upper])
                .chain([found.expected])
                .collect()
        })
    }),
    ("standardised/scotland.rs scottish_rate", |d| {
        let Some(standard) = d.standard() else { return vec![] };
        let found = scottish_rate(&d.bands(), &standard, d.number(), d.number(), d.missing());
        found.map_or(vec![], |e| [e.value].into_iter().chain(ends(e.limits)).collect())
    }),
    ("standardised/scotland.rs scottish_rolling_rates", |d| {
        let Some(standard) = d.standard() else { return vec![] };
        let rows = d.many(8, |d| YearBand {
            year: d.of(&[2018, 2019, 2020]),
            band: Band { key: d.below(4) as u8, events: d.option(), population: d.option() },
        });
        let window = d.of(&[0, 1, 2]);
        let found = scottish_rolling_rates(&rows, &standard, d.number(), d.number(), window, d.missing());
        let found = found.into_iter().flatten();
        found.flat_map(|(_, e)| [e.value, e.limits.lower, e.limits.upper]).collect()
    }),
    ("funnel/mod.rs proportions", |d| {
        let parts = d.many(5, Drawn::part);
        funnel(Funnel::proportions(&parts, d.number()).ok())
    }),
    ("funnel/mod.rs ratios", |d| {
        let parts = d.many(5, Drawn::part);
        funnel(Funnel::ratios(&parts, d.of(&[RatioForm::Of100, RatioForm::Excess])).ok())
    }),
    ("funnel/mod.rs rates", |d| {
        let areas = d.many(5, |d| RateArea { events: d.option(), rate: d.option(), population: d.option() });
        let kind = d.of(&[RateKind::Crude, RateKind::Standardised]);
        funnel(Funnel::rates(&areas, d.number(), kind, d.number()).ok())
    }),
    ("quantile.rs quantiles", |d| {
        let values = d.column(9);
        let groups = d.of(&[0, 1, 2, 5, u32::MAX]);
        let found = quantiles(&values, groups, d.of(&[First::Highest, First::Lowest]));
        found.into_iter().flatten().flatten().map(f64::from).collect()
    }),
    ("inequality/simd.rs simd", |d| {
        let count = d.of(&[4, 5, 10]);
        let groups: Vec<_> = (1..=count)
            .map(|group| DeprivationGroup { group, rate: d.option(), population: d.option() })
            .collect();
        let deprivation = d.of(&[Deprivation::Quintiles, Deprivation::Deciles]);
        let missing = d.of(&[MissingRate::Refuse, MissingRate::LeaveOut]);
        simd(&groups, deprivation, d.number(), missing, d.confidence()).map_or(vec![], |found| {
            let both = [found.slope, found.relative];
            let ranges = [found.attributable_percent, found.absolute_range, found.relative_range];
            let both = both.into_iter().flat_map(|of| [of.value, of.error, of.limits.lower, of.limits.upper]);
            both.chain(ranges.into_iter().flatten()).collect()
        })
    }),
    ("inequality/slope.rs slope_index", |d| {
        let groups: Vec<_> = (1..=d.of(&[4, 5, 7]))
            .map(|group| {
                let limits = Spread::Limits95(Interval { lower: d.number(), upper: d.number() });
                let error = Spread::StandardError(d.number());
                Group { group, population: d.option(), value: d.option(), spread: d.of(&[limits, error]) }
            })
            .collect();
        let fit = d.of(&[Fit::OfValues, Fit::OfLogarithms]);
        let settings = SlopeSettings {
            values: d.of(&[Values::Plain, Values::Rates(fit), Values::Proportions(fit)]),
            towards: d.of(&[Towards::First, Towards::Last]),
            per: d.number(),
            confidence: d.confidence(),
        };
        slope_index(&groups, &settings).map_or(vec![], |found| {
            let both = [Some(found.slope), found.relative].into_iter().flatten();
            let of = both.flat_map(|i| [i.value].into_iter().chain(i.limits.into_iter().flat_map(ends)));
            of.chain([found.start]).collect()
        })
    }),
    ("life_expectancy.rs life_expectancy", |d| {
        let count = d.below(5) as u32;
        let bands: Vec<_> = (0..count)
            .map(|from| AgeBand {
                from,
                until: d.of(&[Some(from + 1), Some(from + 1), None]),
                population: d.option(),
                deaths: d.option(),
            })
            .collect();
        let found = life_expectancy(&bands, d.confidence()).into_iter().flatten();
        found
            .filter_map(|age| age.estimate.ok())
            .flat_map(|e| [e.value, e.error, e.limits.lower, e.limits.upper])
            .collect()
    }),
    ("trend_test.rs five_rates", |d| {
        let count = d.of(&[4, 5]);
        let points: Vec<_> = (0..count)
            .map(|_| RatePoint {
                value: d.number(),
                limits: Interval { lower: d.number(), upper: d.number() },
            })
            .collect();
        five_rates(&points).map_or(vec![], |found| vec![found.statistic])
    }),
    ("trend_test.rs five_proportions", |d| {
        let count = d.of(&[4, 5]);
        let points: Vec<_> =
            (0..count).map(|_| ProportionPoint { numerator: d.number(), denominator: d.number() }).collect();
        five_proportions(&points).map_or(vec![], |found| vec![found.statistic])
    }),
    ("control_chart/mod.rs xmr", |d| {
        let values = d.column(30);
        let starts = d.many(3, |d| d.below(30));
        let excluded = d.many(3, |d| d.below(31));
        let settings = Settings {
            improvement: d.of(&[Improvement::Increase, Improvement::Decrease, Improvement::Neutral]),
            rules: d.of(&[RuleSet::MakingDataCount, RuleSet::NhsrPlotTheDots]),
            screening: screening(d),
            starts: &starts,
            fix_after: d.of(&[None, Some(0), Some(12)]),
            excluded: &excluded,
        };
        let Ok(chart) = xmr(&values, &settings) else { return vec![] };
        let _ = (chart.variation(), chart.assurance(d.number()), chart.segments().len());
        let limits = |l: Limits| [l.lower, l.near_lower, l.near_upper, l.upper];
        let points = chart.points().iter();
        points.flat_map(|p| p.mean.into_iter().chain(p.limits.into_iter().flat_map(limits))).collect()
    }),
    ("control_chart/mod.rs of", |d| {
        let limits =
            Limits { lower: d.number(), near_lower: d.number(), near_upper: d.number(), upper: d.number() };
        let _ = Assurance::of(d.number(), Some(limits), Improvement::Increase);
        let _ = Side::of(d.number(), d.number());
        vec![0.0]
    }),
    ("control_chart/shewhart/mod.rs of_values", |d| {
        let kinds = [ValueChart::I, ValueChart::Mr, ValueChart::C, ValueChart::G, ValueChart::T];
        let (kind, values) = (d.of(&kinds), d.column(20));
        let (starts, excluded) = (d.many(2, |d| d.below(20)), d.many(2, |d| d.below(20)));
        let settings = shewhart_settings(d, &starts, &excluded);
        of_values(kind, &values, &settings).map_or(vec![], |chart| charted(&chart))
    }),
    ("control_chart/shewhart/mod.rs of_ratios", |d| {
        use RatioChart::{IPrime, P, PPrime, U, UPrime};
        let (kind, count) = (d.of(&[P, PPrime, U, UPrime, IPrime]), d.below(20));
        let above: Vec<_> = (0..count).map(|_| d.option()).collect();
        let below: Vec<_> = (0..count).map(|_| d.option()).collect();
        let (starts, excluded) = (d.many(2, |d| d.below(20)), d.many(2, |d| d.below(20)));
        let per = d.number();
        let settings = shewhart_settings(d, &starts, &excluded);
        of_ratios(kind, &above, &below, per, &settings).map_or(vec![], |chart| charted(&chart))
    }),
    ("run_chart/mod.rs run_chart", |d| {
        let values = d.column(25);
        let (starts, excluded) = (d.many(2, |d| d.below(25)), d.many(2, |d| d.below(25)));
        let layout =
            Layout { starts: &starts, fix_after: d.of(&[None, Some(0), Some(5)]), excluded: &excluded };
        let settings = run_chart::Settings { rules: run_rules(d), layout, centre: d.option() };
        run_chart(&values, &settings).map_or(vec![], |chart| {
            let _ = chart.parts.iter().map(run_chart::Part::signal).collect::<Vec<_>>();
            chart.points.iter().filter_map(|point| point.centre).collect()
        })
    }),
    ("run_chart/rules.rs of", |d| {
        let values = d.column(30);
        Runs::of(values, d.number(), run_rules(d)).map_or(vec![], |runs| {
            let _ = (runs.run_too_long(), runs.crossings_too_few(), runs.in_the_cut(), runs.trend_too_long());
            let _ = runs.signal();
            vec![runs.longest as f64, runs.crossings as f64]
        })
    }),
    ("run_chart/rules.rs limits", |d| {
        let useful = d.below(5000);
        run_rules(d).limits(useful).map_or(vec![], |limits| vec![limits.longest as f64])
    }),
    ("run_chart/sustained.rs sustained", |d| {
        let values = d.column(30);
        let settings = Sustained {
            baseline: d.of(&[0, 1, 5, usize::MAX]),
            run: d.of(&[0, 1, 4, usize::MAX]),
            watch: d.of(&[Watch::Above, Watch::Below, Watch::Both]),
        };
        let lines = sustained(&values, settings).into_iter().flatten();
        lines.map(|line| line.median).collect()
    }),
    ("disclosure/mod.rs whole_counts", |d| {
        whole_counts(&d.column(8)).into_iter().flatten().flatten().map(|count| count as f64).collect()
    }),
    ("disclosure/mod.rs primary", |d| {
        let (counts, small) = (counts(d, 8), d.small());
        let _ = primary(&counts, small);
        vec![0.0]
    }),
    ("disclosure/mod.rs row_wise", |d| {
        let (counts, small) = (counts(d, 8), d.small());
        let _ = row_wise(&counts, small);
        vec![0.0]
    }),
    ("disclosure/mod.rs to_base", |d| {
        let (counts, base) = (counts(d, 8), d.of(&[0, 1, 5, u64::MAX]));
        let _ = counts.iter().flatten().map(|count| to_base(*count, base)).collect::<Vec<_>>();
        vec![0.0]
    }),
    ("disclosure/hypercube.rs new", |d| {
        let shape = d.many(3, |d| d.below(4));
        let _ = CountTable::new(&shape, &counts(d, 9));
        vec![0.0]
    }),
    ("disclosure/hypercube.rs protect", |d| {
        let shape = [d.below(3) + 1, d.below(3) + 1];
        let cells: Vec<_> = (0..shape[0] * shape[1]).map(|_| count(d)).collect();
        if let Ok(table) = CountTable::new(&shape, &cells) {
            let _ = protect(&table, d.small(), d.of(&[0, 1, 5]));
        }
        vec![0.0]
    }),
    ("ages.rs completed_months", |d| {
        completed_months(date(d), date(d)).map_or(vec![], |months| vec![f64::from(months)])
    }),
    ("ages.rs completed_years", |d| {
        completed_years(date(d), date(d)).map_or(vec![], |years| vec![f64::from(years)])
    }),
    ("ages.rs new", |d| {
        let ends = [0, 5, 90, 200, u32::MAX];
        let groups = AgeGroups::new(d.of(&ends), d.of(&ends), d.of(&ends));
        groups.map_or(vec![], |groups| groups.all().map(|group| f64::from(group.from)).collect())
    }),
    ("ages.rs of", |d| {
        let groups = AgeGroups::new(0, 90, 5).unwrap();
        groups.of(d.number()).ok().flatten().map_or(vec![], |group| vec![f64::from(group.from)])
    }),
    ("rounding.rs half_up", |d| {
        let number = d.number();
        let rounded = half_up(number, d.of(&[0, 1, 2, 10, 40, u32::MAX]));
        // What is no finite number stays what it is.
        if number.is_finite() { vec![rounded] } else { vec![] }
    }),
    ("window.rs over_periods", |d| {
        let cells = d.many(20, |d| {
            // A column holds finite figures.
            let value = d.option().filter(|value| value.is_finite() && value.abs() < 1e300);
            Cell { value: value.ok_or(Missing::NoData), ..Cell::NO_DATA }
        });
        let first = PeriodKind::Month.parse("2020-01").unwrap();
        let column = Column::new(first.ordinal(), cells);
        let kind = d.of(&[PeriodKind::Month, PeriodKind::Quarter, PeriodKind::FinancialYear]);
        let from = kind.containing(first.start());
        let periods: Vec<_> = (0..4).map(|i| from.plus(i)).collect();
        let adds = d.of(&[OverTime::Sum, OverTime::Mean, OverTime::Last, OverTime::None]);
        let found = over_periods(&column, PeriodKind::Month, adds, &periods);
        found.into_iter().filter_map(|cell| cell.value.ok()).collect()
    }),
    ("sum.rs add", |d| {
        let mut sum = Sum::default();
        let figures = d.many(9, Drawn::number);
        figures.iter().for_each(|figure| sum.add(*figure));
        let small = figures.iter().all(|figure| figure.abs() < 1e300);
        if small { vec![sum.total(), sum.since(Sum::default())] } else { vec![] }
    }),
];

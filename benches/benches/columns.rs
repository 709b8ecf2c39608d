//! Answers as columns, from panels that are kept: rolling rates, their limits, and control charts of monthly rates.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kilter_benches::made::SMALL;
use kilter_benches::world::{dataset, framework};
use kilter_core::evaluate::{ChartMemory, ChartPlan, Panel, PanelMemory, Valuer};
use kilter_core::method::Figures;
use kilter_core::method::control_chart::Signals;
use kilter_core::method::interval::Confidence;
use kilter_core::time::{Period, PeriodKind};
use std::hint::black_box;

fn columns(criterion: &mut Criterion) {
    let (framework, data) = (framework(SMALL), dataset(SMALL));
    let valuer = Valuer::new(&framework, &data);
    let panels: Vec<_> = framework
        .indicators()
        .iter()
        .take(SMALL.indicators)
        .filter_map(|indicator| Some((indicator, Panel::new(&valuer, indicator)?)))
        .collect();
    let months = valuer.periods(panels[0].0, PeriodKind::Month);
    // From the first that does not begin before all figures.
    let windows: Vec<Period> = months[11..].iter().filter_map(|month| month.window(12).ok()).collect();
    let rows: Vec<usize> = (0..SMALL.areas).collect();
    let (mut memory, mut figures) = (PanelMemory::default(), Figures::default());
    let mut group = criterion.benchmark_group("columns");
    group.throughput(Throughput::Elements((SMALL.areas * SMALL.indicators * SMALL.months) as u64));
    group.bench_function("rolling 12-month rate", |bench| {
        bench.iter(|| {
            for (_, panel) in &panels {
                let plan = panel.plan(&windows).expect("windows of whole months");
                figures.resize(rows.len() * windows.len());
                panel.values_of(&rows, &plan, 0.0, &mut memory, &mut figures.values, &mut figures.lacks);
                black_box(&figures);
            }
        });
    });
    let (mut lower, mut upper) = (vec![0.0; windows.len()], vec![0.0; windows.len()]);
    group.bench_function("limits of a rolling 12-month rate", |bench| {
        bench.iter(|| {
            for (indicator, panel) in &panels {
                let plan = panel.plan(&windows).expect("windows of whole months");
                let limits =
                    panel.limits(&plan, indicator, Confidence::P95).expect("limits by Byar's method");
                for row in &rows {
                    limits.write(*row, &mut memory, (&mut lower[..], &mut upper[..]));
                    black_box((&lower, &upper));
                }
            }
        });
    });
    let mut charts = ChartMemory::default();
    let (mut signals, mut stretches) = (Vec::new(), Vec::new());
    group.bench_function("control charts of monthly rates", |bench| {
        bench.iter(|| {
            for (indicator, panel) in &panels {
                let plan = panel.plan(&months).expect("months");
                figures.resize(rows.len() * months.len());
                panel.values_of(&rows, &plan, 0.0, &mut memory, &mut figures.values, &mut figures.lacks);
                let plan = ChartPlan::new(indicator, &months).expect("XmR charts");
                let cells = ChartPlan::TOGETHER * months.len();
                signals.resize(cells, Signals::NONE);
                let figures = figures.values.chunks(cells).zip(figures.lacks.chunks(cells));
                for (areas, figures) in panel.areas().chunks(ChartPlan::TOGETHER).zip(figures) {
                    stretches.clear();
                    plan.write((0, areas), figures, &mut charts, &mut signals, &mut stretches);
                    black_box((&signals, &stretches));
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, columns);
criterion_main!(benches);

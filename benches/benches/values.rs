//! Rolling rates and their status, from observations in memory to judged values.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kilter_benches::made::SMALL;
use kilter_benches::world::{dataset, framework};
use kilter_core::area::AreaKind;
use kilter_core::evaluate::{History, Valuer, Viewpoint, evaluate};
use kilter_core::time::{Period, PeriodKind};
use std::hint::black_box;

fn values(criterion: &mut Criterion) {
    let (framework, data) = (framework(SMALL), dataset(SMALL));
    let mut group = criterion.benchmark_group("values");
    group.throughput(Throughput::Elements((SMALL.areas * SMALL.indicators * SMALL.months) as u64));
    group.bench_function("rolling 12-month rate", |bench| {
        bench.iter(|| {
            let valuer = Valuer::new(&framework, &data);
            for indicator in framework.indicators().iter().take(SMALL.indicators) {
                let windows = windows(&valuer, indicator);
                for area in framework.areas().iter().filter(|area| area.kind == AreaKind::Zone) {
                    black_box(valuer.values(indicator, &area.code, &windows));
                }
            }
        });
    });
    group.bench_function("rolling 12-month rate and status", |bench| {
        bench.iter(|| {
            let valuer = Valuer::new(&framework, &data);
            for indicator in framework.indicators().iter().take(SMALL.indicators) {
                let windows = windows(&valuer, indicator);
                for area in framework.areas().iter().filter(|area| area.kind == AreaKind::Zone) {
                    let history = History::new(&valuer, indicator, &area.code, &windows);
                    black_box(evaluate(&framework, &history, windows.len() - 1, &Viewpoint::default()));
                }
            }
        });
    });
    group.finish();
}

fn windows(valuer: &Valuer<'_>, indicator: &kilter_core::framework::Indicator) -> Vec<Period> {
    let months = valuer.periods(indicator, PeriodKind::Month);
    months.into_iter().filter_map(|month| month.window(12).ok()).collect()
}

criterion_group!(benches, values);
criterion_main!(benches);

//! Withholding small figures, and with them what would give them away: the figures of a month by area, age and
//! reason, under one parent.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kilter_benches::withheld::{CELLS, small_counts};
use kilter_core::method::withhold;
use std::hint::black_box;

fn withheld(criterion: &mut Criterion) {
    let months = 12;
    let mut group = criterion.benchmark_group("withhold");
    group.throughput(Throughput::Elements((CELLS * months) as u64));
    for (name, usual) in [("few small figures", 60), ("many small figures", 9)] {
        let (framework, data) = small_counts(months as i32, usual);
        group.bench_function(name, |bench| {
            bench.iter_batched(
                || data.clone(),
                |mut data| {
                    for measure in framework.measures() {
                        withhold(measure, framework.areas(), &mut data);
                    }
                    black_box(data)
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = withheld
}
criterion_main!(benches);

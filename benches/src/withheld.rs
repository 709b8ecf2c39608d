//! Made counts of which the small ones are to be withheld, the same on every machine.

use kilter_core::framework::{Framework, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Dataset, Observation, SeriesBuilder, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// How many areas, ages and reasons [`small_counts`] has.
const SHARED_OUT: [usize; 3] = [32, 8, 5];

/// How many cells a month of [`small_counts`] has, without its totals.
pub const CELLS: usize = SHARED_OUT[0] * SHARED_OUT[1] * SHARED_OUT[2];

/// One measure by area, age and reason, of which small figures are withheld, and its figures for so many months:
/// each up to twice the usual one.
///
/// # Panics
/// Never: what is made here is sound.
#[must_use]
pub fn small_counts(months: i32, usual: u64) -> (Framework, Dataset) {
    let [areas, ages, reasons] = SHARED_OUT;
    let listed = |letter: char, count: usize| {
        let all: Vec<String> = (0..count).map(|i| format!("\"{letter}{i}\"")).collect();
        all.join(", ")
    };
    let codes: Vec<String> = (0..areas).map(|i| format!("A{i:05}")).collect();
    let parts: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
    let mut text = format!(
        "[framework]\nid = \"made\"\ntitle = \"Made\"\ninvented = true\n\
         [[area]]\ncode = \"ALL\"\nname = \"All\"\nkind = \"council\"\nparts = [{}]\n\
         [[measure]]\nid = \"falls\"\ntitle = \"Falls\"\nunit = \"falls\"\nfrequency = \"month\"\nover_time = \"sum\"\n\
         over_areas = \"sum\"\nsuppress = {{ threshold = 4, zeros = \"shown\" }}\n\
         dimensions = [{{ id = \"age\", categories = [{}] }}, {{ id = \"reason\", categories = [{}] }}]\n",
        parts.join(", "),
        listed('a', ages),
        listed('r', reasons),
    );
    for code in &codes {
        text += &format!("[[area]]\ncode = \"{code}\"\nname = \"{code}\"\nkind = \"zone\"\n");
    }
    let framework = Framework::from_texts(&[Text::new("made.toml", &text)]).expect("the framework is sound");
    let mut chance = Pcg64::new(20_261_122, 2);
    let mut data = Dataset::new();
    let first = Period::month(2014, 4).expect("a month").ordinal();
    for code in &codes {
        for cell in 0..ages * reasons {
            let mut series = SeriesBuilder::new(PeriodKind::Month);
            for month in 0..months {
                let count = chance.next_u64() % (2 * usual);
                series.push(first + month, Observation::number(count as f64).expect("finite"), 1);
            }
            let breakdown = format!("age=a{};reason=r{}", cell % ages, cell / ages);
            let key = SeriesKey {
                measure: MeasureId::new("falls").expect("an id"),
                breakdown: Breakdown::parse(&breakdown).expect("a breakdown"),
                area: AreaCode::new(code).expect("a code"),
            };
            data.insert(key, series.build().expect("each month once"));
        }
    }
    (framework, data)
}

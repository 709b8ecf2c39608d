//! Delayed discharge by council, month, age and reason, in the layout of the open data: total rows among
//! their parts, and people of unknown residence with a blank area.

use super::chance::Chance;
use super::world::{COUNCILS, Sheet, along, days_in, month_number, quotient, season, year_and_month};

pub(super) const REASONS: [&str; 4] =
    ["Health and Social Care Reasons", "Patient and Family Related Reasons", "Code 9 AWI", "Code 9 Non-AWI"];
/// The first month of the file. The history before it is in the benchmarking file only.
const FIRST: u64 = month_number(2019, 4);
const LAST: u64 = month_number(2024, 9);
/// The council and month that were never returned: in the middle of 2021/22, and not of the partnership.
const NOT_RETURNED: (usize, u64) = (4, month_number(2021, 12));
/// The mean number of days that one person adds to a month.
const DAYS_EACH: u64 = 9;
/// Reasons of people aged 75 and over, and of people aged 18 to 74, per mille.
const SHARES: [[u64; 4]; 2] = [[690, 40, 170, 100], [520, 35, 215, 230]];
/// Which place the people of unknown residence have, after the councils.
const UNKNOWN: usize = COUNCILS.len();

/// Bed days of one area and month: by age (75 and over, 18 to 74) and reason.
type Days = [[u64; 4]; 2];

/// Every month of every area, from April 2018.
pub(super) struct Delays {
    months: Vec<[Days; UNKNOWN + 1]>,
}

impl Delays {
    pub fn new() -> Self {
        let mut chance = Chance::new(1);
        let months = (0..=LAST)
            .map(|number| {
                std::array::from_fn(|area| {
                    std::array::from_fn(|age| {
                        SHARES[age].map(|share| drawn(&mut chance, expected(area, age, share, number)))
                    })
                })
            })
            .collect();
        Self { months }
    }

    /// Bed days of a council's people aged 75 and over in a financial year; all months, returned or not.
    pub fn aged_75_in(&self, council: usize, year: u64) -> u64 {
        let first = usize::try_from(month_number(year, 4)).expect("the history is short");
        self.months[first..first + 12].iter().flat_map(|areas| areas[council][0]).sum()
    }

    pub fn text(&self) -> String {
        let mut sheet = Sheet::new(&[
            "ltla_code",
            "date",
            "age_group",
            "delay_reason",
            "num_delayed_bed_days",
            "average_daily_delayed_beds",
        ]);
        for (number, areas) in (0..).zip(&self.months).skip_while(|(number, _)| *number < FIRST) {
            let (year, month) = year_and_month(number);
            let date = format!("{year}-{month:02}-01");
            for (area, [old, young]) in areas.iter().enumerate() {
                if (area, number) == NOT_RETURNED {
                    continue;
                }
                let code = COUNCILS.get(area).map_or("", |council| council.code);
                let both: [u64; 4] = std::array::from_fn(|reason| old[reason] + young[reason]);
                for (age, days) in [("18plus", &both), ("18-74", young), ("75plus", old)] {
                    let all = ("All Delay Reasons", days.iter().sum::<u64>());
                    for (reason, days) in std::iter::once(all).chain(REASONS.into_iter().zip(*days)) {
                        let beds = quotient(days, days_in(number), 0);
                        sheet.row(&[&code, &date, &age, &reason, &days, &beds]);
                    }
                }
            }
        }
        sheet.text()
    }
}

/// How many people are expected to be delayed in the month, in sixteenths.
fn expected(area: usize, age: usize, share: u64, number: u64) -> u64 {
    let Some(council) = COUNCILS.get(area) else {
        // About one bed day in 500.
        return if age == 0 { 20 } else { 12 } * share / 1000;
    };
    // Wards were emptied in the spring of 2020.
    let spring_2020 = (month_number(2020, 4)..month_number(2020, 7)).contains(&number);
    let swing = along(&council.course, number) * season(number) * if spring_2020 { 550 } else { 1000 };
    let per_year = council.aged_75 * council.delays * share * if age == 0 { 100 } else { 47 } / 100;
    let days_per_month = u128::from(per_year) * u128::from(swing) / 12;
    let sixteenths = 16 * days_per_month / u128::from(DAYS_EACH) / 1_000_000_000_000_000;
    u64::try_from(sixteenths).expect("a month has fewer people than there are")
}

/// The bed days of that many people, each with 1 to 17 of them.
fn drawn(chance: &mut Chance, sixteenths: u64) -> u64 {
    let people = chance.events(sixteenths);
    (0..people).map(|_| 1 + chance.below(2 * DAYS_EACH - 1)).sum()
}

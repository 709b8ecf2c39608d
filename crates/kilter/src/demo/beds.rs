//! Staffed and occupied bed days by quarter, hospital and specialty: the board among its hospitals, all
//! specialties and a grouping among specialties, the newest quarter provisional, small units withheld.

use super::chance::Chance;
use super::world::{BOARD, FIRST_YEAR, Sheet, days_in, quotient, year_and_month};

/// Specialties with their codes (long-stay geriatrics has none), whether they are acute, and their beds
/// in each hospital.
const SPECIALTIES: [(&str, &str, bool, [u64; 2]); 6] = [
    ("A1", "General Medicine", true, [188, 94]),
    ("C1", "General Surgery", true, [96, 41]),
    ("", "Geriatric Medicine - long stay unit", false, [52, 38]),
    ("G1", "General Psychiatry (Mental Illness)", false, [64, 22]),
    ("AM", "Palliative Medicine", true, [4, 3]),
    ("AP", "Rehabilitation Medicine", true, [12, 5]),
];
const HOSPITALS: [&str; 2] = ["X101H", "X102H"];
/// The quarter in which the two smallest specialties are withheld, in both hospitals: one cell alone
/// could be had back from the totals.
const WITHHELD: ((u64, u64), usize) = ((2023, 1), 4);
/// The first and the last quarter, by their places from April to June 2018.
const QUARTERS: std::ops::RangeInclusive<u64> = 4..=24;

/// Staffed and occupied bed days.
type Beds = (u64, u64);

fn add(a: Beds, b: Beds) -> Beds {
    (a.0 + b.0, a.1 + b.1)
}

pub(super) fn text() -> String {
    let mut chance = Chance::new(4);
    let mut sheet = Sheet::new(&[
        "Quarter",
        "QuarterQF",
        "HB",
        "HBQF",
        "Location",
        "LocationQF",
        "Specialty",
        "SpecialtyQF",
        "SpecialtyName",
        "SpecialtyNameQF",
        "AllStaffedBeddays",
        "AllStaffedBeddaysQF",
        "TotalOccupiedBeddays",
        "TotalOccupiedBeddaysQF",
        "AverageAvailableStaffedBeds",
        "AverageAvailableStaffedBedsQF",
        "AverageOccupiedBeds",
        "AverageOccupiedBedsQF",
        "PercentageOccupancy",
        "PercentageOccupancyQF",
    ]);
    for place in QUARTERS {
        let days: u64 = (place * 3..place * 3 + 3).map(days_in).sum();
        let (year, month) = year_and_month(place * 3);
        let quarter = (year, month.div_ceil(3));
        let label = format!("{}Q{}", quarter.0, quarter.1);
        let provisional = if place == *QUARTERS.end() { "p" } else { "" };
        let hospitals: [[Beds; 6]; 2] = std::array::from_fn(|hospital| {
            SPECIALTIES.map(|(_, _, _, beds)| drawn(&mut chance, beds[hospital], days, quarter))
        });
        let board: [Beds; 6] =
            std::array::from_fn(|specialty| add(hospitals[0][specialty], hospitals[1][specialty]));
        let locations =
            [(HOSPITALS[0], "", hospitals[0]), (HOSPITALS[1], "", hospitals[1]), (BOARD, "d", board)];
        for (location, derived, by_specialty) in locations {
            let named = SPECIALTIES.iter().zip(by_specialty).enumerate().map(|(i, (specialty, beds))| {
                let hidden = quarter == WITHHELD.0 && i >= WITHHELD.1 && derived.is_empty();
                ((specialty.0, ""), (specialty.1, ""), beds, hidden)
            });
            let acute = SPECIALTIES.iter().zip(by_specialty).filter(|(specialty, _)| specialty.2);
            let acute = acute.fold((0, 0), |sum, (_, beds)| add(sum, beds));
            let all = by_specialty.into_iter().fold((0, 0), add);
            let totals = [
                (("", ""), ("All Acute", "d"), acute, false),
                (("Z9", "d"), ("All Specialties", "d"), all, false),
            ];
            for ((code, code_mark), (name, name_mark), beds, hidden) in named.chain(totals) {
                let mark = if hidden { "c" } else { "" };
                let shown = |text: String| if hidden { String::new() } else { text };
                sheet.row(&[
                    &label,
                    &provisional,
                    &BOARD,
                    &"",
                    &location,
                    &derived,
                    &code,
                    &code_mark,
                    &name,
                    &name_mark,
                    &shown(beds.0.to_string()),
                    &mark,
                    &shown(beds.1.to_string()),
                    &mark,
                    &shown(quotient(beds.0, days, 2)),
                    &mark,
                    &shown(quotient(beds.1, days, 2)),
                    &mark,
                    &shown(quotient(beds.1 * 100, beds.0, 1)),
                    &mark,
                ]);
            }
        }
    }
    sheet.text()
}

fn drawn(chance: &mut Chance, beds: u64, days: u64, (year, quarter): (u64, u64)) -> Beds {
    let staffed = beds * days + chance.below(beds * 2);
    // Fuller each year and in the first quarter; half empty in the spring of 2020.
    let winter = if quarter == 1 { 25 } else { 0 };
    let full = if (year, quarter) == (2020, 2) { 590 } else { 838 + 11 * (year - FIRST_YEAR) + winter };
    (staffed, staffed * chance.near(full, 18) / 1000)
}

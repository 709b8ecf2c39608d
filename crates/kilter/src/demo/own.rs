//! The partnership's own figures in kilter's layout of observations: surveys with a break in series,
//! counts by month with a gap and provisional newest months, admissions by locality, and figures that
//! are withheld or still to come.

use super::chance::Chance;
use super::world::{
    COUNCILS, FIRST_YEAR, NATION, PARTNERSHIP, Sheet, along, month_number, quotient, season, year_and_month,
    year_label,
};

pub(super) const LOCALITIES: [&str; 3] = ["X99000001", "X99000002", "X99000003"];

const FIRST: u64 = month_number(2019, 4);
const LAST: u64 = month_number(2024, 9);
/// From this month on figures are provisional.
const PROVISIONAL: u64 = month_number(2024, 7);
/// The month of falls that was lost when a system was replaced.
const LOST: u64 = month_number(2023, 11);

/// Survey measures with the partnership's and the nation's answers in 2019/20, 2021/22 and 2023/24, in
/// tenths of a percentage point, and whether those asked changed in the last two.
const SURVEYS: [(&str, [u64; 3], [u64; 3], bool); 8] = [
    ("core-suite-ni-1", [931, 917, 921], [929, 909, 907], false),
    ("lgbf-sw4c", [818, 802, 741], [809, 790, 726], true),
    ("lgbf-sw4d", [764, 719, 628], [755, 708, 601], true),
    ("core-suite-ni-4", [741, 668, 583], [736, 664, 614], true),
    ("core-suite-ni-5", [812, 768, 719], [802, 753, 702], true),
    ("core-suite-ni-6", [789, 671, 654], [787, 665, 687], false),
    ("lgbf-sw4b", [809, 792, 734], [801, 783, 712], true),
    ("lgbf-sw4e", [351, 308, 309], [344, 299, 313], false),
];

/// A count by month: the mean of an ordinary month, and its course at each 1 April from 2018.
struct Monthly {
    measure: &'static str,
    mean: u64,
    course: [u64; 8],
    last: u64,
}

const MONTHLY: [Monthly; 4] = [
    Monthly {
        measure: "emergency-journeys-18",
        mean: 1_420,
        course: [1000, 1010, 1000, 900, 930, 950, 975, 985],
        last: LAST,
    },
    Monthly {
        measure: "emergency-journey-bed-days-18",
        mean: 13_900,
        course: [1000, 1000, 950, 880, 1010, 1090, 1080, 1060],
        last: LAST,
    },
    Monthly {
        measure: "falls-episodes-65",
        mean: 71,
        course: [930, 960, 970, 950, 1010, 1060, 1100, 1120],
        last: LAST,
    },
    Monthly {
        measure: "deaths-except-external",
        mean: 151,
        course: [980, 990, 1050, 1060, 1070, 1080, 1060, 1050],
        last: month_number(2024, 3),
    },
];

/// Age groups with their share of emergency admissions and of bed days, per mille.
const AGES: [(&str, u64, u64); 3] = [("Under 18", 130, 35), ("18-64", 430, 290), ("65 and over", 440, 675)];
/// Emergency admissions of each locality in an ordinary month.
const ADMISSIONS: [u64; 3] = [690, 560, 380];
const ADMISSIONS_COURSE: [u64; 8] = [1000, 1010, 990, 900, 950, 970, 1010, 1060];
/// Unplanned acute bed days of the partnership in an ordinary month.
const BED_DAYS: u64 = 11_400;
const BED_DAYS_COURSE: [u64; 8] = [1000, 1000, 940, 880, 1010, 1080, 1050, 1010];

pub(super) fn text() -> String {
    let mut chance = Chance::new(6);
    let mut table =
        Table { sheet: Sheet::new(&["measure", "area", "period", "value", "age", "mark", "absent"]) };
    populations(&mut table);
    surveys(&mut table);
    years(&mut table);
    months(&mut table, &mut chance);
    by_age(&mut table, &mut chance);
    table.sheet.text()
}

struct Table {
    sheet: Sheet,
}

impl Table {
    fn number(&mut self, measure: &str, area: &str, period: &str, value: &str, age: &str, mark: &str) {
        self.sheet.row(&[&measure, &area, &period, &value, &age, &mark, &""]);
    }

    fn absent(&mut self, measure: &str, period: &str, why: &str) {
        self.sheet.row(&[&measure, &PARTNERSHIP, &period, &"", &"", &"", &why]);
    }
}

fn populations(table: &mut Table) {
    for year in FIRST_YEAR..=2023 {
        let both = COUNCILS.iter().take(2);
        let all: u64 = both.clone().map(|council| council.population_in(year)).sum();
        let aged_75: u64 = both.map(|council| council.aged_75_in(year)).sum();
        let adults = all * 817 / 1000;
        let aged_65 = aged_75 + all * 121 / 1000;
        for (measure, people) in [("population-18", adults), ("population-65", aged_65)] {
            table.number(measure, PARTNERSHIP, &year.to_string(), &people.to_string(), "", "");
        }
    }
}

fn surveys(table: &mut Table) {
    const YEARS: [u64; 3] = [2019, 2021, 2023];
    for (measure, own, nation, changed) in SURVEYS {
        for (area, answers) in [(PARTNERSHIP, own), (NATION, nation)] {
            for (year, tenths) in YEARS.into_iter().zip(answers) {
                let mark = if changed && year > YEARS[0] { "break" } else { "" };
                table.number(measure, area, &year_label(year, '/'), &quotient(tenths, 10, 1), "", mark);
            }
        }
    }
    // Asked of so few that the publisher withholds the answers.
    for year in YEARS {
        table.absent("core-suite-ni-9", &year_label(year, '/'), "suppressed");
    }
}

fn years(table: &mut Table) {
    let mortality = [(2018, 429), (2019, 424), (2020, 447), (2021, 455), (2022, 441), (2023, 438)];
    for (year, rate) in mortality {
        table.number("core-suite-ni-11", PARTNERSHIP, &year.to_string(), &rate.to_string(), "", "");
    }
    let grades = [(2019, 835), (2020, 841), (2021, 772), (2022, 768), (2023, 785)];
    for (year, tenths) in grades {
        table.number("lgbf-sw7", PARTNERSHIP, &year_label(year, '/'), &quotient(tenths, 10, 1), "", "");
    }
    let care = [
        ("personal-care-at-home", [1_702, 1_731, 1_748, 1_725]),
        ("care-home-residents", [1_011, 962, 975, 1_002]),
        ("continuing-care-patients", [41, 36, 38, 33]),
    ];
    for (measure, people) in care {
        for (year, people) in (2019..).zip(people) {
            table.number(measure, PARTNERSHIP, &year_label(year, '/'), &people.to_string(), "", "");
        }
        table.absent(measure, "2023/24", "not yet published");
    }
    for measure in ["emergency-stay-cost", "health-and-care-spend"] {
        table.absent(measure, "2023/24", "not yet published");
    }
}

fn months(table: &mut Table, chance: &mut Chance) {
    for monthly in &MONTHLY {
        for number in FIRST..=monthly.last {
            let mean = monthly.mean * along(&monthly.course, number) * season(number);
            let count = chance.uneven_events(mean / 1_000_000, 4);
            if monthly.measure == "falls-episodes-65" && number == LOST {
                continue;
            }
            let (period, mark) = month(number);
            table.number(monthly.measure, PARTNERSHIP, &period, &count.to_string(), "", mark);
            if monthly.measure == "deaths-except-external" {
                // About 21 of the last 182.5 days in hospital, one fewer each year.
                let days = count * (228 - 7 * (number / 12)) / 10;
                let days = chance.near(days, 90);
                table.number(
                    "hospital-days-last-six-months",
                    PARTNERSHIP,
                    &period,
                    &days.to_string(),
                    "",
                    mark,
                );
            }
        }
    }
}

fn by_age(table: &mut Table, chance: &mut Chance) {
    for number in FIRST..=LAST {
        let (period, mark) = month(number);
        for (locality, mean) in LOCALITIES.into_iter().zip(ADMISSIONS) {
            for (age, share, _) in AGES {
                let mean = mean * share * along(&ADMISSIONS_COURSE, number) / 1000 * season(number);
                let count = chance.uneven_events(mean / 1_000_000, 3);
                table.number("emergency-admissions", locality, &period, &count.to_string(), age, mark);
            }
        }
        for (age, _, share) in AGES {
            let mean = BED_DAYS * share * along(&BED_DAYS_COURSE, number) / 1000 * season(number);
            let days = chance.uneven_events(mean / 1_000_000, 4);
            table.number("unplanned-bed-days-acute", PARTNERSHIP, &period, &days.to_string(), age, mark);
        }
    }
}

/// A month as kilter writes it, and its mark.
fn month(number: u64) -> (String, &'static str) {
    let (year, month) = year_and_month(number);
    (format!("{year}-{month:02}"), if number >= PROVISIONAL { "provisional" } else { "" })
}

//! The invented areas and calendar that the files share, and whole-number helpers to write figures of
//! them. The codes and names here stand in framework.toml too; a test keeps them equal.

use std::fmt::Display;

pub(super) const PARTNERSHIP: &str = "X37000001";
pub(super) const NATION: &str = "X92000003";
pub(super) const NATION_NAME: &str = "Caledonia (invented)";
pub(super) const BOARD: &str = "X08000001";

/// A council of the invented nation, with what sets it apart.
pub(super) struct Council {
    pub code: &'static str,
    pub name: &'static str,
    /// People at mid-2018.
    pub population: u64,
    /// Those aged 75 and over.
    pub aged_75: u64,
    /// Delayed bed days a year per 1,000 people aged 75 and over, in an ordinary year.
    pub delays: u64,
    /// How the delays move, per mille of an ordinary year, at each 1 April from 2018.
    pub course: [u64; 8],
    /// How far survey answers and grades lie above the ordinary, in tenths of a percentage point.
    pub better: i64,
    /// Its family of benchmarking peers.
    pub family: &'static str,
}

/// The first two are the partnership.
pub(super) const COUNCILS: [Council; 6] = [
    Council {
        code: "X12000001",
        name: "Strathinvent (invented)",
        population: 118_420,
        aged_75: 10_910,
        delays: 760,
        course: [930, 980, 930, 820, 1160, 1190, 1020, 940],
        better: 12,
        family: "2.0",
    },
    Council {
        code: "X12000002",
        name: "Glenmade (invented)",
        population: 52_310,
        aged_75: 5_640,
        delays: 980,
        course: [900, 960, 940, 860, 1200, 1240, 1080, 960],
        better: -8,
        family: "1.0",
    },
    Council {
        code: "X12000003",
        name: "Inverfable (invented)",
        population: 231_150,
        aged_75: 18_870,
        delays: 1090,
        course: [960, 1010, 900, 830, 1080, 1180, 1200, 1190],
        better: -21,
        family: "4.0",
    },
    Council {
        code: "X12000004",
        name: "Port Fiction (invented)",
        population: 96_730,
        aged_75: 8_120,
        delays: 640,
        course: [1010, 1000, 920, 800, 960, 1080, 1110, 1150],
        better: 5,
        family: "3.0",
    },
    Council {
        code: "X12000005",
        name: "Kirkmyth (invented)",
        population: 23_360,
        aged_75: 2_980,
        delays: 520,
        course: [1020, 990, 950, 900, 1000, 1020, 960, 900],
        better: 38,
        family: "1.0",
    },
    Council {
        code: "X12000006",
        name: "Dunfancy (invented)",
        population: 164_280,
        aged_75: 12_990,
        delays: 870,
        course: [970, 990, 930, 840, 1040, 1150, 1120, 1080],
        better: 0,
        family: "3.0",
    },
];

impl Council {
    /// Mid-year population, all ages.
    pub fn population_in(&self, year: u64) -> u64 {
        self.population + self.population * 3 * (year - FIRST_YEAR) / 1000
    }

    /// Mid-year population aged 75 and over.
    pub fn aged_75_in(&self, year: u64) -> u64 {
        self.aged_75 + self.aged_75 * 22 * (year - FIRST_YEAR) / 1000
    }
}

/// The financial year with which the invented history begins.
pub(super) const FIRST_YEAR: u64 = 2018;

/// Months of the invented history are numbered from April 2018.
pub(super) const fn month_number(year: u64, month: u64) -> u64 {
    (year * 12 + month - 1) - (FIRST_YEAR * 12 + 3)
}

/// The calendar year and month (1 to 12) of a month by its number.
pub(super) fn year_and_month(number: u64) -> (u64, u64) {
    let months = FIRST_YEAR * 12 + 3 + number;
    (months / 12, months % 12 + 1)
}

pub(super) fn days_in(number: u64) -> u64 {
    match year_and_month(number) {
        (year, 2) if year.is_multiple_of(4) => 29,
        (_, 2) => 28,
        (_, 4 | 6 | 9 | 11) => 30,
        _ => 31,
    }
}

/// Where a course given at each 1 April stands in a month: on the straight line between the two.
pub(super) fn along(course: &[u64; 8], number: u64) -> u64 {
    let year = usize::try_from(number / 12).expect("the history is shorter than a lifetime");
    let (from, to) = (course[year], course[year + 1]);
    (from * (12 - number % 12) + to * (number % 12)) / 12
}

/// Winter and summer, per mille of the year's mean.
pub(super) fn season(number: u64) -> u64 {
    const BY_MONTH: [u64; 12] = [1060, 1045, 1035, 975, 965, 960, 975, 980, 985, 995, 1010, 1015];
    let (_, month) = year_and_month(number);
    BY_MONTH[(month - 1) as usize]
}

/// A financial year as the benchmarking files write it.
pub(super) fn year_label(year: u64, joint: char) -> String {
    format!("{year}{joint}{:02}", (year + 1) % 100)
}

/// `n` / `d` with that many decimals, rounded half up.
pub(super) fn quotient(n: u64, d: u64, decimals: usize) -> String {
    let unit = 10_u64.pow(u32::try_from(decimals).expect("decimals are few"));
    let rounded = (2 * n * unit + d) / (2 * d);
    if decimals == 0 {
        return rounded.to_string();
    }
    format!("{}.{:0decimals$}", rounded / unit, rounded % unit)
}

/// A CSV text in the making. Fields with a comma are quoted; none here has a quotation mark.
pub(super) struct Sheet(String);

impl Sheet {
    pub fn new(header: &[&str]) -> Self {
        let mut sheet = Self(String::new());
        let fields: Vec<&dyn Display> = header.iter().map(|name| name as &dyn Display).collect();
        sheet.row(&fields);
        sheet
    }

    pub fn row(&mut self, fields: &[&dyn Display]) {
        for (i, field) in fields.iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            let text = field.to_string();
            if text.contains(',') {
                self.0.push('"');
                self.0.push_str(&text);
                self.0.push('"');
            } else {
                self.0.push_str(&text);
            }
        }
        self.0.push('\n');
    }

    pub fn text(self) -> String {
        self.0
    }
}

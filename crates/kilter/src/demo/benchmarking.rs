//! Yearly benchmarking figures by council: published values beside their numerators, denominators and
//! populations. The row of the nation stands for published values only: what adds is added by kilter.

use super::chance::Chance;
use super::delays::Delays;
use super::world::{COUNCILS, FIRST_YEAR, NATION_NAME, Sheet, quotient, year_label};

const YEARS: std::ops::RangeInclusive<u64> = FIRST_YEAR..=2023;

/// A value that only its publisher can compute: survey answers and grades.
struct Published {
    code: &'static str,
    title: &'static str,
    /// The nation's course at each year, in tenths of a percentage point.
    course: [u64; 6],
    /// Whether there is a value for survey years (2019-20, 2021-22, 2023-24) only.
    survey: bool,
}

const PUBLISHED: [Published; 6] = [
    Published {
        code: "SW3a",
        title: "Intensive needs met at home (65+)",
        course: [606, 609, 615, 617, 611, 618],
        survey: false,
    },
    Published {
        code: "SW4b",
        title: "Quality of life kept or improved",
        course: [0, 801, 0, 783, 0, 712],
        survey: true,
    },
    Published {
        code: "SW4c",
        title: "Supported to live independently",
        course: [0, 809, 0, 790, 0, 726],
        survey: true,
    },
    Published {
        code: "SW4d",
        title: "Had a say in help and care",
        course: [0, 755, 0, 708, 0, 601],
        survey: true,
    },
    Published {
        code: "SW4e",
        title: "Carers feel supported",
        course: [0, 344, 0, 299, 0, 313],
        survey: true,
    },
    Published {
        code: "SW7",
        title: "Care services graded good or better",
        course: [822, 819, 825, 758, 752, 771],
        survey: false,
    },
];

/// A value with its parts, for councils and added up for the nation.
struct Ratio {
    code: &'static str,
    title: &'static str,
    numerator: &'static str,
    denominator: &'static str,
    per: u64,
    decimals: usize,
}

const HOME_CARE: Ratio = Ratio {
    code: "SW1",
    title: "Home care cost per hour (65+)",
    numerator: "Total Homecare (£000)",
    denominator: "Care Hrs per Yr",
    per: 1000,
    decimals: 2,
};
const READMISSION: Ratio = Ratio {
    code: "SW6",
    title: "Readmissions per 1000 discharges",
    numerator: "Number of readmissions to an acute hospital within 28 days of discharge",
    denominator: "Number of discharges",
    per: 1000,
    decimals: 2,
};
const DELAY: Ratio = Ratio {
    code: "SW8",
    title: "Delayed bed days per 1000 people (75+)",
    numerator: "Number of bed days people spend in hospital when they are ready to be discharged",
    denominator: "MYE Population (75+)",
    per: 1000,
    decimals: 2,
};

pub(super) fn text(delays: &Delays) -> String {
    let mut chance = Chance::new(2);
    let mut book = Book {
        sheet: Sheet::new(&[
            "Local Authority",
            "Year",
            "Indicator2",
            "Value",
            "Title",
            "Domain",
            "Key indicator",
            "One is high",
            "Family group (People)",
        ]),
    };
    for year in YEARS {
        let place = (year - FIRST_YEAR) as usize;
        for council in &COUNCILS {
            book.part(council.name, year, "MYE Population", council.population_in(year), council.family);
        }
        for published in PUBLISHED.iter().filter(|p| !p.survey || year % 2 == 1) {
            let mean = published.course[place];
            for council in &COUNCILS {
                let own = mean.checked_add_signed(council.better).expect("no share is below nothing");
                let value = quotient(chance.near(own, if published.survey { 25 } else { 12 }), 10, 1);
                book.value(
                    council.name,
                    year,
                    published.code,
                    &value,
                    published.title,
                    "Yes",
                    council.family,
                );
            }
            let value = quotient(mean, 10, 1);
            book.value(NATION_NAME, year, published.code, &value, published.title, "Yes", "");
        }
        book.ratio(&HOME_CARE, year, |council| {
            let hours = COUNCILS[council].aged_75_in(year) * chance.near(44, 3);
            let pounds = hours * (2240 + 120 * (year - FIRST_YEAR) + 90 * council as u64) / 100;
            (pounds / 1000, hours)
        });
        book.ratio(&READMISSION, year, |council| {
            let discharges = chance.near(COUNCILS[council].population * 11 / 100, 160);
            let per_mille = [101, 104, 119, 108, 103, 105][place] + [3, 6, 9, 2, 0, 4][council];
            (chance.events(16 * discharges * per_mille / 1000), discharges)
        });
        book.ratio(&DELAY, year, |council| {
            (delays.aged_75_in(council, year), COUNCILS[council].aged_75_in(year))
        });
    }
    book.sheet.text()
}

struct Book {
    sheet: Sheet,
}

impl Book {
    /// The value and both parts of each council, and the nation's value: the ratio of the sums.
    fn ratio(&mut self, ratio: &Ratio, year: u64, mut parts: impl FnMut(usize) -> (u64, u64)) {
        let (mut numerators, mut denominators) = (0, 0);
        for (i, council) in COUNCILS.iter().enumerate() {
            let (numerator, denominator) = parts(i);
            let value = quotient(numerator * ratio.per, denominator, ratio.decimals);
            self.value(council.name, year, ratio.code, &value, ratio.title, "No", council.family);
            self.part(council.name, year, ratio.numerator, numerator, council.family);
            self.part(council.name, year, ratio.denominator, denominator, council.family);
            numerators += numerator;
            denominators += denominator;
        }
        let value = quotient(numerators * ratio.per, denominators, ratio.decimals);
        self.value(NATION_NAME, year, ratio.code, &value, ratio.title, "No", "");
    }

    fn part(&mut self, area: &str, year: u64, series: &str, value: u64, family: &str) {
        let value = format!("{value}.0");
        self.sheet.row(&[&area, &year_label(year, '-'), &series, &value, &"", &"", &"", &"", &family]);
    }

    #[expect(clippy::too_many_arguments, reason = "one argument for each column that varies")]
    fn value(
        &mut self,
        area: &str,
        year: u64,
        code: &str,
        value: &str,
        title: &str,
        high: &str,
        family: &str,
    ) {
        let domain = "Adult Social Care";
        let year = year_label(year, '-');
        self.sheet.row(&[&area, &year, &code, &value, &title, &domain, &"Yes", &high, &family]);
    }
}

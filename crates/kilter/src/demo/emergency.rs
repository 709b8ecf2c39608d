//! A&E attendances and waits by month and site, in two releases: the later one counts late records in
//! the newest three months of the earlier one and adds two months.

use super::chance::Chance;
use super::world::{BOARD, NATION, Sheet, along, month_number, quotient, season, year_and_month};

struct Site {
    code: &'static str,
    department: &'static str,
    /// Attendances in a month of an ordinary year.
    attendances: u64,
    /// How many wait over four hours, per mille, at each 1 April from 2018.
    over_4: [u64; 8],
    /// Whether the site sends patient records, from which the longer waits are counted.
    records: bool,
}

const SITES: [Site; 4] = [
    Site {
        code: "X101H",
        department: "Emergency Department",
        attendances: 4_980,
        over_4: [75, 95, 120, 105, 230, 315, 330, 290],
        records: true,
    },
    Site {
        code: "X102H",
        department: "Emergency Department",
        attendances: 1_870,
        over_4: [40, 55, 60, 55, 120, 175, 160, 130],
        records: true,
    },
    Site {
        code: "X201H",
        department: "Minor Injury Unit or Other",
        attendances: 640,
        over_4: [2, 2, 2, 3, 4, 6, 5, 4],
        records: false,
    },
    Site {
        code: "X202H",
        department: "Minor Injury Unit or Other",
        attendances: 310,
        over_4: [1, 1, 1, 2, 2, 3, 3, 2],
        records: false,
    },
];

const FIRST: u64 = month_number(2019, 4);
const LAST_OF_FIRST_RELEASE: u64 = month_number(2024, 7);
const LAST: u64 = month_number(2024, 9);
/// Numbers from 1 to this are withheld.
const SMALL: u64 = 4;

/// Attendances of one site and month, and those of over 4, 8 and 12 hours among them.
#[derive(Clone, Copy)]
struct Waits {
    all: u64,
    over_4: u64,
    over_8: u64,
    over_12: u64,
}

/// The figures as they came to stand, and the late records that the first release lacked.
pub(super) struct Emergency {
    months: Vec<[Waits; 4]>,
    late: [[u64; 4]; 3],
}

impl Emergency {
    pub fn new() -> Self {
        let mut chance = Chance::new(5);
        let months =
            (FIRST..=LAST).map(|number| SITES.each_ref().map(|site| drawn(&mut chance, site, number)));
        let months = months.collect();
        let late = std::array::from_fn(|_| {
            SITES.each_ref().map(|site| 1 + chance.events(16 * site.attendances / 80))
        });
        Self { months, late }
    }

    /// Months to July 2024.
    pub fn first_release(&self) -> String {
        self.text(LAST_OF_FIRST_RELEASE, |number, site, waits| {
            let newest = LAST_OF_FIRST_RELEASE - number;
            let Some(late) = self.late.get(newest as usize) else { return waits };
            // Late records are of people who did not wait long, so that the percentage was too low.
            Waits { all: waits.all - late[site], ..waits }
        })
    }

    /// Months to September 2024.
    pub fn second_release(&self) -> String {
        self.text(LAST, |_, _, waits| waits)
    }

    fn text(&self, last: u64, as_known: impl Fn(u64, usize, Waits) -> Waits) -> String {
        const LENGTHS: [&str; 6] = [
            "NumberOfAttendancesEpisode",
            "NumberWithin4HoursEpisode",
            "NumberOver4HoursEpisode",
            "PercentageWithin4HoursEpisode",
            "NumberOver8HoursEpisode",
            "PercentageOver8HoursEpisode",
        ];
        let episode: Vec<String> = LENGTHS
            .into_iter()
            .chain(["NumberOver12HoursEpisode", "PercentageOver12HoursEpisode"])
            .flat_map(|name| [name.to_owned(), format!("{name}QF")])
            .collect();
        let mut header = vec![
            "Month",
            "Country",
            "HBT",
            "TreatmentLocation",
            "DepartmentType",
            "NumberOfAttendancesAll",
            "NumberWithin4HoursAll",
            "NumberOver4HoursAll",
            "PercentageWithin4HoursAll",
        ];
        header.extend(episode.iter().map(String::as_str));
        let mut sheet = Sheet::new(&header);
        for (number, sites) in (FIRST..=last).zip(&self.months) {
            let (year, month) = year_and_month(number);
            let label = format!("{year}{month:02}");
            for (i, site) in SITES.iter().enumerate() {
                let waits = as_known(number, i, sites[i]);
                let within = waits.all - waits.over_4;
                let percent = quotient(within * 100, waits.all, 1);
                let cells: [(String, &str); 8] = if site.records {
                    let known = |value: u64| (format!("{value}.0"), "");
                    let [eight, eight_percent] = long_wait(waits.over_8, waits.all);
                    let [twelve, twelve_percent] = long_wait(waits.over_12, waits.all);
                    [
                        known(waits.all),
                        known(within),
                        known(waits.over_4),
                        (percent.clone(), ""),
                        eight,
                        eight_percent,
                        twelve,
                        twelve_percent,
                    ]
                } else {
                    std::array::from_fn(|_| (String::new(), "z"))
                };
                let mut row: Vec<&dyn std::fmt::Display> = vec![
                    &label,
                    &NATION,
                    &BOARD,
                    &site.code,
                    &site.department,
                    &waits.all,
                    &within,
                    &waits.over_4,
                    &percent,
                ];
                for (value, qualifier) in &cells {
                    row.push(value);
                    row.push(qualifier);
                }
                sheet.row(&row);
            }
        }
        sheet.text()
    }
}

/// A number and its percentage, both withheld where the number is small.
fn long_wait(value: u64, of: u64) -> [(String, &'static str); 2] {
    if (1..=SMALL).contains(&value) {
        return [(String::new(), "c"), (String::new(), "c")];
    }
    [(format!("{value}.0"), ""), (quotient(value * 100, of, 1), "")]
}

fn drawn(chance: &mut Chance, site: &Site, number: u64) -> Waits {
    let spring_2020 = (month_number(2020, 4)..month_number(2020, 7)).contains(&number);
    let ordinary = if spring_2020 { 560 } else { 1000 };
    // People come more in summer and wait longer in winter.
    let all = chance.uneven_events(site.attendances * (2000 - season(number)) * ordinary / 1_000_000, 3);
    let winter = season(number) * season(number) / 1000;
    let over_4 = chance.thinned(all, along(&site.over_4, number) * winter * ordinary / 1_000_000);
    let over_8 = chance.thinned(over_4, 280);
    let over_12 = chance.thinned(over_8, 390);
    Waits { all, over_4, over_8, over_12 }
}

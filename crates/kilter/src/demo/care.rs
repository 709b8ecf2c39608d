//! Care at home by council, financial year and age, rounded to the nearest 5 as published; totals are
//! rounded on their own, so that they may differ a little from their rounded parts.

use super::chance::Chance;
use super::world::{COUNCILS, Sheet, quotient, year_label};

/// Age groups, with people per 10,000 of all ages and hours a year per person.
const AGES: [(&str, u64, u64); 6] = [
    ("0-17 years", 1, 190),
    ("18-64 years", 31, 430),
    ("65-74 years", 22, 300),
    ("75-84 years", 52, 255),
    ("85+ years", 71, 250),
    ("Unknown", 0, 0),
];

pub(super) fn text() -> String {
    let mut chance = Chance::new(3);
    let mut sheet =
        Sheet::new(&["Time Period", "Financial Quarter", "Location", "Age Group", "Measure", "Value"]);
    for year in 2019..=2023 {
        let label = year_label(year, '/');
        for council in &COUNCILS {
            let population = council.population_in(year);
            let by_age: Vec<(&str, u64, u64)> = AGES
                .iter()
                .map(|&(age, per_10_000, hours)| {
                    let people = chance.events(16 * population * per_10_000 / 10_000);
                    (age, people, people * hours + chance.below(hours + 1))
                })
                .collect();
            let people = by_age.iter().map(|(_, people, _)| people).sum();
            let hours = by_age.iter().map(|(_, _, hours)| hours).sum();
            for (age, people, hours) in std::iter::once(("All Ages", people, hours)).chain(by_age) {
                let mut row = |measure: &str, value: &str| {
                    sheet.row(&[&"Financial Year", &label, &council.name, &age, &measure, &value]);
                };
                if age == "All Ages" {
                    row("Rate per 1,000 People", &quotient(people * 1000, population, 1));
                }
                row("Number of People", &to_five(people));
                row("Number of Hours", &to_five(hours));
            }
        }
    }
    sheet.text()
}

fn to_five(value: u64) -> String {
    format!("{}.0", (value + 2) / 5 * 5)
}

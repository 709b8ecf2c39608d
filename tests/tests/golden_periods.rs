//! The calendar against the reference values of the field's own package: every date of the golden file
//! must fall in the financial year and quarter that it names.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.

use kilter_core::time::{Date, Period, PeriodKind};
use kilter_tests::golden::golden;

/// The month and year in which a quarter ends: `March 2012`, `Mar 2012`.
fn end_name(quarter: Period, in_full: bool) -> String {
    let name = quarter.quarter_name(in_full);
    let (months, year) = name.rsplit_once(' ').expect("a quarter's name ends with its year");
    let last = months.rsplit([' ', '-']).next().expect("and begins with its months");
    format!("{last} {year}")
}

#[test]
fn every_date_falls_in_the_financial_year_and_quarter_of_the_golden_file() {
    let Some(path) = golden("periods.csv") else { return };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().expect("a header").split(',').collect();
    let mut cases = 0;
    for line in lines.clone() {
        let fields: Vec<_> = line.split(',').collect();
        assert_eq!(fields.len(), header.len(), "{line}");
        let field = |name: &str| fields[header.iter().position(|h| *h == name).expect(name)];
        // A missing date has no period; the reference says so with missing values.
        let Ok(date) = field("in_date").parse::<Date>() else {
            assert_eq!(field("in_date"), "NA", "{line}");
            assert_eq!(field("out_financial_year"), "NA", "{line}");
            cases += 1;
            continue;
        };
        let quarter = PeriodKind::Quarter.containing(date);
        assert_eq!(
            PeriodKind::FinancialYear.containing(date).to_string(),
            field("out_financial_year"),
            "{line}"
        );
        assert_eq!(quarter.quarter_name(true), field("out_quarter_long"), "{line}");
        assert_eq!(quarter.quarter_name(false), field("out_quarter_short"), "{line}");
        assert_eq!(end_name(quarter, true), field("out_quarter_end_long"), "{line}");
        assert_eq!(end_name(quarter, false), field("out_quarter_end_short"), "{line}");
        assert_eq!(quarter.plus(1).quarter_name(false), field("out_next_quarter_short"), "{line}");
        assert_eq!(quarter.plus(-1).quarter_name(false), field("out_prev_quarter_short"), "{line}");
        cases += 1;
    }
    assert_eq!(cases, lines.count());
    assert!(cases > 0, "{} holds no case", path.display());
}

//! Which character separates the fields, when nobody has said so.
//!
//! The header line decides, and the lines after it where the header leaves a doubt: a separator stands
//! in every record as often as in the header, a comma within a column name does not.

/// The candidates; where all else is equal the earlier wins, because commas also stand in texts and numbers.
const CANDIDATES: [u8; 4] = [b'\t', b';', b'|', b','];
/// How many records after the header are looked at.
const RECORDS: usize = 20;

/// The delimiter of a text that begins with its header; `complete` if the text is not cut off at its end.
pub(super) fn sniff(text: &str, complete: bool) -> u8 {
    let records = count(text, complete);
    let Some((header, rows)) = records.split_first() else { return b',' };
    let mut best: Option<(usize, usize, u8)> = None;
    for (candidate, &in_header) in CANDIDATES.iter().zip(header) {
        if in_header == 0 {
            continue;
        }
        let which = CANDIDATES.iter().position(|other| other == candidate).unwrap_or_default();
        let agreeing = rows.iter().filter(|row| row[which] == in_header).count();
        if best.is_none_or(|(most, times, _)| (agreeing, in_header) > (most, times)) {
            best = Some((agreeing, in_header, *candidate));
        }
    }
    best.map_or(b',', |(_, _, candidate)| candidate)
}

/// How often each candidate stands outside quotes, record by record; blank lines are passed over.
fn count(text: &str, complete: bool) -> Vec<[usize; CANDIDATES.len()]> {
    let mut records = Vec::new();
    let mut counts = [0; CANDIDATES.len()];
    let (mut quoted, mut field_start, mut blank) = (false, true, true);
    for byte in text.bytes() {
        match byte {
            b'"' if quoted => quoted = false,
            // A doubled quote closes and at once opens again, wherever it stands.
            b'"' if field_start => {
                quoted = true;
                blank = false;
            }
            _ if quoted => {}
            b'\n' | b'\r' => {
                if !blank {
                    records.push(counts);
                    if records.len() > RECORDS {
                        return records;
                    }
                }
                counts = [0; CANDIDATES.len()];
                field_start = true;
                blank = true;
                continue;
            }
            _ => {
                blank = false;
                if let Some(which) = CANDIDATES.iter().position(|candidate| *candidate == byte) {
                    counts[which] += 1;
                    field_start = true;
                    continue;
                }
                field_start = false;
                continue;
            }
        }
        // After a quote another quote may follow.
        field_start = true;
    }
    // The last record counts if it is whole, or if there is no other.
    if !blank && (complete || records.is_empty()) {
        records.push(counts);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_character_that_stands_as_often_in_every_record() {
        assert_eq!(sniff("a,b\n1,2\n", true), b',');
        assert_eq!(sniff("a;b\n1;2\n", true), b';');
        assert_eq!(sniff("a\tb\n1\t2\n", true), b'\t');
        assert_eq!(sniff("a|b\n1|2\n", true), b'|');
        assert_eq!(sniff("alone\n1,5\n", true), b',');
        assert_eq!(sniff("", true), b',');
        assert_eq!(sniff("\n\r\na;b", true), b';');
    }

    #[test]
    fn commas_in_column_names_do_not_win_over_the_separator_of_the_rows() {
        assert_eq!(sniff("Rate, per 1,000 people;Area\n5.1;Fife\n6;Angus\n", true), b';');
        assert_eq!(sniff("\"Rate, per 1,000\";Area;Year\n5;Fife;2020\n", true), b';');
        assert_eq!(sniff("Area,Rate; crude\nFife,5\nAngus,6\n", true), b',');
        assert_eq!(sniff("Area;Value\nFife;1,5\nAngus;2,5\n", true), b';');
        assert_eq!(sniff("a,b,c;d\n1,2,3;4\n", true), b',');
    }

    #[test]
    fn what_stands_in_quotes_is_not_counted() {
        assert_eq!(sniff("\"a;b\"\";c;d\",e\n\"x;y\nz;w\",2\n", true), b',');
        assert_eq!(sniff("a 5\" pipe,b\n1,2\n", true), b',');
    }

    #[test]
    fn a_record_that_is_cut_off_does_not_count_against_the_separator() {
        assert_eq!(sniff("a,b;c,d\n1,2,3\n4,5", false), sniff("a,b;c,d\n1,2,3\n", false));
    }
}

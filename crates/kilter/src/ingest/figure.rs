//! Figures as publishers write them: numbers with separators and units, signs instead of numbers, and
//! qualifier letters beside them.

use kilter_core::series::{Absence, Marks, Observation};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a qualifier letter does to a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Mark(Marks),
    Absent(Absence),
    Nothing,
}

#[derive(Deserialize)]
struct Qualifiers {
    qualifier: Vec<Qualifier>,
}

#[derive(Deserialize)]
struct Qualifier {
    letter: String,
    place: Option<String>,
    mark: Option<String>,
    absent: Option<String>,
}

/// The letters, by where they stand: instead of a number, or beside it.
struct Letters {
    instead: HashMap<String, Absence>,
    beside: HashMap<String, Effect>,
}

static LETTERS: LazyLock<Letters> = LazyLock::new(|| {
    let table: Qualifiers = toml::from_str(kilter_catalogue::qualifiers())
        .expect("the catalogue's qualifiers are tested to be sound");
    let mut letters = Letters { instead: HashMap::new(), beside: HashMap::new() };
    for qualifier in table.qualifier {
        let absent = qualifier.absent.as_deref().and_then(Absence::named);
        // A letter that speaks of a comparison or of rounding leaves the figure as it is.
        let effect = match (absent, qualifier.mark.as_deref().and_then(Marks::named)) {
            (Some(absence), _) => Effect::Absent(absence),
            (None, Some(mark)) => Effect::Mark(mark),
            (None, None) => Effect::Nothing,
        };
        let place = qualifier.place.as_deref();
        if let Some(absence) = absent.filter(|_| place != Some("qualifier")) {
            letters.instead.insert(qualifier.letter.clone(), absence);
        }
        if place != Some("value") {
            letters.beside.insert(qualifier.letter, effect);
        }
    }
    letters
});

/// What a cell of figures holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Figure {
    /// A number.
    Number(f64),
    /// A sign that stands for an absence.
    Absent(Absence),
    /// Nothing.
    Blank,
}

/// Reads a cell: a number with or without thousands separators, percent or pound sign; a sign that the
/// profile or the publisher's list of qualifiers knows; or nothing. `Err` where it is none of these.
pub(crate) fn figure(text: &str, signs: &std::collections::BTreeMap<String, Absence>) -> Result<Figure, ()> {
    let text = trimmed(text);
    if let Some(whole) = whole(text) {
        return Ok(Figure::Number(whole as f64));
    }
    if text.is_empty() || text == "NA" {
        return Ok(Figure::Blank);
    }
    if let Some(number) = number(text) {
        return Ok(Figure::Number(number));
    }
    signs.get(text).or_else(|| LETTERS.instead.get(text)).map(|absence| Figure::Absent(*absence)).ok_or(())
}

/// The text without space around it, as `str::trim` gives it; where it stands between visible ASCII characters, as
/// nearly always, without a look at every character.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        [only] if only.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// A number of digits only that a double holds exactly.
pub(crate) fn whole(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    text.bytes().try_fold(0, |sum: i64, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + i64::from(digit))
    })
}

fn number(text: &str) -> Option<f64> {
    let (negative, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.strip_prefix('£').unwrap_or(rest);
    let rest = rest.strip_suffix('%').unwrap_or(rest).trim_end();
    // "inf" and "nan" are words to Rust's parser; a figure begins with a digit or a point.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let value: f64 = if rest.contains(',') { separated(rest)?.parse().ok()? } else { rest.parse().ok()? };
    value.is_finite().then_some(if negative { -value } else { value })
}

/// The number without its separators, if they stand between thousands and nowhere else.
fn separated(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut groups = whole.split(',');
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next()?;
    let sound = (1..=3).contains(&first.len()) && digits(first) && groups.all(|g| g.len() == 3 && digits(g));
    let whole = sound.then(|| whole.replace(',', ""))?;
    Some(match fraction {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole,
    })
}

/// Puts a figure and the qualifier letters beside it together. `None`: blank, and no letter says why.
/// `Err` with the letter that is not known.
pub(crate) fn observation(figure: Figure, letters: &str, factor: f64) -> Result<Option<Observation>, String> {
    let letters = letters.trim();
    let mut marks = Marks::NONE;
    let mut absence = None;
    let mut take = |letter: &str| -> Result<(), String> {
        match LETTERS.beside.get(letter).or_else(|| LETTERS.beside.get(letter.to_lowercase().as_str())) {
            Some(Effect::Mark(mark)) => marks = marks.and(*mark),
            Some(Effect::Absent(reason)) => absence = Some(*reason),
            Some(Effect::Nothing) => {}
            None => return Err(letter.to_owned()),
        }
        Ok(())
    };
    if !letters.is_empty() && take(letters).is_err() {
        let mut text = [0; 4];
        for letter in letters.chars().filter(|c| !c.is_whitespace() && *c != ',') {
            take(letter.encode_utf8(&mut text)).map_err(|_| letters.to_owned())?;
        }
    }
    let observation = match (figure, absence) {
        // A figure that is marked confidential is withheld, whatever stands in its cell.
        (_, Some(absence)) | (Figure::Absent(absence), None) => Observation::absent(absence),
        (Figure::Number(value), None) => {
            Observation::number(value * factor).map_err(|_| format!("{value} times {factor}"))?
        }
        (Figure::Blank, None) => return Ok(None),
    };
    Ok(Some(observation.marked(marks)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilter_core::series::Reading;
    use std::collections::BTreeMap;

    #[test]
    fn numbers_are_read_as_they_are_written_and_near_numbers_are_not() {
        let read = |text| figure(text, &BTreeMap::new());
        for (text, value) in [
            ("1529", 1529.0),
            ("-3.5", -3.5),
            ("\u{2212}3.5", -3.5),
            ("1,234,567.8", 1_234_567.8),
            ("£1,234", 1234.0),
            ("94.2%", 94.2),
            (" 94.2 % ", 94.2),
            (".5", 0.5),
            ("5414.0", 5414.0),
            ("1e3", 1000.0),
        ] {
            assert_eq!(read(text), Ok(Figure::Number(value)), "{text}");
        }
        for text in [
            "inf",
            "nan",
            "NaN",
            "1,23",
            "12,34,567",
            ",1",
            "1.2.3",
            "1 234",
            "twelve",
            "1e999",
            "--1",
            "0x1f",
        ] {
            assert_eq!(read(text), Err(()), "{text}");
        }
        assert_eq!(read(""), Ok(Figure::Blank));
        assert_eq!(read("*"), Ok(Figure::Absent(Absence::Suppressed)));
        assert_eq!(read(":"), Ok(Figure::Absent(Absence::NotCollected)));
    }

    #[test]
    fn letters_beside_a_figure_mark_it_or_withhold_it() {
        let number = Figure::Number(5.0);
        let provisional = observation(number, "p", 1.0).unwrap().unwrap();
        assert_eq!((provisional.value(), provisional.marks()), (Some(5.0), Marks::PROVISIONAL));
        let both = observation(number, "pd", 1.0).unwrap().unwrap();
        assert_eq!(both.marks(), Marks::PROVISIONAL.and(Marks::DERIVED));
        let hidden = observation(number, "c", 1.0).unwrap().unwrap();
        assert_eq!(hidden.reading(), Reading::Absent(Absence::Suppressed));
        let none = observation(Figure::Blank, "z", 1.0).unwrap().unwrap();
        assert_eq!(none.reading(), Reading::Absent(Absence::NotApplicable));
        assert_eq!(observation(Figure::Blank, "", 1.0), Ok(None));
        assert_eq!(observation(number, "q", 1.0), Err("q".to_owned()));
        assert_eq!(observation(number, "*", 1000.0).unwrap().unwrap().value(), Some(5000.0), "significance");
    }
}

//! How numbers, dates and times that a file holds in binary form are written as text.
//!
//! The text is the one an analyst would type: the shortest decimal that reads back as the same number,
//! ISO dates, no exponent, no `.0`, no minus before zero. Nothing is rounded.

use std::fmt::Write;

use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};

// Writing to a String cannot fail, so the results of `write!` are of no interest in this file.

pub(super) fn integer(value: impl std::fmt::Display, out: &mut String) {
    let _ = write!(out, "{value}");
}

/// Below this a whole number is an integer of the same digits.
const WHOLE: f64 = 1e15;

pub(super) fn float(value: f64, out: &mut String) {
    if value.trunc() == value && value.abs() < WHOLE {
        return integer(value as i64, out);
    }
    // Adding positive zero turns minus zero into zero and changes nothing else.
    let _ = write!(out, "{}", value + 0.0);
}

pub(super) fn float32(value: f32, out: &mut String) {
    let _ = write!(out, "{}", value + 0.0);
}

pub(super) fn boolean(value: bool, out: &mut String) {
    out.push_str(if value { "true" } else { "false" });
}

/// The decimal `units` times ten to the power of minus `scale`, without zeros at the end of its fraction.
pub(super) fn decimal(units: impl std::fmt::Display, scale: i8, out: &mut String) {
    let start = out.len();
    let _ = write!(out, "{units}");
    if out[start..].trim_start_matches('-').bytes().all(|digit| digit == b'0') {
        out.truncate(start);
        out.push('0');
        return;
    }
    if scale <= 0 {
        out.extend(std::iter::repeat_n('0', usize::from(scale.unsigned_abs())));
        return;
    }
    let scale = usize::from(scale.unsigned_abs());
    let digits_start = start + usize::from(out[start..].starts_with('-'));
    let digits = out.len() - digits_start;
    if digits <= scale {
        out.insert_str(digits_start, &"0".repeat(scale + 1 - digits));
    }
    out.insert(out.len() - scale, '.');
    let kept = out.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(kept);
}

/// The date, with the time unless it is midnight.
pub(super) fn date_time(moment: NaiveDateTime, out: &mut String) {
    date(moment.year(), moment.month(), moment.day(), out);
    if moment.time() != NaiveTime::MIN {
        out.push('T');
        time(moment.time(), out);
    }
}

pub(super) fn date(year: i32, month: u32, day: u32, out: &mut String) {
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

pub(super) fn time(time: NaiveTime, out: &mut String) {
    clock(time.hour(), time.minute(), time.second(), time.nanosecond() % 1_000_000_000, out);
}

/// Hours, minutes and seconds, with as many decimals of the second as there are. Hours may exceed 23.
pub(super) fn clock(hours: u32, minutes: u32, seconds: u32, nanoseconds: u32, out: &mut String) {
    let _ = write!(out, "{hours:02}:{minutes:02}:{seconds:02}");
    if nanoseconds != 0 {
        let _ = write!(out, ".{nanoseconds:09}");
        let kept = out.trim_end_matches('0').len();
        out.truncate(kept);
    }
}

/// An ISO date and time, without the time if it is midnight.
pub(super) fn iso(text: &str, out: &mut String) {
    let midnight = text.split_once('T').filter(|(_, time)| {
        let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
        matches!(clock, "00:00:00" | "00:00") && fraction.bytes().all(|digit| digit == b'0')
    });
    out.push_str(midnight.map_or(text, |(date, _)| date));
}

//! Row by row through a file, whatever its layout: every row has a fate, and the receipt tells it.

use super::IngestError;
use super::receipt::{Receipt, Rejection};
use crate::read::{Row, Rows};

/// What becomes of a row.
pub(crate) enum Fate {
    /// Its figures were taken.
    Taken,
    /// The layout leaves it out, and why.
    LeftOut(String),
    /// It is refused, and for what.
    Rejected(Vec<Rejection>),
}

/// Takes the rows of a file.
pub(crate) trait Taker {
    /// Takes a row.
    fn take(&mut self, row: &Row, receipt: &mut Receipt) -> Fate;

    /// Takes rows that go on with one that was taken, and leaves the last of them in it. How many there were.
    fn go_on(&mut self, _: &mut Rows, _: &mut Row) -> u64 {
        0
    }
}

/// How often, in rows, the caller is told how far the reading has come.
const TOLD_EVERY: u64 = 4096;

/// Gives every row that has as many fields as the file has columns to `take`, and notes its fate.
///
/// # Errors
/// The file cannot be read on, or the caller asked to stop.
pub(crate) fn each(
    rows: &mut Rows,
    receipt: &mut Receipt,
    mut progress: impl FnMut(u64, u64) -> bool,
    taker: &mut impl Taker,
) -> Result<(), IngestError> {
    let width = rows.header().len();
    let mut row = Row::new();
    let mut told = receipt.rows;
    while rows.next(&mut row)? {
        receipt.rows += 1;
        let fate = if row.len() == width {
            taker.take(&row, receipt)
        } else {
            Fate::Rejected(vec![torn(&row, width)])
        };
        match fate {
            Fate::Taken => {
                let more = taker.go_on(rows, &mut row);
                receipt.rows += more;
                receipt.accepted += 1 + more;
            }
            Fate::LeftOut(reason) => *receipt.left_out.entry(reason).or_default() += 1,
            Fate::Rejected(rejections) => {
                receipt.rejected += 1;
                receipt.rejections.extend(rejections.into_iter().map(readable));
                if receipt.rejections.len() >= Receipt::MOST_REJECTIONS {
                    receipt.stopped_at = Some(row.line());
                    break;
                }
            }
        }
        if receipt.rows - told >= TOLD_EVERY {
            told = receipt.rows;
            if !progress(rows.bytes_read(), rows.bytes_total()) {
                return Err(IngestError::Interrupted);
            }
        }
    }
    Ok(())
}

/// The longest text of a refusal, in characters.
const MOST_SAID: usize = 300;

/// The same refusal with no more of a long cell than a person reads.
fn readable(rejection: Rejection) -> Rejection {
    Rejection { found: shortened(rejection.found), reason: shortened(rejection.reason), ..rejection }
}

fn shortened(text: String) -> String {
    let n = text.chars().count();
    if n <= MOST_SAID {
        return text;
    }
    let start: String = text.chars().take(MOST_SAID / 2).collect();
    let end: String = text.chars().skip(n - MOST_SAID / 4).collect();
    format!("{start} … {end}")
}

fn torn(row: &Row, width: usize) -> Rejection {
    Rejection {
        line: row.line(),
        column: String::new(),
        found: format!("{} fields", row.len()),
        reason: format!("the row has {} fields, and the file has {width} columns", row.len()),
    }
}

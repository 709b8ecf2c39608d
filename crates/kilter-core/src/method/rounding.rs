//! Rounding for print. Done once, at the end; stored and compared values are never rounded.

/// The value rounded to so many decimals, half away from zero, on the decimal that a person sees.
///
/// A value is what its shortest decimal says: 2.675, stored as a little less, is 2.675 to its reader and
/// rounds to 2.68. Values of 2⁵³ and more are whole already and come back as they are.
///
/// ```
/// use kilter_core::method::half_up;
/// assert_eq!(half_up(0.5, 0), 1.0);
/// assert_eq!(half_up(2.675, 2), 2.68);
/// assert_eq!(half_up(-0.5, 0), -1.0);
/// assert_eq!(half_up(710.8, 0), 711.0);
/// ```
#[must_use]
pub fn half_up(value: f64, decimals: u32) -> f64 {
    let decimals = decimals.min(15) as usize;
    if !value.is_finite() || value.abs() >= MOST {
        return value;
    }
    let size = value.abs();
    let rounded = away_from_a_half(size, decimals).unwrap_or_else(|| by_digits(size, decimals));
    if value < 0.0 && rounded != 0.0 { -rounded } else { rounded }
}

/// 2⁵³: numbers from there on are whole.
const MOST: f64 = 9_007_199_254_740_992.0;

/// The same by arithmetic; `None` for a value so near to a half that its digits have to be looked at.
fn away_from_a_half(size: f64, decimals: usize) -> Option<f64> {
    const SCALES: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let scale = SCALES[decimals];
    let scaled = size * scale;
    let whole = scaled.trunc();
    let over = scaled - whole;
    // The product is off by half of its last digit at most, and the value by as much from its shortest decimal.
    let is_clear = scaled < MOST && (over - 0.5).abs() > 4.0 * f64::EPSILON * scaled;
    // Both are whole numbers that a double holds: what they divide to is the double nearest to the decimal.
    is_clear.then(|| if over > 0.5 { whole + 1.0 } else { whole } / scale)
}

fn by_digits(value: f64, decimals: usize) -> f64 {
    // The shortest decimal that reads back: never in exponent form.
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() <= decimals {
        return value;
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(decimals)).collect();
    if fraction.as_bytes()[decimals] >= b'5' {
        let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
        let turn = digits.len() - nines;
        digits[turn..].fill(b'0');
        match turn.checked_sub(1) {
            Some(last) => digits[last] += 1,
            None => digits.insert(0, b'1'),
        }
    }
    let whole = digits.len() - decimals;
    let mut text = String::with_capacity(digits.len() + 2);
    for (i, digit) in digits.iter().enumerate() {
        if i == whole {
            text.push('.');
        }
        text.push(char::from(*digit));
    }
    text.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{away_from_a_half, by_digits, half_up};
    use proptest::prelude::*;

    #[test]
    fn digits_are_looked_at_near_a_half_only() {
        assert_eq!(away_from_a_half(2.675, 2), None);
        assert_eq!(away_from_a_half(0.5, 0), None);
        assert_eq!(away_from_a_half(2.674, 2), Some(2.67));
        assert_eq!(away_from_a_half(710.8, 0), Some(711.0));
    }

    #[test]
    fn halves_go_away_from_zero_and_their_neighbours_do_not() {
        for (value, decimals, expected) in [
            (0.5, 0, 1.0),
            (1.5, 0, 2.0),
            (2.5, 0, 3.0),
            (0.49999999999999994, 0, 0.0),
            (-2.5, 0, -3.0),
            (0.045, 2, 0.05),
            (1.005, 2, 1.01),
            (9.995, 2, 10.0),
            (99.5, 0, 100.0),
            (-0.4, 0, 0.0),
            (1e-300, 3, 0.0),
            (5e-324, 0, 0.0),
        ] {
            assert_eq!(half_up(value, decimals).to_bits(), f64::to_bits(expected), "{value} to {decimals}");
        }
    }

    proptest! {
        #[test]
        fn a_rounded_value_is_near_and_stays_when_rounded_again(value in -1e9f64..1e9, decimals in 0u32..6) {
            let rounded = half_up(value, decimals);
            let step = 10f64.powi(-(decimals as i32));
            prop_assert!((rounded - value).abs() <= step * 0.5 + 1e-6);
            prop_assert_eq!(half_up(rounded, decimals), rounded);
        }

        #[test]
        fn arithmetic_rounds_as_the_digits_do_or_leaves_it_to_them(
            size in prop_oneof![
                4 => (0u64..20_000_000, 0usize..8).prop_map(|(n, d)| n as f64 / 10f64.powi(d as i32)),
                2 => (0u64..20_000_000, 0usize..8, -2i64..3).prop_map(|(n, d, off)| {
                    let half = (n as f64 + 0.5) / 10f64.powi(d as i32);
                    f64::from_bits(half.to_bits().saturating_add_signed(off))
                }),
                2 => 0.0..1e9f64,
                1 => 0.0..9e15f64,
                1 => 0.0..1e-300f64,
            ],
            decimals in 0usize..16,
        ) {
            if let Some(rounded) = away_from_a_half(size, decimals) {
                prop_assert_eq!(rounded.to_bits(), by_digits(size, decimals).to_bits());
            }
        }
    }
}

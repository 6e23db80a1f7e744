//! Exact decimal numbers.

use crate::site::Decimal;
use core::cmp::Ordering;
use core::fmt;

/// Digits before and after the point that a number may have; their product with any scale stays inside `i128`.
const DIGITS: (usize, u32) = (20, 18);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, places: 0 };
    /// One.
    pub const ONE: Self = Self { mantissa: 1, places: 0 };

    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Self { mantissa: number, places: 0 }
    }

    /// Reads `-12.50`: a sign, digits, and a point with digits after it; no exponent, at most 20 digits before the
    /// point and 18 after it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(format!("`{text}` ends with a point")),
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(format!("`{text}` is not a decimal number such as 12 or -0.25"));
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        if whole.len() > DIGITS.0 || fraction.len() > DIGITS.1 as usize {
            return Err(format!("`{text}` has more than {} digits before or {} after the point", DIGITS.0, DIGITS.1));
        }
        let mantissa = whole.bytes().chain(fraction.bytes()).fold(0i128, |sum, b| sum * 10 + i128::from(b - b'0'));
        let mantissa = if text.starts_with('-') { -mantissa } else { mantissa };
        Ok(Self { mantissa, places: fraction.len() as u32 })
    }

    /// The same number with `places` digits after the point, or `None` when it does not fit.
    pub(crate) fn widened(self, places: u32) -> Option<i128> {
        let more = places.checked_sub(self.places)?;
        self.mantissa.checked_mul(10i128.checked_pow(more)?)
    }

    /// The same number without zeros at its end.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        while self.places > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.places -= 1;
        }
        self
    }

    /// Which of two numbers is greater.
    pub fn compare(self, other: Self) -> Ordering {
        let places = self.places.max(other.places);
        match (self.widened(places), other.widened(places)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // A number that does not fit at the other's precision is the greater one in size.
            (None, _) => self.mantissa.signum().cmp(&0),
            (_, None) => 0.cmp(&other.mantissa.signum()),
        }
    }
}

/// As people write it, without zeros at its end: `0.25`, `-12`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mantissa, places } = self.trimmed();
        let sign = if mantissa < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = places as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places as usize);
        let point = if places == 0 { "" } else { "." };
        f.pad(&format!("{sign}{whole}{point}{fraction}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_and_shows_exactly() {
        for (text, shown) in [
            ("60", "60"),
            ("-0.250", "-0.25"),
            ("+007.0", "7"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("0.0", "0"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_decimal() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e5",
            "0x10",
            "1_000",
            "1.2.3",
            "٣",
            "123456789012345678901",
            "0.1234567890123456789",
        ] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn compares_across_precisions() {
        let d = |t: &str| Decimal::parse(t).unwrap();
        assert_eq!(d("1.50").compare(d("1.5")), Ordering::Equal);
        assert_eq!(d("-1.51").compare(d("-1.5")), Ordering::Less);
        assert_eq!(d("99999999999999999999").compare(d("0.000000000000000001")), Ordering::Greater);
        assert_eq!(d("-99999999999999999999.5").compare(d("0.000000000000000001")), Ordering::Less);
    }
}

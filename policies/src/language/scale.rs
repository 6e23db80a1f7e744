//! Engineering numbers as raw numbers and back, without a rounding that is not asked for.

use crate::site::{Decimal, Scaling};

/// An exact quotient of integers; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    fn new(numerator: i128, denominator: i128) -> Option<Self> {
        match denominator {
            0 => None,
            d if d < 0 => Some(Self { numerator: numerator.checked_neg()?, denominator: d.checked_neg()? }),
            _ => Some(Self { numerator, denominator }),
        }
    }

    /// The greatest integer that is not above it.
    pub(crate) const fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least integer that is not below it.
    pub(crate) const fn ceil(self) -> i128 {
        let floor = self.floor();
        if self.is_whole() { floor } else { floor + 1 }
    }

    /// Whether it is an integer.
    pub(crate) const fn is_whole(self) -> bool {
        self.numerator % self.denominator == 0
    }

    /// The number with `bits` bits of mantissa (24 or 53) that is nearest to it, ties to even.
    pub(crate) fn nearest(self, bits: u32) -> f64 {
        let denominator = self.denominator.unsigned_abs();
        let numerator = self.numerator.unsigned_abs();
        let (mut mantissa, mut rest, mut exponent) = (numerator / denominator, numerator % denominator, 0i32);
        // Fractional bits by long division, until the mantissa is one bit wider than asked or nothing is left.
        while rest != 0 && mantissa < 1 << (bits + 1) && exponent > -1000 {
            mantissa <<= 1;
            // A remainder is below the denominator, which is at most 2^127: doubled, it still fits.
            rest <<= 1;
            if rest >= denominator {
                mantissa |= 1;
                rest -= denominator;
            }
            exponent -= 1;
        }
        // Bits that are cut, and a mark for anything non-zero below them: enough to round once.
        let surplus = (128 - mantissa.leading_zeros()).saturating_sub(bits + 2);
        let sticky = rest != 0 || mantissa & ((1 << surplus) - 1) != 0;
        let kept = (mantissa >> surplus) << 1 | u128::from(sticky);
        let rounded = round_to(kept, bits);
        let size = rounded * 2f64.powi(exponent + surplus.cast_signed() - 1);
        if self.numerator < 0 { -size } else { size }
    }
}

/// `kept` rounded to `bits` significant bits, ties to even; exact as a float of that many bits.
#[allow(clippy::cast_precision_loss)] // the value has at most 53 significant bits after rounding
fn round_to(kept: u128, bits: u32) -> f64 {
    let surplus = (128 - kept.leading_zeros()).saturating_sub(bits);
    if surplus == 0 {
        return kept as f64;
    }
    let (whole, rest, half) = (kept >> surplus, kept & ((1 << surplus) - 1), 1u128 << (surplus - 1));
    let up = rest > half || (rest == half && whole & 1 == 1);
    ((whole + u128::from(up)) << surplus) as f64
}

impl Scaling {
    /// Raw values are engineering values.
    pub(crate) const IDENTITY: Self = Self { scale: Decimal::ONE, offset: Decimal::ZERO };

    /// The raw number of an engineering number: `(number - offset) / scale`, exactly. `None` when that needs more
    /// digits than 128 bits hold.
    pub(crate) fn raw(self, number: Decimal) -> Option<Ratio> {
        let places = number.places.max(self.offset.places).max(self.scale.places);
        let difference = number.widened(places)?.checked_sub(self.offset.widened(places)?)?;
        Ratio::new(difference, self.scale.widened(places)?)
    }

    /// The engineering number of a raw integer: `raw * scale + offset`, exactly. `None` past 128 bits.
    pub(crate) fn engineering(self, raw: i128) -> Option<Decimal> {
        let places = self.scale.places.max(self.offset.places);
        let product = self.scale.widened(places)?.checked_mul(raw)?;
        Some(Decimal { mantissa: product.checked_add(self.offset.widened(places)?)?, places }.trimmed())
    }

    /// The engineering number of a raw floating-point number, as near as a `f64` comes.
    pub(crate) fn engineering_float(self, raw: f64) -> f64 {
        raw.mul_add(float(self.scale), float(self.offset))
    }
}

/// The `f64` nearest to a decimal.
pub(crate) fn float(number: Decimal) -> f64 {
    Scaling::IDENTITY.raw(number).map_or(f64::NAN, |r| r.nearest(53))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn a_scaled_limit_is_rounded_inward() {
        let scaling = Scaling { scale: decimal("0.01"), offset: decimal("0") };
        let raw = scaling.raw(decimal("20.005")).unwrap();
        assert_eq!((raw.floor(), raw.ceil(), raw.is_whole()), (2000, 2001, false));
        let offset = Scaling { scale: decimal("-0.5"), offset: decimal("100") };
        assert_eq!(offset.raw(decimal("99.5")).unwrap().floor(), 1);
        assert_eq!(offset.engineering(3).unwrap().to_string(), "98.5");
    }

    #[test]
    fn decimals_become_the_floats_that_rust_reads() {
        for text in [
            "0.1",
            "0.3",
            "1.5",
            "123456789.123456789",
            "-0.000000000000000001",
            "99999999999999999999",
            "16777217",
            "0",
        ] {
            let ratio = Scaling::IDENTITY.raw(decimal(text)).unwrap();
            assert_eq!(ratio.nearest(53), text.parse::<f64>().unwrap(), "{text}");
            assert_eq!(ratio.nearest(24), f64::from(text.parse::<f32>().unwrap()), "{text} as f32");
        }
    }

    proptest! {
        #[test]
        fn nearest_agrees_with_the_standard_library(whole in 0u64.., fraction in 0u64..1_000_000_000_000_000_000) {
            let text = format!("{whole}.{fraction:018}");
            let ratio = Scaling::IDENTITY.raw(decimal(&text)).unwrap();
            prop_assert_eq!(ratio.nearest(53), text.parse::<f64>().unwrap());
            prop_assert_eq!(ratio.nearest(24), f64::from(text.parse::<f32>().unwrap()));
        }

        #[test]
        fn raw_and_engineering_are_inverse(
            raw in any::<u64>(), scale in (1i128..1_000_000_000, 0u32..=18), offset in (any::<i64>(), 0u32..=18), negative: bool
        ) {
            let scale = Decimal { mantissa: if negative { -scale.0 } else { scale.0 }, places: scale.1 };
            let scaling = Scaling { scale, offset: Decimal { mantissa: offset.0.into(), places: offset.1 } };
            if let Some(number) = scaling.engineering(raw.into()) && let Some(back) = scaling.raw(number) {
                prop_assert!(back.is_whole());
                prop_assert_eq!(back.floor(), i128::from(raw));
            }
        }
    }
}

//! How many calls may fall outside of a policy.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The share of the calls of the next 30 days that may fall outside of a policy, for the policy to be narrower.
///
/// Written in per cent, with the sign, so that a half per cent is not taken for a half: `0.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcceptedRisk {
    /// In millionths.
    millionths: u32,
}

/// Text that is no share that could be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AcceptedRiskError {
    /// It is no percentage.
    #[error("`{0}` is not a percentage such as `0.5%`")]
    NotPercent(String),
    /// It is not one from 0 to 100.
    #[error("`{0}` is out of range: a share is from 0% to 100%")]
    OutOfRange(String),
    /// It has more places than count.
    #[error("`{0}` has more than four places after the point")]
    TooFine(String),
}

/// How many digits after the point count.
const PLACES: usize = 4;
/// How many millionths a per cent is.
const PER_CENT: u32 = 10_000;

impl AcceptedRisk {
    /// The share, from 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.millionths) / f64::from(100 * PER_CENT)
    }
}

impl Default for AcceptedRisk {
    /// A half per cent.
    fn default() -> Self {
        Self { millionths: PER_CENT / 2 }
    }
}

impl FromStr for AcceptedRisk {
    type Err = AcceptedRiskError;

    fn from_str(text: &str) -> Result<Self, AcceptedRiskError> {
        let wrong = || AcceptedRiskError::NotPercent(text.to_owned());
        let number = text.trim().strip_suffix('%').ok_or_else(wrong)?.trim_end();
        let (whole, places) = number.split_once('.').unwrap_or((number, "0"));
        // A sign would be read as well.
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(places) {
            return Err(wrong());
        }
        if places.len() > PLACES {
            return Err(AcceptedRiskError::TooFine(text.to_owned()));
        }
        let out_of_range = || AcceptedRiskError::OutOfRange(text.to_owned());
        let whole: u32 = whole.parse().map_err(|_| out_of_range())?;
        let places: u32 = format!("{places:0<PLACES$}").parse().map_err(|_| wrong())?;
        let millionths = whole.checked_mul(PER_CENT).and_then(|whole| whole.checked_add(places));
        let millionths = millionths.filter(|millionths| *millionths <= 100 * PER_CENT).ok_or_else(out_of_range)?;
        Ok(Self { millionths })
    }
}

impl fmt::Display for AcceptedRisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = format!("{:0PLACES$}", self.millionths % PER_CENT);
        let places = places.trim_end_matches('0');
        let point = if places.is_empty() { "" } else { "." };
        write!(f, "{}{point}{places}%", self.millionths / PER_CENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_as_people_write_them() {
        let share = |text: &str| text.parse::<AcceptedRisk>().map(|risk| (risk.millionths, risk.to_string()));
        for (text, millionths, shown) in [
            ("0.5%", 5_000, "0.5%"),
            (" 1 % ", 10_000, "1%"),
            ("0%", 0, "0%"),
            ("12.3456%", 123_456, "12.3456%"),
            ("0.0500%", 500, "0.05%"),
            ("100%", 1_000_000, "100%"),
        ] {
            assert_eq!(share(text), Ok((millionths, shown.to_owned())), "{text}");
        }
        assert_eq!("0.5%".parse(), Ok(AcceptedRisk::default()));
        assert!((AcceptedRisk::default().share() - 0.005).abs() < 1e-12);
    }

    #[test]
    fn what_could_be_misread_is_refused() {
        for text in ["", "%", "0.5", "0.005", ".5%", "5.%", "-1%", "+1%", "1e-3%", "0,5%", "½%", "0.5%%"] {
            assert_eq!(text.parse::<AcceptedRisk>(), Err(AcceptedRiskError::NotPercent(text.to_owned())), "{text}");
        }
        for text in ["101%", "100.0001%", "99999999999%"] {
            assert_eq!(text.parse::<AcceptedRisk>(), Err(AcceptedRiskError::OutOfRange(text.to_owned())), "{text}");
        }
        let text = "0.00001%";
        assert_eq!(text.parse::<AcceptedRisk>(), Err(AcceptedRiskError::TooFine(text.to_owned())));
    }
}

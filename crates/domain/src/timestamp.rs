use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// A point in time as Graph's `Edm.DateTimeOffset` has it: in UTC, in steps of 100 nanoseconds,
/// from 0001-01-01 to 9999-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    /// Steps of 100 ns since 1970-01-01T00:00:00Z.
    ticks: i64,
}

/// The text is not a point in time that Graph would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTimestamp {
    /// Not `YYYY-MM-DDThh:mm:ss`, or no such day or hour.
    #[error("should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?'")]
    Malformed,
    /// A date and time without `Z` or an offset names no point in time.
    #[error("has no offset: end it with 'Z' or an offset like '+02:00'")]
    NoOffset,
    /// More digits than 100 ns can keep; cutting them off silently would store another time.
    #[error("has more than 7 digits after the decimal point")]
    TooPrecise,
    /// Before year 1 or after year 9999, in UTC.
    #[error("is not between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.9999999Z")]
    OutOfRange,
}

const TICKS_PER_SECOND: i64 = 10_000_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Timestamp {
    /// 0001-01-01T00:00:00Z, which stands for "never" on the wire.
    pub const NEVER: Self = Self { ticks: -62_135_596_800 * TICKS_PER_SECOND };
    /// The last one, 9999-12-31T23:59:59.9999999Z.
    pub const LAST: Self = Self { ticks: 253_402_300_800 * TICKS_PER_SECOND - 1 };

    /// From steps of 100 ns since the Unix epoch; `None` outside [`Self::NEVER`]..=[`Self::LAST`].
    #[must_use]
    pub fn from_ticks(ticks: i64) -> Option<Self> {
        (Self::NEVER.ticks..=Self::LAST.ticks).contains(&ticks).then_some(Self { ticks })
    }

    /// Steps of 100 ns since the Unix epoch.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// From whole seconds since the Unix epoch, kept within the range.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let ticks = seconds.saturating_mul(TICKS_PER_SECOND);
        Self { ticks: ticks.clamp(Self::NEVER.ticks, Self::LAST.ticks) }
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.ticks.div_euclid(TICKS_PER_SECOND)
    }

    /// Whole milliseconds since the Unix epoch, rounded down; what a version 7 UUID carries.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.ticks.div_euclid(TICKS_PER_SECOND / 1000)
    }

    /// How far into its millisecond this is, in steps of 1/4096 ms (0 to 4095): 12 bits that let
    /// ids made in the same millisecond keep their order.
    #[must_use]
    pub const fn millisecond_fraction(self) -> u16 {
        const PER_MILLI: i64 = TICKS_PER_SECOND / 1000;
        #[expect(clippy::cast_possible_truncation, reason = "0 to 4095")]
        let fraction = (self.ticks.rem_euclid(PER_MILLI) * 4096 / PER_MILLI) as u16;
        fraction
    }

    /// This time and then some, kept within the range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let more = i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX);
        Self { ticks: self.ticks.saturating_add(more).min(Self::LAST.ticks) }
    }

    /// `2026-11-23T12:00:00`: UTC without fraction or `Z`, as the `date` of Graph's errors is
    /// written.
    #[must_use]
    pub fn to_seconds_without_zone(self) -> String {
        let mut text = Self::from_unix_seconds(self.unix_seconds()).to_string();
        text.truncate(19);
        text
    }

    fn civil(self) -> DateTime {
        let nanos = i128::from(self.ticks) * 100;
        EPOCH.checked_add(SignedDuration::from_nanos_i128(nanos)).unwrap_or(DateTime::MAX)
    }
}

impl fmt::Display for Timestamp {
    /// `2024-08-09T18:29:00.7023255Z`: UTC, with as many digits as needed and none after a whole
    /// second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("0001-01-01T00:00:00Z");
        }
        write!(f, "{}Z", self.civil())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Takes RFC 3339 with any offset and up to 7 digits of fraction.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let (date, time) = text.split_once(['T', 't']).ok_or(InvalidTimestamp::Malformed)?;
        let (clock, offset) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'-');
        if date.len() != 10 || whole.len() != 8 || fraction.is_empty() || !digits(date) || !digits(whole) {
            return Err(InvalidTimestamp::Malformed);
        }
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidTimestamp::Malformed);
        }
        let offset_minutes = parse_offset(offset).ok_or(InvalidTimestamp::Malformed)?;
        let local: DateTime = format!("{date}T{whole}").parse().map_err(|_| InvalidTimestamp::Malformed)?;
        if offset.is_empty() {
            return Err(InvalidTimestamp::NoOffset);
        }
        if fraction.len() > 7 {
            return Err(InvalidTimestamp::TooPrecise);
        }
        let seconds = local.duration_since(EPOCH).as_secs() - offset_minutes * 60;
        let fraction: i64 = format!("{fraction:0<7}").parse().map_err(|_| InvalidTimestamp::Malformed)?;
        seconds
            .checked_mul(TICKS_PER_SECOND)
            .and_then(|ticks| Self::from_ticks(ticks + fraction))
            .ok_or(InvalidTimestamp::OutOfRange)
    }
}

/// Minutes east of UTC; an empty offset counts as none, so that the caller can tell it from a wrong
/// one.
fn parse_offset(offset: &str) -> Option<i64> {
    if matches!(offset, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |text: &str, below: i64| {
        let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n: &i64| plain && *n < below)
    };
    let east = two_digits(hours, 24)? * 60 + two_digits(minutes, 60)?;
    Some(if sign == "-" { -east } else { east })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<String, InvalidTimestamp> {
        text.parse::<Timestamp>().map(|t| t.to_string())
    }

    #[test]
    fn the_sample_of_the_documentation_is_kept_to_its_last_digit_in_utc() {
        assert_eq!(parsed("2016-12-31T23:58:36.6670033-08:00").unwrap(), "2017-01-01T07:58:36.6670033Z");
    }

    #[test]
    fn never_is_written_as_dotnet_writes_its_smallest_date() {
        assert_eq!(Timestamp::NEVER.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!("0001-01-01T00:00:00Z".parse(), Ok(Timestamp::NEVER));
        assert_eq!(parsed("9999-12-31T23:59:59.9999999Z").unwrap(), Timestamp::LAST.to_string());
    }

    #[test]
    fn what_is_no_point_in_time_is_refused_for_its_reason() {
        use InvalidTimestamp as E;
        for (text, why) in [
            ("2025-11-24T01:11:04", E::NoOffset),
            ("2025-11-24T01:11:04.12345678Z", E::TooPrecise),
            ("0001-01-01T00:00:00+00:01", E::OutOfRange),
            ("2025-02-30T00:00:00Z", E::Malformed),
            ("2025-11-24", E::Malformed),
            ("2025-11-24 01:11:04Z", E::Malformed),
            ("2025-11-24T01:11:04.Z", E::Malformed),
            ("2025-11-24T01:11:04Z[UTC]", E::Malformed),
            ("2025-11-24T01:11:04+0200", E::Malformed),
            ("2025-11-24T25:11:04Z", E::Malformed),
            ("-025-11-24T01:11:04Z", E::Malformed),
            ("", E::Malformed),
            ("T", E::Malformed),
        ] {
            assert_eq!(parsed(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_fraction_of_a_millisecond_rises_through_it_in_twelve_bits() {
        let fraction = |ticks| Timestamp::from_ticks(ticks).unwrap().millisecond_fraction();
        assert_eq!((fraction(0), fraction(5_000), fraction(9_999), fraction(10_000)), (0, 2048, 4095, 0));
        assert_eq!(fraction(-1), 4095);
    }

    proptest! {
        #[test]
        fn every_timestamp_reads_back_as_itself(ticks in Timestamp::NEVER.ticks()..=Timestamp::LAST.ticks()) {
            let time = Timestamp::from_ticks(ticks).unwrap();
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}|[0-9T:.Z+-]{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}

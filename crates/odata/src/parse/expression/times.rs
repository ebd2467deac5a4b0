use jiff::civil::{Date, DateTime, Time};

const STEPS_PER_SECOND: i64 = 10_000_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.9999999Z, which bound `Edm.DateTimeOffset` in
/// OData.NET.
const RANGE: std::ops::Range<i64> = -62_135_596_800 * STEPS_PER_SECOND..253_402_300_800 * STEPS_PER_SECOND;

/// The point in time `yyyy-mm-ddThh:mm[:ss[.fffffff]]` with `Z` or an offset, in steps of 100 ns
/// since 1970.
///
/// Source: OData 4.01 ABNF, `dateTimeOffsetValue`; up to 7 digits, as many as are kept.
pub(super) fn point(text: &str) -> Option<i64> {
    let (day, time) = text.split_once(['T', 't'])?;
    let (clock, offset) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, digits(fraction, 1..=7).then_some(fraction)?),
        None => (clock, ""),
    };
    let mut parts = whole.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = match parts.next() {
        Some(second) => number(second, 2)?,
        None => fraction.is_empty().then_some(0)?,
    };
    if parts.next().is_some() {
        return None;
    }
    let steps: i64 = format!("{fraction:0<7}").parse().ok()?;
    let clock = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    instant(date(day)?.to_datetime(clock), offset_seconds(offset)?, steps)
}

/// Midnight UTC of the day `yyyy-mm-dd`, in steps of 100 ns since 1970.
pub(super) fn midnight(text: &str) -> Option<i64> {
    instant(date(text)?.to_datetime(Time::midnight()), 0, 0)
}

/// Not by way of jiff's `Timestamp`, which ends a day before year 9999 does.
fn instant(local: DateTime, offset: i64, steps: i64) -> Option<i64> {
    let seconds = local.duration_since(EPOCH).as_secs() - offset;
    let steps = seconds.checked_mul(STEPS_PER_SECOND)?.checked_add(steps)?;
    RANGE.contains(&steps).then_some(steps)
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = i16::try_from(number(parts.next()?, 4)?).ok().filter(|year| *year > 0)?;
    let (month, day) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, small(month)?, small(day)?).ok()
}

/// Seconds east of UTC; up to 14 hours, as .NET has it.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let minutes =
        (minutes < 60).then_some(i64::from(hours) * 60 + i64::from(minutes)).filter(|m| *m <= 14 * 60)?;
    Some(if text.starts_with('-') { -60 * minutes } else { 60 * minutes })
}

fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn number(text: &str, count: usize) -> Option<u16> {
    digits(text, count..=count).then(|| text.parse().ok())?
}

fn small(number: u16) -> Option<i8> {
    i8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_time_needs_an_offset_and_keeps_seven_digits() {
        for (text, steps) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00Z", 0),
            ("1970-01-01t00:00:00.0000001z", 1),
            ("1969-12-31T23:59:59.9999999Z", -1),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1969-12-31T14:00:00.5-10:00", 5_000_000),
            ("0001-01-01T00:00:00Z", -621_355_968_000_000_000),
            ("9999-12-31T23:59:59.9999999Z", 2_534_023_007_999_999_999),
            ("2024-02-29T00:00:00Z", 17_091_648_000_000_000),
        ] {
            assert_eq!(point(text), Some(steps), "{text}");
        }
        for text in [
            "2025-11-24T01:11:04",
            "2025-11-24T01:11:04.12345678Z",
            "2025-11-24T01:11:04.Z",
            "2025-11-24T01:11.5Z",
            "2025-11-24T01Z",
            "2025-11-24T01:11:60Z",
            "2025-11-24T24:00:00Z",
            "2025-11-24T01:11:04:05Z",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2025-11-24T01:11:04+15:00",
            "2025-11-24T01:11:04+14:60",
            "2025-11-24T01:11:04+1:00",
            "2025-11-24T01:11:04Zé",
            "2025-11-24T01:11:04+é0:0",
            "2025-1-24T01:11:04Z",
            "+025-01-24T01:11:04Z",
            "T",
        ] {
            assert_eq!(point(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_its_first_moment_in_utc() {
        assert_eq!(midnight("1970-01-02"), Some(864_000_000_000));
        assert_eq!(midnight("1970-01-02-03"), None);
        assert_eq!(midnight("1970-02-30"), None);
    }
}

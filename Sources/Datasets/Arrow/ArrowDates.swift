import CEquipoise
import Platform

/// Dates and timestamps as ISO 8601 text, as in the same table read from CSV.
enum ArrowDates {
  /// "1986-04-26" for days since 1970-01-01.
  static func days(_ slice: ArrowSlice) throws -> TextValues {
    let days = try ArrowNumbers.integers(slice, bytes: 4, signed: true)
    return try texts(slice) { date(days.pointer[$0]) }
  }

  /// "1986-04-26", or "1986-04-26 01:23:40.5". The time is UTC; the time zone is not shown.
  static func instants(_ slice: ArrowSlice, perSecond: Int64, dateOnly: Bool) throws -> TextValues {
    let instants = try ArrowNumbers.integers(slice, bytes: 8, signed: true)
    return try texts(slice) { row in
      let (seconds, fraction) = floored(instants.pointer[row], by: perSecond)
      let (day, second) = floored(seconds, by: 86_400)
      if dateOnly { return date(day) }
      let clock = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
      guard fraction > 0 else { return "\(date(day)) \(clock)" }
      // perSecond is a power of ten: perSecond + fraction has a leading 1 and then all digits of the
      // fraction.
      var digits = String(perSecond + fraction).dropFirst()
      while digits.last == "0" { digits = digits.dropLast() }
      return "\(date(day)) \(clock).\(digits)"
    }
  }

  private static func texts(_ slice: ArrowSlice, _ text: (Int) -> String) throws -> TextValues {
    try TextValues((0..<slice.rows).map { slice.isPresent($0) ? text($0) : nil })
  }

  /// The quotient rounded down, and a remainder of at least 0.
  private static func floored(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// The proleptic Gregorian date of a day, computed in eras of 400 years that begin on 1 March (Hinnant,
  /// "chrono-compatible low-level date algorithms", civil_from_days).
  private static func date(_ day: Int64) -> String {
    let (era, dayOfEra) = floored(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let name = year < 0 ? "-\(four(-year))" : four(year)
    return "\(name)-\(two(month))-\(two(dayOfYear - (153 * shifted + 2) / 5 + 1))"
  }

  private static func four(_ year: Int64) -> String {
    let digits = String(year)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

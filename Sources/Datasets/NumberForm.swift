import Platform
import PlatformKernels

/// The format of numbers with separators or signs, such as 1.234,50 or $5 or 12%.
struct NumberForm {
  private let decimal: Character
  private let thousands: Character?
  private let signs: [String]
  private let missing: Set<String>

  init(_ options: OpenOptions) {
    decimal = options.decimal.first ?? "."
    thousands = options.thousands?.first
    signs = options.signs
    missing = Set(options.missing + options.missingNumbers)
  }

  private var isPlain: Bool { decimal == "." && thousands == nil && signs.isEmpty }

  /// Converts a column of texts to numbers if all of them are numbers in this format. Otherwise returns nil,
  /// and logs a warning if they are numbers in another format.
  ///
  /// - Throws: `invalidData` if numbers are required and a text is not a number.
  func numbers(of column: Column, demanded: OpenOptions.ColumnType?, in file: String) throws -> Column? {
    guard demanded != .text, case .text(let texts) = column.values, column.missingCount < column.rows else {
      return nil
    }
    if isPlain {
      warn(of: texts, column, in: file)
      return nil
    }
    let numbers = try Buffer<Double>(count: column.rows, for: "column \"\(column.name)\"")
    var count = 0
    for row in 0..<column.rows {
      let text = texts.string(row)
      if column.isMissing(row) || missing.contains(text) {
        numbers.pointer[row] = .nan
        continue
      }
      guard let number = number(text) else {
        warn(of: texts, column, in: file)
        return nil
      }
      numbers.pointer[row] = number
      count += 1
    }
    return count > 0 ? try Column(name: column.name, values: .float64(numbers)) : nil
  }

  /// The number of a text in this format; nil if it is not a number.
  func number(_ text: String) -> Double? {
    var rest = Substring(text)
    var isNegative = false
    for _ in 0..<3 {
      rest = rest.drop { $0.isWhitespace }
      if let sign = signs.first(where: { !$0.isEmpty && rest.hasPrefix($0) }) {
        rest = rest.dropFirst(sign.count)
      } else if rest.first == "-", !isNegative {
        isNegative = true
        rest = rest.dropFirst()
      }
    }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    if let sign = signs.first(where: { !$0.isEmpty && rest.hasSuffix($0) }) {
      rest = rest.dropLast(sign.count)
    }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    guard let plain = plain(rest) else { return nil }
    var value = 0.0
    let isNumber = plain.withCString { double_from_text($0, plain.utf8.count, plain.utf8.count, &value) }
    return isNumber ? (isNegative ? -value : value) : nil
  }

  /// The text with a decimal point and without thousands separators, which must be between groups of three
  /// digits; nil for other texts.
  private func plain(_ text: Substring) -> String? {
    guard let first = text.first, first.isASCII, first.isNumber || first == decimal else { return nil }
    let parts = text.split(separator: decimal, maxSplits: 1, omittingEmptySubsequences: false)
    var whole = String(parts[0])
    if let thousands, whole.contains(thousands) {
      let groups = whole.split(separator: thousands, omittingEmptySubsequences: false)
      guard (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
        return nil
      }
      whole = groups.joined()
    }
    guard decimal == "." || !text.contains(".") || thousands == "." else { return nil }
    return parts.count > 1 ? whole + "." + parts[1] : whole
  }

  /// Logs which option would convert a column to numbers if its first texts all look like numbers.
  private func warn(of texts: TextValues, _ column: Column, in file: String) {
    let rows = (0..<column.rows).lazy.filter { !column.isMissing($0) }.prefix(64)
    let sample = rows.map { texts.string($0) }.filter { !missing.contains($0) }
    guard let first = sample.first, sample.allSatisfy({ $0.contains { $0.isNumber } && $0.utf8.count < 40 }),
      let hint = Self.forms.first(where: { form in sample.allSatisfy { form.form.number($0) != nil } })
    else { return }
    Log.write(
      .warning,
      "\(file): column \"\(column.name)\" is read as text: \"\(first)\" is a number if \(hint.says)")
  }

  private init(decimal: Character, thousands: Character?, signs: [String]) {
    (self.decimal, self.thousands, self.signs, missing) = (decimal, thousands, signs, [])
  }

  private static let currencies = ["$", "€", "£", "¥", "%", "USD", "EUR"]
  /// The formats that are tried for the warning.
  private static let forms: [(form: NumberForm, says: String)] = [
    (NumberForm(decimal: ",", thousands: nil, signs: []), "\"decimal\" is \",\""),
    (NumberForm(decimal: ".", thousands: ",", signs: []), "\"thousands\" is \",\""),
    (
      NumberForm(decimal: ",", thousands: ".", signs: []),
      "\"decimal\" is \",\" and \"thousands\" is \".\""
    ),
    (NumberForm(decimal: ".", thousands: nil, signs: currencies), "its sign is among \"signs\""),
    (
      NumberForm(decimal: ".", thousands: ",", signs: currencies),
      "its sign is among \"signs\" and \"thousands\" is \",\""
    ),
    (
      NumberForm(decimal: ",", thousands: ".", signs: currencies),
      "its sign is among \"signs\", \"decimal\" is \",\" and \"thousands\" is \".\""
    ),
    (
      NumberForm(decimal: ",", thousands: " ", signs: currencies),
      "\"thousands\" is a blank and \"decimal\" is \",\""
    ),
  ]
}

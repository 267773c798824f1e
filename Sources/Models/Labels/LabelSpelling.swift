/// When two spellings of a label mean the same: without the blanks around them, whatever their case, 1, 1.0 and "true"
/// being one and 0, 0.0 and "false" another. "01" is not 1: leading zeros belong to codes.
package enum LabelSpelling {
  /// What the spellings of one label have in common.
  static func common(_ label: String) -> String {
    let trimmed = trimmed(label).lowercased()
    switch trimmed {
    case "true": return "1"
    case "false": return "0"
    default: return wholeNumber(trimmed) ?? trimmed
    }
  }

  package static func areAlike(_ first: String, _ second: String) -> Bool { common(first) == common(second) }

  private static func trimmed(_ text: String) -> Substring {
    let start = text.drop { $0.isWhitespace }
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...end]
  }

  /// "12" of "12.0" and "12."; nil for what is no whole number written with a decimal point.
  private static func wholeNumber(_ text: String) -> String? {
    guard let point = text.firstIndex(of: "."), text[text.index(after: point)...].allSatisfy({ $0 == "0" })
    else { return nil }
    let whole = text[..<point]
    let digits = whole.first == "-" ? whole.dropFirst() : whole
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      digits.count == 1 || digits.first != "0"
    else { return nil }
    return whole == "-0" ? "0" : String(whole)
  }
}

/// Decides whether two spellings of a label mean the same. Surrounding spaces and case are ignored; 1, 1.0
/// and "true" are the same, and so are 0, 0.0 and "false". "01" differs from "1", because codes may have
/// leading zeros.
package enum LabelSpelling {
  /// The normal form of a label; equal for all its spellings.
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

  /// "12" for "12.0" and "12."; nil if the text is not a whole number with a decimal point.
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

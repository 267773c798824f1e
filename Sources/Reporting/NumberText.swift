/// Numbers formatted for people.
enum NumberText {
  /// "0.184", "12.5", "1,204", or "<0.001": at most three significant digits after the point.
  static func plain(_ value: Double) -> String {
    guard value.isFinite else { return "not finite" }
    let size = abs(value)
    if size != 0, size < 0.0005 { return value < 0 ? "-<0.001" : "<0.001" }
    if size >= 1_000 { return grouped(value.rounded()) }
    if value == value.rounded() { return grouped(value) }
    return fixed(value, places: size >= 100 ? 1 : size >= 10 ? 2 : 3)
  }

  /// The same without trailing zeros: "0.2".
  static func short(_ value: Double) -> String {
    var text = abs(value) < 1e-9 ? "0" : plain(value)
    while text.contains("."), text.last == "0" || text.last == "." { text.removeLast() }
    return text
  }

  /// "18.4%".
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "not finite" }
    return fixed(share * 100, places: 1) + "%"
  }

  /// "9.2 percentage points".
  static func points(_ difference: Double) -> String {
    "\(fixed(difference * 100, places: 1)) percentage points"
  }

  /// "1,204,000".
  static func count(_ value: Int) -> String { grouped(Double(value)) }

  /// A number with `places` decimal places, rounded; numbers beyond 2^53 in their shortest form.
  static func fixed(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15, let whole = Int(exactly: scaled), let unit = Int(exactly: scale) else {
      return "\(value)"
    }
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard places > 0 else { return sign + String(whole) }
    let digits = String(whole % unit)
    return "\(sign)\(whole / unit)." + String(repeating: "0", count: max(0, places - digits.count)) + digits
  }

  private static func grouped(_ value: Double) -> String {
    guard abs(value) < 9e15, let whole = Int(exactly: value) else { return "\(value)" }
    var digits = String(abs(whole))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    groups.insert(digits, at: 0)
    return (whole < 0 ? "-" : "") + groups.joined(separator: ",")
  }
}

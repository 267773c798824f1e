/// Numbers in notes and messages.
enum Rounded {
  static func text(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "not defined" }
    let unit = (0..<digits).reduce(1.0) { unit, _ in unit * 10 }
    return String((value * unit).rounded() / unit)
  }

  static func percent(_ share: Double) -> String { text(share * 100, digits: 1) + "%" }
}

import Fairness
import Platform

/// Converts the values of a section to JSON, and collects notes on missing values.
package struct SectionNotes {
  package private(set) var notes: [String] = []
  private let section: String

  package init(_ section: String) { self.section = section }

  package mutating func add(_ note: String) { notes.append("\(section): \(note)") }

  /// The number; if it is undefined, null, and a note is added.
  package mutating func number(_ value: MetricValue, _ name: String) -> JSONValue {
    if let reason = value.reason(.undefined) { add("\(name) is undefined: \(reason)") }
    return value.number(.undefined).map { .finite($0) } ?? .null
  }

  /// An object of numbers; notes state the place and the key.
  package mutating func object(_ values: KeyValuePairs<String, MetricValue>, of place: String) -> [JSONValue
    .Member]
  {
    var members: [JSONValue.Member] = []
    for (key, value) in values { members.append(.init(key, number(value, "\(key) of \(place)"))) }
    return members
  }

  /// The members "difference" (maximum − minimum) and "ratio" (minimum / maximum) over the groups that have a
  /// value.
  package mutating func gaps(_ values: [MetricValue], of place: String) -> [JSONValue.Member] {
    let defined = values.compactMap { $0.number(.undefined) }
    guard defined.count > 1, let least = defined.min(), let most = defined.max() else {
      let none = Gaps.tooFew(defined.count)
      return object(["difference": none, "ratio": none], of: place)
    }
    return object(
      [
        "difference": .defined(most - least),
        "ratio": most > 0 ? .defined(least / most) : .undefined(reason: "the largest value is 0"),
      ], of: place)
  }
}

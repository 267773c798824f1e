import Platform

/// Which of two labels an audit counts as the positive outcome, and why.
public struct PositiveLabel: Equatable, Sendable {
  public enum Rule: String, Sendable {
    /// The configuration names it, or names the other label as negative.
    case named
    /// It is the model's second class.
    case model
    /// It is the 1 of the labels 0 and 1.
    case oneOfZeroAndOne = "one_of_0_and_1"
    /// It is the last of the two labels in alphabetical order, for lack of a better rule.
    case lastInOrder = "last_in_order"
  }

  /// The positive label.
  public let value: String
  /// The other label; nil if all rows have the positive one.
  public let other: String?
  /// The column of the labels (without labels: of the decisions); nil if there is none.
  public let column: String?
  public let rule: Rule

  public init(value: String, other: String?, column: String?, rule: Rule) {
    self.value = value
    self.other = other
    self.column = column
    self.rule = rule
  }

  public var json: JSONValue {
    [
      "value": .string(value), "other": other.map(JSONValue.string) ?? .null,
      "column": column.map(JSONValue.string) ?? .null, "rule": .string(rule.rawValue),
    ]
  }

  /// A sentence for users who did not say which label is positive; nil if the configuration names it, or the
  /// labels are 0 and 1.
  var note: String? {
    let of = column.map { " of column \"\($0)\"" } ?? ""
    switch rule {
    case .named, .oneOfZeroAndOne: return nil
    case .model where ["1", "true"].contains(value.lowercased()): return nil
    case .model: return "\"\(value)\"\(of) counts as positive: it is the second class of the model"
    case .lastInOrder:
      return "\"\(value)\"\(of) counts as positive because it is the last of the two labels in order; "
        + "\"positive\" in \"data\" names another"
    }
  }
}

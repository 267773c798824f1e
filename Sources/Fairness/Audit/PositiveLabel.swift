import Platform

/// Which of two labels an audit counts as the positive outcome, and why.
public struct PositiveLabel: Equatable, Sendable {
  public enum Rule: String, Sendable {
    /// The configuration names it, or names the other as negative.
    case named
    /// It is the second class of the model.
    case model
    /// It is the 1 of 0 and 1.
    case oneOfZeroAndOne = "one_of_0_and_1"
    /// It is the last of the two in order: nothing says so but the alphabet.
    case lastInOrder = "last_in_order"
  }

  /// The label, and the other one; nil where no row has another.
  public let value: String
  public let other: String?
  /// The column that has the labels, or without labels the decisions; nil: none.
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

  /// A sentence for those who did not say which label is positive and may be surprised; nil for 1 of 0 and 1, and
  /// for what the configuration names.
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

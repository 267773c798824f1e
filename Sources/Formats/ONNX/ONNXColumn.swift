/// A table's column as an input of a saved file, and its encoding for the network.
public struct ONNXColumn: Sendable {
  public enum Encoding: Sendable {
    /// ((x, or `fill` if x is NaN) − shift) · inverseScale; with `indicator`, also 1 if x is NaN; and for
    /// each interval between neighbouring edges, the share of it that is below x.
    case number(shift: Double, inverseScale: Double, fill: Double, indicator: Bool, edges: [Double])
    /// The index of a text, `unseen` for an unknown one; as a number if `slots` is nil, otherwise one-hot
    /// with this number of slots.
    case category(texts: [String], places: [Int], unseen: Int, slots: Int?)
    /// The index of a text; NaN for an unknown one.
    case code(texts: [String])
    /// The index of a number; NaN for an unknown one.
    case numberedCode([Float])
  }

  public let name: String
  public let encoding: Encoding

  public init(name: String, encoding: Encoding) {
    self.name = name
    self.encoding = encoding
  }

  /// Whether the file reads the column as text.
  var isText: Bool {
    switch encoding {
    case .category, .code: true
    case .number, .numberedCode: false
    }
  }

  /// The number of values in the network's input.
  var width: Int {
    switch encoding {
    case .number(_, _, _, let indicator, let edges): (indicator ? 2 : 1) + max(edges.count - 1, 0)
    case .category(_, _, _, let slots): slots ?? 1
    case .code, .numberedCode: 1
    }
  }
}

/// How a saved file decides between classes.
public enum ONNXDecision: Sendable {
  /// The class with the largest score.
  case likeliest
  /// Two classes: the second if its probability is at least the threshold.
  case threshold(Float)
  /// Scores and decisions that are changed behind the network.
  case adjusted(ONNXAdjustments)

  /// Whether the file has a label.
  var decides: Bool {
    if case .adjusted(let adjustments) = self { adjustments.decides } else { true }
  }
}

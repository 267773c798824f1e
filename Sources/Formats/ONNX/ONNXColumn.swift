/// A column of a table as a saved file takes it, an input of its own, and the values that a network reads in its place.
public struct ONNXColumn: Sendable {
  public enum Encoding: Sendable {
    /// ((x, or `fill` where x is NaN) − shift) · inverseScale; then, with `indicator`, 1 where x is NaN; then for each
    /// interval between neighbouring edges the share of it that lies below x.
    case number(shift: Double, inverseScale: Double, fill: Double, indicator: Bool, edges: [Double])
    /// The place of a text, of an unknown one `unseen`: as it is, where `slots` is nil, else as a 1 among so many 0s.
    case category(texts: [String], places: [Int], unseen: Int, slots: Int?)
    /// The place of a text, NaN for one that is not among them.
    case code(texts: [String])
    /// The place of a number, NaN for one that is not among them.
    case numberedCode([Float])
  }

  public let name: String
  public let encoding: Encoding

  public init(name: String, encoding: Encoding) {
    self.name = name
    self.encoding = encoding
  }

  /// Values of the network's input.
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
  /// For the class of the largest score.
  case likeliest
  /// Of two: for the second where its probability is so large, or larger.
  case threshold(Float)
}

/// The number of lines of a value in a run.
public enum Lines: Hashable, Sendable {
  /// None: a parameter.
  case one
  /// One that is computed once for all rows.
  case once
  /// One for each row.
  case rows
  /// One for each element of a sequence. Every row has a sequence; lengths may differ between rows, and there is no
  /// padding.
  case sequence(Axis)

  /// One for each token of the rows' texts.
  public static let tokens = Lines.sequence(.text)

  /// The axis of a sequence; nil for values without one.
  public var axis: Axis? { if case .sequence(let axis) = self { axis } else { nil } }
}

/// The name of the axis along which a sequence has its elements. In a run, all values of
/// an axis have the same lengths. Lengths of different axes, such as those of a question and its answer, are independent.
/// Only operators that read whole sequences, such as attention, combine values of different axes.
public struct Axis: Hashable, Sendable {
  public let name: String

  public init(_ name: String) { self.name = name }

  /// The axis of a network's texts.
  public static let text = Axis("text")
}

/// The maximum sizes of one sequence in a run.
public struct SequenceCapacity: Sendable {
  /// The maximum number of elements of all rows together.
  public var tokens: Int
  /// The maximum number of elements of one row.
  public var longest: Int

  public init(tokens: Int, longest: Int) { (self.tokens, self.longest) = (tokens, longest) }
}

/// The maximum sizes of one run.
public struct Capacity: Sendable {
  /// The maximum number of rows.
  public var rows: Int
  /// The maximum number of tokens of all texts together; 0 for a network that reads no texts.
  public var tokens: Int
  /// The maximum number of tokens of one text.
  public var longest: Int
  /// The sizes of the network's further sequences; see `Graph.sequences`.
  public var further: [Axis: SequenceCapacity]

  public init(rows: Int, tokens: Int = 0, longest: Int = 0, further: [Axis: SequenceCapacity] = [:]) {
    self.rows = rows
    self.tokens = tokens
    self.longest = longest
    self.further = further
  }

  func lines(_ lines: Lines) -> Int {
    switch lines {
    case .one: 0
    case .once: 1
    case .rows: rows
    case .sequence(let axis): further[axis]?.tokens ?? tokens
    }
  }

  /// The maximum number of elements of any sequence.
  var longestOfAll: Int { further.values.reduce(longest) { max($0, $1.longest) } }
}

import Platform

/// What one kind of node computes: its settings, the shape of its output, and which rows the output depends on.
///
/// Nothing here says how the computation runs or where its memory lies: see `OperatorMemory` and `OperatorExecution`.
/// Requirements without a default have no value that is safe for every operator.
public protocol OperatorDefinition: Sendable {
  /// The operator's name in messages and descriptions: `Linear`.
  static var kind: String { get }

  /// The settings that the operator was made with, for descriptions of graphs; shapes are not among them.
  var attributes: [JSONValue.Member] { get }

  /// Checks the operands, stores the sizes that forward and backward need, and returns the output's shape.
  ///
  /// - Throws: `invalidModel` with a sentence that says which operand does not fit.
  mutating func resolve(_ operands: [Operand]) throws -> Shape

  /// Whether the output has a line for each row or for each token. By default the same as the operands, which
  /// must agree.
  func lines(of operands: [Operand]) throws -> Lines

  /// Which lines of the operands a line of the output depends on, for the operand with the widest dependence.
  var dependence: Dependence { get }

  /// The same for one operand. By default `dependence`.
  func dependence(onOperand position: Int) -> Dependence

  /// How the squared norm of each row's gradient at the operator's parameters is computed.
  var rowGradients: RowGradients { get }

  /// Positions of operands that are not trained by a gradient: running statistics, which forward may change
  /// in training.
  var statistics: [Int] { get }

  /// Whether prediction returns the first operand unchanged, as dropout does. By default false.
  var isIdentityInPrediction: Bool { get }

  /// The token of each text that the output is taken from, for an operator that selects one. By default nil.
  var selectedToken: SelectedToken? { get }

  /// Whether the first operand may hold NaN for missing numbers. By default false.
  var acceptsMissing: Bool { get }

  /// What the operator is to rules that rewrite graphs. By default `other`.
  var role: OperatorRole { get }

  /// The precision of the factors of its products; nil if it has no such setting. By default nil.
  var productPrecision: Precision? { get }
  /// The same operator with another precision; itself if it has no such setting. By default itself.
  func with(productPrecision: Precision) -> any Operator

  /// The same operator which does, or does not, take its statistics from each batch in training; itself if it has
  /// no statistics. By default itself.
  func with(batchStatistics: Bool) -> any Operator

  /// The position of the operand that is added to the outputs, one number for each channel, if there is an operand at
  /// it. By default nil: the operator takes none.
  var biasOperand: Int? { get }

  /// The parameter that shifts all of the operator's outputs alike, if it has one. By default nil.
  ///
  /// - Parameter count: the number of operands.
  func outputOffset(operands count: Int) -> OutputOffset?

  /// Whether the operator reads an operand, a parameter, that is stored in a type. By default float32 alone; a
  /// run widens other parameters to float32.
  func reads(_ element: ElementType, asOperand position: Int) -> Bool

  /// The axis of the channels of an operand, a matrix of weights that the operator multiplies as int8 if it is
  /// stored so, with a scale for each channel. By default nil: the operand is read in another way.
  func channelAxis(ofOperand position: Int) -> Int?

  /// The number of multiplications for a row, in addition to one for each weight. It determines how many rows
  /// a thread should have at least.
  var work: Int { get }

  /// One operator that computes this one and then `next`, the only reader of its output. By default nil:
  /// there is none.
  ///
  /// The fused operator takes this operator's operands, then those of `next` except the first.
  ///
  /// - Parameters:
  ///   - purpose: what the network is used for.
  ///   - isSoleReader: whether no other node reads this operator's first operand.
  func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (any Operator)?
}

/// Which lines of an operand a line of the output depends on.
public enum Dependence: Sendable {
  /// Only the same line.
  case line
  /// All tokens of the same text.
  case text
  /// The tokens of the same text up to and including the line's own.
  case textSoFar
  /// All rows of the batch: training must see the whole batch in one shard.
  case batch
}

/// A token of a text.
public enum SelectedToken: Sendable { case first, last }

/// An operand, as described to an operator when the graph is built.
public struct Operand {
  public let name: String
  /// The shape of one line.
  public let shape: Shape
  public let lines: Lines
  /// How the numbers are stored. Values of a run are float32; parameters may be stored otherwise.
  public let element: ElementType
  public var hasRows: Bool { lines != .one }
}

extension Operator {
  public func with(productPrecision: Precision) -> any Operator { self }
  public func with(batchStatistics: Bool) -> any Operator { self }
}

extension OperatorDefinition {
  public var role: OperatorRole { .other }
  public var productPrecision: Precision? { nil }
  public func lines(of operands: [Operand]) throws -> Lines {
    let lines = operands.map(\.lines).filter { $0 != .one }
    guard let first = lines.first else {
      throw Failure.invalidModel("has no operand that depends on the rows")
    }
    guard lines.allSatisfy({ $0 == first }) else {
      throw Failure.invalidModel(
        "joins values of rows, of tokens or of neither with one another, or of two sequences")
    }
    return first
  }
  public func dependence(onOperand position: Int) -> Dependence { dependence }
  public var statistics: [Int] { [] }
  public var isIdentityInPrediction: Bool { false }
  public var selectedToken: SelectedToken? { nil }
  public var acceptsMissing: Bool { false }
  public var biasOperand: Int? { nil }
  public func outputOffset(operands count: Int) -> OutputOffset? { nil }
  public func reads(_ element: ElementType, asOperand position: Int) -> Bool { element == .float32 }
  public func channelAxis(ofOperand position: Int) -> Int? { nil }
  public var work: Int { 0 }
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    nil
  }

  /// Whether training must see the whole batch in one shard.
  public var needsWholeBatch: Bool { dependence == .batch }

  public func requireCount(_ operands: [Operand], _ accepted: ClosedRange<Int>) throws {
    guard accepted.contains(operands.count) else {
      let wanted =
        accepted.lowerBound == accepted.upperBound
        ? "\(accepted.lowerBound)" : "\(accepted.lowerBound) to \(accepted.upperBound)"
      throw Failure.invalidModel("has \(operands.count) inputs; \(wanted) are accepted")
    }
  }
}

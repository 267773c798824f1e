import Platform

/// How many lines a value has in a run: as many as there are rows, as many as the rows' texts have
/// tokens (one text after another, without padding), one that is computed once for all of them, or one
/// that is not computed (a parameter).
public enum Lines: Sendable {
  case one, once, rows, tokens
}

/// What an operator is told of an operand when the graph is built.
public struct Operand {
  public let name: String
  /// Of one line.
  public let shape: Shape
  public let lines: Lines
  public var hasRows: Bool { lines != .one }
}

/// Who may compute the lines of one node when several workers share a run.
public enum Sharing: Sendable {
  /// Any worker any lines: each depends on the same lines of the operands alone.
  case lines
  /// The operator itself takes its part of the work, `step.part` of `step.parts`.
  case itself
  /// One worker does all of it.
  case none
}

/// One kind of node: what it computes, and its derivative.
///
/// Forward and backward are plain loops over the rows of one shard; they allocate nothing. Forward fails for values
/// that it cannot compute, such as an index outside a table; the error names the row. Backward writes the gradient of
/// each input that is wanted (`step.inputGradient(i)` is not nil), adding to what is there when
/// `step.accumulates(i)`.
public protocol Operator: Sendable {
  /// The operator's name in messages and descriptions: `Linear`.
  static var kind: String { get }

  /// Checks the operands, keeps what it needs of their shapes, and returns the output's shape.
  ///
  /// - Throws: `invalidModel` with a sentence that says which operand does not fit.
  mutating func resolve(_ operands: [Operand]) throws -> Shape

  /// Of the output. By default that of the operands, which must have the same lines.
  func lines(of operands: [Operand]) throws -> Lines

  /// How a prediction of few rows is shared among workers.
  var sharing: Sharing { get }

  /// Floats that forward and backward need for themselves: for texts of up to `longest` tokens, and for
  /// every line of the output.
  func scratch(longest: Int) -> Int
  var scratchPerLine: Int { get }

  /// Operands in whose memory the output may stand, the first choice first: nothing reads them once
  /// forward is done but the output's readers.
  var overwritable: [Int] { get }
  /// Whether backward reads the output.
  var readsOutput: Bool { get }
  /// The operand, read by nobody else, that backward has read before it writes that operand's gradient, number by
  /// number: this may stand in the same memory.
  var replacedByGradient: Int? { get }
  /// Whether forward costs so little that training makes the output again for backward, from operands that are
  /// still there, instead of keeping it.
  var isQuicklyRemade: Bool { get }

  /// Floats to keep from forward for backward: as many for every line, and as many in all.
  var kept: (perRow: Int, fixed: Int) { get }

  /// Operands that no gradient trains: running statistics, which forward itself may change.
  var statistics: [Int] { get }

  /// Whether training must see the whole batch in one shard.
  var needsWholeBatch: Bool { get }

  /// Floats for weights rearranged for prediction, and how to fill them; see `Linear`.
  var preparedCount: Int { get }
  func prepare(_ operands: [UnsafePointer<Float>?], into prepared: UnsafeMutablePointer<Float>) throws

  /// Floats of weights that training packs anew in every step, for all shards together; see `SharedPanels`.
  var sharedPanels: Int { get }

  /// What one workspace keeps for this node between runs, or nil: computations that were made for the
  /// sizes, for at most `capacity` rows. Only one thread at a time uses it.
  func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject?

  /// Multiplications for a row, beyond one for each weight: what decides how many rows a thread is worth.
  var work: Int { get }

  /// - Throws: `RowFailure` with the first row that has no output, counted from the first row of the call
  ///   (`step.firstRow` and those after it). The run then has no outputs.
  func forward(_ step: Step) throws
  func backward(_ step: Step)
}

extension Operator {
  public func lines(of operands: [Operand]) throws -> Lines {
    let lines = operands.map(\.lines).filter { $0 != .one }
    guard let first = lines.first, lines.allSatisfy({ $0 == first }) else {
      throw Failure.invalidModel("joins values of rows, of tokens or of neither with one another")
    }
    return first
  }
  public var sharing: Sharing { .lines }
  public func scratch(longest: Int) -> Int { 0 }
  public var scratchPerLine: Int { 0 }
  public var overwritable: [Int] { [] }
  public var readsOutput: Bool { true }
  public var replacedByGradient: Int? { nil }
  public var isQuicklyRemade: Bool { false }
  public var kept: (perRow: Int, fixed: Int) { (0, 0) }
  public var statistics: [Int] { [] }
  public var needsWholeBatch: Bool { false }
  public var preparedCount: Int { 0 }
  public var sharedPanels: Int { 0 }
  public func prepare(_ operands: [UnsafePointer<Float>?], into prepared: UnsafeMutablePointer<Float>) {}
  public func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject? { nil }
  public var work: Int { 0 }

  public func requireCount(_ operands: [Operand], _ accepted: ClosedRange<Int>) throws {
    guard accepted.contains(operands.count) else {
      let wanted =
        accepted.lowerBound == accepted.upperBound
        ? "\(accepted.lowerBound)" : "\(accepted.lowerBound) to \(accepted.upperBound)"
      throw Failure.invalidModel("has \(operands.count) inputs; \(wanted) are accepted")
    }
  }
}

/// Where the texts of a run lie among its tokens: text i has the tokens offsets[i] ..< offsets[i + 1].
public struct TextLines {
  public let count: Int
  public let offsets: UnsafePointer<Int32>
}

/// One node's memory during a run over one shard.
public struct Step {
  /// Lines of the output: the shard's rows, its tokens, or 1.
  public let rows: Int
  /// Where the shard's first line stands in the whole batch.
  public let firstRow: Int
  public let isTraining: Bool
  /// Of the training step; dropout draws from it.
  public let seed: UInt64
  public let texts: TextLines
  /// The most tokens that a text may have, for which `scratch` is made.
  public let longest: Int
  /// Which share of the work is meant, for operators that share it themselves.
  public var part = 0
  public var parts = 1
  public let scratch: UnsafeMutablePointer<Float>
  public let output: UnsafeMutablePointer<Float>
  /// Given to backward. It may be overwritten: nothing reads it afterwards.
  public let outputGradient: UnsafeMutablePointer<Float>
  public let kept: UnsafeMutablePointer<Float>
  public let prepared: UnsafePointer<Float>?
  let slots: UnsafePointer<InputSlot>
  let state: Unmanaged<AnyObject>?
  /// In training, the packed weights that shards share, and which of them this is.
  var panels: Unmanaged<SharedPanels>?
  var shard = 0

  struct InputSlot {
    var value: UnsafeMutablePointer<Float>
    var gradient: UnsafeMutablePointer<Float>?
    var accumulates: Bool
    /// Floats of a line; 0 for a parameter, which has no lines.
    var width: Int
  }

  public func input(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(slots[index].value) }
  /// An operand named in `statistics`, for forward to change in training.
  public func statistic(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index].value }
  /// nil when nobody wants it: frozen weights, the network's own input.
  public func inputGradient(_ index: Int) -> UnsafeMutablePointer<Float>? { slots[index].gradient }
  public func accumulates(_ index: Int) -> Bool { slots[index].accumulates }

  /// What the operator's `makeState` made for this workspace.
  func state<State: AnyObject>(as type: State.Type) -> State? {
    state.flatMap { $0.takeUnretainedValue() as? State }
  }
}

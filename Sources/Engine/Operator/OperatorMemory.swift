/// Properties of an operator that the memory plan relies on. Every default is safe: it only takes more
/// memory.
public protocol OperatorMemory {
  /// Operands whose memory the output may overwrite (in place), the preferred one first: after forward, only
  /// readers of the output need that memory. By default none.
  var inPlaceOperands: [Int] { get }

  /// Whether backward reads the output. By default true.
  var readsOutput: Bool { get }

  /// An operand whose gradient may be written in place, to the operand's own memory: no other node reads the
  /// operand, and backward reads each number before it writes that number's gradient. By default nil.
  var operandReplacedByGradient: Int? { get }

  /// Whether the output is cheap enough to recompute in backward (rematerialization) instead of storing it. By default
  /// false.
  var isCheapToRecompute: Bool { get }

  /// The number of floats that forward saves for backward: for each line of the output, and a fixed number.
  var saved: (perLine: Int, fixed: Int) { get }

  /// The number of floats of working memory for texts of up to `longest` tokens, and for each line of the
  /// output.
  func scratch(longest: Int) -> Int
  var scratchPerLine: Int { get }
}

extension OperatorMemory {
  public var inPlaceOperands: [Int] { [] }
  public var readsOutput: Bool { true }
  public var operandReplacedByGradient: Int? { nil }
  public var isCheapToRecompute: Bool { false }
  public var saved: (perLine: Int, fixed: Int) { (0, 0) }
  public func scratch(longest: Int) -> Int { 0 }
  public var scratchPerLine: Int { 0 }
}

/// What the memory plan may assume of an operator. Every default is safe: it only takes more memory.
public protocol OperatorMemory {
  /// Operands in whose memory the output may be written, the preferred one first: only readers of the output need
  /// that memory after forward. By default none.
  var inPlaceOperands: [Int] { get }

  /// Whether backward reads the output. By default true.
  var readsOutput: Bool { get }

  /// An operand whose gradient may be written in the operand's own memory: no other node reads the operand, and
  /// backward reads each number before it writes that number's gradient. By default nil.
  var operandReplacedByGradient: Int? { get }

  /// Whether the output is cheap enough to recompute in backward (rematerialization) instead of storing it. By default
  /// false.
  var isCheapToRecompute: Bool { get }

  /// Floats that forward saves for backward: for each line of the output, and in all.
  var saved: (perLine: Int, fixed: Int) { get }

  /// Floats of working memory for texts of up to `longest` tokens, and for each line of the output.
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

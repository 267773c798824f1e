/// How the processor computes an operator: forward, backward, and what is prepared for them.
///
/// Forward and backward are loops over the lines of one shard; they allocate nothing. Backward writes the gradient of
/// each operand that is wanted (`run.inputGradient(i)` is not nil) and adds to it where `run.accumulates(i)`.
public protocol OperatorExecution {
  /// How a prediction for a few rows is divided among workers. By default by lines where that is safe, else
  /// not at all.
  var sharing: Sharing { get }

  /// The number of floats for weights that are rearranged for prediction, and the function that fills them;
  /// see `Linear`.
  var preparedCount: Int { get }
  func prepare(_ operands: [WeightNumbers?], into prepared: UnsafeMutablePointer<Float>) throws

  /// Operands that forward does not read if there are prepared weights. By default none.
  var preparedOperands: [Int] { get }

  /// The number of floats for weights that training packs in every step, once for all shards; see
  /// `SharedPanels`.
  var sharedPanels: Int { get }

  /// An object that one workspace stores for this node between runs, or nil. It holds computations prepared
  /// for the operator's sizes and at most `capacity` rows. Only one thread at a time uses it.
  func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject?

  /// - Throws: `RowFailure` with the first row that has no output, counted from the first row of the call
  ///   (`run.firstRow` and those after it). The run then has no outputs.
  func forward(_ run: Execution) throws
  /// - Throws: the error of an operator that allocates memory or calls other code. The gradients are then undefined.
  func backward(_ run: Execution) throws
}

/// An operator of a graph.
public protocol Operator: OperatorDefinition, OperatorMemory, OperatorExecution {}

/// How a node's work is divided among the workers that share a run.
public enum Sharing: Sendable {
  /// Any worker computes any lines.
  case lines
  /// The operator divides the work itself: it computes part `run.part` of `run.parts`.
  case itself
  /// One worker does all of it.
  case none
}

extension OperatorExecution {
  public var preparedCount: Int { 0 }
  public func prepare(_ operands: [WeightNumbers?], into prepared: UnsafeMutablePointer<Float>) {}
  public var preparedOperands: [Int] { [] }
  public var sharedPanels: Int { 0 }
  public func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject? { nil }
}

extension Operator {
  public var sharing: Sharing {
    // Workers must not write to memory that all lines share.
    dependence == .line && saved.fixed == 0 && scratch(longest: 0) == 0 ? .lines : .none
  }
}

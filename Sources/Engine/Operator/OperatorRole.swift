/// What an operator is to rules that rewrite or fuse graphs.
///
/// Rules ask for the role and not for a type, so that an operator of another type can take part in them, and the
/// compiler names the rules that a new role concerns.
public enum OperatorRole: Sendable {
  /// y = x Wᵀ + b over the last axis; its operands are x, W and optionally b.
  case linear(Linear)
  /// An elementwise nonlinearity of one operand.
  case activation(Activation)
  /// A function of two operands, element by element.
  case arithmetic(Arithmetic.Function)
  /// a + scale · b.
  case scaledSum(scale: Float)
  case dropout(rate: Float)
  case attention(AttentionRole)
  /// Batch normalization with running statistics.
  case normalization(BatchNorm)
  /// Decision trees, whose first operand is the rows' features.
  case trees(TreeEnsemble)
  /// A support vector machine.
  case machine
  /// No rule concerns it.
  case other
}

/// Attention as rules see it.
public struct AttentionRole: Sendable {
  public let heads: Int
  /// The number of operands without keys and values that precede those of every text; nil if it takes none.
  let operandsBeforePrefix: Int?
}

extension OperatorRole {
  var linear: Linear? { if case .linear(let linear) = self { linear } else { nil } }
  var activation: Activation? { if case .activation(let activation) = self { activation } else { nil } }
  var attention: AttentionRole? { if case .attention(let attention) = self { attention } else { nil } }
  var scaledSum: Float? { if case .scaledSum(let scale) = self { scale } else { nil } }
  var arithmetic: Arithmetic.Function? { if case .arithmetic(let function) = self { function } else { nil } }
  var dropoutRate: Float? { if case .dropout(let rate) = self { rate } else { nil } }
  var normalization: BatchNorm? { if case .normalization(let norm) = self { norm } else { nil } }
  public var isMachine: Bool { if case .machine = self { true } else { false } }
  var trees: TreeEnsemble? { if case .trees(let trees) = self { trees } else { nil } }
}

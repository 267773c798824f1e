/// The part of an adapter that a node is; kept by every rewriting.
public enum NodePart: Sendable, Equatable {
  /// The first matrix of a bottleneck.
  case bottleneckDown(afterAttention: Bool)
  /// The activation of a bottleneck.
  case bottleneckActivation
  /// The second matrix of a bottleneck.
  case bottleneckUp
}

import Engine
import Platform

/// Builds the final graph: only the nodes that the logits need, with known patterns of nodes replaced by
/// single nodes.
struct ONNXRebuilding {
  let patterns: ONNXPatterns

  func rebuild(_ found: ONNXLink.Result) throws -> Graph {
    let graph = patterns.graph.substituting { patterns.replacement($0) }
    return try graph.rewritten(
      keeping: graph.needed(for: found.logits),
      end: { builder, place in
        let parts = try found.logits.map(place)
        guard var output = parts.first else { throw Failure.internal("a network without an output") }
        if parts.count > 1 { output = try builder.apply(Concatenation(axis: 0), to: parts, name: "logits") }
        if let shape = found.shape { output = try builder.reshape(output, to: shape, name: "logits") }
        let tail: [(any Operator, String)] =
          switch found.tail {
          case .none: []
          case .logarithmOfSigmoid:
            [
              (Unary(.negate), "turned"), (Activation(.softplus), "softplus"),
              (Unary(.negate), "log_sigmoid"),
            ]
          case .logarithm: [(Unary(.logarithm), "log_probabilities")]
          }
        for (operation, name) in tail { output = try builder.apply(operation, to: [output], name: name) }
        return output
      })
  }
}

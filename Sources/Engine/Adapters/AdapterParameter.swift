import Platform

/// A parameter that an adapter adds to a network.
public struct AdapterParameter: Sendable {
  /// What the parameter is within its adapter.
  public enum Part: Sendable, Equatable {
    /// A of a low-rank adapter (Q of AdaLoRA), (rank, in).
    case lowRankA
    /// B of a low-rank adapter (P of AdaLoRA), (out, rank).
    case lowRankB
    /// Λ of AdaLoRA, (rank).
    case singularValues
    /// The keys of a prefix, (tokens, width).
    case prefixKeys
    /// The values of a prefix, (tokens, width).
    case prefixValues
    /// A matrix of a bottleneck.
    case bottleneckWeight
    /// A bias of a bottleneck.
    case bottleneckBias
  }

  public let part: Part
  /// The name of the layer that has the adapter.
  public let layer: String
  /// The parameter's name in the network.
  public let name: String
  public let dimensions: [Int]
}

extension Graph {
  /// The indices of all parameters that belong to adapters.
  public var adapterParameters: Set<Int> {
    var found = Set<Int>()
    for part in lowRankParts { found.formUnion([part.a, part.b] + (part.singularValues.map { [$0] } ?? [])) }
    for node in nodes {
      if let before = node.operation.role.attention?.operandsBeforePrefix {
        found.formUnion(parameterIndices(node.inputs.dropFirst(before)))
      }
      switch node.part {
      case .bottleneckDown, .bottleneckUp: found.formUnion(parameterIndices(node.inputs[...]))
      case .bottleneckActivation, nil: break
      }
    }
    return found
  }

  /// The indices of all parameters that operators add to their outputs, one number for each channel.
  public var biasParameters: Set<Int> {
    Set(
      nodes.flatMap { node in
        node.operation.biasOperand.map { parameterIndices(node.inputs.dropFirst($0).prefix(1)) } ?? []
      })
  }

  private func parameterIndices(_ values: ArraySlice<ValueID>) -> [Int] {
    values.compactMap { if case .parameter(let index) = self[$0].source { index } else { nil } }
  }
}

import Platform

// Outputs of hidden layers, by the names of the nodes that compute them.
extension Graph {
  /// The names of the layers whose values can be outputs, in the order of computation.
  public var layerNames: [String] { nodes.filter { isOfRows($0.output) }.map(\.name) }

  /// The same network with hidden layers as additional outputs. A run returns the values of these layers beside
  /// the output, and training takes gradients at them. They replace the hidden outputs that the network had.
  ///
  /// The layers are still there after rewriting, fusion and pruning, which therefore may leave out less.
  ///
  /// - Throws: `invalidArgument` for a name that no layer has, or whose values are the same for all rows.
  public func withHiddenOutputs(_ names: [String]) throws -> Graph {
    var copy = self
    copy.hidden = try names.map(layer)
    return copy
  }

  /// The network up to a layer, which becomes its only output. Of a layer with a vector for each token, the
  /// output is the mean over the tokens of a text.
  ///
  /// - Throws: as `withHiddenOutputs`.
  public func ending(at name: String) throws -> Graph {
    let end = try layer(name)
    return try rewritten(keeping: needed(for: [end])) { builder, place in
      let value = try place(end)
      guard builder.lines(of: value).axis != nil else { return value }
      return try builder.apply(TokenPooling(.mean), to: [value], name: name + ".mean")
    }
  }

  private func layer(_ name: String) throws -> ValueID {
    guard let node = nodes.first(where: { $0.name == name && isOfRows($0.output) }) else {
      throw Failure.invalidArgument(
        "the network has no layer \"\(name)\"" + Suggestion.phrase(for: name, among: layerNames))
    }
    return node.output
  }

  private func isOfRows(_ id: ValueID) -> Bool { self[id].lines == .rows || self[id].lines.axis != nil }
}

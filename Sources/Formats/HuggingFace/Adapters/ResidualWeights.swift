import Engine
import Platform

// Low-rank adapters that begin with a part of the base's own weights. peft takes this part out of the base when it makes
// the adapter, and again whenever it loads it.
extension AdapterDirectory {
  /// The part of a weight W with which an adapter of rank r and scale s begins.
  enum OwnPart: String {
    /// The nearest matrix of rank r, from the largest singular values (PiSSA, Meng, Wang and Zhang 2024).
    case pissa
    /// s Q_r R_r of W = Q R (OLoRA, Büyükakyüz 2024).
    case olora
  }

  /// nil for an adapter that begins with 0.
  var ownPart: OwnPart? {
    // peft compares "pissa" as it is, and "olora" in small letters.
    guard let word = config["init_lora_weights"]?.string else { return nil }
    if word == OwnPart.pissa.rawValue { return .pissa }
    return word.lowercased() == OwnPart.olora.rawValue ? .olora : nil
  }

  /// Merges the adapter into weights without that part: W − part + s B A.
  func withResidualWeights(_ graph: Graph, prefix: String, without part: OwnPart) throws -> Graph {
    let adapted = try withLowRankAdapters(graph, prefix: prefix)
    var parameters = adapted.parameters
    for own in adapted.lowRankParts {
      let weight = parameters[own.weight]
      let (rank, sizes) = (own.adapter.rank, weight.shape.dimensions)
      guard sizes.count == 2, rank <= min(sizes[0], sizes[1]) else {
        throw invalid("the rank \(rank) is greater than that of the base's \(weight.shape)", at: weight.name)
      }
      guard part == .pissa || !own.isInputMajor else {
        throw Failure.unsupported(
          "\(configPath): \"init_lora_weights\" is \"olora\", which peft has for layers with weights (out, in) alone",
          at: "\(configPath)#/init_lora_weights")
      }
      let values = try weight.values
      let space = try PrincipalSpace(values, rows: sizes[0], columns: sizes[1])
      let removed: [Double]
      switch part {
      // The same for the transposed matrix.
      case .pissa: removed = try space.nearest(rank: rank)
      case .olora: removed = space.leading(rank: rank).map { $0 * Double(own.adapter.scale) }
      }
      let rest = try Buffer<Float>(count: values.count, for: "weights")
      for index in 0..<rest.count {
        rest.pointer[index] = Float(Double(values.pointer[index]) - removed[index])
      }
      parameters[own.weight] = try Tensor(name: weight.name, shape: weight.shape, values: rest)
    }
    return try adapted.replacing(parameters: parameters).mergingLowRankAdapters()
  }
}

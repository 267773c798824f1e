import Engine
import Platform

// Adapters that change what a linear layer's weights are, and are merged into them when they are read.
extension AdapterDirectory {
  static let magnitudeName = "lora_magnitude_vector"
  static let scaleName = "ia3_l"

  /// DoRA (Liu et al. 2024, equation 5): W' = m · V / ‖V‖ with V = W + s B A, norms over each output's inputs.
  func withDecomposedWeights(_ graph: Graph, prefix: String) throws -> Graph {
    let adapted = try withLowRankAdapters(graph, prefix: prefix)
    var magnitudes: [String: Tensor] = [:]  // by weight
    for entry in file.entries where entry.name.hasSubstring("." + Self.magnitudeName) {
      let layer = Self.plainName(String(entry.name.prefix(upTo: "." + Self.magnitudeName)))
      let name = try weight(of: layer, in: graph, prefix: prefix, for: entry.name)
      magnitudes[name] = try file.tensor(entry.name)
    }
    var sizes: [Int: Tensor] = [:]
    for part in adapted.lowRankParts {
      let name = adapted.parameters[part.weight].name
      guard let magnitude = magnitudes[name] else {
        throw invalid("the layer \"\(part.layer)\" has no \(Self.magnitudeName)", at: name)
      }
      sizes[part.weight] = magnitude
    }
    let weights = Dictionary(
      adapted.lowRankParts.map { (adapted.parameters[$0.weight].name, $0) },
      uniquingKeysWith: { first, _ in first })
    let merged = try adapted.mergingLowRankAdapters()
    let parameters = try merged.parameters.map { tensor -> Tensor in
      guard let part = weights[tensor.name], let magnitude = sizes[part.weight] else { return tensor }
      return try scaled(
        tensor, isInputMajor: part.isInputMajor, outputs: try magnitude.values, at: tensor.name
      ) {
        size, norm in norm > 0 ? size / norm : 0
      }
    }
    return try merged.replacing(parameters: parameters)
  }

  /// IA³ (Liu et al. 2022): factors of a layer's outputs, biases included, or of its inputs.
  func withScaledLayers(_ graph: Graph, prefix: String) throws -> Graph {
    var parameters = graph.parameters
    let entries = file.entries.filter { $0.name.hasSuffix("." + Self.scaleName) }
    guard !entries.isEmpty else { throw invalid("there is no adapter's vector", at: path) }
    for entry in entries {
      let layer = Self.plainName(String(entry.name.prefix(upTo: "." + Self.scaleName)))
      let name = try weight(of: layer, in: graph, prefix: prefix, for: entry.name)
      guard let place = parameters.firstIndex(where: { $0.name == name }),
        let isInputMajor = graph.isInputMajor(name), entry.dimensions.count == 2, entry.dimensions.contains(1)
      else { throw invalid("\"\(entry.name)\" is no vector of a linear layer", at: entry.name) }
      let factors = try file.tensor(entry.name).values
      let isOfOutputs = entry.dimensions[1] == 1
      let matrix = parameters[place]
      // A factor for each output, or for each input: rows or columns, as the weight lies.
      let isOfRows = isOfOutputs != isInputMajor
      guard factors.count == matrix.shape.dimensions[isOfRows ? 0 : 1] else {
        throw invalid(
          "\"\(entry.name)\" has \(factors.count) numbers for a layer of \(matrix.shape)", at: entry.name)
      }
      parameters[place] = try multiplied(matrix, by: factors, rows: isOfRows)
      let biasName = name.dropLast("weight".count) + "bias"
      if isOfOutputs, let bias = parameters.firstIndex(where: { $0.name == biasName }) {
        let old = parameters[bias]
        let values = try Buffer(copying: zip(old.values.array, factors.array).map { $0 * $1 })
        parameters[bias] = try Tensor(name: old.name, shape: old.shape, values: values)
      }
    }
    return try graph.replacing(parameters: parameters)
  }

  /// The name of a layer's weight in the network, which may lack or have the encoder's prefix.
  func weight(of layer: String, in graph: Graph, prefix: String, for entry: String) throws -> String {
    let weights = Set(graph.nodes.compactMap { graph.linearWeight(of: $0)?.name })
    let candidates = [
      layer, prefix + layer, layer.hasPrefix(prefix) ? String(layer.dropFirst(prefix.count)) : layer,
    ]
    guard let name = candidates.map({ $0 + ".weight" }).first(where: weights.contains) else {
      throw invalid("the base has no linear layer \"\(layer)\"", at: entry)
    }
    return name
  }

  /// A weight with each output's numbers multiplied by a factor, which follows from their norm.
  private func scaled(
    _ matrix: Tensor, isInputMajor: Bool, outputs: Buffer<Float>, at name: String,
    factor: (_ size: Float, _ norm: Float) -> Float
  ) throws -> Tensor {
    let (rows, columns) = (matrix.shape.dimensions[0], matrix.shape.dimensions[1])
    guard outputs.count == (isInputMajor ? columns : rows) else {
      throw invalid("\(Self.magnitudeName) has \(outputs.count) numbers for \(matrix.shape)", at: name)
    }
    let weights = try matrix.values
    var squares = [Double](repeating: 0, count: outputs.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = Double(weights.pointer[row * columns + column])
        squares[isInputMajor ? column : row] += value * value
      }
    }
    let factors = zip(outputs.array, squares).map { factor($0, Float($1.squareRoot())) }
    return try multiplied(matrix, by: Buffer(copying: factors), rows: !isInputMajor)
  }

  private func multiplied(_ matrix: Tensor, by factors: Buffer<Float>, rows isOfRows: Bool) throws -> Tensor {
    let columns = matrix.shape.dimensions[1]
    let weights = try matrix.values
    let values = try Buffer<Float>(count: matrix.count, for: "weights")
    for index in 0..<values.count {
      let factor = factors.pointer[isOfRows ? index / columns : index % columns]
      values.pointer[index] = weights.pointer[index] * factor
    }
    return try Tensor(name: matrix.name, shape: matrix.shape, values: values)
  }
}

extension Graph {
  /// Whether a linear layer's weight is stored (in, out); nil: it is no linear layer's.
  func isInputMajor(_ weight: String) -> Bool? {
    for node in nodes where linearWeight(of: node)?.name == weight {
      if case .linear(let linear) = node.operation.role { return linear.weightIsInputMajor }
    }
    return nil
  }
}

extension String {
  /// What stands before the first occurrence of a part.
  func prefix(upTo part: String) -> String {
    let (own, wanted) = (Array(utf8), Array(part.utf8))
    guard own.count >= wanted.count else { return self }
    for start in 0...(own.count - wanted.count) where own[start..<start + wanted.count].elementsEqual(wanted)
    {
      return String(decoding: own[..<start], as: UTF8.self)
    }
    return self
  }
}

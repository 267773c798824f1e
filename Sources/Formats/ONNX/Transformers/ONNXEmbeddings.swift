import Platform

/// The input of a transformer's first layer: the sum of the embeddings of the token, its position and its
/// token type, usually normalized, and optionally projected to another width.
struct ONNXEmbeddings {
  let words: ONNXTensor
  let positions: ONNXTensor
  /// The token types' table, or a single vector if the exporter left no table; nil: no token types.
  let types: ONNXTensor?
  /// nil for GPT-2.
  let norm: ONNXDataflow.LayerNorm?
  let projection: ONNXDataflow.Linear?
  /// The number of the padding token, for models that count positions from it.
  let padding: Int?

  init?(_ value: String, _ flow: ONNXDataflow) {
    projection = flow.linear(value)
    norm = flow.layerNorm(projection?.input ?? value)
    guard norm != nil || projection == nil else { return nil }
    var words: ONNXTensor?
    var types: ONNXTensor?
    var positions: (table: ONNXTensor, index: String)?
    for term in Self.terms(norm?.input ?? value, flow, depth: 4) {
      guard let node = flow.node(flow.behindMoves(term)), node.kind == "Gather", node.inputs.count == 2,
        let table = flow.constant(node.inputs[0]), table.dimensions.count == 2, table.isPlain
      else {
        // A vector that is the same for all tokens.
        guard types == nil, var vector = flow.constant(Self.behindExpand(term, flow)),
          vector.count == norm?.gain.count
        else { return nil }
        vector.dimensions = [1, vector.count]
        types = vector
        continue
      }
      switch Self.role(node.inputs[1], table, flow) {
      case .word:
        guard words == nil else { return nil }
        words = table
      case .type:
        guard types == nil else { return nil }
        types = table
      case .position:
        guard positions == nil else { return nil }
        positions = (table, node.inputs[1])
      }
    }
    guard let words, let positions else { return nil }
    (self.words, self.positions, self.types) = (words, positions.table, types)
    padding = Self.padding(positions.index, flow)
    if let padding, !(0..<words.dimensions[0]).contains(padding) { return nil }
  }

  /// The terms of a sum.
  private static func terms(_ value: String, _ flow: ONNXDataflow, depth: Int) -> [String] {
    guard depth > 0, let (a, b) = flow.sum(value) else { return [value] }
    return terms(a, flow, depth: depth - 1) + terms(b, flow, depth: depth - 1)
  }

  private static func behindExpand(_ value: String, _ flow: ONNXDataflow) -> String {
    let value = flow.behindMoves(value)
    guard let node = flow.node(value), node.kind == "Expand", let first = node.inputs.first else {
      return value
    }
    return first
  }

  private enum Role { case word, type, position }

  /// The role of a lookup, from the input that is the index, or from the constants from which the index is
  /// computed.
  private static func role(_ index: String, _ table: ONNXTensor, _ flow: ONNXDataflow) -> Role {
    let source = flow.behindMoves(index)
    if flow.file.inputs.contains(where: { $0.name == source }) {
      let name = source.lowercased()
      return name.hasSubstring("type") || name.hasSubstring("segment")
        ? .type : name.hasSubstring("position") ? .position : .word
    }
    if table.dimensions.first == 1 { return .type }
    let nodes = flow.nodes(before: index).map { flow.file.nodes[$0] }
    let lists = (nodes.flatMap(\.inputs) + [index]).compactMap { flow.constant($0)?.integers }.filter {
      $0.count > 1
    }
    // Token types of single texts are slices of zeros; positions are slices of 0, 1, 2 …
    if lists.contains(where: { $0.count > 8 && $0.allSatisfy { $0 == 0 } }) { return .type }
    if lists.contains(where: { list in list.indices.allSatisfy { list[$0] == Int64($0) } }) {
      return .position
    }
    if nodes.contains(where: { $0.kind == "Range" || $0.kind == "CumSum" }) { return .position }
    return .type
  }

  /// The padding token, for models whose positions count the tokens that are not padding (Liu et al. 2019).
  private static func padding(_ index: String, _ flow: ONNXDataflow) -> Int? {
    let nodes = flow.nodes(before: index).map { flow.file.nodes[$0] }
    guard nodes.contains(where: { $0.kind == "CumSum" }) else { return nil }
    for node in nodes where node.kind == "Equal" && node.inputs.count == 2 {
      for (tokens, number) in [(0, 1), (1, 0)] {
        if flow.behindMoves(node.inputs[tokens]).lowercased().hasSuffix("input_ids"),
          let padding = flow.constant(node.inputs[number])?.integers, padding.count == 1
        {
          return padding.first.flatMap { Int(exactly: $0) }
        }
      }
    }
    return nil
  }
}

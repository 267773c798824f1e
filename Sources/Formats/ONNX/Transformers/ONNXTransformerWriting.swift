import Engine
import Platform

// Writes networks that read texts. In the engine, texts are packed; in a file, they are padded to the
// longest, with a mask.
extension ONNXGraphWriting {
  /// The names of a file's inputs that exporters of transformers use.
  private enum Input {
    static let tokens = "input_ids"
    static let mask = "attention_mask"
    static let types = "token_type_ids"
    static let positions = "position_ids"
  }

  /// Declares the outputs of tokenizers as inputs: integers (texts, tokens). Positions are computed in the
  /// file.
  mutating func writeTokenInputs() throws {
    guard graph.sequences == [.text] else {
      throw Failure.unsupported(
        "the network reads the sequences \(graph.sequences.map(\.name).joined(separator: ", ")); ONNX files are "
          + "written of networks that read texts alone")
    }
    let byName = Dictionary(graph.inputs.map { (graph[$0].name, $0) }, uniquingKeysWith: { $1 })
    guard let tokens = byName[Input.tokens] else {
      throw Failure.unsupported(
        "the network has no input \(Input.tokens); ONNX files are written of those that do")
    }
    declareInput(Input.tokens, element: 7, [], ofTokens: true)
    declareInput(Input.mask, element: 7, [], ofTokens: true)
    names[tokens.index] = Input.tokens
    if let types = byName[Input.types] {
      declareInput(Input.types, element: 7, [], ofTokens: true)
      names[types.index] = Input.types
    }
    if let positions = byName[Input.positions] { names[positions.index] = writePositions() }
  }

  /// 0, 1, 2 …; or, if positions begin after a padding token's number, counted over the tokens that are not
  /// padding (Liu et al. 2019).
  private mutating func writePositions() -> String {
    guard firstPosition > 0 else {
      return add("Unsqueeze", [writePlaces(), constant([0])], like: "positions")
    }
    let padding = constant(index: firstPosition - 1)
    let isPadding = add("Equal", [Input.tokens, padding], like: "is_padding")
    let isToken = add("Not", [isPadding], like: "is_token")
    let counted = add("Cast", [isToken], like: "counted", [("to", .integer(7))])
    let count = add("CumSum", [counted, constant(index: 1)], like: "count")
    let places = add("Mul", [count, counted], like: "places")
    return add("Add", [places, padding], like: "positions")
  }

  /// 0, 1, 2 … for all tokens.
  mutating func writePlaces() -> String {
    let shape = add("Shape", [Input.tokens], like: "shape")
    let length = add("Gather", [shape, constant(index: 1)], like: "length")
    return add("Range", [constant(index: 0), length, constant(index: 1)], like: "places")
  }

  /// An integer scalar.
  mutating func constant(index: Int) -> String {
    add("Constant", [], like: "index", [("value_int", .integer(index))])
  }

  /// 1 for a text's tokens and 0 for padding, (texts, tokens, 1).
  private mutating func mask() -> String {
    if let maskName { return maskName }
    let mask = add("Cast", [Input.mask], like: "mask", [("to", .integer(1))])
    let result = add("Unsqueeze", [mask, constant([2])], like: "mask_of_tokens")
    maskName = result
    return result
  }

  /// The number added to scores, (texts, 1, 1, tokens): so low for padding that its probability is 0.
  mutating func addedMask() -> String {
    if let addedMaskName { return addedMaskName }
    let mask = add("Transpose", [mask()], like: "mask_of_keys", [("perm", .integers([0, 2, 1]))])
    let none = add("Sub", [constant(1), mask], like: "is_masked")
    let low = add("Mul", [none, constant(-1e30)], like: "added")
    let result = add("Unsqueeze", [low, constant([1])], like: "added_mask")
    addedMaskName = result
    return result
  }

  /// The same, and as low for tokens after the one that attends, (texts, 1, tokens, tokens).
  private mutating func causalMask() -> String {
    if let causalMaskName { return causalMaskName }
    let places = writePlaces()
    let keys = add("Unsqueeze", [places, constant([0])], like: "place_of_keys")
    let queries = add("Unsqueeze", [places, constant([1])], like: "place_of_queries")
    let isLater = add("Greater", [keys, queries], like: "is_later")
    let later = add("Cast", [isLater], like: "later", [("to", .integer(1))])
    let low = add("Mul", [later, constant(-1e30)], like: "later_added")
    let result = add("Add", [addedMask(), low], like: "causal_mask")
    causalMaskName = result
    return result
  }

  /// Writes operators that are different for tokens, (texts, tokens, width) in the file.
  ///
  /// - Returns: false for an operator that is written as for other values.
  mutating func writeTokens(_ node: Graph.Node) throws -> Bool {
    guard let first = node.inputs.first, graph[first].lines == .tokens else { return false }
    switch node.operation {
    case let linear as Linear:
      let (x, output) = (try name(of: first), declare(node))
      var weight = try name(of: node.inputs[1])
      if !linear.weightIsInputMajor {
        weight = add("Transpose", [weight], like: "\(weight)_transposed", [("perm", .integers([1, 0]))])
      }
      guard node.inputs.count > 2 else {
        add("MatMul", [x, weight], like: "", output: output)
        return true
      }
      let product = add("MatMul", [x, weight], like: "\(output)_product")
      add("Add", [product, try list(node.inputs[2])], like: "", output: output)
    case let attention as Attention: try write(attention, node)
    case let attention as DisentangledAttention: try write(attention, node)
    case let pooling as TokenPooling: try write(pooling, node)
    default: return false
    }
    return true
  }

  private mutating func write(_ attention: Attention, _ node: Graph.Node) throws {
    guard node.inputs.count == 3 else {
      throw Failure.unsupported("ONNX files have no place for prefixes of attention", at: node.name)
    }
    let output = declare(node)
    let parts = try writeHeads(node, attention.heads, output)
    let products = add("MatMul", [parts.query, parts.key], like: "\(output)_products")
    let mask = attention.causal ? causalMask() : addedMask()
    writeSums(of: parts.value, products, scale: attention.scale, mask, node, output)
  }

  /// The parts of an attention's heads: queries and values (texts, heads, tokens, size), keys (texts, heads, size,
  /// tokens).
  mutating func writeHeads(_ node: Graph.Node, _ heads: Int, _ output: String) throws -> (
    query: String, key: String, value: String
  ) {
    let shape = constant([0, 0, heads, graph[node.output].shape.count / heads])
    let parts = try zip(node.inputs, [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]]).map { input, order in
      let split = add("Reshape", [try name(of: input), shape], like: "\(output)_heads")
      return add("Transpose", [split], like: "\(output)_part", [("perm", .integers(order))])
    }
    return (parts[0], parts[1], parts[2])
  }

  /// softmax(scale · products + mask) values, (texts, tokens, width); products (texts, heads, tokens, tokens).
  mutating func writeSums(
    of values: String, _ products: String, scale: Float, _ mask: String, _ node: Graph.Node, _ output: String
  ) {
    let scores = add("Mul", [products, constant(scale)], like: "\(output)_scores")
    let masked = add("Add", [scores, mask], like: "\(output)_masked")
    let shares = add("Softmax", [masked], like: "\(output)_shares", [("axis", .integer(-1))])
    let heads = add("MatMul", [shares, values], like: "\(output)_values")
    let turned = add("Transpose", [heads], like: "\(output)_tokens", [("perm", .integers([0, 2, 1, 3]))])
    add("Reshape", [turned, constant([0, 0, graph[node.output].shape.count])], like: "", output: output)
  }

  private mutating func write(_ pooling: TokenPooling, _ node: Graph.Node) throws {
    let (x, output) = (try name(of: node.inputs[0]), declare(node))
    let axis = [("axes", ONNXMessage.Attribute.integers([1])), ("keepdims", .integer(0))]
    switch pooling.function {
    case .first: add("Gather", [x, constant(index: 0)], like: "", output: output, [("axis", .integer(1))])
    case .mean:
      let masked = add("Mul", [x, mask()], like: "\(output)_masked")
      let sum = add("ReduceSum", [masked, constant([1])], like: "\(output)_sum", [("keepdims", .integer(0))])
      let count = add(
        "ReduceSum", [mask(), constant([1])], like: "\(output)_count", [("keepdims", .integer(0))])
      add("Div", [sum, count], like: "", output: output)
    case .maximum:
      let none = add("Sub", [constant(1), mask()], like: "\(output)_is_masked")
      let low = add("Mul", [none, constant(-1e30)], like: "\(output)_low")
      let masked = add("Add", [x, low], like: "\(output)_masked")
      add("ReduceMax", [masked], like: "", output: output, axis)
    case .last:
      let count = add("ReduceSum", [mask(), constant([1])], like: "\(output)_count")
      let places = add("Unsqueeze", [writePlaces(), constant([0, 2])], like: "\(output)_places")
      let place = add("Cast", [places], like: "\(output)_place", [("to", .integer(1))])
      let next = add("Add", [place, constant(1)], like: "\(output)_next")
      let isLast = add("Equal", [next, count], like: "\(output)_is_last")
      let chosen = add("Cast", [isLast], like: "\(output)_chosen", [("to", .integer(1))])
      let last = add("Mul", [x, chosen], like: "\(output)_last")
      add("ReduceSum", [last, constant([1])], like: "", output: output, [("keepdims", .integer(0))])
    }
    // For an encoder without a head; readers recognize it by these outputs.
    guard node.output == graph.output else { return }
    let hidden = add("Identity", [x], like: "last_hidden_state")
    declareOutput(hidden, element: 1, [graph[node.inputs[0]].shape.count], ofTokens: true)
  }
}

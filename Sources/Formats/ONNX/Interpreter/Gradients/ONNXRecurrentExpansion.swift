import Platform

/// A recurrent layer as matrix products and activations, step by step; see `ONNXRecurrent` for the operands.
struct ONNXRecurrentExpansion {
  private let call: ONNXEvaluation
  private let kind: ONNXRecurrentCell.Kind
  private let time: Int
  private let batch: Int
  private let hidden: Int
  private let directions: Int
  private let batchFirst: Bool
  private let activations: [String]
  private let resetsProduct: Bool

  init(_ call: ONNXEvaluation, _ kind: ONNXRecurrentCell.Kind) throws {
    (self.call, self.kind) = (call, kind)
    let (x, w, r) = (try call.input(0), try call.input(1), try call.input(2))
    guard x.rank == 3, w.rank == 3, r.rank == 3 else {
      throw call.invalid("its operands are not of 3 dimensions")
    }
    batchFirst = try call.integer("layout", 0) != 0
    (time, batch) = batchFirst ? (x.dimensions[1], x.dimensions[0]) : (x.dimensions[0], x.dimensions[1])
    (directions, hidden) = (w.dimensions[0], r.dimensions[2])
    let time = time
    guard call.optional(4)?.integers.allSatisfy({ $0 == time }) ?? true else {
      throw call.unsupported("has a gradient for sequences of one length only")
    }
    guard call.optional(7) == nil, call.node.attributes["clip"] == nil,
      try call.integer("input_forget", 0) == 0
    else { throw call.unsupported("has no gradient with peepholes, clip or input_forget") }
    let names = try call.strings("activations") ?? []
    let known = [
      "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "softsign": "Softsign", "softplus": "Softplus",
    ]
    activations =
      names.isEmpty
      ? (0..<directions).flatMap { _ in kind.activations }
      : try names.map { name in
        guard let operation = known[name.lowercased()] else {
          throw call.unsupported("the activation \"\(name)\" has no gradient")
        }
        return operation
      }
    guard activations.count == directions * kind.activations.count else {
      throw call.invalid("has \(activations.count) activations")
    }
    resetsProduct = try call.integer("linear_before_reset", 0) != 0
  }

  /// The names of the values of one direction.
  private struct Direction {
    /// The product of the inputs with their weights, and the biases: (time, batch, gates · hidden).
    let ofInputs: String
    /// (hidden, gates · hidden)
    let recurrence: String
    /// (gates · hidden), which is added to the product with the state.
    let bias: String
    let activations: [String]
  }

  func nodes() throws -> ONNXExpansion {
    var nodes = try ONNXExpansion(call)
    let x = batchFirst ? nodes.add("Transpose", ["0"], ("perm", .integers([1, 0, 2]))) : "0"
    let runsBackwards = try call.string("direction", "forward") == "reverse"
    var (all, lastH, lastC): ([String], [String], [String]) = ([], [], [])
    for d in 0..<directions {
      let direction = try direction(d, x, &nodes)
      var h = try state(5, d, &nodes)
      var c = kind == .longShortTerm ? try state(6, d, &nodes) : ""
      var steps: [String] = []
      for step in 0..<time {
        let t = runsBackwards || d == 1 ? time - 1 - step : step
        let input = nodes.add("Gather", [direction.ofInputs, nodes.constant(try .integers([t], []))])
        (h, c) = try next(input, h, c, direction, &nodes)
        steps.append(nodes.add("Unsqueeze", [h], ("axes", .integers([0, 1]))))
      }
      // (time, 1, batch, hidden)
      all.append(
        nodes.add("Concat", runsBackwards || d == 1 ? steps.reversed() : steps, ("axis", .integer(0))))
      lastH.append(nodes.add("Unsqueeze", [h], ("axes", .integers([0]))))
      if kind == .longShortTerm { lastC.append(nodes.add("Unsqueeze", [c], ("axes", .integers([0])))) }
    }
    let y = nodes.add("Concat", all, ("axis", .integer(1)))
    let states = [lastH, lastC].filter { !$0.isEmpty }.map { nodes.add("Concat", $0, ("axis", .integer(0))) }
    nodes.results = [y] + states
    if batchFirst {
      nodes.results =
        [nodes.add("Transpose", [y], ("perm", .integers([2, 0, 1, 3])))]
        + states.map { nodes.add("Transpose", [$0], ("perm", .integers([1, 0, 2]))) }
    }
    return nodes
  }

  private func direction(_ d: Int, _ x: String, _ nodes: inout ONNXExpansion) throws -> Direction {
    func turned(_ operand: String) throws -> String {
      let own = nodes.add("Gather", [operand, nodes.constant(try .integers([d], []))])
      return nodes.add("Transpose", [own], ("perm", .integers([1, 0])))
    }
    let size = kind.gates * hidden
    var ofState = nodes.constant(try .zeros([size]))
    var product = nodes.add("MatMul", [x, try turned("1")])
    if call.optional(3) != nil {
      let own = nodes.add("Gather", ["3", nodes.constant(try .integers([d], []))])
      let parts = nodes.split(own, into: 2, axis: 0)
      ofState = parts[1]
      product = nodes.add("Add", [product, parts[0]])
    }
    let count = kind.activations.count
    return Direction(
      ofInputs: product, recurrence: try turned("2"), bias: ofState,
      activations: Array(activations[d * count..<(d + 1) * count]))
  }

  /// The initial state of a direction, (batch, hidden).
  private func state(_ index: Int, _ d: Int, _ nodes: inout ONNXExpansion) throws -> String {
    guard call.optional(index) != nil else { return nodes.constant(try .zeros([batch, hidden])) }
    return nodes.add(
      "Gather", ["\(index)", nodes.constant(try .integers([d], []))], ("axis", .integer(batchFirst ? 1 : 0)))
  }

  private func next(
    _ input: String, _ h: String, _ c: String, _ own: Direction, _ nodes: inout ONNXExpansion
  ) throws -> (h: String, c: String) {
    let product = nodes.add("Add", [nodes.add("MatMul", [h, own.recurrence]), own.bias])
    switch kind {
    case .simple: return (nodes.add(own.activations[0], [nodes.add("Add", [input, product])]), c)
    case .longShortTerm:
      let gates = nodes.split(nodes.add("Add", [input, product]), into: 4, axis: 1)
      let (i, o) = (nodes.add(own.activations[0], [gates[0]]), nodes.add(own.activations[0], [gates[1]]))
      let f = nodes.add(own.activations[0], [gates[2]])
      let new = nodes.add("Mul", [i, nodes.add(own.activations[1], [gates[3]])])
      let cell = nodes.add("Add", [nodes.add("Mul", [f, c]), new])
      return (nodes.add("Mul", [o, nodes.add(own.activations[2], [cell])]), cell)
    case .gated:
      let (given, known) = (nodes.split(input, into: 3, axis: 1), nodes.split(product, into: 3, axis: 1))
      let z = nodes.add(own.activations[0], [nodes.add("Add", [given[0], known[0]])])
      let r = nodes.add(own.activations[0], [nodes.add("Add", [given[1], known[1]])])
      var reset = nodes.add("Mul", [r, known[2]])
      if !resetsProduct {
        // The last gate's product is with the state that was reset before.
        let weights = nodes.split(own.recurrence, into: 3, axis: 1)[2]
        let bias = nodes.split(own.bias, into: 3, axis: 0)[2]
        reset = nodes.add("Add", [nodes.add("MatMul", [nodes.add("Mul", [r, h]), weights]), bias])
      }
      let n = nodes.add(own.activations[1], [nodes.add("Add", [given[2], reset])])
      return (nodes.add("Add", [n, nodes.add("Mul", [z, nodes.add("Sub", [h, n])])]), c)
    }
  }
}

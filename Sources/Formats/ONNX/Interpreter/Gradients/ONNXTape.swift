import Platform

/// The nodes of a run of the interpreter that depend on given values, in the order in which they ran, for the gradients
/// in reverse (Griewank and Walther 2008, chapter 3).
final class ONNXTape {
  struct Step {
    let call: ONNXEvaluation
    let results: [ONNXArray]
  }

  private(set) var steps: [Step] = []
  /// Names of values that depend on those whose gradients are wanted.
  private var active: Set<String>
  private let wanted: Set<String>

  /// - Parameter wanted: the names of the values whose gradients `gradients` returns.
  init(wanted: Set<String>) {
    self.wanted = wanted
    active = wanted
  }

  func record(_ call: ONNXEvaluation, _ results: [ONNXArray]) {
    guard !ONNXDerivatives.constantNearby.contains(call.node.kind),
      call.node.needs.contains(where: active.contains)
    else { return }
    // Casts to whole numbers cut gradients, too.
    guard results.contains(where: { !$0.element.isWhole && $0.strings == nil }) else { return }
    steps.append(Step(call: call, results: results))
    for (name, result) in zip(call.node.outputs, results) where !result.element.isWhole {
      active.insert(name)
    }
  }

  /// Records that a value of an inner graph is also a value of the enclosing graph.
  func rename(_ inner: String, to outer: String, _ value: ONNXArray, opset: Int) {
    let node = ONNXNode(name: outer, kind: "Identity", inputs: [inner], outputs: [outer], attributes: [:])
    record(ONNXEvaluation(node: node, inputs: [value], opset: opset), [value])
  }

  /// The gradients of the wanted values that reach the output.
  ///
  /// - Parameter seeds: the gradient for each output by its name.
  /// - Throws: `unsupported` at a node without a derivative that a gradient reaches.
  func gradients(_ seeds: [String: ONNXArray]) throws -> [String: ONNXArray] {
    var known: [String: ONNXArray] = [:]
    // A gradient that other names share must not be added to in place.
    var owned = Set<String>()
    func add(_ gradient: ONNXArray, to name: String) throws {
      guard let before = known[name] else {
        known[name] = gradient
        return
      }
      if !owned.contains(name) {
        known[name] = try ONNXArray.precise(before.dimensions) { before[$0] }
        owned.insert(name)
      }
      try known[name]?.add(gradient)
    }
    for (name, seed) in seeds { try add(seed, to: name) }
    for step in steps.reversed() {
      let node = step.call.node
      let gradients = step.results.indices.map {
        node.outputs.indices.contains($0) ? known[node.outputs[$0]] : nil
      }
      guard gradients.contains(where: { $0 != nil }) else { continue }
      for name in node.outputs where !wanted.contains(name) { known[name] = nil }
      let results = try ONNXDerivatives.evaluate(
        ONNXReverse(
          call: step.call, results: step.results, gradients: gradients,
          wanted: node.inputs.map { active.contains($0) }))
      for (index, result) in results.enumerated() {
        guard let result, node.inputs.indices.contains(index), active.contains(node.inputs[index]) else {
          continue
        }
        try add(result, to: node.inputs[index])
      }
    }
    return known.filter { wanted.contains($0.key) }
  }
}

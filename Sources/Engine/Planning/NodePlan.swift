/// What a workspace knows of one node before it runs: the operator and the addresses of its operands.
struct NodePlan {
  let operation: any Operator
  /// The operands, in the memory that the owner of the plan frees.
  let slots: UnsafeMutablePointer<Execution.InputSlot>
  let slotCount: Int
  let output: UnsafeMutablePointer<Float>
  let outputGradient: UnsafeMutablePointer<Float>
  let saved: UnsafeMutablePointer<Float>
  let prepared: UnsafePointer<Float>?
  let state: AnyObject?
  let needsBackward: Bool
  /// Where shards add to gradients in turns, the node that the previous shard must have completed before
  /// this node's turn: the last one, in the order of backward, that adds to the same gradients. nil if the
  /// node adds to none.
  var turn: Int?
  let lines: RunLines
  /// The number of floats of a line of the output.
  let width: Int
  /// Whether the output is stored behind the lines of earlier runs; see `GrowingValues`.
  var grows = false

  /// The plans of all nodes, in the graph's order.
  ///
  /// - Parameters:
  ///   - prepared: for prediction, each node's rearranged weights, or nil; empty for none.
  ///   - rows: the maximum number of rows of a run.
  static func all(
    _ graph: Graph, _ addresses: WorkspaceAddresses, prepared: [UnsafePointer<Float>?], rows: Int
  ) throws -> [NodePlan] {
    let training = addresses.training
    let states = try graph.nodes.map {
      try $0.operation.makeState(capacity: rows, isTraining: training != nil)
    }
    // The first consumer in the order of backward writes a gradient; the others add to it.
    var written = Set<Int>()
    for end in graph.ends where addresses.gradient(end) != nil {
      written.insert(graph.storage(of: end).index)
    }
    let sequences = graph.sequences
    var plans: [NodePlan] = []
    for (index, node) in graph.nodes.enumerated().reversed() {
      let slots = inputSlots(of: node, graph, sequences, addresses, &written)
      let gradient = addresses.gradient(node.output)
      plans.append(
        NodePlan(
          operation: node.operation, slots: slots, slotCount: node.inputs.count,
          output: addresses.value(node.output), outputGradient: gradient ?? addresses.base,
          saved: addresses.base + (addresses.layout.saved[index] ?? 0),
          prepared: prepared.isEmpty ? nil : prepared[index], state: states[index],
          needsBackward: gradient != nil && node.inputs.contains { addresses.gradient($0) != nil },
          lines: RunLines(graph[node.output].lines, sequences), width: graph[node.output].shape.count))
    }
    plans.reverse()
    if training?.turns != nil { addTurns(to: &plans, graph, addresses) }
    return plans
  }

  /// - Parameter written: the values that already have a gradient from a later node.
  private static func inputSlots(
    of node: Graph.Node, _ graph: Graph, _ sequences: [Axis], _ addresses: WorkspaceAddresses,
    _ written: inout Set<Int>
  ) -> UnsafeMutablePointer<Execution.InputSlot> {
    let slots = UnsafeMutablePointer<Execution.InputSlot>.allocate(capacity: max(node.inputs.count, 1))
    let training = addresses.training
    for (position, input) in node.inputs.enumerated() {
      let isParameter = !graph[graph.storage(of: input)].hasRows
      // A node that does not contribute to the output has no gradient to pass on.
      let target = addresses.gradient(node.output) == nil ? nil : addresses.gradient(input)
      let accumulates =
        target != nil
        ? !written.insert(graph.storage(of: input).index).inserted
          || (isParameter && training?.turns != nil && (training?.shard ?? 0) > 0) : false
      (slots + position).initialize(
        to: .init(
          value: addresses.value(input), gradient: target, accumulates: accumulates,
          width: graph[input].hasRows ? graph[input].shape.count : 0,
          sequence: graph[input].lines.axis.flatMap(sequences.firstIndex) ?? 0))
    }
    return slots
  }

  private static func addTurns(
    to plans: inout [NodePlan], _ graph: Graph, _ addresses: WorkspaceAddresses
  ) {
    // For each value, the first node of the network that adds to its gradient.
    var first = [Int](repeating: .max, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() where plans[index].needsBackward {
      for input in node.inputs {
        let root = graph.storage(of: input)
        guard !graph[root].hasRows, addresses.gradient(root) != nil else { continue }
        first[root.index] = min(first[root.index], index)
        plans[index].turn = min(plans[index].turn ?? .max, first[root.index])
      }
    }
  }
}

/// The lines of a value, as a run counts them: `Lines` with the sequence's place among the network's.
enum RunLines: Equatable {
  case once, rows
  case sequence(Int)

  init(_ lines: Lines, _ sequences: [Axis]) {
    switch lines {
    case .one, .once: self = .once
    case .rows: self = .rows
    case .sequence(let axis): self = .sequence(sequences.firstIndex(of: axis) ?? 0)
    }
  }

  /// nil for a value without a sequence.
  var sequence: Int? { if case .sequence(let place) = self { place } else { nil } }
}

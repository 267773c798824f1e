import EngineKernels
import Platform

/// How one workspace measures the squared norms of the rows' gradients, node by node.
final class RowNormPlan: @unchecked Sendable {
  /// A node whose parameters are trained.
  struct Node {
    let gradients: RowGradients
    /// The operands as backward reads them, without the gradients of the parameters.
    let valueSlots: UnsafeMutablePointer<Execution.InputSlot>
    /// The operands of one row.
    let rowSlots: UnsafeMutablePointer<Execution.InputSlot>
    let operandLines: [RunLines]
    /// For each operand, the number of its floats if it is a trained parameter, else 0.
    let trained: [Int]
    /// Whether backward passes a gradient on to a value.
    let passesOn: Bool
  }

  /// For each node of the graph; nil for one without trained parameters.
  private(set) var nodes: [Node?] = []
  private let memory: Buffer<Float>
  /// The sequences of a run of one row, and the offsets of each.
  private let sequences: UnsafeMutablePointer<TextLines>
  private let offsets: Buffer<Int32>
  private let sequenceCount: Int

  /// - Throws: `unsupported` if rows have no gradients of their own, or if they cannot be told apart; the location
  ///   is the node or the parameter.
  init(_ graph: Graph, _ plans: [NodePlan], capacity: Capacity) throws {
    try Self.check(graph, plans)
    var most = 1
    for (node, plan) in zip(graph.nodes, plans) {
      let trained = node.inputs.enumerated().map { position, input in
        Self.isTrained(plan, position) ? graph[input].shape.count : 0
      }
      switch node.operation.rowGradients {
      case .none: break
      case .norms(let norms): most = max(most, norms.rowNormScratch(longest: capacity.longestOfAll))
      case .separate:
        let lines = plan.lines.sequence == nil ? 1 : capacity.longestOfAll
        most = max(most, trained.reduce(0, +) + lines * plan.width)
      }
    }
    memory = try Buffer<Float>(count: most, for: "norms of rows")
    let axes = graph.sequences
    let count = max(axes.count, 1)
    offsets = try Buffer<Int32>(count: 2 * count, for: "norms of rows")
    sequences = .allocate(capacity: count)
    for place in 0..<count {
      (sequences + place).initialize(
        to: TextLines(count: 1, offsets: UnsafePointer(offsets.pointer + 2 * place)))
    }
    sequenceCount = axes.count
    for (node, plan) in zip(graph.nodes, plans) { nodes.append(Self.node(graph, node, plan, axes)) }
  }

  deinit {
    sequences.deallocate()
    for case let node? in nodes {
      node.valueSlots.deallocate()
      node.rowSlots.deallocate()
    }
  }

  private static func isTrained(_ plan: NodePlan, _ position: Int) -> Bool {
    plan.needsBackward && plan.slots[position].width == 0 && plan.slots[position].gradient != nil
  }

  private static func node(_ graph: Graph, _ node: Graph.Node, _ plan: NodePlan, _ axes: [Axis]) -> Node? {
    let trained = node.inputs.enumerated().map { position, input in
      isTrained(plan, position) ? graph[input].shape.count : 0
    }
    guard trained.contains(where: { $0 > 0 }) else { return nil }
    let slots = (0..<2).map { _ in
      let slots = UnsafeMutablePointer<Execution.InputSlot>.allocate(capacity: max(plan.slotCount, 1))
      slots.initialize(from: plan.slots, count: plan.slotCount)
      for position in 0..<plan.slotCount where trained[position] > 0 { slots[position].gradient = nil }
      return slots
    }
    return Node(
      gradients: node.operation.rowGradients, valueSlots: slots[0], rowSlots: slots[1],
      operandLines: node.inputs.map { RunLines(graph[$0].lines, axes) }, trained: trained,
      passesOn: (0..<plan.slotCount).contains { slots[0][$0].gradient != nil })
  }

  private static func check(_ graph: Graph, _ plans: [NodePlan]) throws {
    var used = Set<Int>()
    for (node, plan) in zip(graph.nodes, plans) where plan.needsBackward {
      func refused(_ reason: String, at place: String? = nil) -> Failure {
        Failure.unsupported(
          "the norms of rows' gradients need a gradient of each row, but node \"\(node.name)\" "
            + "(\(type(of: node.operation).kind)) \(reason)", at: place ?? node.name)
      }
      guard node.operation.dependence != .batch else {
        throw refused("computes statistics of the whole batch")
      }
      for (position, input) in node.inputs.enumerated() where isTrained(plan, position) {
        guard plan.lines != .once else {
          throw refused("computes a value of trained weights for all rows at once")
        }
        if case .none = node.operation.rowGradients {
          throw refused("does not tell rows apart at its weights")
        }
        let root = graph.storage(of: input)
        guard used.insert(root.index).inserted else {
          throw refused(
            "is not the only one that reads the weight \"\(graph[root].name)\"; weights that layers share are not "
              + "supported", at: graph[root].name)
        }
      }
    }
  }

  /// Adds the squared norms at one node's parameters to those of the run's rows.
  func addNorms(_ node: Node, _ plan: NodePlan, _ run: Execution, to norms: UnsafeMutablePointer<Double>)
    throws
  {
    let rows = RowLines(
      count: run.texts.count, offsets: plan.lines.sequence == nil ? nil : run.texts.offsets)
    switch node.gradients {
    case .none: return
    case .norms(let operation): operation.addNorms(run, rows, memory.pointer, to: norms)
    case .separate:
      for row in 0..<rows.count where !rows[row].isEmpty {
        norms[row] += try separateNorm(node, plan, run, row: row, lines: rows[row])
      }
    }
  }

  /// The squared norm from backward of one row.
  private func separateNorm(_ node: Node, _ plan: NodePlan, _ run: Execution, row: Int, lines: Range<Int>)
    throws -> Double
  {
    var next = memory.pointer
    for place in 0..<sequenceCount {
      let own = run.sequences[place].offsets
      offsets.pointer[2 * place + 1] = own[row + 1] - own[row]
    }
    for (position, operandLines) in node.operandLines.enumerated() {
      var slot = plan.slots[position]
      // A parameter has the width 0.
      switch operandLines {
      case .rows: slot.value += row * slot.width
      case .sequence(let place): slot.value += Int(run.sequences[place].offsets[row]) * slot.width
      case .once: break
      }
      slot.gradient = node.trained[position] > 0 ? next : nil
      slot.accumulates = false
      next += node.trained[position]
      node.rowSlots[position] = slot
    }
    // Backward may overwrite it.
    next.update(from: run.outputGradient + lines.lowerBound * plan.width, count: lines.count * plan.width)
    try plan.operation.backward(
      Execution(
        rows: lines.count, firstRow: run.firstRow + lines.lowerBound, isTraining: true, seed: run.seed,
        texts: sequences[plan.lines.sequence ?? 0], sequences: UnsafePointer(sequences), longest: run.longest,
        scratch: run.scratch, output: run.output + lines.lowerBound * plan.width, outputGradient: next,
        saved: run.saved + lines.lowerBound * plan.operation.saved.perLine, prepared: nil,
        slots: UnsafePointer(node.rowSlots), state: run.state))
    return sum_of_squares(memory.pointer, node.trained.reduce(0, +))
  }
}

extension Workspace {
  /// Adds to `norms` (rows) the squared norms of the gradients of each row at all trained parameters, from
  /// `outputGradient`, after `forward` on the same rows. Gradients of parameters are not written.
  ///
  /// - Throws: as `backward`.
  func addRowNorms(
    rows: Int, firstRow: Int, seed: UInt64, to norms: UnsafeMutablePointer<Double>
  ) throws {
    guard let rowNormPlan else { throw Failure.internal("norms that were not planned") }
    try reversed(run(rows, firstRow, seed)) { place, plan, step in
      guard let node = rowNormPlan.nodes[place] else { return try plan.operation.backward(step) }
      try rowNormPlan.addNorms(node, plan, step, to: norms)
      guard node.passesOn else { return }
      var step = step
      step.slots = UnsafePointer(node.valueSlots)
      try plan.operation.backward(step)
    }
  }
}

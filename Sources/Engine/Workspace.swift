import Platform

/// The memory in which one worker runs a network, planned once for a number of rows: afterwards runs
/// allocate nothing.
///
/// For prediction, values that are not alive at the same time share memory; for training every value
/// is kept, with its gradient.
public final class Workspace: @unchecked Sendable {
  /// Where training finds weights and leaves gradients: nil for a parameter that is frozen.
  public struct Training {
    public let gradients: [UnsafeMutablePointer<Float>?]
    public init(gradients: [UnsafeMutablePointer<Float>?]) { self.gradients = gradients }
  }

  public let graph: Graph
  /// The most rows that one run takes.
  public let capacity: Int
  /// One block for each input of the network, (capacity, width).
  public let inputs: [UnsafeMutablePointer<Float>]
  /// (capacity, output width).
  public let output: UnsafeMutablePointer<Float>
  /// The gradient that `backward` starts from, in the output's shape; only for training.
  public let outputGradient: UnsafeMutablePointer<Float>

  private struct NodePlan {
    let operation: any Operator
    let slots: UnsafeMutablePointer<Step.InputSlot>
    let slotCount: Int
    let output: UnsafeMutablePointer<Float>
    let outputGradient: UnsafeMutablePointer<Float>
    let kept: UnsafeMutablePointer<Float>
    let prepared: UnsafePointer<Float>?
    let state: AnyObject?
    let needsBackward: Bool
  }
  private let plans: [NodePlan]
  /// The operands that are the network's only input; empty when it has several, or one that is seen in
  /// another shape or is the output.
  private let soleInputSlots: [UnsafeMutablePointer<Step.InputSlot>]
  private let memory: Buffer<Float>

  /// - Parameters:
  ///   - parameters: the weights, in the graph's order, alive as long as the workspace.
  ///   - prepared: for prediction, each node's rearranged weights, or nil.
  ///   - training: nil for prediction.
  public init(
    _ graph: Graph, capacity: Int, parameters: [UnsafeMutablePointer<Float>],
    prepared: [UnsafePointer<Float>?] = [], training: Training? = nil
  ) throws {
    self.graph = graph
    self.capacity = capacity
    var layout = Layout(graph, capacity: capacity, keepsAll: training != nil)
    if let training { layout.addGradients(graph, training) }
    memory = try Buffer<Float>(count: layout.total, for: "a workspace of \(capacity) rows")
    let base = memory.pointer

    func pointer(_ id: Graph.ValueID) -> UnsafeMutablePointer<Float> {
      let root = graph.storage(of: id)
      if case .parameter(let index) = graph[root].source { return parameters[index] }
      return base + (layout.values[root.index] ?? 0)
    }
    func gradient(_ id: Graph.ValueID) -> UnsafeMutablePointer<Float>? {
      let root = graph.storage(of: id)
      if case .parameter(let index) = graph[root].source { return training?.gradients[index] }
      return layout.gradients[root.index].map { base + $0 }
    }

    inputs = graph.inputs.map(pointer)
    output = pointer(graph.output)
    outputGradient = gradient(graph.output) ?? base

    // The first consumer in backward order overwrites a gradient; the others add to it.
    var written = Set<UnsafeMutablePointer<Float>>()
    if let start = gradient(graph.output) { written.insert(start) }
    let states = try graph.nodes.map {
      try $0.operation.makeState(capacity: capacity, isTraining: training != nil)
    }
    var plans: [NodePlan] = []
    for (index, node) in graph.nodes.enumerated().reversed() {
      let slots = UnsafeMutablePointer<Step.InputSlot>.allocate(capacity: max(node.inputs.count, 1))
      for (position, input) in node.inputs.enumerated() {
        let target = gradient(input)
        let accumulates = target.map { !written.insert($0).inserted } ?? false
        (slots + position).initialize(
          to: .init(value: pointer(input), gradient: target, accumulates: accumulates))
      }
      plans.append(
        NodePlan(
          operation: node.operation, slots: slots, slotCount: node.inputs.count, output: pointer(node.output),
          outputGradient: gradient(node.output) ?? base, kept: base + (layout.kept[index] ?? 0),
          prepared: prepared.isEmpty ? nil : prepared[index], state: states[index],
          needsBackward: gradient(node.output) != nil && node.inputs.contains { gradient($0) != nil }))
    }
    self.plans = plans.reversed()
    soleInputSlots = Self.soleInputSlots(graph, self.plans)
  }

  private static func soleInputSlots(_ graph: Graph, _ plans: [NodePlan]) -> [UnsafeMutablePointer<
    Step.InputSlot
  >] {
    guard graph.inputs.count == 1, let input = graph.inputs.first, graph.storage(of: graph.output) != input
    else {
      return []
    }
    var slots: [UnsafeMutablePointer<Step.InputSlot>] = []
    for (node, plan) in zip(graph.nodes, plans) {
      for (position, operand) in node.inputs.enumerated() where graph.storage(of: operand) == input {
        slots.append(plan.slots + position)
      }
    }
    return slots
  }

  deinit {
    for plan in plans { plan.slots.deallocate() }
  }

  private func step(_ plan: NodePlan, rows: Int, firstRow: Int, isTraining: Bool, seed: UInt64) -> Step {
    Step(
      rows: rows, firstRow: firstRow, isTraining: isTraining, seed: seed, output: plan.output,
      outputGradient: plan.outputGradient, kept: plan.kept, prepared: plan.prepared,
      slots: UnsafePointer(plan.slots), state: plan.state.map { Unmanaged.passUnretained($0) })
  }

  /// Computes `output` from `inputs` for the first `rows` rows; at most `capacity`.
  public func forward(rows: Int, firstRow: Int = 0, isTraining: Bool = false, seed: UInt64 = 0) {
    let rows = min(rows, capacity)
    Backend.onThisThread {
      for plan in plans {
        plan.operation.forward(
          step(plan, rows: rows, firstRow: firstRow, isTraining: isTraining, seed: seed))
      }
    }
  }

  /// Whether `forward(rows:reading:)` can be used: the network has one input.
  public var canReadElsewhere: Bool { !soleInputSlots.isEmpty }

  /// Computes `output` from rows that lie elsewhere, in the shape of the network's only input, without
  /// copying them.
  public func forward(rows: Int, reading features: UnsafePointer<Float>) {
    // Operators only read their operands.
    for slot in soleInputSlots { slot.pointee.value = UnsafeMutablePointer(mutating: features) }
    forward(rows: rows)
    for slot in soleInputSlots { slot.pointee.value = inputs[0] }
  }

  /// Computes the gradients of the weights from `outputGradient`, after `forward` on the same rows.
  public func backward(rows: Int, firstRow: Int = 0, seed: UInt64 = 0) {
    let rows = min(rows, capacity)
    Backend.onThisThread {
      for plan in plans.reversed() where plan.needsBackward {
        plan.operation.backward(step(plan, rows: rows, firstRow: firstRow, isTraining: true, seed: seed))
      }
    }
  }
}

/// Where each value lies in a workspace: offsets in floats, each on a cache line of its own.
private struct Layout {
  var values: [Int: Int] = [:]
  var gradients: [Int: Int] = [:]
  var kept: [Int: Int] = [:]
  private(set) var total = 0
  private var free: [(offset: Int, size: Int)] = []
  private let capacity: Int

  init(_ graph: Graph, capacity: Int, keepsAll: Bool) {
    self.capacity = capacity
    var lastUse: [Int: Int] = [:]  // value → the last node that reads it
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastUse[graph.storage(of: input).index] = index }
    }
    let output = graph.storage(of: graph.output).index
    for input in graph.inputs { values[input.index] = take(size(graph[input].shape.count)) }
    for (index, node) in graph.nodes.enumerated() {
      values[node.output.index] = take(size(graph[node.output].shape.count))
      let kept = node.operation.kept
      let keptSize = rounded(capacity * kept.perRow + kept.fixed)
      if keptSize > 0 { self.kept[index] = take(keptSize) }
      guard !keepsAll else { continue }
      if let offset = self.kept[index] { give(offset, keptSize) }
      for root in Set(node.inputs.map { graph.storage(of: $0).index })
      where lastUse[root] == index && root != output {
        if let offset = values[root], !graph.inputs.contains(where: { $0.index == root }) {
          give(offset, size(graph.values[root].shape.count))
        }
      }
    }
  }

  /// A gradient for every computed value that depends on a weight to be trained.
  mutating func addGradients(_ graph: Graph, _ training: Workspace.Training) {
    var wanted = Set<Int>()
    for node in graph.nodes {
      let needs = node.inputs.contains { input in
        let root = graph.storage(of: input)
        if case .parameter(let index) = graph[root].source { return training.gradients[index] != nil }
        return wanted.contains(root.index)
      }
      if needs {
        wanted.insert(node.output.index)
        gradients[node.output.index] = take(size(graph[node.output].shape.count))
      }
    }
    let output = graph.storage(of: graph.output).index
    if gradients[output] == nil { gradients[output] = take(size(graph.outputWidth)) }
  }

  private func size(_ width: Int) -> Int { rounded(capacity * width) }
  private func rounded(_ count: Int) -> Int { (count + 15) & ~15 }

  private mutating func take(_ size: Int) -> Int {
    if let index = free.firstIndex(where: { $0.size >= size }) {
      let place = free[index]
      if place.size == size {
        free.remove(at: index)
      } else {
        free[index] = (place.offset + size, place.size - size)
      }
      return place.offset
    }
    defer { total += size }
    return total
  }

  private mutating func give(_ offset: Int, _ size: Int) {
    if size > 0 { free.append((offset, size)) }
  }
}

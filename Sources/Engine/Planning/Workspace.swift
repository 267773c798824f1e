import Platform
import PlatformKernels

/// The memory in which one worker runs a network. It is planned once for a maximum number of rows; runs then
/// allocate nothing.
///
/// Values that are not alive at the same time share memory. In training, the gradients of the parameters take
/// the memory of values that backward does not need any more. A value's gradient lives from its first
/// contribution to its producer's backward.
public final class Workspace: @unchecked Sendable {
  /// Where training writes the gradients of the parameters.
  public struct Training {
    /// The offset of each parameter's gradient in the array of all; nil for a frozen parameter.
    let offsets: [Int?]
    /// The number of floats of the array.
    let count: Int
    /// The array; nil if the workspace contains it, from backward to the next forward, in the memory of
    /// values.
    let array: UnsafeMutablePointer<Float>?
    /// Set if all shards add to the same gradients. For each node they do so in the order of the shards.
    let turns: Turns?
    /// Set if shards pack the weights of bf16 products together.
    let panels: SharedPanels?
    let shard: Int
    /// Whether backward may run several times after one forward.
    var repeats = false
    /// Whether norms of rows' gradients are computed.
    var measuresRows = false

    public struct Turns {
      /// For each node, the number of shards that have added to its parameters' gradients.
      let nodes: UnsafeMutablePointer<UInt32>
    }
  }

  public let graph: Graph
  public let capacity: Capacity
  /// One block for each input of the network, (lines, width).
  public let inputs: [UnsafeMutablePointer<Float>]
  /// (rows, output width).
  public let output: UnsafeMutablePointer<Float>
  /// The gradient that `backward` starts from, in the output's shape; only for training.
  public let outputGradient: UnsafeMutablePointer<Float>
  /// The values of the graph's hidden outputs, (lines, width) each.
  public let hidden: [UnsafeMutablePointer<Float>]
  /// The gradients at them, which `backward` adds to those that reach them from the output; nil for a value
  /// that depends on no trained weight.
  let hiddenGradients: [UnsafeMutablePointer<Float>?]
  /// The array of all parameters' gradients; only for training.
  let parameterGradients: UnsafeMutablePointer<Float>

  let plans: [NodePlan]
  /// The operands that are the network's only input. Empty if it has several inputs, or if the input is
  /// reshaped or is the output.
  private let soleInputSlots: [UnsafeMutablePointer<Execution.InputSlot>]
  private let memory: Buffer<Float>
  /// The sequences of the rows of the current run.
  let sequences: RunSequences
  private let sharedArrivals: Buffer<UInt32>
  private let sharedFailure = FirstFailure()
  /// The number of workers that the operators' working memory is for; the process may get more of them later.
  private let workers = WorkerPool.threads
  private let scratch: UnsafeMutablePointer<Float>
  /// The maximum number of elements of a sequence of one row, for which `scratch` is planned.
  private let longest: Int
  private let turns: Training.Turns?
  private let panels: SharedPanels?
  private let shard: Int
  /// The number of tokens of the run's text that earlier runs computed.
  var earlier = 0 { didSet { for slot in growingSlots { slot.move(to: earlier) } } }
  /// Operands that are the run's lines of values which stay from run to run.
  private let growingSlots: [GrowingValues.Slot]
  /// Set if norms of rows' gradients are computed.
  let rowNormPlan: RowNormPlan?
  /// For each node, the nodes that backward recomputes before it.
  private let recomputedBefore: [Int: [Int]]

  /// The number of bytes of values, gradients and working memory.
  var bytes: Int { memory.count * MemoryLayout<Float>.size }

  /// Returns the memory to the system. Runs may follow.
  func clear() { memory.clear() }

  /// - Parameters:
  ///   - capacity: the maximum sizes of one run.
  ///   - parameters: the weights, in the graph's order, which must live as long as the workspace.
  ///   - prepared: for prediction, each node's rearranged weights, or nil.
  ///   - training: where gradients are written; nil for prediction.
  ///   - recomputed: segments of nodes whose values are not stored for backward, which recomputes them.
  ///   - growing: for incremental decoding, the values that stay from run to run.
  init(
    _ graph: Graph, capacity: Capacity, parameters: [UnsafeMutablePointer<Float>],
    prepared: [UnsafePointer<Float>?] = [], training: Training? = nil, recomputed: [Range<Int>] = [],
    growing: GrowingValues? = nil
  ) throws {
    self.graph = graph
    self.capacity = capacity
    let layout =
      training.map {
        WorkspaceLayout(
          graph, capacity: capacity, offsets: $0.offsets, gradientCount: $0.array == nil ? $0.count : nil,
          recomputed: recomputed, repeats: $0.repeats)
      } ?? WorkspaceLayout(graph, capacity: capacity, growing: growing?.values ?? [])
    memory = try Buffer<Float>(count: layout.total, for: "a workspace of \(capacity.rows) rows")
    sequences = try RunSequences(graph.sequences, capacity)
    sharedArrivals = try Buffer<UInt32>(count: 1, for: "a workspace")
    let base = memory.pointer
    scratch = base + layout.scratch
    longest = capacity.longestOfAll
    turns = training?.turns
    panels = training?.panels
    shard = training?.shard ?? 0
    recomputedBefore = layout.recomputedBefore
    parameterGradients = training?.array ?? base + layout.parameterGradients
    let addresses = WorkspaceAddresses(
      graph: graph, layout: layout, base: base, parameters: parameters, training: training,
      parameterGradients: parameterGradients)
    inputs = graph.inputs.map(addresses.value)
    output = addresses.value(graph.output)
    outputGradient = addresses.gradient(graph.output) ?? base
    hidden = graph.hidden.map(addresses.value)
    hiddenGradients = graph.hidden.map(addresses.gradient)
    var plans = try NodePlan.all(graph, addresses, prepared: prepared, rows: capacity.rows)
    growingSlots = growing?.slots(graph, &plans) ?? []
    self.plans = plans
    rowNormPlan =
      training?.measuresRows == true ? try RowNormPlan(graph, plans, capacity: capacity) : nil
    soleInputSlots = Self.soleInputSlots(graph, plans)
  }

  private static func soleInputSlots(_ graph: Graph, _ plans: [NodePlan]) -> [UnsafeMutablePointer<
    Execution.InputSlot
  >] {
    guard graph.inputs.count == 1, let input = graph.inputs.first, graph.storage(of: graph.output) != input
    else {
      return []
    }
    var slots: [UnsafeMutablePointer<Execution.InputSlot>] = []
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

  private func step(_ plan: NodePlan, _ run: Run, isTraining: Bool) -> Execution {
    let (rows, firstRow) =
      switch plan.lines {
      case .sequence(let place): (sequences.count(place, rows: run.rows), sequences.first(place))
      case .rows: (run.rows, run.firstRow)
      // These values are the same in every shard, so dropout must be the same, too.
      case .once: (1, 0)
      }
    var step = Execution(
      rows: rows, firstRow: firstRow,
      isTraining: isTraining, seed: run.seed, texts: sequences.table[plan.lines.sequence ?? 0],
      sequences: UnsafePointer(sequences.table), longest: longest, scratch: scratch,
      output: plan.grows ? plan.output + earlier * plan.width : plan.output,
      outputGradient: plan.outputGradient, saved: plan.saved,
      prepared: plan.prepared, slots: UnsafePointer(plan.slots),
      state: plan.state.map { Unmanaged.passUnretained($0) })
    if let panels {
      step.panels = Unmanaged.passUnretained(panels)
      step.shard = shard
    }
    step.earlier = earlier
    return step
  }

  /// One run's rows, at most the capacity, and the index of the first one in the whole batch.
  struct Run {
    let rows: Int
    let firstRow: Int
    let seed: UInt64
  }

  func run(_ rows: Int, _ firstRow: Int, _ seed: UInt64) -> Run {
    let rows = min(rows, capacity.rows)
    sequences.begin(rows: rows)
    return Run(rows: rows, firstRow: firstRow, seed: seed)
  }

  /// Says which texts, or which elements of another sequence, the rows of the next run have.
  ///
  /// - Parameters:
  ///   - lengths: the number of tokens of each row.
  ///   - first: the index of the first token in the whole batch.
  ///   - sequence: the place of the sequence among the graph's.
  public func setTexts(
    _ lengths: UnsafePointer<Int32>, count: Int, first: Int = 0, sequence: Int = 0
  ) {
    sequences.set(sequence, lengths, count: min(count, capacity.rows), first: first)
  }

  /// Computes `output` from `inputs` (and the texts of `setTexts`) for the first `rows` rows, at most the capacity.
  ///
  /// - Throws: the error of the first operator that cannot compute a row. Errors count rows from `firstRow`.
  public func forward(
    rows: Int, firstRow: Int = 0, isTraining: Bool = false, seed: UInt64 = 0
  ) throws {
    let run = run(rows, firstRow, seed)
    if panels != nil { sharedFailure.clear() }
    try Backend.onThisThread {
      for plan in plans {
        do {
          try plan.operation.forward(step(plan, run, isTraining: isTraining))
        } catch {
          // The run goes on, because other shards wait for the panels that this one packs.
          guard panels != nil else { throw error }
          sharedFailure.catching { throw error }
        }
      }
    }
    if panels != nil { try sharedFailure.rethrow() }
  }

  /// `forward` for prediction, by `parts` workers if they are available now.
  public func forward(rows: Int, firstRow: Int, sharedBy parts: Int) throws {
    if parts > 1, try forwardShared(rows: rows, firstRow: firstRow, parts: parts) { return }
    try forward(rows: rows, firstRow: firstRow)
  }

  /// Whether `forward(rows:reading:)` can be used: the network has one input, which only nodes read.
  public var canReadElsewhere: Bool { !soleInputSlots.isEmpty }

  /// Computes `output` from rows in the caller's memory, in the shape of the network's only input, without
  /// copying them.
  public func forward(
    rows: Int, firstRow: Int = 0, reading features: UnsafePointer<Float>, sharedBy parts: Int = 1
  ) throws {
    // Operators only read their operands.
    for slot in soleInputSlots { slot.pointee.value = UnsafeMutablePointer(mutating: features) }
    defer { for slot in soleInputSlots { slot.pointee.value = inputs[0] } }
    try forward(rows: rows, firstRow: firstRow, sharedBy: parts)
  }

  /// Computes the gradients of the weights from `outputGradient`, after `forward` on the same rows.
  ///
  /// - Throws: the error of an operator. The gradients are then undefined.
  public func backward(rows: Int, firstRow: Int = 0, seed: UInt64 = 0) throws {
    try reversed(run(rows, firstRow, seed)) { node, plan, step in
      let turn = turns.flatMap { turns in plan.turn.map { (turns.nodes + node, turns.nodes + $0) } }
      if let turn { worker_await_turn(turn.1, UInt32(shard)) }
      // A failed node passes its turn, too.
      defer { if let turn { worker_pass_turn(turn.0, UInt32(shard + 1)) } }
      try plan.operation.backward(step)
    }
  }

  /// Calls `body` with the nodes that have a gradient, from the last to the first, when their operands are there.
  ///
  /// - Throws: the first error of an operator or of `body`.
  func reversed(_ run: Run, _ body: (Int, NodePlan, Execution) throws -> Void) throws {
    var failure: Error?
    Backend.onThisThread {
      for (node, plan) in plans.enumerated().reversed() {
        do {
          // The same seed makes dropout the same.
          for other in recomputedBefore[node] ?? [] {
            try plans[other].operation.forward(step(plans[other], run, isTraining: true))
          }
        } catch {
          // The run goes on, because the other shards wait for this one's turns.
          failure = failure ?? error
        }
        guard plan.needsBackward else { continue }
        do {
          try body(node, plan, step(plan, run, isTraining: true))
        } catch {
          failure = failure ?? error
        }
      }
    }
    if let failure { throw failure }
  }

  /// `forward` for prediction, with each operator's work divided among `parts` workers, so that all of them
  /// compute even a single row or text.
  ///
  /// - Returns: false, with nothing computed, if there are no workers for it now.
  public func forwardShared(rows: Int, firstRow: Int = 0, parts: Int) throws -> Bool {
    let run = run(rows, firstRow, 0)
    let parts = min(parts, workers)
    sharedArrivals.pointer[0] = 0
    sharedFailure.clear()
    let isDone = WorkerPool.runTogether(shards: parts) { part in
      Backend.onThisThread {
        for plan in plans {
          // A worker that fails still goes on to the barrier, where the others wait for it.
          sharedFailure.catching { try forward(plan, run, part: part, of: parts) }
          worker_meet(sharedArrivals.pointer, Int32(clamping: parts))
        }
      }
    }
    try sharedFailure.rethrow()
    return isDone
  }

  private func forward(_ plan: NodePlan, _ run: Run, part: Int, of parts: Int) throws {
    let whole = step(plan, run, isTraining: false)
    switch plan.operation.sharing {
    case .none: if part == 0 { try plan.operation.forward(whole) }
    case .itself:
      var mine = whole
      (mine.part, mine.parts) = (part, parts)
      try plan.operation.forward(mine)
    case .lines:
      let lines = whole.rows * part / parts..<whole.rows * (part + 1) / parts
      guard !lines.isEmpty else { return }
      try withUnsafeTemporaryAllocation(of: Execution.InputSlot.self, capacity: max(plan.slotCount, 1)) {
        slots in
        for index in 0..<plan.slotCount {
          var slot = plan.slots[index]
          slot.value += lines.lowerBound * slot.width
          slots.initializeElement(at: index, to: slot)
        }
        guard let base = slots.baseAddress else { return }
        try plan.operation.forward(
          Execution(
            rows: lines.count, firstRow: whole.firstRow + lines.lowerBound, isTraining: false, seed: 0,
            texts: whole.texts, sequences: whole.sequences, longest: longest,
            scratch: scratch + lines.lowerBound * plan.operation.scratchPerLine,
            output: whole.output + lines.lowerBound * plan.width,
            outputGradient: plan.outputGradient,
            saved: plan.saved + lines.lowerBound * plan.operation.saved.perLine, prepared: plan.prepared,
            slots: UnsafePointer(base), state: plan.state.map { Unmanaged.passUnretained($0) }))
      }
    }
  }
}

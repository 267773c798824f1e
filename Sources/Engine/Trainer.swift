import EngineKernels
import Platform

/// A network in training: the trained weights, their gradients, and a workspace for every shard.
///
/// One step consists of `forward` over the shards of a batch, an objective over the outputs of the whole
/// batch, `backward` over the shards, and `update`. After the first steps, a step allocates nothing.
public final class Trainer: @unchecked Sendable {
  public let graph: Graph
  /// Every trainable weight, one tensor after another.
  public let weights: Buffer<Float>
  /// The gradient of the loss for each of `weights`, summed over the shards; valid from `backward` to the
  /// next `forward`.
  public let gradients: Buffer<Float>
  /// The outputs of the whole batch, (rows, output width) or (tokens, output width), and their gradients,
  /// which the objective computes.
  public let outputs: Buffer<Float>
  public let outputGradients: Buffer<Float>
  /// The graph's hidden outputs for the whole batch, in the graph's order.
  public let hidden: [Hidden]
  /// The squared norms of the rows' gradients, which `computeRowNorms` computes, (rows).
  public let rowNorms: Buffer<Double>
  /// The maximum sizes of a batch.
  public let capacity: Capacity
  /// Whether backward recomputes activations.
  public let recomputes: Bool
  /// The number of bytes of values and their gradients in all shards together.
  public var workspaceBytes: Int { shards.reduce(0) { $0 + $1.workspace.bytes } }

  /// A hidden output of the whole batch.
  public struct Hidden: Sendable {
    /// (rows, width) or (tokens, width).
    public let values: Buffer<Float>
    /// The objective's gradient at it, to which backward adds what reaches it from the output; 0 at first.
    public let gradients: Buffer<Float>
    /// The number of floats of a line.
    public let width: Int
    let lines: RunLines

    init(of id: Graph.ValueID, _ graph: Graph, _ capacity: Capacity) throws {
      let own = graph[id].lines
      width = graph[id].shape.count
      values = try Buffer(count: capacity.lines(own) * width, for: "outputs")
      gradients = try Buffer(count: capacity.lines(own) * width, for: "output gradients")
      lines = RunLines(own, graph.sequences)
    }
  }

  struct Shard {
    let workspace: Workspace
    /// The shard's own gradients; nil if it adds to the sum directly, in its turn.
    let gradients: Buffer<Float>?
  }
  let shards: [Shard]
  let segments: [WeightSegments.Segment]
  /// This training's copy of the running statistics, which forward changes.
  private let statistics: [Int: Buffer<Float>]
  /// The other parameters as float32, which are not trained.
  private let frozen: [Buffer<Float>]
  private(set) var ranges: [Range<Int>] = []
  let outputLines: RunLines
  let turns: Buffer<UInt32>
  let failure = FirstFailure()
  /// Whether all shards add to one array of gradients, which is in the first shard's workspace.
  let gradientsAreShared: Bool
  let panels: SharedPanels?
  private let shardPlan: ShardPlan

  /// - Parameters:
  ///   - trainable: whether each parameter of the graph is to change.
  ///   - capacity: the maximum sizes of a batch.
  ///   - recomputation: whether backward recomputes activations; gradients are the same bit by bit.
  ///   - sharedGradientsFrom: the number of weights from which all shards add in turns to one array of
  ///     gradients, which takes the memory of values. With fewer weights, separate arrays and a sum cost less
  ///     than the waiting.
  ///   - repeatsBackward: whether `backward` may be called several times after one `forward`, for gradients of
  ///     several objectives apart. It takes more memory.
  ///   - measuresRows: whether `computeRowNorms` may be called; it implies `repeatsBackward`.
  /// - Throws: `unsupported` for int8 weights, and with `measuresRows` for a network whose rows have no gradients
  ///   of their own: one with batch statistics, weights that several layers share, or values computed once for
  ///   all rows from trained weights.
  public init(
    _ graph: Graph, trainable: [Bool], capacity: Capacity, recomputation: Recomputation = .never,
    sharedGradientsFrom: Int = 1 << 20, repeatsBackward: Bool = false,
    measuresRows: Bool = false
  ) throws {
    let repeatsBackward = repeatsBackward || measuresRows
    if let whole = graph.parameters.first(where: { $0.element == .int8 }) {
      throw Failure.unsupported(
        "tensor \"\(whole.name)\" is stored as int8, whose rounded weights have no gradient; tune the model "
          + "with its weights as f32, bf16 or f16", at: whole.name)
    }
    let graph = try graph.withUnusedPositionsPruned().resolvingTypes(inFloat32: true).fused(for: .training)
    self.graph = graph
    var capacity = capacity
    capacity.rows = max(capacity.rows, 1)
    self.capacity = capacity
    let updated = Self.runningStatistics(graph)
    let segments = WeightSegments(graph, trainable: trainable, excluding: updated)
    self.segments = segments.all
    weights = try Buffer<Float>(count: segments.total, for: "weights")
    for segment in segments.all {
      graph.parameters[segment.parameter].widen(into: weights.pointer + segment.offset)
      graph.parameters[segment.parameter].releasePages()
    }
    outputLines = RunLines(graph.outputLines, graph.sequences)
    let outputCount = capacity.lines(graph.outputLines) * graph.outputWidth
    outputs = try Buffer<Float>(count: outputCount, for: "outputs")
    outputGradients = try Buffer<Float>(count: outputCount, for: "output gradients")
    hidden = try graph.hidden.map { try Hidden(of: $0, graph, capacity) }
    statistics = try Self.copies(of: updated, graph)
    shardPlan = ShardPlan(graph, capacity: capacity)
    turns = try Buffer<UInt32>(count: graph.nodes.count, for: "turns")
    rowNorms = try Buffer<Double>(count: measuresRows ? capacity.rows : 0, for: "norms of rows")
    // The shared array takes the memory of values, which another backward would still read.
    gradientsAreShared =
      segments.total >= sharedGradientsFrom && !repeatsBackward && !Self.layersShareAWeight(graph)
    let recomputed = Self.recomputedLayers(
      graph, recomputation, segments, shardPlan, gradientsAreShared: gradientsAreShared,
      repeatsBackward: repeatsBackward)
    recomputes = !recomputed.isEmpty
    let largestPanels = graph.nodes.map { $0.operation.sharedPanels }.max() ?? 0
    panels =
      shardPlan.count > 1 && largestPanels > 0
      ? try SharedPanels(size: largestPanels, shards: shardPlan.count) : nil

    let offsets = segments.offsets(parameters: graph.parameters.count)
    let (parameters, frozen) = try Self.parameters(
      graph, statistics: statistics, weights: weights, offsets: offsets)
    self.frozen = frozen
    var shards: [Shard] = []
    var sum: Buffer<Float>?
    for index in 0..<shardPlan.count {
      let own = gradientsAreShared ? nil : try Buffer<Float>(count: segments.total, for: "gradients")
      let workspace = try Workspace(
        graph, capacity: shardPlan.capacity, parameters: parameters,
        training: .init(
          offsets: offsets, count: segments.total, array: (own ?? sum)?.pointer,
          turns: gradientsAreShared ? .init(nodes: turns.pointer) : nil, panels: panels, shard: index,
          repeats: repeatsBackward, measuresRows: measuresRows),
        recomputed: recomputed)
      // The first shard's gradients take the memory of the sum.
      shards.append(Shard(workspace: workspace, gradients: sum == nil ? nil : own))
      sum =
        sum ?? own ?? Buffer(borrowing: workspace.parameterGradients, count: segments.total, owner: workspace)
    }
    gradients = try sum ?? Buffer<Float>(count: segments.total, for: "gradients")
    self.shards = shards
  }

  /// Where each parameter's values are, and the buffers of those that do not change.
  private static func parameters(
    _ graph: Graph, statistics: [Int: Buffer<Float>], weights: Buffer<Float>, offsets: [Int?]
  ) throws -> (pointers: [UnsafeMutablePointer<Float>], frozen: [Buffer<Float>]) {
    var pointers: [UnsafeMutablePointer<Float>] = []
    var frozen: [Buffer<Float>] = []
    for (index, tensor) in graph.parameters.enumerated() {
      if let running = statistics[index] {
        pointers.append(running.pointer)
      } else if let offset = offsets[index] {
        pointers.append(weights.pointer + offset)
      } else {
        let values = try tensor.values
        frozen.append(values)
        pointers.append(values.pointer)
      }
    }
    return (pointers, frozen)
  }

  private static func copies(of parameters: Set<Int>, _ graph: Graph) throws -> [Int: Buffer<Float>] {
    var copies: [Int: Buffer<Float>] = [:]
    for index in parameters { copies[index] = try Buffer(copying: graph.parameters[index].values.elements) }
    return copies
  }

  /// The parameters that forward changes in training, such as a batch normalization's running means.
  private static func runningStatistics(_ graph: Graph) -> Set<Int> {
    var updated = Set<Int>()
    for node in graph.nodes {
      for position in node.operation.statistics where node.inputs.indices.contains(position) {
        if case .parameter(let index) = graph[node.inputs[position]].source { updated.insert(index) }
      }
    }
    return updated
  }

  /// The layers whose values backward recomputes: all of them, or none.
  private static func recomputedLayers(
    _ graph: Graph, _ recomputation: Recomputation, _ segments: WeightSegments, _ shards: ShardPlan,
    gradientsAreShared: Bool, repeatsBackward: Bool
  ) -> [Range<Int>] {
    switch recomputation {
    case .never: return []
    case .always: return graph.layers
    case .above(let bytes):
      let offsets = segments.offsets(parameters: graph.parameters.count)
      func floats(_ gradientCount: Int?) -> Int {
        WorkspaceLayout(
          graph, capacity: shards.capacity, offsets: offsets, gradientCount: gradientCount, recomputed: [],
          repeats: repeatsBackward
        ).total
      }
      let needed = floats(gradientsAreShared ? segments.total : nil) + (shards.count - 1) * floats(nil)
      return needed > bytes / MemoryLayout<Float>.size ? graph.layers : []
    }
  }

  public convenience init(_ graph: Graph, trainable: [Bool], capacity: Int) throws {
    try self.init(graph, trainable: trainable, capacity: Capacity(rows: capacity))
  }

  /// The offset of a parameter's values in `weights`; nil for a parameter that is not trained.
  public func offset(ofParameter index: Int) -> Int? { segments.first { $0.parameter == index }?.offset }

  /// Whether different layers use the same weight. A shard's turn to add to its gradient would then come only
  /// after the previous shard has finished with all of them.
  private static func layersShareAWeight(_ graph: Graph) -> Bool {
    let layers = graph.layers
    // For each value, the first node that uses it.
    var users = [Int](repeating: -1, count: graph.values.count)
    for (place, node) in graph.nodes.enumerated() {
      for input in node.inputs {
        let root = graph.storage(of: input).index
        guard !graph.values[root].hasRows else { continue }
        let user = users[root]
        if user < 0 {
          users[root] = place
        } else if !layers.contains(where: { $0.contains(user) && $0.contains(place) }) {
          return true
        }
      }
    }
    return false
  }

  /// Divides a batch's rows into shards. Texts are divided by their numbers of tokens.
  private func cut(rows: Int, lengths: UnsafePointer<Int32>?) {
    ranges.removeAll(keepingCapacity: true)
    guard let lengths, graph.readsTokens else {
      // Few rows need few shards, but no shard takes more rows than its capacity.
      let needed = (rows + shardPlan.capacity.rows - 1) / shardPlan.capacity.rows
      let parts = min(shards.count, max(1, needed, rows / shardPlan.minimumRows))
      for part in 0..<parts { ranges.append((rows * part / parts)..<(rows * (part + 1) / parts)) }
      return
    }
    var tokens = 0
    for row in 0..<rows { tokens += Int(lengths[row]) }
    let parts = min(shards.count, max(rows, 1))
    var (row, before) = (0, 0)
    for part in 0..<parts {
      let start = row
      let goal = tokens * (part + 1) / parts
      // End at the row nearest to the shard's share, and leave at least one row for every later shard.
      while row < rows - (parts - 1 - part), before < goal || part == parts - 1 {
        let length = Int(lengths[row])
        if part < parts - 1, row > start, before + length - goal > goal - before { break }
        before += length
        row += 1
      }
      ranges.append(start..<row)
    }
  }

  /// Tells a shard's workspace the texts of its rows.
  private func setTexts(_ shard: Int, _ lengths: UnsafePointer<Int32>, sequence: Int) {
    let range = ranges[shard]
    var first = 0
    for row in 0..<range.lowerBound { first += Int(lengths[row]) }
    shards[shard].workspace.setTexts(
      lengths + range.lowerBound, count: range.count, first: first, sequence: sequence)
  }

  /// Computes `outputs` for a batch of `rows` rows; `fill(range, inputs)` writes the rows of a shard.
  ///
  /// - Parameters:
  ///   - lengths: for a network that reads texts, the number of tokens of each row's text; `fill` writes the texts
  ///     one after another.
  ///   - further: the same for the network's further sequences; see `Graph.sequences`.
  public func forward(
    rows: Int, lengths: UnsafePointer<Int32>? = nil, further: [UnsafePointer<Int32>] = [],
    isTraining: Bool = true, seed: UInt64, fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void
  ) throws {
    cut(rows: min(rows, capacity.rows), lengths: lengths)
    let width = graph.outputWidth
    panels?.begin(shards: ranges.count)
    failure.clear()
    WorkerPool.run(shards: ranges.count) { index in
      let (range, workspace) = (ranges[index], shards[index].workspace)
      if let lengths { setTexts(index, lengths, sequence: 0) }
      for (place, lengths) in further.enumerated() { setTexts(index, lengths, sequence: place + 1) }
      fill(range, workspace.inputs)
      failure.catching {
        try workspace.forward(
          rows: range.count, firstRow: range.lowerBound, isTraining: isTraining, seed: seed)
      }
      let lines = lines(of: index, outputLines)
      (outputs.pointer + lines.lowerBound * width).update(from: workspace.output, count: lines.count * width)
      for (place, hidden) in hidden.enumerated() {
        let lines = self.lines(of: index, hidden.lines)
        (hidden.values.pointer + lines.lowerBound * hidden.width).update(
          from: workspace.hidden[place], count: lines.count * hidden.width)
      }
    }
    try failure.rethrow()
  }

  /// The lines of a shard among those of the batch, for a value with a line for each row or for each token.
  func lines(of shard: Int, _ lines: RunLines) -> Range<Int> {
    guard let place = lines.sequence else { return ranges[shard] }
    let sequences = shards[shard].workspace.sequences
    let first = sequences.first(place)
    return first..<first + sequences.count(place, rows: ranges[shard].count)
  }

  /// The network with the trained weights, which change with the next step. It shares frozen tensors with the
  /// base.
  ///
  /// - Parameter copied: whether the weights are copied, so that later steps do not change them.
  public func trained(_ base: Graph, copied: Bool = false) throws -> Graph {
    var parameters = base.parameters
    for segment in segments {
      let tensor = parameters[segment.parameter]
      parameters[segment.parameter] = try Tensor(
        name: tensor.name, shape: tensor.shape,
        values: copied
          ? Buffer(
            copying: UnsafeBufferPointer(start: weights.pointer + segment.offset, count: segment.count),
            for: "weights")
          : Buffer(borrowing: weights.pointer + segment.offset, count: segment.count, owner: weights))
    }
    for (index, buffer) in statistics {
      let tensor = parameters[index]
      parameters[index] = try Tensor(
        name: tensor.name, shape: tensor.shape, values: Buffer(copying: buffer.elements))
    }
    return try base.replacing(parameters: parameters)
  }

  /// Releases the memory that only steps need. No step may follow. Weights and running statistics stay.
  public func finish() {
    if !gradientsAreShared { gradients.clear() }
    for shard in shards {
      shard.gradients?.clear()
      shard.workspace.clear()
    }
  }

  /// The running statistics, for checkpoints, in the order of their parameters.
  public var runningStatistics: [Buffer<Float>] { statistics.sorted { $0.key < $1.key }.map(\.value) }
}

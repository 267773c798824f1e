/// The position of each value in a workspace: offsets in floats, each at the beginning of a cache line.
///
/// In prediction, values that are not alive at the same time share memory. In training, values lie in the
/// order of forward, after the memory that backward needs: backward finishes with the last value first.
struct WorkspaceLayout {
  private(set) var values: [Int: Int] = [:]
  private(set) var gradients: [Int: Int] = [:]
  private(set) var saved: [Int: Int] = [:]
  /// For each node, the nodes that backward recomputes before it.
  private(set) var recomputedBefore: [Int: [Int]] = [:]
  /// The offset of the array of all parameters' gradients, if the workspace contains it.
  private(set) var parameterGradients = 0
  private(set) var total = 0
  private(set) var scratch = 0
  private var free: [(offset: Int, size: Int)] = []
  private let capacity: Capacity
  private let repeats: Bool

  /// The layout for prediction.
  ///
  /// - Parameter growing: the values that have all tokens of a text, up to the longest, and stay from run to run.
  init(_ graph: Graph, capacity: Capacity, growing: Set<Int> = []) {
    self.capacity = capacity
    repeats = false
    let lastUse = Self.lastUses(graph)
    let ends = Self.ends(graph)
    for value in growing.sorted() {
      values[value] = take(rounded(capacity.longest * graph.values[value].shape.count))
    }
    for input in graph.inputs where !growing.contains(input.index) {
      values[input.index] = take(size(graph[input]))
    }
    for (index, node) in graph.nodes.enumerated() {
      if !growing.contains(node.output.index) {
        values[node.output.index] = take(size(graph[node.output]))
      }
      let savedSize = savedSize(graph, node)
      if savedSize > 0 {
        let offset = take(savedSize)
        saved[index] = offset
        give(offset, savedSize)
      }
      for root in Set(node.inputs.map { graph.storage(of: $0).index })
      where lastUse[root] == index && !ends.contains(root) && !growing.contains(root) {
        if let offset = values[root], !graph.inputs.contains(where: { $0.index == root }) {
          give(offset, size(graph.values[root]))
        }
      }
    }
    addScratch(graph)
  }

  /// The layout for training.
  ///
  /// - Parameters:
  ///   - offsets: the offset of each parameter's gradient in the array of all; nil for a frozen parameter.
  ///   - gradientCount: the number of floats of that array, if the workspace contains it.
  ///   - recomputed: segments of nodes, in order, whose values live only until the next segment's and are
  ///     recomputed in backward. Values that other nodes read are stored.
  ///   - repeats: whether backward leaves everything that it reads, so that it may run again.
  init(
    _ graph: Graph, capacity: Capacity, offsets: [Int?], gradientCount: Int?, recomputed: [Range<Int>],
    repeats: Bool = false
  ) {
    self.capacity = capacity
    self.repeats = repeats
    for input in graph.inputs { values[input.index] = take(size(graph[input])) }
    let replaced = addGradients(graph, offsets)
    addScratch(graph)
    if recomputed.isEmpty { addRecomputed(graph) } else { addSegments(graph, recomputed) }
    let consumers = graph.consumers
    let isElsewhere = Set(values.keys)
    var ends: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      if !isElsewhere.contains(node.output.index) {
        let operand = overwritten(graph, node, consumers).flatMap {
          isElsewhere.contains($0) || repeats && !isOfSameSegment($0, index, graph, recomputed) ? nil : $0
        }
        values[node.output.index] = operand.flatMap { values[$0] } ?? take(size(graph[node.output]))
      }
      let savedSize = savedSize(graph, node)
      if savedSize > 0, saved[index] == nil { saved[index] = take(savedSize) }
      ends.append(total)
    }
    for value in replaced { gradients[value] = values[value] }
    if let gradientCount { addParameterGradients(graph, offsets, gradientCount, ends) }
  }

  /// The values that are read after the run.
  private static func ends(_ graph: Graph) -> Set<Int> { Set(graph.ends.map { graph.storage(of: $0).index }) }

  /// Value → the last node that reads it.
  private static func lastUses(_ graph: Graph) -> [Int: Int] {
    var lastUse: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastUse[graph.storage(of: input).index] = index }
    }
    return lastUse
  }

  /// Values used only within their recomputation segment.
  private static func passingValues(_ graph: Graph, _ runs: [Int]) -> Set<Int> {
    var passing = Set<Int>()
    var producer: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where runs[index] >= 0 {
      passing.insert(node.output.index)
      producer[node.output.index] = runs[index]
    }
    passing.subtract(ends(graph))
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs {
        let root = graph.storage(of: input).index
        if let run = producer[root], run != runs[index] { passing.remove(root) }
      }
    }
    return passing
  }

  /// Places the values of each segment. All segments share the same memory.
  private mutating func addSegments(_ graph: Graph, _ recomputed: [Range<Int>]) {
    var runs = [Int](repeating: -1, count: graph.nodes.count)
    for (run, range) in recomputed.enumerated() { for node in range { runs[node] = run } }
    let passing = Self.passingValues(graph, runs)
    let consumers = graph.consumers
    let start = total
    for range in recomputed {
      var end = start
      func place(_ size: Int) -> Int {
        defer { end += size }
        return end
      }
      for index in range {
        let node = graph.nodes[index]
        if passing.contains(node.output.index) {
          let operand = overwritten(graph, node, consumers).flatMap {
            passing.contains($0) ? values[$0] : nil
          }
          values[node.output.index] = operand ?? place(size(graph[node.output]))
        }
        let savedSize = savedSize(graph, node)
        if savedSize > 0 { saved[index] = place(savedSize) }
      }
      total = max(total, end)
    }
    // The values of the last segment are still available when backward begins for the first time.
    for range in repeats ? recomputed[...] : recomputed.dropLast()
    where range.contains(where: { hasGradient(graph.nodes[$0], graph) }) {
      recomputedBefore[range.upperBound - 1] = Array(range)
    }
  }

  /// Places values that are cheap to recompute, which share memory. Each lives until its last reader in
  /// forward has read it, and is recomputed before its first reader in backward.
  private mutating func addRecomputed(_ graph: Graph) {
    let (lastUse, consumers) = (Self.lastUses(graph), graph.consumers)
    var places: [(offset: Int, size: Int, busyUntil: Int)] = []
    var recomputed = Self.ends(graph)
    var overwritten = Set<Int>()
    var firstInBackward: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      if let operand = self.overwritten(graph, node, consumers) { overwritten.insert(operand) }
      guard hasGradient(node, graph) else { continue }
      for (position, input) in node.inputs.enumerated()
      where !node.operation.inPlaceOperands.contains(position) {
        firstInBackward[graph.storage(of: input).index] = index
      }
    }
    for (index, node) in graph.nodes.enumerated() where node.operation.isCheapToRecompute {
      let result = node.output.index
      let operands = node.inputs.map { graph.storage(of: $0).index }
      guard let last = lastUse[result], !recomputed.contains(result), !overwritten.contains(result),
        recomputed.isDisjoint(with: operands)
      else { continue }
      recomputed.insert(result)
      let size = size(graph[node.output])
      if let place = places.firstIndex(where: { $0.size >= size && $0.busyUntil < index }) {
        values[result] = places[place].offset
        places[place].busyUntil = last
      } else {
        let offset = take(size)
        values[result] = offset
        places.append((offset, size, last))
      }
      if let reader = firstInBackward[result] { recomputedBefore[reader, default: []].append(index) }
    }
  }

  /// The operand that a node's output may overwrite in training (in place): it has the same count, no other
  /// node reads it, and its producer does not read it in backward.
  private func overwritten(_ graph: Graph, _ node: Graph.Node, _ consumers: [Int]) -> Int? {
    let result = graph[node.output]
    for position in node.operation.inPlaceOperands where node.inputs.indices.contains(position) {
      let operand = node.inputs[position]
      guard consumers[operand.index] == 1, graph[operand].lines == result.lines,
        graph[operand].shape.count == result.shape.count, isUnreadByProducer(graph, operand)
      else { continue }
      return operand.index
    }
    return nil
  }

  /// Whether a node and the producer of a value are recomputed together, or neither is. If another backward
  /// follows, what is recomputed must find its operands, and its results must stay, as forward left them.
  private func isOfSameSegment(
    _ value: Int, _ node: Int, _ graph: Graph, _ segments: [Range<Int>]
  ) -> Bool {
    guard case .node(let producer) = graph.values[value].source else { return false }
    return segments.firstIndex { $0.contains(producer) } == segments.firstIndex { $0.contains(node) }
  }

  /// Whether a value is the output of a node that does not read it in backward.
  private func isUnreadByProducer(_ graph: Graph, _ value: Graph.ValueID) -> Bool {
    guard case .node(let producer) = graph[value].source else { return false }
    return !graph.nodes[producer].operation.readsOutput
  }

  /// Places a gradient for every computed value that depends on a trained weight. In the order of backward,
  /// it lives from its first contribution to its producer's turn.
  ///
  /// - Returns: the values whose gradients are written in place, to the values' own memory.
  private mutating func addGradients(_ graph: Graph, _ offsets: [Int?]) -> Set<Int> {
    var replaced = Set<Int>()
    var wanted = Set<Int>()
    for node in graph.nodes {
      let needs = node.inputs.contains { input in
        let root = graph.storage(of: input)
        if case .parameter(let index) = graph[root].source { return offsets[index] != nil }
        return wanted.contains(root.index)
      }
      if needs { wanted.insert(node.output.index) }
    }
    // The caller writes these before backward begins.
    let output = graph.storage(of: graph.output).index
    gradients[output] = take(size(graph.values[output]))
    for end in Self.ends(graph).sorted() where wanted.contains(end) && end != output {
      gradients[end] = take(size(graph.values[end]))
    }
    for node in graph.nodes.reversed() where gradients[node.output.index] != nil {
      for (position, input) in node.inputs.enumerated() {
        let root = graph.storage(of: input).index
        guard wanted.contains(root), gradients[root] == nil else { continue }
        if !repeats, position == node.operation.operandReplacedByGradient, isUnreadByProducer(graph, input) {
          replaced.insert(root)
          gradients[root] = 0
        } else {
          gradients[root] = take(size(graph.values[root]))
        }
      }
      if let offset = gradients[node.output.index], node.output.index != output,
        !replaced.contains(node.output.index)
      {
        give(offset, size(graph[node.output]))
      }
    }
    free = []
    return replaced
  }

  /// Places the array of the parameters' gradients. When a parameter's gradient is first written, the values
  /// of later nodes are not needed any more, so the array may overlap them. It begins as early as that
  /// allows.
  ///
  /// - Parameter ends: for each node, the end of the values of this node and all nodes before it.
  private mutating func addParameterGradients(_ graph: Graph, _ offsets: [Int?], _ count: Int, _ ends: [Int])
  {
    var writer: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where hasGradient(node, graph) {
      for input in node.inputs {
        if case .parameter(let parameter) = graph[graph.storage(of: input)].source {
          writer[parameter] = index
        }
      }
    }
    for (parameter, offset) in offsets.enumerated() {
      guard let offset else { continue }
      // A gradient that no node writes stays zero.
      parameterGradients = max(parameterGradients, (writer[parameter].map { ends[$0] } ?? total) - offset)
    }
    total = max(total, parameterGradients + count)
  }

  private func hasGradient(_ node: Graph.Node, _ graph: Graph) -> Bool { gradients[node.output.index] != nil }

  /// Places one block of working memory for all operators, which run one after another.
  private mutating func addScratch(_ graph: Graph) {
    let most =
      graph.nodes.map { node in
        node.operation.scratch(longest: capacity.longestOfAll)
          + node.operation.scratchPerLine * capacity.lines(graph[node.output].lines)
      }.max() ?? 0
    // It shares no memory with values: memory that is free now was not free while other nodes ran.
    scratch = total
    total += rounded(most)
  }

  private func savedSize(_ graph: Graph, _ node: Graph.Node) -> Int {
    let saved = node.operation.saved
    return rounded(capacity.lines(graph[node.output].lines) * saved.perLine + saved.fixed)
  }
  private func size(_ value: Graph.Value) -> Int { rounded(capacity.lines(value.lines) * value.shape.count) }
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

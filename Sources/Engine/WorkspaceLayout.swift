/// Where each value lies in a workspace: offsets in floats, each on a cache line of its own.
struct WorkspaceLayout {
  var values: [Int: Int] = [:]
  var gradients: [Int: Int] = [:]
  var kept: [Int: Int] = [:]
  private(set) var total = 0
  private(set) var scratch = 0
  private var free: [(offset: Int, size: Int)] = []
  private let capacity: Capacity

  /// - Parameters:
  ///   - trained: whether each parameter gets a gradient; nil for prediction.
  ///   - recomputed: runs of nodes, in order, whose values live only until the next run's: backward computes them
  ///   again. Values that others read stay.
  init(_ graph: Graph, capacity: Capacity, trained: [Bool]?, recomputed: [Range<Int>] = []) {
    self.capacity = capacity
    let keepsAll = trained != nil
    let lastUse = Self.lastUses(graph)
    let consumers = graph.consumers
    let output = graph.storage(of: graph.output).index
    let runs = Self.runs(graph, recomputed)
    let passing = Self.passingValues(graph, runs)
    for input in graph.inputs { values[input.index] = take(size(graph[input])) }
    // Each run's own values from its beginning, all runs in the same memory.
    var places: [(value: Int?, kept: Int?, offset: Int)] = []
    var (run, offset, longest) = (-1, 0, 0)
    func place(_ size: Int) -> Int {
      defer {
        offset += size
        longest = max(longest, offset)
      }
      return offset
    }
    var passingPlaces: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      if runs[index] != run { (run, offset) = (runs[index], 0) }
      let result = node.output.index
      let isPassing = runs[index] >= 0 && passing.contains(result)
      let kept = node.operation.kept
      let keptSize = rounded(capacity.lines(graph[node.output].lines) * kept.perRow + kept.fixed)
      if isPassing {
        let operand = overwritten(graph, node, consumers).flatMap { passingPlaces[$0] }
        let there = operand ?? place(size(graph[node.output]))
        passingPlaces[result] = there
        places.append((result, nil, there))
        if keptSize > 0 { places.append((nil, index, place(keptSize))) }
        continue
      }
      let shared =
        keepsAll && runs[index] < 0
        ? overwritten(graph, node, consumers).flatMap { passing.contains($0) ? nil : values[$0] } : nil
      values[result] = shared ?? take(size(graph[node.output]))
      if runs[index] >= 0 {
        if keptSize > 0 { places.append((nil, index, place(keptSize))) }
        continue
      }
      if keptSize > 0 { self.kept[index] = take(keptSize) }
      guard !keepsAll else { continue }
      if let offset = self.kept[index] { give(offset, keptSize) }
      for root in Set(node.inputs.map { graph.storage(of: $0).index })
      where lastUse[root] == index && root != output {
        if let offset = values[root], !graph.inputs.contains(where: { $0.index == root }) {
          give(offset, size(graph.values[root]))
        }
      }
    }
    if longest > 0 {
      let base = total
      total += longest
      for entry in places {
        if let value = entry.value { values[value] = base + entry.offset }
        if let node = entry.kept { self.kept[node] = base + entry.offset }
      }
    }
    if let trained { addGradients(graph, trained) }
    addScratch(graph)
  }

  /// Value → the last node that reads it.
  private static func lastUses(_ graph: Graph) -> [Int: Int] {
    var lastUse: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastUse[graph.storage(of: input).index] = index }
    }
    return lastUse
  }

  /// The run of each node; −1 for those of none.
  private static func runs(_ graph: Graph, _ recomputed: [Range<Int>]) -> [Int] {
    var runs = [Int](repeating: -1, count: graph.nodes.count)
    for (run, range) in recomputed.enumerated() { for node in range { runs[node] = run } }
    return runs
  }

  /// Values that nobody reads but nodes of the run that computes them.
  private static func passingValues(_ graph: Graph, _ runs: [Int]) -> Set<Int> {
    var passing = Set<Int>()
    var producer: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() where runs[index] >= 0 {
      passing.insert(node.output.index)
      producer[node.output.index] = runs[index]
    }
    passing.remove(graph.storage(of: graph.output).index)
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs {
        let root = graph.storage(of: input).index
        if let run = producer[root], run != runs[index] { passing.remove(root) }
      }
    }
    return passing
  }

  /// The operand in whose memory a node's output may stand in training: one of as many numbers that nobody else
  /// reads, and whose producer does not read it in backward.
  private func overwritten(_ graph: Graph, _ node: Graph.Node, _ consumers: [Int]) -> Int? {
    let result = graph[node.output]
    for position in node.operation.overwritable where node.inputs.indices.contains(position) {
      let operand = node.inputs[position]
      guard case .node(let producer) = graph[operand].source, consumers[operand.index] == 1,
        graph[operand].lines == result.lines, graph[operand].shape.count == result.shape.count,
        !graph.nodes[producer].operation.readsOutput
      else { continue }
      return operand.index
    }
    return nil
  }

  /// A gradient for every computed value that depends on a weight to be trained, alive from its first
  /// contribution, in the order of backward, to its producer's turn.
  private mutating func addGradients(_ graph: Graph, _ trained: [Bool]) {
    var wanted = Set<Int>()
    for node in graph.nodes {
      let needs = node.inputs.contains { input in
        let root = graph.storage(of: input)
        if case .parameter(let index) = graph[root].source {
          return trained.indices.contains(index) && trained[index]
        }
        return wanted.contains(root.index)
      }
      if needs { wanted.insert(node.output.index) }
    }
    let output = graph.storage(of: graph.output).index
    gradients[output] = take(size(graph.values[output]))
    for node in graph.nodes.reversed() where gradients[node.output.index] != nil {
      for input in node.inputs {
        let root = graph.storage(of: input).index
        if wanted.contains(root), gradients[root] == nil { gradients[root] = take(size(graph.values[root])) }
      }
      if let offset = gradients[node.output.index], node.output.index != output {
        give(offset, size(graph[node.output]))
      }
    }
  }

  /// One block for all operators: they run one after another.
  private mutating func addScratch(_ graph: Graph) {
    let most =
      graph.nodes.map { node in
        node.operation.scratch(longest: capacity.longest)
          + node.operation.scratchPerLine * capacity.lines(graph[node.output].lines)
      }.max() ?? 0
    // Of its own: what is free now was not while other nodes worked.
    scratch = total
    total += rounded(most)
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

import Engine
import Platform
import Testing

/// Random ensembles with every kind of split, and an oracle that walks down each tree split by split.
enum RandomTrees {
  static func split(_ random: inout RandomStream, features: Int, numbersOnly: Bool) -> DecisionTrees.Split {
    let feature = random.below(features)
    let goesLeft = random.below(2) == 0
    switch numbersOnly ? 2 : random.below(6) {
    case 0:
      return .init(
        feature: feature, .inSet, categories: (0..<70).filter { _ in random.below(3) == 0 },
        missingGoesLeft: goesLeft)
    case 1:
      return .init(feature: feature, .equal, threshold: Double(random.below(4)), missingGoesLeft: goesLeft)
    case 2, 3:
      return .init(
        feature: feature, .less, threshold: Double(random.below(9)) / 2 - 1, missingGoesLeft: goesLeft)
    default:
      return .init(
        feature: feature, .lessOrEqual, threshold: random.uniform() * 4 - 1, missingGoesLeft: goesLeft,
        zeroIsMissing: random.below(4) == 0)
    }
  }

  /// A tree of `leaves` leaves, grown by splitting a leaf chosen at random.
  static func nodes(_ random: inout RandomStream, leaves: Int, features: Int, numbersOnly: Bool = false)
    -> [DecisionTrees.Node]
  {
    var nodes: [DecisionTrees.Node] = [.leaf(cover: 1)]
    while nodes.count < 2 * leaves - 1 {
      let place = random.below(nodes.count)
      guard case .leaf = nodes[place] else { continue }
      let split = split(&random, features: features, numbersOnly: numbersOnly)
      nodes[place] = .split(split, left: nodes.count, right: nodes.count + 1)
      nodes += [.leaf(cover: 1), .leaf(cover: Float(random.below(9)))]
    }
    return nodes
  }

  static func trees(
    count: Int, leaves: Int, features: Int, outputs: Int = 1, seed: UInt64 = 3, numbersOnly: Bool = false
  )
    throws -> DecisionTrees
  {
    var random = RandomStream(seed: seed)
    var trees = try DecisionTrees(features: features, outputs: outputs)
    for index in 0..<count {
      let nodes = nodes(
        &random, leaves: 1 + random.below(leaves), features: features, numbersOnly: numbersOnly)
      _ = try trees.add(output: index % outputs, root: 0, count: nodes.count) { nodes[$0] }
    }
    return trees
  }

  /// The leaf of a row, found split by split.
  static func leaf(_ tree: DecisionTrees.Tree, _ row: [Float]) -> Int {
    var place = tree.splits.isEmpty ? ~0 : 0
    while place >= 0 {
      let split = tree.splits[place]
      let x = row[split.feature]
      let isMissing = x.isNaN || split.zeroIsMissing && abs(x) <= 1e-35
      let goesLeft: Bool
      if isMissing {
        goesLeft = split.missingGoesLeft
      } else {
        switch split.comparison {
        case .less: goesLeft = Double(x) < split.threshold
        case .lessOrEqual: goesLeft = Double(x) <= split.threshold
        case .equal: goesLeft = x == Float(split.threshold)
        case .inSet: goesLeft = x > -1 && split.categories.contains(Int(x))
        }
      }
      place = goesLeft ? split.left : split.right
    }
    return tree.firstLeaf + ~place
  }

  /// Rows with numbers near the thresholds, categories, zeros and missing numbers.
  static func rows(_ count: Int, features: Int, seed: UInt64 = 8) -> [[Float]] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in
      (0..<features).map { _ in
        switch random.below(6) {
        case 0: .nan
        case 1: 0
        case 2: Float(random.below(80)) - 4
        case 3: Float(random.below(9)) / 2 - 1
        default: Float(random.uniform() * 5 - 1)
        }
      }
    }
  }

  static func graph(
    _ trees: DecisionTrees, valuesPerLeaf: Int = 1, aggregate: LeafSums.Aggregate = .sum, factor: Float = 1
  )
    throws -> Graph
  {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: trees.features))
    let values = builder.parameter(
      try randomTensor("leaves", [trees.leafCount] + (valuesPerLeaf > 1 ? [valuesPerLeaf] : [])))
    let bias = builder.parameter(try randomTensor("bias", [trees.outputs]))
    let output = try builder.apply(
      TreeEnsemble(TreeLayout(trees), aggregate, factor: factor), to: [x, values, bias], name: "trees")
    return try builder.finish(output: output)
  }
}

@Suite("Ensembles of decision trees")
struct TreeEnsembleTests {
  /// The network's outputs, `chunk` rows at a time.
  private func outputs(_ graph: Graph, _ rows: [[Float]], chunk: Int) throws -> [Float] {
    let predictor = try Predictor(graph)
    var result: [Float] = []
    try predictor.withWorkspace { workspace in
      for start in stride(from: 0, to: rows.count, by: chunk) {
        let part = rows[start..<min(start + chunk, rows.count)]
        let features = Array(part.joined())
        try workspace.forward(rows: part.count, reading: features)
        result += UnsafeBufferPointer(start: workspace.output, count: part.count * graph.outputWidth)
      }
    }
    return result
  }

  @Test(
    "Every method of routing finds the leaf of the split-by-split walk: one row, leaf sets, walks",
    arguments: [20, 60, 300], [1, 3])
  func routing(leaves: Int, outputs count: Int) throws {
    let trees = try RandomTrees.trees(count: 21, leaves: leaves, features: 4, outputs: count)
    let graph = try RandomTrees.graph(trees)
    let rows = RandomTrees.rows(203, features: 4)
    let (values, bias) = (try graph.parameters[0].values.array, try graph.parameters[1].values.array)
    let expected = rows.flatMap { row in
      (0..<count).map { output in
        trees.trees.filter { $0.output == output }.reduce(bias[output]) {
          $0 + values[RandomTrees.leaf($1, row)]
        }
      }
    }
    for chunk in [1, 7, 64] {
      let found = try outputs(graph, rows, chunk: chunk)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-5 })
      #expect(found.count == expected.count)
    }
  }

  @Test(
    "Rows of few columns one by one, which may lie in registers, find the same leaves as many rows at once",
    arguments: [1, 4, 8, 15, 16, 17, 31, 32, 33], [2, 17, 32])
  func singleRows(features: Int, leaves: Int) throws {
    // With sets and equality, even four features give more than twenty columns.
    for numbersOnly in [true, false] {
      let trees = try RandomTrees.trees(
        count: 19, leaves: leaves, features: features, numbersOnly: numbersOnly)
      let layout = try TreeLayout(trees)
      for row in RandomTrees.rows(60, features: features) {
        let found = try layout.route(row, rows: 1)
        let expected = trees.trees.map { Float(RandomTrees.leaf($0, row)) }
        #expect(found.array == expected)
      }
    }
  }

  @Test(
    "Means, minima, maxima, and leaves with a value for every output", arguments: LeafSums.Aggregate.allCases)
  func aggregates(aggregate: LeafSums.Aggregate) throws {
    let trees = try RandomTrees.trees(count: 9, leaves: 12, features: 3, outputs: 2)
    let graph = try RandomTrees.graph(trees, valuesPerLeaf: 2, aggregate: aggregate, factor: 0.25)
    let rows = RandomTrees.rows(40, features: 3)
    let (values, bias) = (try graph.parameters[0].values.array, try graph.parameters[1].values.array)
    let expected = rows.flatMap { row in
      (0..<2).map { output in
        let reached = trees.trees.map { values[RandomTrees.leaf($0, row) * 2 + output] }
        let total: Float =
          switch aggregate {
          case .sum: reached.reduce(0, +)
          case .minimum: reached.min() ?? 0
          case .maximum: reached.max() ?? 0
          }
        return total * 0.25 + bias[output]
      }
    }
    #expect(zip(try outputs(graph, rows, chunk: 16), expected).allSatisfy { abs($0 - $1) < 1e-5 })
    let check = GradientCheck(graph: graph, rows: 40)
    #expect(try check.maximumError(features: Array(rows.joined()), step: 1e-3) < 5e-3)
  }

  @Test("Gradients of leaves and bias, and the same from rows that were routed before", arguments: [1, 3])
  func gradients(outputs: Int) throws {
    let trees = try RandomTrees.trees(count: 7, leaves: 9, features: 4, outputs: outputs)
    let graph = try RandomTrees.graph(trees)
    let rows = RandomTrees.rows(50, features: 4)
    #expect(try GradientCheck(graph: graph, rows: 50).maximumError(features: Array(rows.joined())) < 2e-3)
    let routed = try #require(try graph.routed())
    let leaves = rows.flatMap { row in trees.trees.map { Float(RandomTrees.leaf($0, row)) } }
    #expect(try GradientCheck(graph: routed, rows: 50).maximumError(features: leaves) < 2e-3)
    let ensemble = try #require(graph.soleEnsemble).ensemble
    #expect(try ensemble.layout.route(Array(rows.joined()), rows: 50).array == leaves)
  }

  @Test("Invalid trees are refused: a cycle, two parents, an impossible child, feature or threshold")
  func malformed() throws {
    func add(_ nodes: [DecisionTrees.Node]) throws {
      var trees = try DecisionTrees(features: 2, outputs: 1)
      _ = try trees.add(output: 0, root: 0, count: nodes.count) { nodes[$0] }
    }
    let split = DecisionTrees.Split(feature: 0, .less, threshold: 1, missingGoesLeft: true)
    try add([.split(split, left: 1, right: 2), .leaf(cover: 1), .leaf(cover: 1)])
    let bad: [([DecisionTrees.Node], String)] = [
      ([.split(split, left: 0, right: 1), .leaf(cover: 1)], "reached twice"),
      ([.split(split, left: 1, right: 1), .leaf(cover: 1)], "reached twice"),
      ([.split(split, left: 1, right: 2), .leaf(cover: 1)], "node 2 is named"),
      ([.split(split, left: 1, right: -5), .leaf(cover: 1)], "node -5 is named"),
      (
        [
          .split(.init(feature: 2, .less, missingGoesLeft: true), left: 1, right: 2), .leaf(cover: 1),
          .leaf(cover: 1),
        ], "feature 2 of 2"
      ),
      (
        [
          .split(.init(feature: 0, .less, threshold: .nan, missingGoesLeft: true), left: 1, right: 2),
          .leaf(cover: 1), .leaf(cover: 1),
        ], "not a number"
      ),
    ]
    for (nodes, words) in bad {
      let failure = #expect(throws: Failure.self) { try add(nodes) }
      #expect(failure?.kind == .invalidModel && failure?.message.contains(words) == true)
    }
  }

  @Test("Without the splits on a feature, the child with more data replaces them")
  func ignoringFeatures() throws {
    var trees = try DecisionTrees(features: 2, outputs: 1)
    func split(_ feature: Int) -> DecisionTrees.Split {
      .init(feature: feature, .less, threshold: 0, missingGoesLeft: true)
    }
    // x0 < 0 ? (x1 < 0 ? a (10) : b (3)) : c (8)
    let nodes: [DecisionTrees.Node] = [
      .split(split(0), left: 1, right: 2), .split(split(1), left: 3, right: 4), .leaf(cover: 8),
      .leaf(cover: 10),
      .leaf(cover: 3),
    ]
    #expect(try trees.add(output: 0, root: 0, count: 5) { nodes[$0] } == [3, 4, 2])
    let (withoutFirst, kept) = try trees.ignoring(features: [0])
    #expect(kept == [0, 1] && withoutFirst.trees[0].splits.map(\.feature) == [1])
    let (withoutSecond, rest) = try trees.ignoring(features: [1])
    #expect(rest == [0, 2] && withoutSecond.trees[0].cover == [10, 8])
    let (none, only) = try trees.ignoring(features: [0, 1])
    #expect(only == [0] && none.trees[0].splits.isEmpty)
  }

  @Test(
    "Gradients of a support vector machine's coefficients and intercept",
    arguments: KernelMachine.Kernel.allCases)
  func kernelMachine(kernel: KernelMachine.Kernel) throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let vectors = try randomTensor("vectors", [3, 7]).values
    let machine = try KernelMachine(
      kernel, gamma: 0.4, constant: 0.3, degree: 2, features: 3, vectors: vectors)
    let output = try builder.apply(
      machine,
      to: [
        x, builder.parameter(try randomTensor("coefficients", [7])),
        builder.parameter(try randomTensor("b", [1])),
      ],
      name: "machine")
    #expect(try GradientCheck(graph: builder.finish(output: output), rows: 9).maximumError() < 3e-3)
  }
}

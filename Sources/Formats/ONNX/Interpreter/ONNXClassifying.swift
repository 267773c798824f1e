import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// ai.onnx.ml's linear models and tree ensembles, computed by their definitions.
enum ONNXClassifying {
  static let table: [String: ONNXInterpreted.Function] = [
    "ai.onnx.ml.LinearRegressor": linearRegressor, "ai.onnx.ml.LinearClassifier": linearClassifier,
    "ai.onnx.ml.TreeEnsembleRegressor": treeRegressor, "ai.onnx.ml.TreeEnsembleClassifier": treeClassifier,
  ]

  // MARK: Linear models

  /// x Wᵀ + b, (rows, outputs).
  private static func product(_ call: ONNXEvaluation, outputs: Int?) throws -> (scores: [[Float]], rows: Int)
  {
    let x = try call.input(0)
    let (coefficients, intercepts) = (
      try call.floats("coefficients") ?? [], try call.floats("intercepts") ?? []
    )
    let (rows, width) = (x.rank == 2 ? x.dimensions[0] : 1, x.dimensions.last ?? 0)
    guard x.rank <= 2, width > 0, coefficients.count % width == 0, !coefficients.isEmpty,
      outputs == nil || coefficients.count / width == outputs,
      intercepts.isEmpty || intercepts.count == coefficients.count / width
    else { throw call.invalid("has \(coefficients.count) coefficients for an input of \(x.dimensions)") }
    let count = coefficients.count / width
    try call.limitWork(rows, count, width)
    let scores = (0..<rows).map { row in
      (0..<count).map { output -> Float in
        var sum = intercepts.isEmpty ? 0 : Double(intercepts[output])
        for column in 0..<width {
          sum += x[row * width + column] * Double(coefficients[output * width + column])
        }
        return Float(sum)
      }
    }
    return (scores, rows)
  }

  private static func linearRegressor(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (scores, _) = try product(call, outputs: call.integer("targets", 1))
    return [try array(scores.map { try transformed(call, $0) })]
  }

  private static func linearClassifier(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (scores, _) = try product(call, outputs: nil)
    return try decided(call, scores, labels: labels(call, "classlabels_ints"), areProbabilities: false)
  }

  // MARK: Trees

  private static func treeRegressor(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let targets = try call.integer("n_targets", 1)
    guard (1...65_536).contains(targets) else { throw call.invalid("has \(targets) targets") }
    let trees = try ONNXInterpretedTrees(call, "target")
    let name = try call.string("aggregate_function", "SUM")
    let base = try call.floats("base_values") ?? []
    let scores = try trees.scores(of: call.input(0), outputs: targets, name).map { row in
      row.enumerated().map { base.indices.contains($0) ? $1 + base[$0] : $1 }
    }
    return [try array(scores.map { try transformed(call, $0) })]
  }

  private static func treeClassifier(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let labels = try labels(call, "classlabels_int64s")
    let trees = try ONNXInterpretedTrees(call, "class")
    let classes = Set(try call.integers("class_ids") ?? [])
    let base = try call.floats("base_values") ?? []
    let isOne = labels.count == 2 && classes.count == 1
    var scores = try trees.scores(of: call.input(0), outputs: labels.count, "SUM")
    // If only one of two classes has scores, they count for the second class.
    if isOne, let only = classes.first, only < 2 { scores = scores.map { [$0[only]] } }
    scores = scores.map { row in row.enumerated().map { base.indices.contains($0) ? $1 + base[$0] : $1 } }
    let areProbabilities = trees.weights.allSatisfy { $0 >= 0 }
    return try decided(call, scores, labels: labels, areProbabilities: areProbabilities)
  }

  // MARK: Scores

  enum Labels {
    case texts([String])
    case numbers([Int])

    var count: Int {
      switch self {
      case .texts(let list): list.count
      case .numbers(let list): list.count
      }
    }
  }

  private static func labels(_ call: ONNXEvaluation, _ integers: String) throws -> Labels {
    if let names = try call.strings("classlabels_strings"), !names.isEmpty { return .texts(names) }
    let numbers = try call.integers(integers) ?? []
    guard numbers.count >= 2 else { throw call.invalid("has \(numbers.count) classes; 2 are needed") }
    return .numbers(numbers)
  }

  /// Labels and scores after the transform. One score of two classes is the second's; the first has the
  /// complement.
  private static func decided(
    _ call: ONNXEvaluation, _ scores: [[Float]], labels: Labels, areProbabilities: Bool
  ) throws -> [ONNXArray] {
    let count = labels.count
    let whole = try scores.map { row -> (place: Int, scores: [Float]) in
      if row.count == 1, count == 2 {
        let transform = try call.string("post_transform", "NONE")
        if areProbabilities { return (row[0] > 0.5 ? 1 : 0, [1 - row[0], row[0]]) }
        let place = row[0] > 0 ? 1 : 0
        switch transform {
        case "LOGISTIC":
          let p = sigmoid(row[0])
          return (place, [1 - p, p])
        case "NONE": return (place, [-row[0], row[0]])
        default: throw call.unsupported("the transform \(transform) of one score is not supported")
        }
      }
      guard row.count == count else { throw call.invalid("has \(row.count) scores for \(count) classes") }
      let best = row.indices.max { row[$0] < row[$1] || row[$0] == row[$1] && $0 > $1 } ?? 0
      return (best, try transformed(call, row))
    }
    var label = try ONNXArray([whole.count], .int64)
    switch labels {
    case .numbers(let list):
      for (row, entry) in whole.enumerated() {
        label.numbers.pointer[row] = Double(list[entry.place])
      }
    case .texts(let list):
      label = try ONNXArray([0], .string)
      label.dimensions = [whole.count]
      label.strings = whole.map { list[$0.place] }
    }
    return [label, try array(whole.map(\.scores))]
  }

  private static func sigmoid(_ x: Float) -> Float { Float(1 / (1 + exp(-Double(x)))) }

  private static func transformed(_ call: ONNXEvaluation, _ row: [Float]) throws -> [Float] {
    switch try call.string("post_transform", "NONE") {
    case "NONE": return row
    case "LOGISTIC": return row.map(sigmoid)
    case "SOFTMAX":
      let largest = Double(row.max() ?? 0)
      let powers = row.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { Float($0 / sum) }
    case let name: throw call.unsupported("the transform \(name) is not supported")
    }
  }

  private static func array(_ rows: [[Float]]) throws -> ONNXArray {
    let width = rows.first?.count ?? 0
    return try ONNXArray([rows.count, width], .float32) { Double(rows[$0 / width][$0 % width]) }
  }
}

/// The trees of a node (versions 1 and 3), walked row by row.
struct ONNXInterpretedTrees {
  private let features: [Int]
  private let thresholds: [Float]
  private let modes: [String]
  private let missingIsTrue: [Bool]
  private let whenTrue: [Int]
  private let whenFalse: [Int]
  private let roots: [Int]
  /// The outputs and weights of each leaf's node.
  private var leaves: [Int: [(output: Int, weight: Float)]] = [:]
  let weights: [Float]

  /// - Parameter role: the prefix of the attributes' names, "class" or "target".
  init(_ call: ONNXEvaluation, _ role: String) throws {
    let (trees, ids) = (try call.integers("nodes_treeids") ?? [], try call.integers("nodes_nodeids") ?? [])
    modes = try call.strings("nodes_modes") ?? []
    features = try call.integers("nodes_featureids") ?? []
    thresholds = try call.floats("nodes_values") ?? []
    let (yes, no) = (
      try call.integers("nodes_truenodeids") ?? [], try call.integers("nodes_falsenodeids") ?? []
    )
    let tracks = try call.integers("nodes_missing_value_tracks_true") ?? []
    let count = trees.count
    guard count > 0, [ids, features, yes, no].allSatisfy({ $0.count == count }), modes.count == count,
      thresholds.count == count, tracks.isEmpty || tracks.count == count
    else { throw call.invalid("has lists of different lengths for its nodes") }
    missingIsTrue = tracks.isEmpty ? Array(repeating: false, count: count) : tracks.map { $0 == 1 }
    var (numbers, firsts, seen): ([[Int]: Int], [Int], Set<Int>) = ([:], [], [])
    for index in 0..<count {
      numbers[[trees[index], ids[index]]] = index
      if seen.insert(trees[index]).inserted { firsts.append(index) }
    }
    roots = firsts
    whenTrue = (0..<count).map { numbers[[trees[$0], yes[$0]]] ?? -1 }
    whenFalse = (0..<count).map { numbers[[trees[$0], no[$0]]] ?? -1 }
    let (leafTrees, leafNodes) = (
      try call.integers("\(role)_treeids") ?? [], try call.integers("\(role)_nodeids") ?? []
    )
    let outputs = try call.integers("\(role)_ids") ?? []
    weights = try call.floats("\(role)_weights") ?? []
    guard [leafTrees.count, leafNodes.count, outputs.count].allSatisfy({ $0 == weights.count }) else {
      throw call.invalid("has lists of different lengths for its leaves")
    }
    for (place, weight) in weights.enumerated() {
      guard let node = numbers[[leafTrees[place], leafNodes[place]]] else { continue }
      leaves[node, default: []].append((outputs[place], weight))
    }
  }

  /// The sums of the leaves, for each row and output.
  func scores(of x: ONNXArray, outputs: Int, _ aggregate: String) throws -> [[Float]] {
    guard x.rank == 2, ["SUM", "AVERAGE"].contains(aggregate) else {
      throw Failure.unsupported("trees that are \(aggregate), or of \(x.dimensions), are not interpreted")
    }
    let width = x.dimensions[1]
    return try (0..<x.dimensions[0]).map { row in
      var sums = [Float](repeating: 0, count: outputs)
      for root in roots {
        for (output, weight) in try leaf(root, of: x, from: row * width, width)
        where sums.indices.contains(output) {
          sums[output] += weight
        }
      }
      return aggregate == "AVERAGE" ? sums.map { $0 / Float(roots.count) } : sums
    }
  }

  private func leaf(_ root: Int, of x: ONNXArray, from start: Int, _ width: Int) throws -> [(
    output: Int, weight: Float
  )] {
    var node = root
    // No path is longer than the number of nodes.
    for _ in modes.indices {
      guard modes.indices.contains(node) else { break }
      if modes[node] == "LEAF" { return leaves[node] ?? [] }
      guard (0..<width).contains(features[node]) else { break }
      let (number, threshold) = (Float(x[start + features[node]]), thresholds[node])
      let isTrue =
        number.isNaN
        ? missingIsTrue[node] : try Self.answer(modes[node], number, threshold)
      node = isTrue ? whenTrue[node] : whenFalse[node]
    }
    throw Failure.invalidModel("a tree leads to no leaf")
  }

  private static func answer(_ mode: String, _ number: Float, _ threshold: Float) throws -> Bool {
    switch mode {
    case "BRANCH_LEQ": return number <= threshold
    case "BRANCH_LT": return number < threshold
    case "BRANCH_GTE": return number >= threshold
    case "BRANCH_GT": return number > threshold
    case "BRANCH_EQ": return number == threshold
    case "BRANCH_NEQ": return number != threshold
    default: throw Failure.invalidModel("the mode \(mode) is not known")
    }
  }
}

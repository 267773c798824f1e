import Engine
import Platform

/// Grows trees with XGBoost's library, round by round, from gradients and curvatures of the caller.
public final class XGBoostGrowth {
  /// Settings with XGBoost's names and meanings.
  public struct Settings {
    public var depth = 4
    public var learningRate = 0.1
    public var lambda = 1.0
    public var minimumChildWeight = 1.0
    public var subsample = 1.0
    public var seed = 0
    public var threads = 1

    public init() {}
  }

  private let library: XGBoostLibrary
  private let matrix: XGBoostLibrary.Handle
  private let booster: XGBoostLibrary.Handle
  private let rows: Int
  private let features: Int
  private let outputs: Int
  /// For each categorical feature, the categories that occur; values that are not a category get the number
  /// after the largest.
  private let categories: [Int: Set<Int>]
  private let gradientArray: String
  private let curvatureArray: String
  /// For each row and output; the caller writes them before a round.
  public let gradients: Buffer<Float>
  /// The second derivatives, in the order of `gradients`.
  public let curvatures: Buffer<Float>

  /// - Parameters:
  ///   - values: (rows, features), NaN for missing numbers; copied.
  ///   - unseen: features that trees must not use.
  ///   - categorical: features whose numbers are categories.
  /// - Throws: `unsupported` if the library is not installed or reports an error; `outOfMemory`.
  public init(
    _ values: Buffer<Float>, rows: Int, features: Int, unseen: Set<Int>,
    categorical: Set<Int>, outputs: Int, _ settings: Settings
  ) throws {
    let library = try XGBoostLibrary()
    self.library = library
    (self.rows, self.features, self.outputs) = (rows, features, outputs)
    gradients = try Buffer<Float>(count: rows * outputs, for: "gradients")
    curvatures = try Buffer<Float>(count: rows * outputs, for: "curvatures")
    gradientArray = Self.array(gradients, rows, outputs)
    curvatureArray = Self.array(curvatures, rows, outputs)

    let copy = try Buffer<Float>(count: rows * features, for: "rows for growing trees")
    copy.pointer.update(from: values.pointer, count: rows * features)
    categories = Self.code(copy, rows: rows, features: features, categorical: categorical)
    for feature in unseen where (0..<features).contains(feature) {
      for row in 0..<rows { copy.pointer[row * features + feature] = .nan }
    }
    var matrix: XGBoostLibrary.Handle?
    try library.check(library.createMatrix(copy.pointer, UInt64(rows), UInt64(features), .nan, &matrix))
    guard let matrix else { throw Failure.unsupported("XGBoost made no matrix") }
    var booster: XGBoostLibrary.Handle?
    let status = [matrix].map(Optional.init).withUnsafeBufferPointer { handles in
      handles.baseAddress.map { library.create($0, 1, &booster) } ?? 1
    }
    guard status == 0, let booster else {
      _ = library.freeMatrix(matrix)
      try library.check(status)
      throw Failure.unsupported("XGBoost made no booster")
    }
    (self.matrix, self.booster) = (matrix, booster)
    try name(categorical)
    for (key, value) in Self.parameters(settings, outputs: outputs) {
      try library.check(library.setParameter(booster, key, value))
    }
  }

  deinit {
    _ = library.free(booster)
    _ = library.freeMatrix(matrix)
  }

  private static func parameters(_ settings: Settings, outputs: Int) -> [(String, String)] {
    // The objective only determines the number of trees in a round; its gradients are not used.
    [
      ("objective", outputs == 1 ? "reg:squarederror" : "multi:softprob"), ("base_score", "0"),
      ("tree_method", "hist"), ("max_depth", String(settings.depth)), ("eta", "\(settings.learningRate)"),
      ("lambda", "\(settings.lambda)"), ("min_child_weight", "\(settings.minimumChildWeight)"),
      ("subsample", "\(settings.subsample)"), ("seed", String(settings.seed)),
      ("nthread", String(settings.threads)), ("verbosity", "0"), ("disable_default_eval_metric", "1"),
    ] + (outputs == 1 ? [] : [("num_class", String(outputs))])
  }

  /// Converts categorical features to integers from 0 on. Values that are not a category (negative or missing
  /// numbers) become a separate category; trees of all formats send them to the same side.
  private static func code(_ values: Buffer<Float>, rows: Int, features: Int, categorical: Set<Int>)
    -> [Int: Set<Int>]
  {
    var result: [Int: Set<Int>] = [:]
    for feature in categorical {
      var seen = Set<Int>()
      func category(_ row: Int) -> Int? {
        let number = values.pointer[row * features + feature]
        return number > -1 && number < Float(DecisionTrees.maximumCategory) ? Int(number) : nil
      }
      for row in 0..<rows { if let category = category(row) { seen.insert(category) } }
      let none = (seen.max() ?? -1) + 1
      for row in 0..<rows { values.pointer[row * features + feature] = Float(category(row) ?? none) }
      result[feature] = seen
    }
    return result
  }

  private func name(_ categorical: Set<Int>) throws {
    guard !categorical.isEmpty else { return }
    try "c".withCString { category in
      try "float".withCString { number in
        var types = (0..<features).map { Optional(categorical.contains($0) ? category : number) }
        try library.check(library.setFeatures(matrix, "feature_type", &types, UInt64(features)))
      }
    }
  }

  private static func array(_ buffer: Buffer<Float>, _ rows: Int, _ outputs: Int) -> String {
    #"{"data": [\#(UInt(bitPattern: buffer.pointer)), true], "shape": [\#(rows), \#(outputs)], "typestr": "<f4", "#
      + #""version": 3}"#
  }

  /// Grows one round (one tree per output) from `gradients` and `curvatures`.
  public func grow(round: Int) throws {
    if let train = library.train {
      try library.check(train(booster, matrix, Int32(clamping: round), gradientArray, curvatureArray))
    } else if let boost = library.boost {
      try library.check(
        boost(booster, matrix, gradients.pointer, curvatures.pointer, UInt64(gradients.count)))
    }
  }

  /// Adds the sums of the grown trees to `sums` (rows, outputs).
  public func addSums(to sums: UnsafeMutablePointer<Float>) throws {
    var (shape, result): (UnsafePointer<UInt64>?, UnsafePointer<Float>?)
    var dimensions: UInt64 = 0
    let options =
      #"{"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": true}"#
    try library.check(library.predict(booster, matrix, options, &shape, &dimensions, &result))
    guard let shape, let result, dimensions == 2, shape[0] == UInt64(rows), shape[1] == UInt64(outputs) else {
      throw Failure.unsupported("XGBoost gave sums of another shape")
    }
    for index in 0..<rows * outputs { sums[index] += result[index] }
  }

  /// The ensemble with the grown trees appended, and the values of their leaves.
  public func appended(to trees: DecisionTrees) throws -> (trees: DecisionTrees, values: [Float]) {
    var length: UInt64 = 0
    var bytes: UnsafePointer<CChar>?
    try library.check(library.save(booster, #"{"format": "ubj"}"#, &length, &bytes))
    let network = try XGBoostReader.read(
      bytes: UnsafeRawBufferPointer(start: bytes, count: Int(clamping: length)), named: "grown trees")
    let grown = try TreeModel(network) { "XGBoost's trees: \($0)" }
    let (all, order) = try trees.appending(grown.trees) { known($0) }
    return (all, order.map { grown.values[$0] })
  }

  /// A split by categories sends missing and unknown values to the side outside its set.
  private func known(_ split: DecisionTrees.Split) -> (split: DecisionTrees.Split, changesSides: Bool) {
    guard split.comparison == .inSet, let seen = categories[split.feature] else { return (split, false) }
    var result = split
    result.missingGoesLeft = false
    let none = (seen.max() ?? -1) + 1
    guard split.categories.contains(none) else { return (result, false) }
    result.categories = seen.subtracting(split.categories).sorted()
    return (result, true)
  }
}

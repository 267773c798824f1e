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
  private let matrix: XGBoostRows
  private let booster: XGBoostLibrary.Handle
  private let features: Int
  private let outputs: Int
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
    (self.features, self.outputs) = (features, outputs)
    gradients = try Buffer<Float>(count: rows * outputs, for: "gradients")
    curvatures = try Buffer<Float>(count: rows * outputs, for: "curvatures")
    gradientArray = Self.array(gradients, rows, outputs)
    curvatureArray = Self.array(curvatures, rows, outputs)

    let matrix = try XGBoostRows(
      library, values, rows: rows, features: features, unseen: unseen,
      categories: XGBoostRows.categories(values, rows: rows, features: features, categorical: categorical))
    var booster: XGBoostLibrary.Handle?
    let status = [matrix.handle].map(Optional.init).withUnsafeBufferPointer { handles in
      handles.baseAddress.map { library.create($0, 1, &booster) } ?? 1
    }
    guard status == 0, let booster else {
      try library.check(status)
      throw Failure.unsupported("XGBoost made no booster")
    }
    (self.matrix, self.booster) = (matrix, booster)
    for (key, value) in Self.parameters(settings, outputs: outputs) {
      try library.check(library.setParameter(booster, key, value))
    }
  }

  deinit {
    _ = library.free(booster)
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

  private static func array(_ buffer: Buffer<Float>, _ rows: Int, _ outputs: Int) -> String {
    #"{"data": [\#(UInt(bitPattern: buffer.pointer)), true], "shape": [\#(rows), \#(outputs)], "typestr": "<f4", "#
      + #""version": 3}"#
  }

  /// Grows one round (one tree per output) from `gradients` and `curvatures`.
  public func grow(round: Int) throws {
    if let train = library.train {
      try library.check(train(booster, matrix.handle, Int32(clamping: round), gradientArray, curvatureArray))
    } else if let boost = library.boost {
      try library.check(
        boost(booster, matrix.handle, gradients.pointer, curvatures.pointer, UInt64(gradients.count)))
    }
  }

  /// Rows on which the grown trees are judged.
  ///
  /// - Parameter values: (rows, features), NaN for missing numbers; copied.
  public func judgedRows(_ values: Buffer<Float>, rows: Int) throws -> XGBoostRows {
    try XGBoostRows(
      library, values, rows: rows, features: features, unseen: [], categories: matrix.categories)
  }

  /// Adds the sums of the grown trees to `sums` (rows, outputs).
  public func addSums(to sums: UnsafeMutablePointer<Float>) throws { try add(0..<0, of: matrix, to: sums) }

  /// Adds the sums of one round of trees to `sums` (rows, outputs).
  public func addSums(ofRound round: Int, _ rows: XGBoostRows, to sums: UnsafeMutablePointer<Float>) throws {
    try add(round..<round + 1, of: rows, to: sums)
  }

  /// - Parameter rounds: empty: all rounds.
  private func add(_ rounds: Range<Int>, of rows: XGBoostRows, to sums: UnsafeMutablePointer<Float>) throws {
    var (shape, result): (UnsafePointer<UInt64>?, UnsafePointer<Float>?)
    var dimensions: UInt64 = 0
    let options =
      #"{"type": 1, "training": false, "iteration_begin": \#(rounds.lowerBound), "#
      + #""iteration_end": \#(rounds.upperBound), "strict_shape": true}"#
    try library.check(library.predict(booster, rows.handle, options, &shape, &dimensions, &result))
    guard let shape, let result, dimensions == 2, shape[0] == UInt64(rows.rows), shape[1] == UInt64(outputs)
    else {
      throw Failure.unsupported("XGBoost gave sums of another shape")
    }
    for index in 0..<rows.rows * outputs { sums[index] += result[index] }
  }

  /// The ensemble with the grown trees appended, and the values of their leaves.
  ///
  /// - Parameter rounds: the first rounds that are used.
  public func appended(to trees: DecisionTrees, rounds: Int) throws -> (trees: DecisionTrees, values: [Float])
  {
    var length: UInt64 = 0
    var bytes: UnsafePointer<CChar>?
    try library.check(library.save(booster, #"{"format": "ubj"}"#, &length, &bytes))
    let network = try XGBoostReader.read(
      bytes: UnsafeRawBufferPointer(start: bytes, count: Int(clamping: length)), named: "grown trees")
    let grown = try TreeModel(network) { "XGBoost's trees: \($0)" }
    let used = grown.trees.trees.indices.map { $0 / outputs < rounds }
    let (first, leaves) = try grown.trees.keeping(used)
    let (all, order) = try trees.appending(first) { known($0) }
    return (all, order.map { grown.values[leaves[$0]] })
  }

  /// A split by categories sends missing and unknown values to the side outside its set.
  private func known(_ split: DecisionTrees.Split) -> (split: DecisionTrees.Split, changesSides: Bool) {
    guard split.comparison == .inSet, let seen = matrix.categories[split.feature] else {
      return (split, false)
    }
    var result = split
    result.missingGoesLeft = false
    let none = (seen.max() ?? -1) + 1
    guard split.categories.contains(none) else { return (result, false) }
    result.categories = seen.subtracting(split.categories).sorted()
    return (result, true)
  }
}

import Platform

/// The splits of an ensemble of binary decision trees, which determine the leaf of each row. The values of
/// the leaves are not part of it: they are a parameter of the network.
///
/// Leaves are numbered tree after tree. Below every split, the leaves on the side of missing numbers come
/// first.
public struct DecisionTrees: Sendable, Equatable {
  /// The comparison of a split. A row for which it is true goes left.
  public enum Comparison: String, CaseIterable, Sendable {
    case less, lessOrEqual, equal
    /// The integer part of the number is one of a set of categories.
    case inSet
  }

  /// A split: a comparison of one feature with a threshold or a set of categories, and its two children.
  public struct Split: Sendable, Equatable {
    /// The index of the feature in a row.
    public var feature: Int
    public var comparison: Comparison
    /// Features are compared as float32 numbers with this exact value, even if it is not a float32 number.
    public var threshold: Double
    /// The categories in ascending order; only for `inSet`.
    public var categories: [Int]
    /// Whether a row in which the feature is missing goes left.
    public var missingGoesLeft: Bool
    /// Whether 0 counts as missing.
    public var zeroIsMissing: Bool
    /// A split of the same tree, or the complement (~) of a leaf of the same tree.
    public internal(set) var left = 0
    public internal(set) var right = 0
    /// The gain of the split in training; 0 if the file does not contain it.
    public var gain: Float = 0

    public init(
      feature: Int, _ comparison: Comparison, threshold: Double = 0, categories: [Int] = [],
      missingGoesLeft: Bool, zeroIsMissing: Bool = false, gain: Float = 0
    ) {
      self.feature = feature
      self.comparison = comparison
      self.threshold = threshold
      self.categories = categories
      self.missingGoesLeft = missingGoesLeft
      self.zeroIsMissing = zeroIsMissing
      self.gain = gain
    }
  }

  /// One tree of the ensemble.
  public struct Tree: Sendable, Equatable {
    /// The splits, with parents before their children; the first is the root. Empty for a tree that is one
    /// leaf.
    public internal(set) var splits: [Split] = []
    /// The number of its first leaf among the leaves of all trees.
    public internal(set) var firstLeaf = 0
    /// The amount of training data in each leaf (rows, or the sum of their second derivatives).
    public internal(set) var cover: [Float] = []
    /// The output that its leaves add to. It is not used if leaves have a value for every output.
    public internal(set) var output = 0
    public var leafCount: Int { splits.count + 1 }
  }

  /// A node as read from a file, with the file's numbers of its children.
  public enum Node {
    case leaf(cover: Float)
    case split(Split, left: Int, right: Int)
  }

  /// The number of features of a row.
  public let features: Int
  /// The number of outputs of the ensemble.
  public let outputs: Int
  public private(set) var trees: [Tree] = []
  public private(set) var leafCount = 0

  /// Some operators store the numbers of leaves as floats, which are exact up to here.
  static let maximumLeaves = 1 << 24
  static let maximumFeatures = 1 << 20
  /// The upper bound of categories, up to which float32 numbers are exact. A set takes a bit for each
  /// category up to its largest one.
  public static let maximumCategory = 1 << 24

  /// - Throws: `invalidModel` for sizes that are not valid for an ensemble.
  public init(features: Int, outputs: Int) throws {
    guard (1...Self.maximumFeatures).contains(features), (1...65_536).contains(outputs) else {
      throw Failure.unsupported(
        "an ensemble of \(features) features and \(outputs) outputs; 1 to \(Self.maximumFeatures) and 1 to 65536 are supported"
      )
    }
    self.features = features
    self.outputs = outputs
  }

  /// Adds the tree whose root has the number `root`, and numbers its leaves.
  ///
  /// - Parameters:
  ///   - count: the number of the file's nodes of this tree, which have the numbers 0 ..< count.
  ///   - node: returns the node with a number; called once for each node that can be reached from the root.
  /// - Returns: the file's numbers of the leaves, in the order of the leaves here.
  /// - Throws: `invalidModel` for a cycle, a node with two parents, a child or a feature that does not exist, and a
  ///   threshold that is NaN.
  public mutating func add(output: Int, root: Int, count: Int, node: (Int) throws -> Node) throws -> [Int] {
    guard (0..<outputs).contains(output) else {
      throw Failure.invalidModel("it adds to output \(output) of \(outputs)")
    }
    var tree = Tree()
    tree.firstLeaf = leafCount
    tree.output = output
    var leaves: [Int] = []
    var reached = [Bool](repeating: false, count: max(count, 0))
    // Children that come second are on the stack below those that come first.
    var waiting: [(number: Int, parent: Int, isLeft: Bool)] = [(root, -1, true)]
    while let next = waiting.popLast() {
      guard reached.indices.contains(next.number) else {
        throw Failure.invalidModel("node \(next.number) is named, but there are only \(count)")
      }
      guard !reached[next.number] else {
        throw Failure.invalidModel("node \(next.number) is reached twice, so this is not a tree")
      }
      reached[next.number] = true
      let place: Int
      switch try node(next.number) {
      case .leaf(let cover):
        place = ~leaves.count
        leaves.append(next.number)
        tree.cover.append(cover.isFinite ? cover : 0)
      case .split(let split, let left, let right):
        try check(split, next.number)
        place = tree.splits.count
        tree.splits.append(split)
        // A gain that is not finite has no meaning.
        if !split.gain.isFinite { tree.splits[place].gain = 0 }
        let children = [(number: left, parent: place, isLeft: true), (right, place, false)]
        waiting += split.missingGoesLeft ? children.reversed() : children
      }
      if next.parent >= 0 {
        if next.isLeft {
          tree.splits[next.parent].left = place
        } else {
          tree.splits[next.parent].right = place
        }
      }
    }
    guard leafCount + leaves.count <= Self.maximumLeaves else {
      throw Failure.unsupported("more than \(Self.maximumLeaves) leaves")
    }
    leafCount += leaves.count
    trees.append(tree)
    return leaves
  }

  /// Sets the output of the last tree, for files that store it in the tree's leaves.
  public mutating func setOutputOfLastTree(_ output: Int) {
    if !trees.isEmpty, (0..<outputs).contains(output) { trees[trees.count - 1].output = output }
  }

  private func check(_ split: Split, _ number: Int) throws {
    guard (0..<features).contains(split.feature) else {
      throw Failure.invalidModel("node \(number) asks for feature \(split.feature) of \(features)")
    }
    guard !split.threshold.isNaN else {
      throw Failure.invalidModel("the threshold of node \(number) is not a number")
    }
    if let outside = split.categories.first(where: { !(0..<Self.maximumCategory).contains($0) }) {
      throw Failure.unsupported(
        "node \(number) asks for category \(outside); 0 to \(Self.maximumCategory - 1) are supported")
    }
  }

  /// The features that some split reads.
  public var featuresRead: Set<Int> {
    var read = Set<Int>()
    for tree in trees { for split in tree.splits { read.insert(split.feature) } }
    return read
  }

  /// The features that are read only by splits with sets of categories.
  public var categoricalFeatures: Set<Int> {
    var (bySet, byNumber) = (Set<Int>(), Set<Int>())
    for tree in trees {
      for split in tree.splits {
        if split.comparison == .inSet { bySet.insert(split.feature) } else { byNumber.insert(split.feature) }
      }
    }
    return bySet.subtracting(byNumber)
  }
}

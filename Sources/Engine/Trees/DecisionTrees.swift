import Platform

/// The splits of an ensemble of binary decision trees: what decides to which leaf a row goes. What the leaves
/// are worth is a parameter elsewhere.
///
/// Leaves are numbered tree after tree, and within a tree below every split first those on the side to which missing
/// numbers go.
public struct DecisionTrees: Sendable, Equatable {
  /// The question of a split; a row for which the answer is yes goes left.
  public enum Comparison: String, CaseIterable, Sendable {
    case less, lessOrEqual, equal
    /// The number's whole part is one of a set of categories.
    case inSet
  }

  public struct Split: Sendable, Equatable {
    public var feature: Int
    public var comparison: Comparison
    /// Compared as float32 numbers compare with it, whatever its own precision.
    public var threshold: Double
    /// Ascending; only of `inSet`.
    public var categories: [Int]
    /// Where a row goes that has no number there.
    public var missingGoesLeft: Bool
    /// Whether 0 counts as missing.
    public var zeroIsMissing: Bool
    /// A split of the same tree, or the complement (~) of a leaf of the same tree.
    public internal(set) var left = 0
    public internal(set) var right = 0
    /// What training gained by it; 0 where a file does not say.
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

  public struct Tree: Sendable, Equatable {
    /// A parent stands before its children; the first is the root. None: the tree is its one leaf.
    public internal(set) var splits: [Split] = []
    /// The number of its first leaf among all trees'.
    public internal(set) var firstLeaf = 0
    /// How much training data came to each leaf (rows, or the sum of their second derivatives).
    public internal(set) var cover: [Float] = []
    /// The output that its leaves add to; for leaves with a value for every output it does not matter.
    public internal(set) var output = 0
    public var leafCount: Int { splits.count + 1 }
  }

  /// A node as a file has it, with children by the file's own numbers.
  public enum Node {
    case leaf(cover: Float)
    case split(Split, left: Int, right: Int)
  }

  /// Numbers a row that the trees choose from.
  public let features: Int
  public let outputs: Int
  public private(set) var trees: [Tree] = []
  public private(set) var leafCount = 0

  /// Leaves are told by floats now and then, which are exact so far.
  static let maximumLeaves = 1 << 24
  static let maximumFeatures = 1 << 20
  /// The largest category and one, as far as float32 numbers tell categories apart; a set of it takes a bit for each
  /// smaller one.
  public static let maximumCategory = 1 << 24

  /// - Throws: `invalidModel` for sizes that no ensemble has.
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
  ///   - count: the file's nodes of this tree: numbers from 0 to below it.
  ///   - node: what stands at a number; called once for each node that the root leads to.
  /// - Returns: the file's numbers of the leaves, in the order of theirs here.
  /// - Throws: `invalidModel` for a cycle, a node with two parents, a child or a feature that does not exist, and a
  ///   threshold that is not a number.
  public mutating func add(output: Int, root: Int, count: Int, node: (Int) throws -> Node) throws -> [Int] {
    guard (0..<outputs).contains(output) else {
      throw Failure.invalidModel("it adds to output \(output) of \(outputs)")
    }
    var tree = Tree()
    tree.firstLeaf = leafCount
    tree.output = output
    var leaves: [Int] = []
    var reached = [Bool](repeating: false, count: max(count, 0))
    // The children that come second wait below those that come first.
    var waiting: [(number: Int, parent: Int, isLeft: Bool)] = [(root, -1, true)]
    while let next = waiting.popLast() {
      guard reached.indices.contains(next.number) else {
        throw Failure.invalidModel("node \(next.number) is wanted, and there are \(count)")
      }
      guard !reached[next.number] else {
        throw Failure.invalidModel("node \(next.number) is reached twice: that is no tree")
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
        // What a tool counts beyond a float's range says nothing.
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

  /// For files in which a tree's leaves say it.
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

  /// The features that a split asks for.
  public var featuresRead: Set<Int> {
    var read = Set<Int>()
    for tree in trees { for split in tree.splits { read.insert(split.feature) } }
    return read
  }

  /// The features that are asked for by sets of categories alone.
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

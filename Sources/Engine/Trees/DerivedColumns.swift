import EngineKernels
import Platform

/// Columns that are computed once for each row from its features, so that every split, also one by equality
/// or by a set of categories, is one comparison of a column with a threshold.
struct DerivedColumns {
  private(set) var sets: [tree_sets] = []
  private(set) var bits: [UInt64] = []
  private(set) var equalities: [tree_equality] = []
  private(set) var zeros: [tree_zero] = []
  private(set) var negations: [tree_negation] = []
  /// The number of features and derived columns together.
  private(set) var columns: Int
  /// The number of columns before those of sets.
  private(set) var numberColumns = 0
  private let features: Int

  private var setsByFeature: [Int: [[Int]: Int]] = [:]
  private var setColumns: [Int: Int] = [:]  // feature → its first column
  private var setsByColumn: [Int: (feature: Int, categories: [Int])] = [:]
  private var equalityColumns: [Equality: Int] = [:]
  private var zeroColumns: [Int: Int] = [:]
  private var negatedColumns: [UInt32: UInt32] = [:]
  private struct Equality: Hashable {
    let feature: Int
    let value: Float
  }

  init(features: Int) {
    self.features = features
    columns = features
  }

  /// Records the derived column that a split needs.
  mutating func note(_ split: DecisionTrees.Split) {
    switch split.comparison {
    case .inSet:
      let place = setsByFeature[split.feature]?.count ?? 0
      if setsByFeature[split.feature, default: [:]][split.categories] == nil {
        setsByFeature[split.feature, default: [:]][split.categories] = place
      }
    case .equal:
      let key = Equality(feature: split.feature, value: Float(split.threshold))
      if equalityColumns[key] == nil { equalityColumns[key] = equalityColumns.count }
    case .less, .lessOrEqual:
      if split.zeroIsMissing, zeroColumns[split.feature] == nil {
        zeroColumns[split.feature] = zeroColumns.count
      }
    }
  }

  /// Assigns indices to all columns: equalities, zeros, sets.
  ///
  /// - Throws: `unsupported` if the sets of categories would take more than a gigabyte.
  mutating func arrange() throws {
    for (key, place) in equalityColumns.sorted(by: { $0.value < $1.value }) {
      equalities.append(
        tree_equality(feature: UInt32(key.feature), column: UInt32(columns + place), value: key.value))
    }
    let equalityStart = columns
    columns += equalityColumns.count
    for (feature, place) in zeroColumns.sorted(by: { $0.value < $1.value }) {
      zeros.append(tree_zero(feature: UInt32(feature), column: UInt32(columns + place)))
    }
    let zeroStart = columns
    columns += zeroColumns.count
    for key in equalityColumns.keys { equalityColumns[key, default: 0] += equalityStart }
    for key in zeroColumns.keys { zeroColumns[key, default: 0] += zeroStart }
    numberColumns = columns
    for (feature, own) in setsByFeature.sorted(by: { $0.key < $1.key }) {
      let words = own.keys.map { ($0.last ?? 0) / 64 + 1 }.max() ?? 1
      guard bits.count + words * own.count <= 1 << 27 else {
        throw Failure.unsupported("the sets of categories take more than a gigabyte")
      }
      sets.append(
        tree_sets(
          feature: UInt32(feature), first_column: UInt32(columns), count: UInt32(own.count),
          words: UInt32(words),
          first_word: bits.count))
      let start = bits.count
      bits += [UInt64](repeating: 0, count: words * own.count)
      for (categories, place) in own {
        for category in categories {
          bits[start + category / 64 * own.count + place] |= 1 << UInt64(category % 64)
        }
      }
      setColumns[feature] = columns
      for (categories, place) in own { setsByColumn[columns + place] = (feature, categories) }
      columns += own.count
    }
  }

  /// Assigns an index to the negated column of a split, if it needs one. Called after `arrange`.
  mutating func noteNegation(_ split: DecisionTrees.Split) {
    guard !split.missingGoesLeft else { return }
    let source = plainQuestion(split).column
    guard negatedColumns[source] == nil else { return }
    negatedColumns[source] = UInt32(columns)
    negations.append(tree_negation(source: source, column: UInt32(columns)))
    columns += 1
  }

  /// The column of a split, and the threshold above which a row goes right, or left if it is negated. A
  /// missing number is not above any threshold and goes to the other side.
  func question(_ split: DecisionTrees.Split) -> (column: UInt32, threshold: Float, isNegated: Bool) {
    let plain = plainQuestion(split)
    if split.missingGoesLeft { return (plain.column, plain.threshold, false) }
    // Left if x ≤ t, which is −x ≥ −t, which is −x > the float before −t.
    return (negatedColumns[plain.column] ?? 0, (-plain.threshold).nextDown, true)
  }

  /// The feature and the categories of a set's column.
  func set(ofColumn column: Int) -> (feature: Int, categories: [Int])? { setsByColumn[column] }

  private func plainQuestion(_ split: DecisionTrees.Split) -> (column: UInt32, threshold: Float) {
    switch split.comparison {
    case .inSet:
      let place = setsByFeature[split.feature]?[split.categories] ?? 0
      return (UInt32((setColumns[split.feature] ?? 0) + place), 0.5)
    case .equal:
      let key = Equality(feature: split.feature, value: Float(split.threshold))
      return (UInt32(equalityColumns[key] ?? 0), 0.5)
    case .lessOrEqual: return (column(split), SplitNumbers.below(split.threshold))
    // x < t, which is not x ≥ t, which is not x > the float before t.
    case .less: return (column(split), SplitNumbers.above(split.threshold).nextDown)
    }
  }

  private func column(_ split: DecisionTrees.Split) -> UInt32 {
    UInt32(split.zeroIsMissing ? zeroColumns[split.feature] ?? 0 : split.feature)
  }
}

import Platform

/// Decision trees as JSON: for each tree its output, lists with an entry for each split, and its leaves'
/// covers.
public enum TreeDescription {
  static func json(_ trees: DecisionTrees) -> JSONValue {
    [
      "features": .integer(trees.features), "outputs": .integer(trees.outputs),
      "trees": .array(trees.trees.map(json)),
    ]
  }

  private static let comparisons = DecisionTrees.Comparison.allCases

  private static func json(_ tree: DecisionTrees.Tree) -> JSONValue {
    func list(_ value: (DecisionTrees.Split) -> JSONValue) -> JSONValue { .array(tree.splits.map(value)) }
    return [
      "output": .integer(tree.output), "feature": list { .integer($0.feature) },
      "comparison": list { .string($0.comparison.rawValue) },
      // JSON cannot represent infinity.
      "threshold": list { $0.threshold.isFinite ? .number($0.threshold) : .string("\($0.threshold)") },
      "categories": list { .array($0.categories.map { .integer($0) }) },
      "missing_left": list { .bool($0.missingGoesLeft) }, "zero_missing": list { .bool($0.zeroIsMissing) },
      "left": list { .integer($0.left) }, "right": list { .integer($0.right) },
      "gain": list { .finite($0.gain) },
      "cover": .array(tree.cover.map { .finite($0) }),
    ]
  }

  /// Reads decision trees from JSON.
  ///
  /// - Throws: `invalidModel` with the JSON pointer of the invalid entry.
  public static func trees(_ json: JSONValue?, at pointer: String) throws -> DecisionTrees {
    func invalid(_ message: String, _ pointer: String) -> Failure {
      Failure(.invalidModel, "\(pointer): \(message)", at: pointer)
    }
    guard let features = json?["features"]?.int, let outputs = json?["outputs"]?.int,
      let list = json?["trees"]?.array
    else { throw invalid("describes no trees", pointer) }
    var trees = try DecisionTrees(features: features, outputs: outputs)
    for (index, tree) in list.enumerated() {
      let place = "\(pointer)/trees/\(index)"
      guard let cover = tree["cover"]?.array, let output = tree["output"]?.int, !cover.isEmpty else {
        throw invalid("has no leaves or no output", place)
      }
      let splits = cover.count - 1
      func entries(_ key: String) throws -> [JSONValue] {
        guard let entries = tree[key]?.array, entries.count == splits else {
          throw invalid("does not have \(splits) entries", "\(place)/\(key)")
        }
        return entries
      }
      let (feature, comparison, threshold) = (
        try entries("feature"), try entries("comparison"), try entries("threshold")
      )
      let (categories, missing, zero) = (
        try entries("categories"), try entries("missing_left"), try entries("zero_missing")
      )
      let (left, right, gain) = (try entries("left"), try entries("right"), try entries("gain"))
      do {
        _ = try trees.add(output: output, root: 0, count: splits + cover.count) { number in
          guard number < splits else { return .leaf(cover: Float(cover[number - splits].double ?? 0)) }
          guard let feature = feature[number].int,
            let comparison = DecisionTrees.Comparison(rawValue: comparison[number].string ?? ""),
            let threshold = threshold[number].double ?? threshold[number].string.flatMap({ Double($0) }),
            let set = categories[number].array, let missing = missing[number].bool,
            let zero = zero[number].bool,
            let left = left[number].int, let right = right[number].int,
            (-cover.count..<splits).contains(left), (-cover.count..<splits).contains(right)
          else { throw invalid("split \(number) is broken", place) }
          let split = DecisionTrees.Split(
            feature: feature, comparison, threshold: threshold,
            categories: Set(set.compactMap(\.int)).sorted(), missingGoesLeft: missing, zeroIsMissing: zero,
            gain: Float(gain[number].double ?? 0))
          func child(_ place: Int) -> Int { place >= 0 ? place : splits + ~place }
          return .split(split, left: child(left), right: child(right))
        }
      } catch let failure as Failure where failure.location.isEmpty {
        throw Failure(failure.kind, "\(place): \(failure.message)", at: place)
      }
    }
    return trees
  }
}

extension DecisionTrees {
  /// The trees as JSON; `TreeDescription.trees` reads it.
  var json: JSONValue { TreeDescription.json(self) }
}

/// The closest known name to an unknown one, for "did you mean" in errors.
public enum Suggestion {
  /// The candidate with the smallest edit distance to `name`, if the distance is at most a third of the
  /// longer name.
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    // A criterion's name is completed to the name of its gap: "demographic_parity" to
    // "demographic_parity_difference".
    let candidates = Array(candidates)
    if let gap = candidates.first(where: { $0 == "\(name)_difference" }) { return gap }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let distance = editDistance(name.lowercased(), candidate.lowercased())
      if distance <= max(name.count, candidate.count, 3) / 3, distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.candidate
  }

  /// The end of an error's sentence for an unknown name: `; did you mean "adam"? (adagrad, adam)`.
  public static func phrase(for name: String, among candidates: [String]) -> String {
    let list = candidates.count > 60 ? "\(candidates.count) are known" : candidates.joined(separator: ", ")
    if let near = nearest(to: name, among: candidates) { return "; did you mean \"\(near)\"? (\(list))" }
    return "; known are: \(list)"
  }

  /// The number of edits from one name to the other: inserted, deleted or replaced letters, and swapped
  /// neighbours (optimal string alignment); names are short.
  static func editDistance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.prefix(64)), Array(second.prefix(64)))
    var beforePrevious: [Int] = []
    var previous = Array(0...second.count)
    for (row, a) in first.enumerated() {
      var current = [row + 1]
      for (column, b) in second.enumerated() {
        var least = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (a == b ? 0 : 1))
        if row > 0, column > 0, a == second[column - 1], first[row - 1] == b {
          least = min(least, beforePrevious[column - 1] + 1)
        }
        current.append(least)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[second.count]
  }
}

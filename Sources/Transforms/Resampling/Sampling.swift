import Platform

/// What a resampling balances, and to which ratio: keys shared by the steps.
struct Sampling {
  var by = StrataChoice.label
  var attributes: [String] = []
  var ratio = 1.0

  static func fields<Step>(_ path: WritableKeyPath<Step, Sampling>, ratio: String) -> [ConfigField<Step>] {
    [
      ConfigField(
        "by", path.appending(path: \.by), "Whether labels, groups, or groups with each label are balanced."),
      ConfigField(
        "attributes", path.appending(path: \.attributes),
        "If groups are used, the sensitive attributes, whose groups are intersected. Default: all."),
      ConfigField("ratio", path.appending(path: \.ratio), in: 1e-6...1, ratio),
    ]
  }

  static let overRatio = "Each part gets at least this share of the largest part's rows."
  static let underRatio =
    "Each part keeps at most the number of rows of the smallest part divided by this ratio."

  /// The parts of the rows.
  ///
  /// - Throws: `invalidConfig` if there are fewer than two parts.
  func strata(_ rows: TransformRows, _ work: StepWork) throws -> Strata {
    let strata = try Strata(rows, by: by, attributes: attributes, work)
    guard strata.counts.filter({ $0 > 0 }).count > 1 else {
      throw work.invalid("by", "all rows are of one part; two or more are needed to balance")
    }
    return strata
  }

  /// The number of rows to add to each part.
  func lacking(_ strata: Strata, _ work: inout StepWork) -> [Int] {
    let target = Int(Double(strata.counts.max() ?? 0) * ratio)
    let lacking = strata.counts.map { $0 > 0 ? max(0, target - $0) : 0 }
    if lacking.allSatisfy({ $0 == 0 }) {
      work.note(
        "every part has at least a share of \(ratio) of the largest one's rows already; none was added")
    }
    return lacking
  }

  /// The maximum number of rows to keep of each part.
  func kept(_ strata: Strata, _ work: inout StepWork) -> [Int] {
    let smallest = strata.counts.filter { $0 > 0 }.min() ?? 0
    let target = Int((Double(smallest) / ratio).rounded(.down))
    let kept = strata.counts.map { min($0, target) }
    if kept == strata.counts {
      work.note(
        "the smallest part has at least a share of \(ratio) of every other one's rows already; none was dropped"
      )
    }
    return kept
  }
}

import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The rows of a search: those from which candidates are trained and judged, and those that only certify.
struct SearchRows {
  /// A training and the rows on which its model is judged.
  struct Part {
    let train: Dataset
    let judged: Dataset
  }

  /// One repetition of the cross-validation.
  struct Round {
    let parts: [Part]
    /// The judged rows of all parts, one after another.
    let judge: RowsJudge
  }

  /// All rows for training and judging.
  let all: Dataset
  let rounds: [Round]
  /// Rows that no choice sees; nil: there are none.
  let certificate: RowsJudge?
  let folds: Int

  /// - Parameters:
  ///   - validation: the rows that certify; nil: a share of `train` does.
  ///   - meaning: the labels and groups of rows.
  /// - Throws: `invalidData` if there are too few rows.
  init(
    train: Dataset, validation: Dataset?, _ search: SearchConfig, _ meaning: SearchMeaning,
    _ goals: SearchGoals
  ) throws {
    let seed = UInt64(bitPattern: Int64(search.seed))
    var searched = train
    var certified = validation
    if validation == nil, search.certify > 0 {
      let strata = try meaning.strata(of: train)
      var stream = RandomStream(seed: seed, purpose: "certificate")
      let parts = StratifiedParts(strata, shares: [search.certify], shuffled: true, &stream).parts
      searched = try train.selecting(rows: parts.indices.filter { parts[$0] != 0 })
      certified = try train.selecting(rows: parts.indices.filter { parts[$0] == 0 })
    }
    guard searched.rows >= 20 else {
      throw Failure.invalidData(
        "\(searched.rows) rows are left for a search; 20 or more are accepted", at: "train")
    }
    all = searched
    let strata = try meaning.strata(of: searched)
    folds = try search.folds ?? Self.defaultFolds(RowsJudge(searched, meaning, goals), strata, goals)
    rounds = try (0..<search.repeats).map { [folds] round in
      var stream = RandomStream(seed: seed, purpose: "folds of repetition \(round)")
      return try Self.round(searched, strata, folds: folds, meaning, goals, &stream)
    }
    certificate = try certified.flatMap {
      $0.rows > 0 ? try RowsJudge($0, meaning, goals) : nil
    }
  }

  /// The share of the rows that a single part judges.
  static let judgedShare = 5
  /// Without tolerances, one part is enough if even the smallest combination of label and group has this many rows.
  private static let enoughRows = 500

  /// One part if its rows can tell a gap from the tolerances, otherwise five.
  private static func defaultFolds(_ judge: RowsJudge, _ strata: [Int], _ goals: SearchGoals) throws -> Int {
    let bounded = goals.gaps.filter { $0.tolerance != nil }
    guard !bounded.isEmpty else {
      var counts: [Int: Int] = [:]
      for stratum in strata { counts[stratum, default: 0] += 1 }
      return (counts.values.min() ?? 0) >= enoughRows ? 1 : judgedShare
    }
    let isEnough = try bounded.allSatisfy { goal in
      let groups = try judge.counts(of: goal.attribute)
      let gap = CertifiableGap(goal, groups, share: 1 / Double(judgedShare), confidence: goals.confidence)
      return gap.halfWidth <= goal.tolerance ?? 0
    }
    return isEnough ? 1 : judgedShare
  }

  private static func round(
    _ rows: Dataset, _ strata: [Int], folds: Int, _ meaning: SearchMeaning, _ goals: SearchGoals,
    _ stream: inout RandomStream
  ) throws -> Round {
    let split = StratifiedFolds(strata: strata, count: folds > 1 ? folds : judgedShare, &stream)
    let places = (0..<folds).map { split.rows(of: $0) }
    let parts = try (0..<folds).map { part in
      Part(
        train: try rows.selecting(rows: split.rows(outside: part)),
        judged: try rows.selecting(rows: places[part]))
    }
    return Round(
      parts: parts,
      judge: try RowsJudge(
        folds > 1 ? rows.selecting(rows: places.flatMap { $0 }) : parts[0].judged, meaning, goals)
    )
  }
}

/// The labels and groups of a search's rows.
struct SearchMeaning {
  let data: DataConfig
  let task: Fairness.Task
  let classes: [String]

  /// - Parameter train: all training rows, from which unknown classes are read.
  init(_ base: Model, _ train: Dataset, _ data: DataConfig, _ choice: TaskChoice) throws {
    let (rows, read) = try train.addingLexicons(data)
    let labels = try Labels(rows, read, choice: choice, known: base.task, classes: base.classLabels)
    (self.data, task, classes) = (data, labels.task, labels.classes)
  }

  /// The rows with the columns of attributes that texts mention, and their labels.
  func read(_ rows: Dataset) throws -> (rows: Dataset, data: DataConfig, labels: Labels) {
    let (rows, data) = try rows.addingLexicons(data)
    let labels = try Labels(
      rows, data, choice: .auto, known: task, classes: classes, reading: Labels.Reading(mayLackPositive: true)
    )
    return (rows, data, labels)
  }

  /// For each row, the number of its combination of label and groups; a regression has no labels to combine.
  func strata(of dataset: Dataset) throws -> [Int] {
    let (rows, data, labels) = try read(dataset)
    let references = data.sensitive.map(\.name)
    var strata =
      try task == .regression
      ? [Int](repeating: 0, count: rows.rows) : labels.classNumbers().array.map { Int($0) }
    guard !references.isEmpty else { return strata }
    let groups = try SensitiveAttributes(rows, data.sensitive).dense(
      AttributeReference(references), rows: rows.rows, at: "/data/sensitive")
    for row in strata.indices {
      // Rows without a group have the code -1.
      strata[row] = strata[row] &* (groups.names.count + 1) &+ Int(groups.codes.pointer[row]) &+ 1
    }
    // Only the combinations that occur are numbered.
    var numbers: [Int: Int] = [:]
    for row in strata.indices {
      let next = numbers.count
      let number = numbers[strata[row], default: next]
      if number == next { numbers[strata[row]] = next }
      strata[row] = number
    }
    return strata
  }
}

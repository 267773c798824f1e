import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

/// The settings for reading a dataset as labelled rows.
struct PreparingSettings {
  let task: TaskChoice
  /// The meaning of the columns.
  let data: DataConfig
  /// The steps that change the training rows first.
  let steps: [StepConfig]
  let augment: AugmentConfig
  /// Whether the network gets a new head, whose classes come from the labels.
  let hasNewHead: Bool
  let seed: Int
}

/// The first phase of a tuning: labelled rows for training and for judging.
struct PreparedRows {
  let data: DataConfig
  let learnt: Dataset
  /// The meaning of the columns of `learnt`, including weights that steps added.
  let learntData: DataConfig
  /// The reports of the steps, one entry each.
  let steps: [JSONValue]
  /// The steps that change columns, which the model applies to all other rows; nil: there are none.
  let preparation: Preparation?
  let learntLabels: LabelledRows
  let judged: Dataset
  let judgedLabels: LabelledRows
  /// Whether training does not see the `judged` rows; otherwise they are the training rows.
  let isHeldOut: Bool
  /// Whether the `judged` rows were set aside from the training rows.
  let isSetAside: Bool

  /// - Parameter validation: nil: a tenth of `train` is set aside.
  /// - Throws: `invalidConfig` for missing columns, `invalidData` for invalid labels.
  init(_ base: Model, train: Dataset, validation: Dataset?, _ settings: PreparingSettings) throws {
    let (train, data) = try train.addingLexicons(settings.data)
    let validation = try validation?.addingLexicons(settings.data).dataset
    self.data = data
    try Self.sensitiveColumnsExist(data, in: train)
    let unit = try base.labelled(settings.task, at: "/task")
    let all = try Self.labels(base, train, data, settings, unit)
    let parts = try Self.split(train, validation, data, all, seed: settings.seed)
    let changed = try ChangedRows(base, parts.train, data, settings.steps, all, seed: settings.seed)
    (learntData, steps, preparation) = (changed.data, changed.report, changed.preparation)
    learnt = try base.reader.augmented(changed.rows, settings.augment, data, seed: settings.seed)
    func labels(of rows: Dataset) throws -> LabelledRows {
      try LabelledRows(
        rows, data, unit, choice: Self.choice(all.labels.task), known: all.labels.task,
        classes: all.classes(data))
    }
    learntLabels = try labels(of: learnt)
    judged = parts.validation ?? parts.train
    judgedLabels = try labels(of: judged)
    isHeldOut = parts.validation != nil
    isSetAside = validation == nil
  }

  /// Whether the rows for judging are exactly the training rows.
  var areTheSame: Bool {
    !isHeldOut && learnt === judged && data.longTexts?.method != .windows
  }

  /// The task of the tuned model as one word.
  var taskName: String {
    switch learntLabels.unit {
    case .rows: learntLabels.labels.task.name
    case .words: TaskChoice.tokens.rawValue
    case .labels: TaskChoice.multilabel.rawValue
    }
  }

  private static func sensitiveColumnsExist(_ data: DataConfig, in dataset: Dataset) throws {
    for (index, column) in data.sensitive.enumerated() where !dataset.contains(column.name) {
      throw Failure.invalidConfig(
        "\"\(column.name)\" is not a column\(Suggestion.phrase(for: column.name, among: dataset.names))",
        at: "/data/sensitive/\(index)")
    }
  }

  /// The labels, with the classes of the model, or of the new head.
  private static func labels(
    _ base: Model, _ train: Dataset, _ data: DataConfig, _ settings: PreparingSettings, _ unit: UnitOfAnalysis
  ) throws -> LabelledRows {
    func labels(known: Bool) throws -> LabelledRows {
      try LabelledRows(
        train, data, unit, choice: settings.task, known: known ? base.task : nil,
        classes: known ? base.classLabels : [])
    }
    guard base.reader.learnsNewLabels, !settings.hasNewHead else {
      return try labels(known: !settings.hasNewHead)
    }
    if base.hasNamedClasses, let known = try? labels(known: true) { return known }
    return try labels(known: false)
  }

  private static func choice(_ task: Fairness.Task) -> TaskChoice {
    switch task {
    case .binary: .binary
    case .multiclass: .multiclass
    case .regression: .regression
    }
  }

  /// Training and validation rows, stratified by label and first sensitive attribute. With fewer than 20 rows
  /// nothing is set aside.
  private static func split(
    _ train: Dataset, _ validation: Dataset?, _ data: DataConfig, _ labelled: LabelledRows, seed: Int
  ) throws -> (train: Dataset, validation: Dataset?) {
    if let validation { return (train, validation) }
    guard train.rows >= 20 else { return (train, nil) }
    var strata: [[Int]] = []
    var places: [Int: Int] = [:]
    let groups = try data.sensitive.first.map { try Groups(train, $0).codes }
    let values = try labelled.labels.values()
    let hasClasses = labelled.unit == .rows && labelled.labels.task != .regression
    for row in 0..<train.rows {
      let label = hasClasses ? Int(values.pointer[row]) : 0
      let key = label &* 1_000_003 &+ Int(groups?.pointer[row] ?? 0)
      if let place = places[key] {
        strata[place].append(row)
      } else {
        places[key] = strata.count
        strata.append([row])
      }
    }
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "validation")
    var aside = [Bool](repeating: false, count: train.rows)
    for index in strata.indices {
      random.shuffle(&strata[index])
      for row in strata[index].prefix((strata[index].count + 5) / 10) { aside[row] = true }
    }
    let kept = (0..<train.rows).filter { !aside[$0] }
    let held = (0..<train.rows).filter { aside[$0] }
    guard !held.isEmpty, !kept.isEmpty else { return (train, nil) }
    return (try train.selecting(rows: kept), try train.selecting(rows: held))
  }
}

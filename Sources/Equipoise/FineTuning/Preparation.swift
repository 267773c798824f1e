import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Everything that training needs, made from the base model, the data and the configuration.
struct Preparation {
  private(set) var config: FineTuneConfig
  let labelled: LabelledRows
  /// How the network reads.
  let reader: any ModelKind
  /// As it was before training.
  let network: Network
  let validation: Validation
  let loop: TrainingLoop
  /// Whether the report's rows are ones that training did not see.
  let validationIsHeldOut: Bool
  let validationRows: Int
  let attributes: [AttributeReference]
  /// An entry for each round of trees that were grown.
  let growth: [JSONValue]
  let pruning: TreePruning?

  init(
    _ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig,
    _ progress: Progress.Callback?
  ) throws {
    var config = config
    if config.data.label == nil, config.data.labels.isEmpty, let remembered = base.data {
      config.data = remembered
    }
    let (train, lexicons) = try train.addingLexicons(config.data)
    let validation = try validation?.addingLexicons(config.data).dataset
    config.data = lexicons
    try Self.sensitiveColumnsExist(config, in: train)
    self.config = config
    for setting in KindSetting.allCases where setting.isAsked(by: config.train) {
      guard base.reader.settings.contains(setting) else {
        throw Failure.unsupported(setting.refusal, at: setting.pointer)
      }
    }
    attributes = try Self.attributes(config, counterfactual: base.reader.counterfactualAttribute)
    let thing = try base.labelled(config.task, at: "/task")
    let all = try Self.labels(base, train, config, thing)
    let parts = try Self.split(train, validation, config, all)
    let learnt = try base.reader.augmented(
      parts.train, config.train.augment, config.data, seed: config.train.seed)
    func labels(of rows: Dataset) throws -> LabelledRows {
      try LabelledRows(
        rows, config.data, thing, choice: Self.choice(all.labels.task), known: all.labels.task,
        classes: all.classes(config.data))
    }
    labelled = try labels(of: learnt)
    let request = TuningRequest(config)
    let tunable = try base.reader.tunable(base, learnt, labelled, request)
    (network, reader) = (tunable.network, tunable.reader)
    self.config.data = tunable.data
    let inputs = tunable.inputs
    if thing == .rows { try Self.outputs(of: network, fit: labelled.labels) }
    let rows = try TrainingRows(
      learnt, config, attributes: attributes, labelled: labelled, inputs: inputs, reader: reader)
    var trained = network
    var grown: TrainingObjective?
    if let trees = config.train.trees, trees.grow > 0 {
      do {
        let growth = try TreeGrowth(config, trees, rows, attributes, width: network.graph.outputWidth)
        (trained, self.growth) = try growth.grow(network, unseen: tunable.unseenFeatures, progress: progress)
        grown = growth.objective
      } catch let failure as Failure where failure.kind == .unsupported && failure.location.isEmpty {
        throw Failure(.unsupported, "/train/trees: \(failure.message)", at: "/train/trees")
      }
    } else {
      growth = []
    }
    // Splits stay as they are, so rows go through the trees once; but a row with another attribute may go elsewhere.
    let switchesRows = config.fairness.contains { $0.objective == .counterfactual }
    let routed = switchesRows ? nil : try inputs.routed(through: trained.graph)
    let trainable = try Self.trainable(trained, config, prefix: base.reader.namePrefix)
    let (kind, isNew) = base.reader.effort(
      of: TrainedPart(network: trained, isTrained: trainable), base, labelled, request)
    let effort = Effort(
      config, kind: kind, isNew: isNew, rows: rows.rows,
      parameters: zip(trained.graph.parameters, trainable).reduce(0) { $0 + ($1.1 ? $1.0.values.count : 0) })
    loop = try TrainingLoop(
      config, rows: routed.map { rows.replacing(inputs: $0.inputs) } ?? rows, attributes: attributes,
      network: trained,
      trainedGraph: (routed?.graph ?? trained.graph).withPrecision(
        config.train.precision ?? trained.graph.precision),
      trainable: trainable, effort: effort,
      rateShares: LayerDecay.shares(trained.graph, decay: config.train.layerDecay))
    if let grown { loop.objective.ofRows.takeMultipliers(of: grown) }

    let judged = parts.validation ?? parts.train
    validationIsHeldOut = parts.validation != nil
    validationRows = judged.rows
    let judgedLabels = try labels(of: judged)
    let judgedInputs =
      parts.validation == nil && learnt.rows == judged.rows && config.data.longTexts?.method != .windows
      ? inputs : try tunable.read(judged)
    self.validation = try Validation(
      judged, config, attributes: attributes, labelled: judgedLabels, inputs: judgedInputs,
      loss: loop.objective.loss)
    if parts.validation != nil {
      let held = try TrainingRows(
        judged, config, attributes: attributes, labelled: judgedLabels, inputs: judgedInputs, reader: reader,
        counterfactuals: false)
      let routed = try switchesRows ? nil : judgedInputs.routed(through: trained.graph)
      try loop.hold(
        out: (routed.map { held.replacing(inputs: $0.inputs) } ?? held).renumbered(as: rows),
        isOfTraining: validation == nil)
    }
    if let trees = config.train.trees, trees.prune {
      let rows = try TrainingRows(
        judged, config, attributes: attributes, labelled: judgedLabels, inputs: judgedInputs, reader: reader
      )
      pruning = try TreePruning(
        config, trees, rows, attributes, width: network.graph.outputWidth, trained: loop.objective.ofRows)
    } else {
      pruning = nil
    }
  }

  /// The labels as the model knows them. A text model may be tuned to other labels than its own: it gets
  /// another head.
  private static func labels(
    _ base: Model, _ train: Dataset, _ config: FineTuneConfig, _ thing: LabelledThing
  ) throws -> LabelledRows {
    func labels(known: Bool) throws -> LabelledRows {
      try LabelledRows(
        train, config.data, thing, choice: config.task, known: known ? base.task : nil,
        classes: known ? base.classLabels : [])
    }
    // A new head takes its classes from the labels.
    guard base.reader.learnsNewLabels, config.train.head == nil else {
      return try labels(known: config.train.head == nil)
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

  private static func sensitiveColumnsExist(_ config: FineTuneConfig, in dataset: Dataset) throws {
    for (index, column) in config.data.sensitive.enumerated() where !dataset.contains(column.name) {
      throw Failure.invalidConfig(
        "\"\(column.name)\" is not a column\(Suggestion.phrase(for: column.name, among: dataset.names))",
        at: "/data/sensitive/\(index)")
    }
  }

  /// The attribute of each objective; the first sensitive one where none is named. Swapped terms need none.
  private static func attributes(_ config: FineTuneConfig, counterfactual: AttributeReference?) throws
    -> [AttributeReference]
  {
    try config.fairness.enumerated().map { index, entry in
      if let attribute = entry.attribute { return attribute }
      if let counterfactual, entry.objective == .counterfactual { return counterfactual }
      guard let first = config.data.sensitive.first else {
        throw Failure.invalidConfig(
          "no attribute is named, and \"sensitive\" is empty", at: "/fairness/\(index)/attribute")
      }
      return AttributeReference([first.name])
    }
  }

  /// Training and validation rows. Under 20 rows nothing is set aside.
  private static func split(
    _ train: Dataset, _ validation: Dataset?, _ config: FineTuneConfig, _ labelled: LabelledRows
  ) throws -> (train: Dataset, validation: Dataset?) {
    if let validation { return (train, validation) }
    guard train.rows >= 20 else { return (train, nil) }
    var strata: [[Int]] = []
    var places: [Int: Int] = [:]
    let groups = try config.data.sensitive.first.map { try Groups(train, $0).codes }
    let values = try labelled.labels.values()
    let hasClasses = labelled.thing == .rows && labelled.labels.task != .regression
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
    var random = RandomStream(seed: UInt64(bitPattern: Int64(config.train.seed)), purpose: "validation")
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

  /// - Throws: `invalidConfig` when the network has other outputs than the labels need.
  private static func outputs(of network: Network, fit labels: Labels) throws {
    let width = network.graph.outputWidth
    guard labels.task.fits(outputs: width) else {
      throw Failure.invalidConfig(
        "the network has \(width) outputs, which does not fit a \(labels.task.name) label"
          + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/data/label")
    }
  }

  /// - Parameter prefix: what patterns may leave out before a parameter's name.
  private static func trainable(_ network: Network, _ config: FineTuneConfig, prefix: String) throws
    -> [Bool]
  {
    if let reason = network.interpretedBecause {
      throw Failure.unsupported("the network predicts and can be audited, but not tuned: \(reason)")
    }
    let patterns = config.train.freeze.map { NamePattern($0, prefix: prefix) }
    let names = network.graph.parameters.map(\.name)
    let adapter = config.train.adapter
    for (index, pattern) in patterns.enumerated() where !names.contains(where: pattern.matches) {
      throw Failure.invalidConfig(
        "no parameter matches \"\(pattern.pattern)\"\(Suggestion.phrase(for: pattern.pattern, among: names))",
        at: "/train/freeze/\(index)")
    }
    let trainable = names.map { name in
      !network.fixedParameters.contains(name) && !patterns.contains { $0.matches(name) }
        && (adapter?.trains(name, prefix: prefix) ?? true)
    }
    guard trainable.contains(true) else {
      throw Failure.invalidConfig("every parameter is frozen; nothing is left to tune", at: "/train/freeze")
    }
    return trainable
  }

  /// What a checkpoint must agree with.
  func fingerprint(_ train: Dataset, _ validation: Dataset?) throws -> String {
    let digest = Digest()
    // How often it is kept and whether it resumes do not change what is trained.
    var shown = config
    shown.train.checkpoint = nil
    digest.update(shown.encoded.text())
    digest.update(try train.digest())
    // Early stopping and the choice of epoch look at these.
    digest.update(try validation?.digest() ?? "none")
    digest.update("threads \(WorkerPool.threads)")
    for tensor in loop.network.graph.parameters {
      digest.update(UnsafeRawBufferPointer(tensor.values.elements))
    }
    return digest.finish()
  }

  var taskName: String {
    switch labelled.thing {
    case .rows: labelled.labels.task.name
    case .words: TaskChoice.tokens.rawValue
    case .labels: TaskChoice.multilabel.rawValue
    }
  }
}

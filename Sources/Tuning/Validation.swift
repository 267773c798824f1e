import Auditing
import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Models
import Platform
import Prediction

/// What is judged: a network, or a mixture of networks.
enum JudgedNetworks {
  case network(Network)
  case mixture(NetworkMixture)
}

/// The rows on which a network is judged during training.
struct Validation {
  let inputs: NetworkInputs
  let evaluation: Evaluation
  let loss: any Loss
  let threshold: Double
  /// The weight of each row's loss; nil: all are 1.
  private let weights: Buffer<Float>?
  private let labelled: LabelledRows
  private let dataset: Dataset
  private let data: DataConfig

  init(
    _ dataset: Dataset, _ data: DataConfig, _ settings: JudgingSettings, labelled: LabelledRows,
    inputs: NetworkInputs,
    loss: any Loss
  ) throws {
    self.inputs = inputs
    self.loss = loss
    self.labelled = labelled
    self.dataset = dataset
    self.data = data
    threshold = settings.threshold
    do {
      evaluation = try Evaluation(
        labelled.units, labelled.data, settings.selection(data), labels: labelled.labels)
    } catch let failure as Failure {
      throw failure.below("/audit")
    }
    var weights = try evaluation.weights.map { weights in
      let narrow = try Buffer<Float>(count: weights.count, for: "weights")
      for row in 0..<weights.count { narrow.pointer[row] = Float(weights.pointer[row]) }
      return narrow
    }
    if let tagged = inputs.tagged {
      // Words that were cut off have no loss.
      let read = try Buffer<Float>(count: tagged.words.count, for: "weights")
      for pair in 0..<tagged.wordTokens.count {
        let word = Int(tagged.wordTokens.words.pointer[pair])
        read.pointer[word] = weights?.pointer[word] ?? 1
      }
      weights = read
    }
    self.weights = weights
  }

  struct Result {
    let audit: AuditResult
    let loss: Double
    /// The audited scores and decisions.
    let decided: DecidedRows
    /// The additional section for labels that are not per row: "tokens" or "multilabel".
    let section: JSONValue.Member?
    /// The F1 of entities, if words are tagged.
    let entityF1: Double?

    var json: JSONValue {
      let report = audit.json.adding("loss", .finite(loss))
      return section.map { report.adding($0.key, $0.value) } ?? report
    }
  }

  /// Tests of the changes for the same rows; null for regressions and weighted rows.
  func changes(from before: Result, to after: Result) throws -> JSONValue {
    try evaluation.changes(from: before.decided, to: after.decided) ?? .null
  }

  func judge(_ network: Network, reported: Bool = false) throws -> Result {
    try judge(.network(network), reported: reported)
  }

  /// - Parameter deciding: converts the scores of these rows to decisions; nil: the threshold decides.
  func judge(
    _ networks: JudgedNetworks, reported: Bool = false,
    deciding: ((Buffer<Float>, Dataset) throws -> DecidedRows)? = nil
  ) throws -> Result {
    let (scores, loss) = try scored(networks)
    let decided =
      try deciding.map { try $0(scores, dataset) }
      ?? DecidedRows(
        scores, rows: evaluation.labels.rows, task: evaluation.labels.task, DecisionRule(threshold: threshold)
      )
    let result = try audit(decided, reported)
    let (section, entityF1) = try section(scores, reported)
    return Result(audit: result, loss: loss, decided: decided, section: section, entityF1: entityF1)
  }

  /// The scores of the rows, and the mean loss; for a mixture, the mean of its networks' losses.
  private func scored(_ networks: JudgedNetworks) throws -> (scores: Buffer<Float>, loss: Double) {
    switch networks {
    case .network(let network): return try scored(network)
    case .mixture(let mixture):
      var (sum, loss): (Buffer<Float>?, Double) = (nil, 0)
      for (index, network) in mixture.networks.enumerated() {
        let (scores, own) = try scored(network)
        let total = try sum ?? Buffer<Float>(count: scores.count, for: "scores")
        mixture.add(index, scores.pointer, count: scores.count, to: total.pointer)
        sum = total
        loss += mixture.weights[index] * own
      }
      return (try sum ?? Buffer<Float>(count: 0), loss)
    }
  }

  private func scored(_ network: Network) throws -> (scores: Buffer<Float>, loss: Double) {
    let predictor = try Predictor(network.graph, longestText: inputs.tokens?.longest ?? 0)
    let classes = labelled.labels.classes
    let outside = classes.firstIndex(of: Tags.outside) ?? 0
    var outputs = try inputs.outputs(predictor, outside: outside)
    let scoring = Scoring(network: network, task: labelled.task)
    let rows = outputs.count / max(scoring.width, 1)
    var scores = try Buffer<Float>(count: rows * scoring.count, for: "scores")
    scoring.write(outputs.pointer, rows: rows, to: scores.pointer)
    if let tokens = inputs.tokens, inputs.tagged == nil {
      scores = try tokens.combined(scores, areShares: scoring.kind == .classes)
      outputs = try tokens.combined(outputs, areShares: false)
    }
    return (scores, try meanLoss(outputs))
  }

  /// - Parameter reported: whether to compute the whole section instead of only the number that early
  ///   stopping may read.
  private func section(_ scores: Buffer<Float>, _ reported: Bool) throws -> (JSONValue.Member?, Double?) {
    switch labelled.unit {
    case .rows: return (nil, nil)
    case .words:
      let names = labelled.labels.classes
      let predicted = try Model.bestClasses(scores, width: names.count)
      let f1 = try labelled.entities(predicted).all.f1.number(.undefined)
      guard reported, let tagged = labelled.tagged else { return (nil, f1) }
      let words = try tagged.adding(predicted, names)
      let rows = try AnalysisRows(
        words, tagged.meaning(data), by: evaluation.references, labels: nil, model: nil, decided: nil,
        threshold: threshold)
      var notes = SectionNotes("tokens")
      let json = try tagged.tokens(label: data.label ?? "").section(rows, &notes)
      return (.init("tokens", json), f1)
    case .labels:
      guard reported else { return (nil, nil) }
      let (scored, config) = try Model.adding(scores, of: data.labels, to: dataset)
      let rows = try AnalysisRows(
        scored, data, by: evaluation.references, labels: nil, model: nil, decided: nil,
        threshold: threshold)
      var notes = SectionNotes("multilabel")
      return (.init("multilabel", try config.section(rows, &notes)), nil)
    }
  }

  /// - Parameter reported: whether to include intervals and tests, if configured.
  private func audit(_ decided: DecidedRows, _ reported: Bool) throws -> AuditResult {
    do {
      return try (reported ? evaluation : evaluation.quick).audit(decided)
    } catch let failure as Failure {
      throw failure.below("/audit")
    }
  }

  /// The mean loss over the labelled rows; with several labels, the sum over them.
  private func meanLoss(_ outputs: Buffer<Float>) throws -> Double {
    let labels = evaluation.labels
    let width = outputs.count / max(labels.rows, 1)
    let losses = try Buffer<Float>(count: labels.rows, for: "losses")
    let slopes = try Buffer<Float>(count: outputs.count, for: "losses")
    let values = try labels.values()
    withExtendedLifetime(values) {
      loss.evaluate(
        Batch(
          task: labels.task, rows: labels.rows, width: width, outputs: outputs.pointer, labels: values.pointer
        ),
        losses: losses.pointer, slopes: slopes.pointer)
    }
    var (sum, total) = (0.0, 0.0)
    for row in 0..<labels.rows {
      let weight = Double(weights?.pointer[row] ?? 1)
      sum += Double(losses.pointer[row]) * weight
      total += weight
    }
    return total > 0 ? sum / total * Double(labelled.unit == .labels ? data.labels.count : 1) : 0
  }
}

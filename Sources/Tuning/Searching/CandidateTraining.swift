import Configurations
import Datasets
import Models
import Platform

/// Trains a candidate of a search and measures it.
struct CandidateTraining {
  let base: Model
  /// The configuration of the fine-tuning without its search, as JSON.
  let configuration: JSONValue
  let rows: SearchRows
  let meaning: SearchMeaning
  /// The networks that candidates share; nil: each training starts from its base.
  let fits: SharedFits?
  /// The threads of one training.
  let threads: ThreadBudget

  /// The base model and the configuration of a candidate.
  ///
  /// - Throws: `invalidConfig` at "/search/space" for a value that its key does not accept.
  func candidate(_ values: [Trial.Value]) throws -> (base: Model, config: FineTuneConfig) {
    var configuration = configuration
    var architecture: JSONValue?
    var base = base
    for (pointer, value) in values {
      do {
        if pointer == Self.modelPointer, value == "base" { continue }
        if pointer == Self.modelPointer || pointer.hasPrefix(Self.modelPointer + "/") {
          architecture = try (architecture ?? ownArchitecture).placing(
            value, at: String(pointer.dropFirst(Self.modelPointer.count)))
        } else {
          configuration = try configuration.placing(value, at: pointer)
        }
      } catch let failure as Failure { throw Self.invalid(values, failure) }
    }
    do {
      if let architecture {
        base = try Model.make(ArchitectureConfig.decoded(architecture, at: Self.modelPointer))
      }
      return (base, try FineTuneConfig.decoded(configuration, at: ""))
    } catch let failure as Failure { throw Self.invalid(values, failure) }
  }

  /// The key of the space that stands for the base model.
  private static let modelPointer = "/model"

  /// The architecture of an untrained base; for a trained one, the default architecture.
  private var ownArchitecture: JSONValue {
    base.isTrained
      ? [:] : base.reader.recorded.first { $0.key == "architecture" }?.value ?? [:]
  }

  private static func invalid(_ values: [Trial.Value], _ failure: Failure) -> Failure {
    let shown = values.map { "\"\($0.pointer)\": \($0.value.text())" }.joined(separator: ", ")
    return Failure.invalidConfig("with \(shown): \(failure.message)", at: "/search/space")
  }

  /// Trains the candidate on the rows of each part, and measures it on the others.
  ///
  /// - Returns: the measurement, and the trained model if there is only one.
  func measure(_ values: [Trial.Value], _ progress: Progress.Callback?) throws -> (
    measurement: Measurement, product: TrialProduct?
  ) {
    let (base, config) = try candidate(values)
    let isOnce = rows.folds == 1 && rows.rounds.count == 1
    var measurements: [Measurement] = []
    var product: TrialProduct?
    for round in rows.rounds {
      let decided = try round.parts.map { part in
        let trained = try train(base, config, on: part.train, progress)
        if isOnce { product = trained }
        return try RowsJudge.decided(trained.model, meaning.read(part.judged).rows, meaning)
      }
      measurements.append(try round.judge.measure(decided))
    }
    guard let mean = Measurement.mean(measurements) else {
      throw Failure.internal("a search without rows to judge by")
    }
    return (mean, product)
  }

  /// Trains a candidate for its use: on all rows of a cross-validation, otherwise as it was trained when it was measured.
  func product(_ values: [Trial.Value], _ progress: Progress.Callback?) throws -> TrialProduct {
    let (base, config) = try candidate(values)
    let isOnce = rows.folds == 1 && rows.rounds.count == 1
    return try train(base, config, on: isOnce ? rows.rounds[0].parts[0].train : rows.all, progress)
  }

  private func train(
    _ base: Model, _ config: FineTuneConfig, on rows: Dataset, _ progress: Progress.Callback?
  ) throws -> TrialProduct {
    let fitted = try fits?.network(
      base, config, on: rows, key: JSONValue.object(base.reader.recorded).text(), threads: threads, progress)
    let plan = try TuningPlan(base, config, threads: threads, fitted: fitted)
    let (model, report) = try plan.run(rows, nil, from: (rows, nil), progress)
    try model.judge(report["verdict"] ?? .null)
    return TrialProduct(model: model, report: report)
  }
}

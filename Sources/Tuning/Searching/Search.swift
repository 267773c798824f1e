import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// Trains several candidates of a fine-tuning and finds those that no other candidate dominates.
///
/// - Parameters:
///   - train: rows to learn from and to choose by.
///   - validation: rows that certify the chosen model, and that no choice sees; nil: a share of `train`.
///   - config: with the search; without one, the default search.
///   - progress: receives events during the work; if it returns false, the work stops with `cancelled`.
/// - Returns: the front, with the model that the configured rule chooses.
/// - Throws: `invalidConfig`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`, `io`; `integrity` if the
///   search's directory belongs to another search.
public func search(
  _ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig,
  progress: ((JSONValue) -> Bool)? = nil
) throws -> Front {
  try Memory.requireRoom(forRows: train.rows, for: "training rows")
  // Workers follow the call of the host; without one, the search is its own call.
  guard HostCall.cancelFlag != nil else {
    return try HostCall(cancel: nil, progress: nil).run {
      try Search(base, train: train, validation: validation, config).run(progress)
    }
  }
  return try Search(base, train: train, validation: validation, config).run(progress)
}

/// A search, step by step: read → propose and train → front → certify → choose.
struct Search {
  private let config: SearchConfig
  private let rows: SearchRows
  private let goals: SearchGoals
  private let space: SearchSpace
  private let training: CandidateTraining
  private let method: SearchConfig.Method
  private let store: TrialStore?
  private let certifiable: [CertifiableGap]

  init(_ base: Model, train: Dataset, validation: Dataset?, _ tuning: FineTuneConfig) throws {
    let config = tuning.search ?? SearchConfig()
    self.config = config
    var tuning = tuning
    tuning.search = nil
    let data = try TuningPlan(base, tuning).preparing.data
    guard case .rows = try base.labelled(tuning.task, at: "/task") else {
      throw Failure.unsupported(
        "a search compares models with one label for each row; tags of words and several labels are not searched",
        at: "/search")
    }
    let (learnt, _) = try train.leavingOutUnlabelled(data)
    let certified = try validation?.leavingOutUnlabelled(data).rows
    tuning.data = try data.fixingQuantiles(in: learnt)
    let meaning = try SearchMeaning(base, learnt, tuning.data, tuning.task)
    let attributes = try TrainingGoal.attributes(
      tuning.fairness, data, counterfactual: base.reader.counterfactualAttribute)
    goals = try SearchGoals(
      tuning.fairness, attributes, task: meaning.task, quality: config.quality, confidence: config.confidence)
    space =
      config.space.alternatives.isEmpty
      ? try SearchDefaults(
        tuning, data, task: meaning.task, architecture: Self.architecture(of: base), trials: config.trials
      ).space() : config.space
    method = Self.method(config, space)
    rows = try SearchRows(train: learnt, validation: certified, config, meaning, goals)
    // Models of texts are large, so that one is trained at a time, by all threads.
    training = CandidateTraining(
      base: base, configuration: tuning.encoded, rows: rows, meaning: meaning,
      fits: SharedFits.apply(to: space) ? SharedFits() : nil,
      threads: base.reader.medium == .texts ? .process : .one)
    try Self.check(space, config, method, training)
    certifiable =
      try rows.certificate.map { [goals] judge in
        try goals.gaps.map {
          CertifiableGap($0, try judge.counts(of: $0.attribute), confidence: goals.confidence)
        }
      } ?? []
    do { _ = try ModelChoice(config.choose, [], goals) } catch let failure as Failure {
      throw failure.below("/search/choose")
    }
    if config.directory != nil, tuning.policy?.enforce.contains(.save) == true {
      throw Failure.unsupported(
        "candidates are kept in a folder, and the policy forbids to save those that do not meet it; a search without "
          + "\"directory\", or a policy that is not enforced for \"save\", is accepted",
        at: "/search/directory")
    }
    store = try config.directory.map { [config, training] directory in
      try TrialStore(
        directory,
        fingerprint: Self.fingerprint(base, train, validation, config, training), goals: tuning.fairness.count
      )
    }
  }

  /// The architecture of a base model without weights.
  private static func architecture(of base: Model) throws -> ArchitectureConfig? {
    guard !base.isTrained, let json = base.reader.recorded.first(where: { $0.key == "architecture" })?.value
    else {
      return nil
    }
    return try ArchitectureConfig.decoded(json, at: "")
  }

  private static func method(_ config: SearchConfig, _ space: SearchSpace) -> SearchConfig.Method {
    if let method = config.method { return method }
    let isFinite = space.alternatives.allSatisfy { entries in
      entries.allSatisfy { if case .list = $0.values { true } else { false } }
    }
    return isFinite && space.combinations <= config.trials ? .grid : .tpe
  }

  /// Checks every value of the space before the first training.
  private static func check(
    _ space: SearchSpace, _ config: SearchConfig, _ method: SearchConfig.Method, _ training: CandidateTraining
  ) throws {
    if method == .grid, space.combinations > config.trials {
      throw Failure.invalidConfig(
        "the grid has \(space.combinations) combinations; at most \(config.trials) (\"trials\") are accepted, and random, "
          + "halving, asha and tpe take any number", at: "/search/method")
    }
    for entries in space.alternatives {
      let first = entries.map { Trial.Value(pointer: $0.pointer, value: $0.values.grid[0]) }
      for (place, entry) in entries.enumerated() {
        for value in entry.values.grid.prefix(1000) {
          var values = first
          values[place].value = value
          if method == .halving || method == .asha {
            values.append((config.halving.budget, .integer(config.halving.from)))
          }
          let (base, candidate) = try training.candidate(values)
          _ = try TuningPlan(base, candidate)
        }
      }
    }
  }

  private static func fingerprint(
    _ base: Model, _ train: Dataset, _ validation: Dataset?, _ config: SearchConfig,
    _ training: CandidateTraining
  ) throws -> String {
    let digest = Digest()
    var config = config
    config.directory = nil
    digest.update(config.encoded.text())
    digest.update(training.configuration.text())
    digest.update(JSONValue.object(base.reader.recorded).text())
    digest.update(base.provenance.text())
    digest.update(try train.digest())
    digest.update(try validation?.digest() ?? "none")
    // How a training's work is divided depends on the threads of the process.
    digest.update("threads \(WorkerPool.threads)")
    return digest.finish()
  }

  // MARK: Run

  func run(_ progress: Progress.Callback?) throws -> Front {
    let started = monotonicSeconds()
    var method = proposing
    let parts = rows.rounds.reduce(0) { $0 + $1.parts.count }
    let batch = TrialBatch(training, store, planned: method.plannedTrainings, progress)
    let notes = certifiable.compactMap { $0.note(rows: rows.certificate?.rows ?? 0) }
    batch.announce(certifiable, rows: rows.certificate?.rows ?? 0)
    if let asynchronous {
      try batch.run(asynchronous) { space.values(at: $0) }
    } else {
      while true {
        let proposals = method.next(after: batch.trials)
        if proposals.isEmpty { break }
        try batch.run(proposals) { space.values(at: $0) }
      }
    }
    let trials = batch.trials
    let members = try front(of: trials, batch)
    let choice = try ModelChoice(config.choose, members.compactMap(\.trial.measurement), goals)
    let account: [JSONValue.Member] = [
      .init("method", .string(self.method.rawValue)), .init("trials", .integer(trials.count)),
      .init(
        "trainings", .integer(parts * (self.method == .asha ? trials.count : method.plannedTrainings))),
      .init("seconds", .finite(monotonicSeconds() - started)),
      .init(
        "rows",
        [
          "search": .integer(rows.all.rows), "judged": .integer(rows.rounds[0].judge.rows),
          "certificate": .integer(rows.certificate?.rows ?? 0),
        ]), .init("folds", .integer(rows.folds)), .init("repeats", .integer(rows.rounds.count)),
      .init("seed", .integer(config.seed)),
      .init("certifiable", .array(certifiable.map(\.json))),
      .init("candidates", .array(trials.map(\.json))),
    ]
    let front = Front(members, goals, rule: config.choose, choice, account: account, notes: notes)
    if let store { try front.save(path: store.directory) }
    return front
  }

  private var asynchronous: AsynchronousHalving? {
    guard method == .asha else { return nil }
    return AsynchronousHalving(
      space, trials: config.trials, config.halving,
      CandidateOrder(tolerances: goals.gaps.map(\.tolerance)),
      seed: UInt64(bitPattern: Int64(config.seed)))
  }

  private var proposing: any SearchMethod {
    let seed = UInt64(bitPattern: Int64(config.seed))
    let order = CandidateOrder(tolerances: goals.gaps.map(\.tolerance))
    switch method {
    case .grid: return GridSearch(space, limit: config.trials)
    case .random: return RandomSearch(space, trials: config.trials, seed: seed)
    // For the number of trainings; `asynchronous` proposes the candidates.
    case .halving, .asha:
      return HalvingSearch(space, trials: config.trials, config.halving, order, seed: seed)
    case .tpe: return ParzenSearch(space, trials: config.trials, order, seed: seed)
    }
  }

  /// The trials that no other one dominates, from the best quality to the smallest gaps, with models and certificates.
  ///
  /// - Throws: the failure of the first candidate, if all of them failed.
  private func front(of trials: [Trial], _ batch: TrialBatch) throws -> [Front.Member] {
    let complete = trials.filter { $0.isComplete && $0.measurement != nil }
    guard !complete.isEmpty else {
      throw Failure.invalidConfig(
        "no candidate could be trained: \(trials.compactMap(\.failure).first ?? "none was proposed")",
        at: "/search/space")
    }
    let chosen = NonDominated.indices(complete.compactMap { $0.measurement?.goals }).map { complete[$0] }
    let ordered = chosen.sorted {
      ($1.measurement?.merit ?? 0, $0.number) < ($0.measurement?.merit ?? 0, $1.number)
    }
    return try batch.producing(ordered).compactMap { trial in
      guard let product = trial.product else { return nil }
      return Front.Member(
        trial: trial, product: product, certificate: try rows.certificate?.measure(product.model),
        certificateRows: rows.certificate?.rows ?? 0)
    }
  }
}

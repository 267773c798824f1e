import Auditing
import Engine
import Fairness
import Formats
import Models
import Platform

/// Training by gradient descent on the weights.
struct GradientTraining: TrainingMethod {
  let settings: GradientSettings
  /// Computes the fingerprint of a loop, which a checkpoint must match.
  let fingerprint: (TrainingLoop) throws -> String

  func train(_ course: TrainingCourse) throws {
    let routed = try routed(course.problem.rows, course)
    let loop = try loop(course, over: routed)
    // Uses the trainer's copy of the weights, so that the base's weights need not be loaded from their file
    // again.
    func judge(reported: Bool = false) throws -> Validation.Result {
      try course.problem.validation.judge(loop.presentNetwork(), reported: reported)
    }
    let hasUnconstrainedPhase = loop.effort.hasPhases && !course.problem.goal.isPenalized
    try course.judgeBefore(hasUnconstrainedPhase: hasUnconstrainedPhase) { try loop.presentNetwork() }
    var phases: PhasedTraining?
    if loop.effort.hasPhases {
      var training = PhasedTraining(loop, course.progress)
      training.crossFitting = crossFitting(of: loop, routed, course)
      try training.run {
        if hasUnconstrainedPhase { course.unconstrained = try judge(reported: true) }
      }
      phases = training
    } else {
      try runEpochs(loop, course.progress) { try judge() }
    }
    let closed = try loop.close()
    course.network = try loop.tunedNetwork()
    course.objective = loop.objective.ofRows
    course.account.note(loop)
    course.account.ending = phases.map {
      TrainingAccount.Ending(
        reason: $0.ending, outputsWereShifted: loop.outputsWereShifted, isOfReduction: loop.keepsReduction)
    }
    course.account.constraints = closed.map {
      ConstraintReport(
        loop: loop, training: $0.training, heldOut: $0.heldOut, baseline: phases?.baseline,
        remembersRows: remembersRows(loop, course))
    }
    if settings.trace { course.account.steps = loop.position.steps }
  }

  /// Whether the base may remember the labels of all measured rows. New trees are grown again by cross-fitting, which
  /// shows it.
  private func remembersRows(_ loop: TrainingLoop, _ course: TrainingCourse) -> Bool {
    course.regrown == nil && loop.heldOut?.isOfTraining ?? true
      && LeafRefitting.mayRemember(loop.network, loop.rows)
  }

  /// The training loop over the rows of a problem, starting from the current network.
  func loop(_ course: TrainingCourse) throws -> TrainingLoop {
    try loop(course, over: routed(course.problem.rows, course))
  }

  /// Rows as outputs of the ensemble of trees at the network's input, if there is one, with the rest of the graph.
  ///
  /// Splits do not change, so rows are routed through the trees once; a row with another attribute may take another
  /// path.
  private func routed(_ rows: TrainingRows, _ course: TrainingCourse) throws -> (
    rows: TrainingRows, graph: Graph
  ) {
    let graph = course.network.graph
    guard !course.problem.goal.switchesRows, let routed = try rows.inputs.routed(through: graph) else {
      return (rows, graph)
    }
    return (rows.replacing(inputs: routed.inputs), routed.graph)
  }

  /// New trees grow again without the rows that are left out: the splits of trees that were grown on all rows know
  /// these too. Each such ensemble routes the columns itself.
  private func crossFitting(
    of loop: TrainingLoop, _ routed: (rows: TrainingRows, graph: Graph), _ course: TrainingCourse
  ) -> CrossFitting? {
    guard let regrown = course.regrown else {
      return CrossFitting(of: loop, routed.rows, refitsLeaves: true) {
        try self.loop(course, over: (rows: $0, graph: routed.graph))
      }
    }
    return CrossFitting(of: loop, course.problem.rows, refitsLeaves: false) { rows in
      let network = try regrown(rows)
      return try self.loop(course, network, over: (rows: rows, graph: network.graph)) { $0 }
    }
  }

  /// The training loop over all routed rows of a problem, or over a part of them.
  private func loop(_ course: TrainingCourse, over routed: (rows: TrainingRows, graph: Graph)) throws
    -> TrainingLoop
  {
    try loop(course, course.network, over: routed) { try self.routed($0, course).rows }
  }

  /// - Parameter route: routes further rows as `routed` are.
  private func loop(
    _ course: TrainingCourse, _ network: Network, over routed: (rows: TrainingRows, graph: Graph),
    route: (TrainingRows) throws -> TrainingRows
  ) throws -> TrainingLoop {
    let problem = course.problem
    let trainable = try trainable(network, prefix: problem.namePrefix)
    let (kind, isNew) = problem.effort(TrainedPart(network: network, isTrained: trainable))
    let effort = Effort(settings, problem.goal, kind: kind, isNew: isNew, rows: routed.rows.rows)
    let loop = try TrainingLoop(
      settings, problem.goal, rows: routed.rows, network: network,
      trainedGraph: routed.graph.withPrecision(settings.precision ?? network.graph.precision),
      trainable: trainable, effort: effort,
      rateShares: LayerDecay.shares(network.graph, decay: settings.layerDecay))
    if let objective = course.objective { loop.objective.ofRows.takeMultipliers(of: objective) }
    if let held = problem.heldOut {
      try loop.hold(out: route(held), isOfTraining: problem.heldOutIsOfTraining)
    }
    return loop
  }

  /// - Parameter prefix: a prefix of parameters' names that patterns may omit.
  private func trainable(_ network: Network, prefix: String) throws -> [Bool] {
    if let reason = network.untunableBecause {
      throw Failure.unsupported("the network predicts and can be audited, but not tuned: \(reason)")
    }
    let patterns = settings.freeze.map { NamePattern($0, prefix: prefix) }
    let names = network.graph.parameters.map(\.name)
    for (index, pattern) in patterns.enumerated() where !names.contains(where: pattern.matches) {
      throw Failure.invalidConfig(
        "no parameter matches \"\(pattern.pattern)\"\(Suggestion.phrase(for: pattern.pattern, among: names))",
        at: "/train/freeze/\(index)")
    }
    let (adapters, biases) = (network.graph.adapterParameters, network.graph.biasParameters)
    let trainable = names.enumerated().map { index, name in
      !network.fixedParameters.contains(name) && !patterns.contains { $0.matches(name) }
        && (adapters.contains(index)
          || settings.adapter?.trains(name, isBias: biases.contains(index), prefix: prefix) ?? true)
    }
    guard trainable.contains(true) else {
      throw Failure.invalidConfig("every parameter is frozen; nothing is left to tune", at: "/train/freeze")
    }
    return trainable
  }

  /// Runs the number of epochs in the settings, starting from a checkpoint if one is configured.
  private func runEpochs(
    _ loop: TrainingLoop, _ progress: Progress.Callback?, judge: () throws -> Validation.Result
  ) throws {
    guard let config = settings.checkpoint else {
      try loop.run(progress: progress, judge: judge) { _ in }
      return
    }
    let checkpoint = try Checkpoint(config, fingerprint: try fingerprint(loop))
    if config.resume, try checkpoint.restore(loop) {
      Log.write(.info, "training goes on from step \(loop.position.step)")
    }
    try loop.run(progress: progress, judge: judge) { try checkpoint.save($0) }
  }
}

extension TrainingAccount {
  fileprivate mutating func note(_ loop: TrainingLoop) {
    epochs = loop.position.epoch
    stoppedEarly = loop.position.stopped
    history = loop.position.history
    keptEpoch = loop.keptEpoch
    weightsAreFinite = loop.trainer.weights.elements.allSatisfy(\.isFinite)
  }
}

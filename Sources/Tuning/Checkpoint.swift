import Configurations
import Engine
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The state of a training on disk: a safetensors file with the exact bits of every array; the position of
/// the training is in its metadata. A resumed training gives the same weights as an uninterrupted one.
struct Checkpoint {
  let directory: String
  /// A digest of the configuration, the data and the first weights; a checkpoint is valid for one training
  /// only.
  let fingerprint: String

  private var path: String { directory + "/checkpoint.safetensors" }

  init(_ config: CheckpointConfig, fingerprint: String) throws {
    directory = config.directory
    self.fingerprint = fingerprint
    try FileBounds.require(directory, at: "/train/checkpoint/directory")
    if mkdir(directory, 0o777) != 0 && errno != EEXIST {
      throw Failure.system("make the directory", directory)
    }
  }

  private func arrays(_ loop: TrainingLoop) -> [(name: String, values: Buffer<Float>)] {
    var arrays = [("weights", loop.trainer.weights)]
    for (index, buffer) in loop.updates.memory.enumerated() { arrays.append(("optimizer.\(index)", buffer)) }
    for (index, buffer) in loop.objective.state.enumerated() { arrays.append(("objective.\(index)", buffer)) }
    for (index, buffer) in loop.trainer.runningStatistics.enumerated() {
      arrays.append(("statistics.\(index)", buffer))
    }
    for (index, buffer) in (loop.rankAllocation?.state ?? []).enumerated() {
      arrays.append(("ranks.\(index)", buffer))
    }
    return arrays
  }

  func save(_ loop: TrainingLoop) throws {
    var arrays = arrays(loop)
    var state: [JSONValue.Member] = [
      .init("fingerprint", .string(fingerprint)), .init("step", .integer(loop.position.step)),
      .init("epoch", .integer(loop.position.epoch)), .init("row", .integer(loop.position.row)),
      .init("round_steps", .integer(loop.position.roundSteps)),
      .init("offset", .number(Double(loop.offset))),
      .init("stopped", .bool(loop.position.stopped)), .init("history", .array(loop.position.history)),
      .init("steps", .array(loop.position.steps)),
      .init(
        "sums",
        [
          "loss": .number(loop.position.sums.loss), "prediction": .number(loop.position.sums.prediction),
          "gaps": .numbers(loop.position.sums.gaps), "batches": .number(loop.position.sums.batches),
          "seconds": .number(loop.position.sums.seconds),
        ]),
    ]
    if let stopping = loop.earlyStopping { state.append(.init("early_stopping", stopping.state)) }
    if let best = loop.best {
      state.append(
        .init(
          "best",
          [
            "rank": best.rank.state, "epoch": best.epoch.map { .integer($0) } ?? .null,
            "offset": .number(Double(best.offset)),
          ]))
      arrays.append(("best.weights", best.weights))
      for (index, buffer) in best.statistics.enumerated() {
        arrays.append(("best.statistics.\(index)", buffer))
      }
    }
    try Safetensors.write(
      try arrays.filter { $0.values.count > 0 }.map {
        try Tensor(name: $0.name, shape: Shape([$0.values.count]), values: $0.values)
      }, metadata: [("equipoise_checkpoint", JSONValue.object(state).text())], to: path)
  }

  /// - Returns: false if there is no checkpoint yet.
  /// - Throws: `integrity` for the checkpoint of another training, `invalidData` for a damaged one.
  func restore(_ loop: TrainingLoop) throws -> Bool {
    guard access(path, F_OK) == 0 else { return false }
    let file = try Safetensors(path: path)
    guard let text = file.metadata.first(where: { $0.key == "equipoise_checkpoint" })?.value,
      let state = try? JSONValue.parse(text)
    else { throw Failure.invalidData("is not a checkpoint of this library", at: path) }
    guard state["fingerprint"]?.string == fingerprint else {
      throw Failure(
        .integrity,
        "\(path) is the checkpoint of another configuration, other data or another model; "
          + "remove it, or name another directory", at: path)
    }
    func fill(_ buffer: Buffer<Float>, from name: String) throws {
      guard buffer.count > 0 else { return }
      guard file.contains(name), case let tensor = try file.tensor(name), tensor.count == buffer.count
      else {
        throw Failure.invalidData("lacks the array \"\(name)\" of \(buffer.count) values", at: path)
      }
      let values = try tensor.values
      buffer.pointer.update(from: values.pointer, count: buffer.count)
    }
    for (name, buffer) in arrays(loop) { try fill(buffer, from: name) }
    loop.updates.touched.note(loop.updates.memory)
    loop.position.step = state["step"]?.int ?? 0
    loop.position.epoch = state["epoch"]?.int ?? 0
    loop.position.row = min(max(state["row"]?.int ?? 0, 0), loop.rows.rows)
    loop.position.roundSteps = max(state["round_steps"]?.int ?? 0, 0)
    loop.offset = Float(state["offset"]?.double ?? 0)
    loop.objective.resume()
    loop.position.stopped = state["stopped"]?.bool ?? false
    loop.position.history = state["history"]?.array ?? []
    loop.position.steps = state["steps"]?.array ?? []
    if let sums = state["sums"] {
      loop.position.sums.loss = sums["loss"]?.double ?? 0
      loop.position.sums.prediction = sums["prediction"]?.double ?? 0
      loop.position.sums.batches = sums["batches"]?.double ?? 0
      loop.position.sums.seconds = sums["seconds"]?.double ?? 0
      let gaps = (sums["gaps"]?.array ?? []).compactMap(\.double)
      if gaps.count == loop.position.sums.gaps.count { loop.position.sums.gaps = gaps }
    }
    if let stopping = state["early_stopping"] { loop.earlyStopping?.restore(stopping) }
    if let best = state["best"], let rank = best["rank"] {
      let weights = try Buffer<Float>(count: loop.trainer.weights.count, for: "weights")
      try fill(weights, from: "best.weights")
      let statistics = try loop.trainer.runningStatistics.enumerated().map { index, buffer in
        let copy = try Buffer<Float>(count: buffer.count, for: "weights")
        try fill(copy, from: "best.statistics.\(index)")
        return copy
      }
      loop.best = Candidate(
        rank: CandidateRank(state: rank), weights: weights, offset: Float(best["offset"]?.double ?? 0),
        statistics: statistics,
        epoch: best["epoch"]?.int)
    }
    return true
  }
}

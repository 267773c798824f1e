import Engine
import Fairness
import Formats
import Platform
import PlatformKernels

/// A scorer with one network.
final class SingleNetwork: Scorer, @unchecked Sendable {
  let network: Network
  let predictor: Predictor
  /// The scoring for the model's task; stored so that predictions need not compute it.
  private let scoring: Scoring
  private let featureCount: Int
  private let lock = Lock()
  private var cachedDigest: String?

  /// - Parameter reader: the model's reader.
  init(_ network: Network, task: Fairness.Task?, reader: any InputReader) throws {
    self.network = network
    predictor = try Predictor(network.graph, longestText: reader.longestText)
    scoring = Scoring(network: network, task: task)
    featureCount = reader.featureCount
  }

  var isTrained: Bool { true }
  var count: Int { scoring.count }
  var networks: [Network] { [network] }

  func scoring(for task: Fairness.Task?) throws -> Scoring { Scoring(network: network, task: task) }

  func soleNetwork() throws -> (network: Network, predictor: Predictor) { (network, predictor) }

  /// BLAKE2b-256 of every parameter's name, shape and values, in order; computed once.
  var weightsDigest: String? {
    lock.withLock {
      if let cachedDigest { return cachedDigest }
      let digest = Digest()
      for tensor in network.graph.parameters {
        digest.update("\(tensor.name)\u{0}\(tensor.shape)\u{0}")
        guard let values = try? tensor.values else { return nil }
        withExtendedLifetime(values) { digest.update(UnsafeRawBufferPointer(values.elements)) }
        tensor.releasePages()
      }
      let found = digest.finish()
      cachedDigest = found
      return found
    }
  }

  // MARK: Rows of a dataset

  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>
  {
    let scoring = Scoring(network: network, task: task)
    let width = form == .logits ? scoring.width : scoring.count
    if inputs.tagged != nil {
      let outputs = try inputs.outputs(predictor, outside: outside)
      if form == .scores {
        scoring.write(outputs.pointer, rows: outputs.count / max(width, 1), to: outputs.pointer)
      }
      return outputs
    }
    let result = try Buffer<Float>(count: inputs.rows * width, for: "scores")
    try predictor.run(rows: inputs.rows, lengths: inputs.tokens?.lengths.pointer, fill: inputs.fill) {
      range, outputs in
      let target = result.pointer + range.lowerBound * width
      switch form {
      case .logits: target.update(from: outputs, count: range.count * width)
      case .scores: scoring.write(outputs, rows: range.count, to: target)
      }
    }
    guard let tokens = inputs.tokens else { return result }
    return try tokens.combined(result, areShares: form == .scores && scoring.kind == .classes)
  }

  func score(texts tokens: TokenRows, into scores: UnsafeMutablePointer<Float>) throws {
    // A method as an argument would be allocated; a closure is not.
    try predictor.run(
      rows: tokens.rows, lengths: tokens.lengths.pointer, fill: { tokens.fill($0, $1) }
    ) { range, outputs in
      scoring.write(outputs, rows: range.count, to: scores + range.lowerBound * scoring.count)
    }
  }

  // MARK: Rows of numbers

  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws {
    if rows < 2 * predictor.chunk || WorkerPool.threads == 1 {
      try score(
        features, 0..<rows, by: reader, into: scores,
        sharedBy: predictor.sharesRows ? WorkerPool.threads : 1)
      return
    }
    // Many rows are divided among the workers. If a part fails, all rows are processed in order, so that the
    // error names the first bad row.
    let parts = min(WorkerPool.threads, rows / predictor.chunk)
    try predictor.prepareWorkspaces(parts)
    let succeeded = withUnsafeTemporaryAllocation(of: Bool.self, capacity: parts) { done in
      var job = SharedPrediction(
        scorer: Unmanaged.passUnretained(self), reader: reader, features: features, rows: rows, parts: parts,
        scores: scores, done: done)
      // A C function and a struct on the stack, because a closure would be allocated.
      withUnsafeMutablePointer(to: &job) { job in
        worker_team_run(
          Int32(clamping: parts),
          { context, part in
            context?.assumingMemoryBound(to: SharedPrediction.self).pointee.run(part: Int(part))
          }, job)
      }
      return done.allSatisfy { $0 }
    }
    if !succeeded { try score(features, 0..<rows, by: reader, into: scores) }
  }

  /// A prediction whose rows are divided among workers.
  private struct SharedPrediction {
    let scorer: Unmanaged<SingleNetwork>
    let reader: any InputReader
    let features: UnsafePointer<Float>
    let rows: Int
    let parts: Int
    let scores: UnsafeMutablePointer<Float>
    let done: UnsafeMutableBufferPointer<Bool>

    func run(part: Int) {
      let share = rows * part / parts..<rows * (part + 1) / parts
      do {
        try scorer.takeUnretainedValue().score(features, share, by: reader, into: scores)
        done[part] = true
      } catch {
        done[part] = false
      }
    }
  }

  private func score(
    _ features: UnsafePointer<Float>, _ rows: Range<Int>, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>, sharedBy parts: Int = 1
  ) throws {
    try predictor.withWorkspace { workspace in
      var start = rows.lowerBound
      while start < rows.upperBound {
        let count = min(predictor.chunk, rows.upperBound - start)
        let source = features + start * featureCount
        if let elsewhere = try reader.place(source, rows: count, firstRow: start, in: workspace) {
          try workspace.forward(rows: count, firstRow: start, reading: elsewhere, sharedBy: parts)
        } else {
          try workspace.forward(rows: count, firstRow: start, sharedBy: parts)
        }
        scoring.write(workspace.output, rows: count, to: scores + start * scoring.count)
        start += count
        try Memory.check()
      }
    }
  }

  // MARK: Description

  func described(reading reader: any InputReader) -> [JSONValue.Member] {
    let graph = network.graph
    return [
      .init("trained", true),
      .init("parameter_count", .integer(graph.parameters.reduce(0) { $0 + $1.count })),
      .init("features", .integer(featureCount)), .init("scores", .integer(count)),
      .init("inputs", .array(reader.describedInputs)),
      .init("output", ["width": .integer(graph.outputWidth), "link": .string(network.link.rawValue)]),
      .init("layers", .strings(graph.layerNames)),
      .init("operators", .strings(graph.nodes.map { type(of: $0.operation).kind })),
      .init(
        "parameters",
        .array(
          graph.parameters.map { tensor in
            [
              "name": .string(tensor.name), "shape": .array(tensor.shape.dimensions.map { .integer($0) }),
              "tunable": .bool(!network.fixedParameters.contains(tensor.name)),
            ]
          })),
      .init("producer", .string(network.producer)), .init("opset", .integer(network.opset)),
      .init("notes", .strings(network.notes)),
    ]
  }
}

import Engine
import Fairness
import Formats
import Platform

/// A scorer with several networks, whose scores or decisions are averaged.
final class MixtureScorer: Scorer {
  let mixture: NetworkMixture
  private let members: [SingleNetwork]

  /// - Parameter reader: the model's reader.
  init(_ mixture: NetworkMixture, task: Fairness.Task?, reader: any InputReader) throws {
    self.mixture = mixture
    members = try mixture.networks.map { try SingleNetwork($0, task: task, reader: reader) }
    guard mixture.combination == .scores || members[0].count == 1 else {
      throw Failure.invalidModel("its mixture averages decisions of more than two classes")
    }
  }

  var isTrained: Bool { true }
  var count: Int { members[0].count }
  var networks: [Network] { mixture.networks }

  /// The digest of the networks' digests.
  var weightsDigest: String? {
    let digest = Digest()
    for (member, weight) in zip(members, mixture.weights) {
      digest.update("\(member.weightsDigest ?? "") \(weight)\u{0}")
    }
    return digest.finish()
  }

  func recorded(_ networks: [JSONValue]) -> [JSONValue.Member] {
    [.init("mixture", RecordedMixture(mixture).json(networks: networks))]
  }

  func scoring(for task: Fairness.Task?) throws -> Scoring { try members[0].scoring(for: task) }

  func soleNetwork() throws -> (network: Network, predictor: Predictor) {
    throw Failure.unsupported(
      "the model is a mixture of \(members.count) networks; a single network is needed here, which \"result\": \"best\" "
        + "of \"reduction\" gives", at: "model")
  }

  // MARK: Scores

  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>
  {
    guard form == .scores else {
      throw Failure.unsupported("a mixture of networks has no logits; \"score\" is accepted", at: "/output")
    }
    var sum: Buffer<Float>?
    for (index, member) in members.enumerated() {
      let scores = try member.scores(of: inputs, for: task, form, outside: outside)
      let total = try sum ?? Buffer<Float>(count: scores.count, for: "scores")
      mixture.add(index, scores.pointer, count: scores.count, to: total.pointer)
      sum = total
    }
    return try sum ?? Buffer<Float>(count: 0)
  }

  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws {
    // The first network reads all rows, so that an error names the row.
    try combine(rows: rows, into: scores) { member, range, target in
      try member.score(
        features: features + range.lowerBound * reader.featureCount, rows: range.count, by: reader,
        into: target)
    }
  }

  func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws {
    let own = try Buffer<Float>(count: texts.rows * count, for: "scores")
    scores.update(repeating: 0, count: own.count)
    for (index, member) in members.enumerated() {
      try member.score(texts: texts, into: own.pointer)
      mixture.add(index, own.pointer, count: own.count, to: scores)
    }
  }

  /// Averages the networks' scores, some rows at a time for all networks but the first.
  private func combine(
    rows: Int, into scores: UnsafeMutablePointer<Float>,
    _ score: (SingleNetwork, Range<Int>, UnsafeMutablePointer<Float>) throws -> Void
  ) throws {
    // A block of 1 KB is on the stack, so that no memory is allocated.
    let block = max(256 / count, 1)
    try score(members[0], 0..<rows, scores)
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * block * count) { memory in
      guard let own = memory.baseAddress else { return }
      let sum = own + block * count
      var first = 0
      while first < rows {
        let range = first..<min(first + block, rows)
        let (target, size) = (scores + first * count, range.count * count)
        sum.update(repeating: 0, count: size)
        mixture.add(0, target, count: size, to: sum)
        for index in members.indices.dropFirst() {
          try score(members[index], range, own)
          mixture.add(index, own, count: size, to: sum)
        }
        target.update(from: sum, count: size)
        first = range.upperBound
      }
    }
  }

  // MARK: Description

  func described(reading reader: any InputReader) -> [JSONValue.Member] {
    var members = self.members[0].described(reading: reader)
    members.removeAll { ["operators", "parameters"].contains($0.key) }
    if let place = members.firstIndex(where: { $0.key == "parameter_count" }) {
      let counts = mixture.networks.map { $0.graph.parameters.reduce(0) { $0 + $1.count } }
      members[place] = .init("parameter_count", .integer(counts.reduce(0, +)))
    }
    members.append(
      .init(
        "mixture",
        [
          "combination": .string(mixture.combination.rawValue), "weights": .numbers(mixture.weights),
        ]))
    return members
  }
}

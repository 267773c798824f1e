import Datasets
import Engine
import Equipoise
import Fairness
import Formats
import Platform
import Testing

@testable import Models

/// A weighted mean of two networks' scores, as a randomized classifier would give.
private final class Mixture: Scorer, @unchecked Sendable {
  private let members: [(weight: Float, scorer: SingleNetwork)]
  init(_ members: [(weight: Float, scorer: SingleNetwork)]) { self.members = members }

  var isTrained: Bool { true }
  var count: Int { members[0].scorer.count }
  var networks: [Network] { [] }
  var weightsDigest: String? { "two networks" }

  func scoring(for task: Fairness.Task?) throws -> Scoring { try members[0].scorer.scoring(for: task) }

  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>
  {
    let all = try members.map { member in
      try member.scorer.scores(of: inputs, for: task, form, outside: outside).array.map { $0 * member.weight }
    }
    return try Buffer(copying: all[0].indices.map { place in all.reduce(0) { $0 + $1[place] } })
  }

  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws {
    var (sums, own) = ([Float](repeating: 0, count: rows * count), [Float](repeating: 0, count: rows * count))
    for member in members {
      try member.scorer.score(features: features, rows: rows, by: reader, into: &own)
      for place in sums.indices { sums[place] += member.weight * own[place] }
    }
    scores.update(from: sums, count: sums.count)
  }

  func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws {
    throw Failure.internal("numbers only")
  }
  func soleNetwork() throws -> (network: Network, predictor: Predictor) {
    throw Failure.unsupported("the model is two networks")
  }
  func described(reading reader: any InputReader) -> [JSONValue.Member] { [.init("trained", true)] }
}

@Suite("Kinds of models")
struct KindTests {
  /// σ(slope · x)
  private static func network(_ slope: Float) throws -> Network {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 1))
    let weight = builder.parameter(try Tensor(name: "w", dimensions: [1, 1], values: [slope]))
    let output = try builder.apply(Linear(), to: [x, weight], name: "z")
    return try Network(graph: builder.finish(output: output), link: .sigmoid)
  }

  @Test("Every verb goes through the scorer: a mixture of two networks predicts, decides and is audited")
  func mixture() throws {
    let networks = [try Self.network(1), try Self.network(-2)]
    let reader = PlainReader(networks[0], include: [])
    let scorer = Mixture(
      try zip([0.25, 0.75], networks).map { weight, network in
        (Float(weight), try SingleNetwork(network, task: .binary, reader: reader))
      })
    let model = try Model(
      reader: reader, scorer: scorer,
      ModelRecord(kind: "mixture", task: .binary, classLabels: ["0", "1"], threshold: 0.6))
    let table = try Dataset([
      Column(name: "x", numbers: [0, 1, -1]), Column(name: "y", integers: [0, 0, 1]),
      Column(name: "group", texts: ["a", "a", "b"]),
    ])
    // 0.25 / (1 + e^−x) + 0.75 / (1 + e^2x): at 1 0.25 · 0.731059 + 0.75 · 0.119203, at −1 1 minus that.
    let expected: [Float] = [0.5, 0.272167, 0.727833]
    #expect(largestDifference(try model.predicted(on: table), expected) < 1e-6)
    #expect(try model.predict(table).column("label").numbers().array == [0, 0, 1])
    var (scores, labels): ([Float], [Int32]) = ([0, 0, 0], [9, 9, 9])
    try model.decide(
      features: [0, 1, -1], rows: 3, columns: 1, scores: &scores, scoreCount: 3, labels: &labels,
      labelCount: 3)
    #expect(largestDifference(scores, expected) < 1e-6 && labels == [0, 0, 1])
    let report = try audit(
      model, on: table, AuditConfig(json: #"{"data": {"label": "y", "sensitive": ["group"]}}"#))
    #expect(number(report, "overall", "accuracy") == 1)
    #expect(model.describe()["provenance"]?["weights_digest"] == "two networks")
    #expect(throws: Failure.self) { try model.requireNetwork() }
  }

  @Test(
    "A setting for other kinds of models is refused at its location",
    arguments: [
      (#""adapter": {"kind": "lora"}"#, "/train/adapter"), (#""layer_decay": 0.9"#, "/train/layer_decay"),
      (#""recompute": true"#, "/train/recompute"), (#""trees": {"grow": 2}"#, "/train/trees"),
      (#""augment": {"terms": [["he", "she"]]}"#, "/train/augment/terms"),
    ])
  func settings(setting: String, pointer: String) throws {
    let failure = #expect(throws: Failure.self) {
      try Model.make("{}").tuned(
        on: SyntheticTable.biased(rows: 60), #"{"data": {"label": "y"}, "train": {\#(setting)}}"#)
    }
    #expect(failure?.kind == .unsupported && failure?.location == pointer)
  }

  @Test("Outputs that fit a task: one or two for two classes, one for each of more, one for a number")
  func outputs() {
    let fitting = [Fairness.Task.binary, .multiclass(classes: 3), .regression].map { task in
      (0...4).filter(task.fits(outputs:))
    }
    #expect(fitting == [[1, 2], [3], [1]])
    #expect(Fairness.Task(outputs: 1, link: .identity, isRegression: false) == nil)
    #expect(Fairness.Task(outputs: 3, link: .sigmoid, isRegression: true) == nil)
    #expect(Fairness.Task(outputs: 2, link: .logits, isRegression: false) == .binary)
    #expect(Fairness.Task(outputs: 3, link: .softmax, isRegression: false) == .multiclass(classes: 3))
  }
}

import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Decisions by probabilities of groups")
struct ProbableGroupsTests {
  /// The group of each row is drawn with the probability in "pa", which also raises scores: given it, group and score
  /// are independent.
  static func rows(_ count: Int, seed: UInt64) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var columns: [[Double]] = [[], [], []]
    var (labels, groups): ([Int64], [String]) = ([], [])
    for _ in 0..<count {
      let share = random.below(2) == 0 ? 0.9 * random.uniform() : 0.9 + 0.1 * random.uniform()
      let isFirst = random.uniform() < share
      let score = 0.1 + 0.3 * share + 0.5 * random.uniform()
      for (place, value) in [score, share, 1 - share].enumerated() { columns[place].append(value) }
      labels.append(random.uniform() < score ? 1 : 0)
      groups.append(isFirst ? "a" : "b")
    }
    return try Dataset(
      zip(["s", "pa", "pb"], columns).map { try Column(name: $0, numbers: $1) } + [
        Column(name: "y", integers: labels), Column(name: "g", texts: groups),
      ])
  }

  private static func model(_ settings: String) throws -> (model: Model, report: JSONValue) {
    try AdjustTests.adjusted(
      nil, on: rows(2000, seed: 1),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "adjust": [{"method": "thresholds", \#(settings)}]}"#
    )
  }

  private static let columns = #""probabilities": {"A": "pa", "B": "pb"}"#

  @Test(
    "The estimated gap is within the tolerance, the true one falls, and the model decides alike everywhere")
  func parity() throws {
    let (model, report) = try Self.model(#"\#(Self.columns), "tolerance": 0.02"#)
    #expect(try #require(number(report, "methods", "0", "gap")) <= 0.02 + 1e-9)
    func gap(_ part: String) throws -> Double {
      try #require(number(report, part, "attributes", "0", "gaps", "selection_rate", "difference"))
    }
    #expect(try gap("after") < gap("before") / 2)
    let fresh = try Self.rows(1000, seed: 2)
    let labels = try model.predicted("label", on: fresh)
    let thresholds = try #require(report["methods"]?[0]?["expected"])
    let (a, b) = (
      try #require(number(thresholds, "A", "threshold")), try #require(number(thresholds, "B", "threshold"))
    )
    #expect(a > b)
    let (scores, shares) = (try fresh.column("s").doubles().array, try fresh.column("pa").doubles().array)
    let expected = (0..<1000).map { row -> Float in
      let threshold = shares[row] * a + (1 - shares[row]) * b
      return Float(scores[row]) >= Float(threshold) ? 1 : 0
    }
    #expect(zip(labels, expected).count { $0 != $1 } <= 1)
    let own = try audit(
      model, on: fresh,
      AuditConfig(
        json:
          #"{"metrics": ["selection_rate"], "group_probabilities": {"columns": {"A": "pa", "B": "pb"}}}"#))
    #expect(
      abs(try #require(number(own, "overall", "selection_rate")) - Double(labels.reduce(0, +)) / 1000) < 1e-9)
    let bounds = own["group_probabilities"]?["differences"]?[0]?["selection_rate"] ?? .null
    let estimate = try #require(number(bounds, "estimate"))
    #expect(abs(estimate) < 0.08)
    #expect(
      try #require(number(bounds, "lower")) <= estimate && estimate <= #require(number(bounds, "upper")))
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    #expect(try Model.load(path: folder.path + "/model").predicted("label", on: fresh) == labels)
    // Followed by an abstention, which reads the decisions.
    let followed = try AdjustTests.adjusted(
      nil, on: Self.rows(2000, seed: 1),
      #"{"data": {"label": "y", "score": "s"}, "adjust": [{"method": "thresholds", \#(Self.columns), "tolerance": 0.02}, {"method": "abstention", "coverage": 0.5}]}"#
    ).model
    let withheld = try followed.predict(fresh).column("label").missingCount
    #expect((400...600).contains(withheld))
  }

  @Test("Rows of numbers have no probabilities: an error that says what reads them")
  func flat() throws {
    let (model, _) = try Self.model(#"\#(Self.columns), "tolerance": 0.1"#)
    var (scores, labels) = ([Float](repeating: 0, count: 1), [Int32](repeating: 0, count: 1))
    let failure = #expect(throws: Failure.self) {
      try model.decide(
        features: [0.5], rows: 1, columns: 1, scores: &scores, scoreCount: 1, labels: &labels, labelCount: 1)
    }
    #expect(failure?.kind == .invalidArgument && failure?.message.contains("eqp_predict") == true)
    let missing = #expect(throws: Failure.self) {
      try model.predict(Self.rows(5, seed: 3).selecting(columns: ["s", "pa"]))
    }
    #expect(missing?.location == "pb")
  }

  @Test(
    "Invalid settings are refused at their location",
    arguments: [
      (#""probabilities": {"A": "pa"}"#, "/adjust/0/probabilities"),
      (#""probabilities": {"A": "pa", "B": "pc"}"#, "/adjust/0/probabilities/B"),
      (#""probabilities": {"A": "pa", "B": "y"}"#, "pa"),
      (#""probabilities": {"A": "pa", "B": "pb"}, "attribute": "g""#, "/adjust/0/attribute"),
      (#""probabilities": {"A": "pa", "B": "pb"}, "randomized": true"#, "/adjust/0/randomized"),
      (
        #""probabilities": {"A": "pa", "B": "pb"}, "constraint": "predictive_parity""#, "/adjust/0/constraint"
      ),
    ])
  func refusals(settings: String, location: String) {
    let failure = #expect(throws: Failure.self) { try Self.model(settings) }
    #expect(failure?.location == location)
  }
}

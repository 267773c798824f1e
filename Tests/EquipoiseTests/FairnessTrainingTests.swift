import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@Suite("Fairness in training")
struct FairnessTrainingTests {
  static let data = #""data": {"label": "y", "sensitive": ["sex", "race"]}"#
  static let train =
    #""train": {"epochs": 25, "batch_size": 300, "optimizer": {"name": "adamw", "learning_rate": 0.02}}"#

  /// The mean gap of the last epoch, summed over the objective's statistics.
  static func gap(_ report: JSONValue) throws -> Double {
    let last = try #require(report["history"]?.array?.last)
    return try #require(last["gaps"]?.members).reduce(0) { $0 + ($1.value.double ?? .nan) }
  }

  static func tuned(_ fairness: String, train: String = train, data: String = data, on table: Dataset? = nil)
    throws -> (
      model: Model, report: JSONValue
    )
  {
    let table = try table ?? SyntheticTable.biased()
    return try Model.make(#"{"hidden": [8]}"#).tuned(
      on: table, validation: table, #"{\#(data), \#(train), "fairness": \#(fairness)}"#)
  }

  /// Objectives on every signal that they support, each with a weight that suits its scale.
  static let objectives: [(String, String?, Double)] =
    Criterion.allCases.filter { $0 != .counterfactual && $0 != .statistic }.map {
      (
        $0.rawValue, nil,
        $0 == .treatmentEquality ? 0.1 : $0 == .boundedGroupLoss || $0 == .lossParity ? 5 : 3
      )
    } + [
      ("demographic_parity", "logit", 1), ("demographic_parity", "decision", 3),
      ("equal_opportunity", "logit", 1),
      ("equalized_odds", "decision", 3), ("covariance", "logit", 3), ("accuracy_parity", "decision", 3),
    ]

  @Test("Every objective's gap is smaller with a weight than with weight 0", arguments: objectives)
  func penalties(objective: String, signal: String?, weight: Double) throws {
    let on = signal.map { #", "on": "\#($0)""# } ?? ""
    func gap(_ weight: Double) throws -> Double {
      try Self.gap(Self.tuned(#"[{"objective": "\#(objective)", "weight": \#(weight)\#(on)}]"#).report)
    }
    let (free, held) = (try gap(0), try gap(weight))
    #expect(held < free, "\(objective): \(held) with the weight, \(free) without")
  }

  @Test("A statistic given by coefficients trains like the named one with the same coefficients, bit by bit")
  func statedStatistic() throws {
    let stated =
      #""statistic": {"name": "tpr", "numerator": {"positive": {"slope": 1}}, "denominator": {"positive": {"intercept": 1}}}"#
    let table = try SyntheticTable.biased()
    for strength in [#""weight": 3"#, #""tolerance": 0.02"#] {
      let named = try Self.tuned(#"[{"objective": "equal_opportunity", \#(strength)}]"#).model
      let own = try Self.tuned(#"[{"objective": "statistic", \#(strength), \#(stated)}]"#).model
      #expect(try own.predicted(on: table) == named.predicted(on: table), "\(strength)")
    }
  }

  @Test(
    "A statistic that is missing, not requested or meaningless is refused",
    arguments: [
      (#"{"objective": "statistic", "weight": 1}"#, "/fairness/0/statistic"),
      (
        #"{"objective": "demographic_parity", "weight": 1, "statistic": {"numerator": {"positive": {"slope": 1}}, "denominator": {"positive": {"intercept": 1}}}}"#,
        "/fairness/0/statistic"
      ),
      (
        #"{"objective": "statistic", "weight": 1, "statistic": {"numerator": {"positive": {"slope": 1}}}}"#,
        "/fairness/0/statistic/denominator"
      ),
      (
        #"{"objective": "statistic", "weight": 1, "statistic": {"denominator": {"positive": {"intercept": 1}}}}"#,
        "/fairness/0/statistic/numerator"
      ),
    ])
  func refusedStatistics(entry: String, location: String) throws {
    let failure = try #require(throws: Failure.self) { try Self.tuned("[\(entry)]") }
    #expect(failure.kind == .invalidConfig && failure.location == location, "\(failure)")
  }

  @Test("Every disparity makes one gap of several groups, and it goes down", arguments: Disparity.allCases)
  func disparities(disparity: Disparity) throws {
    func gap(_ weight: Double) throws -> Double {
      try Self.gap(
        Self.tuned(
          #"[{"objective": "demographic_parity", "attribute": ["sex", "race"], "gap": "\#(disparity.rawValue)", "weight": \#(weight)}]"#
        ).report)
    }
    #expect(try gap(3) < gap(0))
  }

  @Test("A constraint ends near or below its tolerance, and the report has its multiplier's path")
  func constraint() throws {
    let train = #""train": {"epochs": 80, "batch_size": 150, "optimizer": {"learning_rate": 0.02}}"#
    let (_, free) = try Self.tuned("[]", train: train)
    let (_, report) = try Self.tuned(
      #"[{"objective": "demographic_parity", "tolerance": 0.05}]"#, train: train)
    func gap(_ report: JSONValue) throws -> Double {
      try #require(number(report, "after", "attributes", "0", "fairness", "demographic_parity_difference"))
    }
    #expect(try gap(free) > 0.3)
    let held = try gap(report)
    #expect(held < 0.09, "\(held), \(report["history"]?.array?.last?.text() ?? "")")
    let path = try #require(report["history"]?.array).map { $0["multipliers"]!.members![0].value.double! }
    #expect(
      path.count == 80 && path.contains { $0 > 0 } && path.allSatisfy { $0 >= 0 } && Set(path).count > 10)
  }

  @Test("Several objectives at once, each with its own attribute; missing values are a group")
  func several() throws {
    let (_, report) = try Self.tuned(
      #"[{"objective": "demographic_parity", "attribute": "sex", "weight": 2}, {"objective": "accuracy_parity", "attribute": "race", "tolerance": 0.05}, {"objective": "equalized_odds", "attribute": ["sex", "race"], "weight": 0.2}]"#
    )
    let names = try #require(report["history"]?[0]?["gaps"]?.members).map(\.key)
    #expect(
      names == [
        "demographic_parity(sex)", "accuracy_parity(race)", "equalized_odds(sex,race).tpr",
        "equalized_odds(sex,race).fpr",
      ], "\(names)")
    let multipliers = try #require(report["history"]?[0]?["multipliers"]?.members).map(\.key)
    #expect(multipliers == ["accuracy_parity(race)"])
    // Every 29th race is missing: a group of the audit, and of the intersection.
    let race = try #require(
      report["after"]?["attributes"]?.array?.first { $0["attribute"]?.string == "race" })
    let groups = try #require(race["groups"]?.array).map { $0["group"]!.string! }
    #expect(groups.count == 4, "\(groups)")
    #expect(groups.contains { !["a", "b", "c"].contains($0) })
    let counts = try #require(race["groups"]?.array).map { $0["count"]!.int! }
    #expect(counts.reduce(0, +) == 600)
    let both = try #require(
      report["after"]?["attributes"]?.array?.first { $0["attribute"]?.string == "sex,race" })
    #expect(both["groups"]!.array!.count == 8)
  }

  @Test("Numbers cut into bins are groups")
  func bins() throws {
    let (_, report) = try Self.tuned(
      #"[{"objective": "demographic_parity", "attribute": "x2", "weight": 1}]"#,
      data: #""data": {"label": "y", "sensitive": [{"name": "x2", "bins": [2.5, 5]}]}"#)
    let groups = try #require(report["after"]?["attributes"]?[0]?["groups"]?.array).map {
      $0["group"]!.string!
    }
    #expect(Set(groups).isSuperset(of: ["<2.5", "2.5-5", ">=5"]) && groups.count == 4)
  }

  @Test(
    "Counterfactual consistency lowers the change of the score when the attribute is switched, with what follows it"
  )
  func counterfactual() throws {
    let table = try SyntheticTable.biased()
    let switched = try Dataset(
      table.columns.map { column in
        func swap(_ first: String, _ second: String) throws -> Column {
          let found = try column.categories()
          return try Column(
            name: column.name,
            texts: found.codes.elements.map { code in
              code < 0 ? nil : found.names[Int(code)] == first ? second : first
            })
        }
        return column.name == "sex"
          ? try swap("f", "m") : column.name == "job" ? try swap("smith", "clerk") : column
      })
    func change(_ weight: Double) throws -> Double {
      let (model, _) = try Self.tuned(
        #"[{"objective": "counterfactual", "attribute": "sex", "weight": \#(weight), "follows": [{"column": "job", "map": {"smith": "clerk", "clerk": "smith"}}]}]"#,
        data:
          #""data": {"label": "y", "sensitive": ["sex"], "sensitive_as_input": true, "exclude": ["race", "town"]}"#
      )
      let pairs = zip(try model.predicted(on: table), try model.predicted(on: switched))
      return pairs.reduce(0) { $0 + Double(abs($1.0 - $1.1)) } / 600
    }
    let (free, held) = (try change(0), try change(5))
    #expect(free > 0.1)
    #expect(held < free / 3, "\(held) against \(free)")
  }

  @Test("Three classes and regression under demographic parity", arguments: ["colour", "value"])
  func otherTasks(label: String) throws {
    let table = try SyntheticTable.classes()
    // Groups that the label determines.
    let groups = try table.column("colour").categories()
    try table.add(
      Column(
        name: "team",
        texts: (0..<table.rows).map { row in
          groups.names[Int(groups.codes.elements[row])] == "red" && row % 4 != 0 ? "one" : "two"
        }))
    func gap(_ weight: Double) throws -> Double {
      try Self.gap(
        Self.tuned(
          #"[{"objective": "demographic_parity", "weight": \#(weight)}]"#,
          data: #""data": {"label": "\#(label)", "sensitive": ["team"], "include": ["x1", "x2"]}"#, on: table
        ).report)
    }
    #expect(try gap(5) < gap(0) * 0.7)
  }
}

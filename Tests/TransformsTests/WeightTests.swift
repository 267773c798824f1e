import Datasets
import Equipoise
import Platform
import Testing

@Suite("Weights of rows")
struct WeightTests {
  /// The ten applicants of Kamiran and Calders (2012), table 1, by sex and class.
  private let applicants = """
    sex,class
    m,+
    m,+
    m,+
    m,+
    m,-
    f,+
    f,+
    f,-
    f,-
    f,-

    """
  private let data = #""data": {"label": "class", "positive": "+", "sensitive": ["sex"]}"#

  @Test("Reweighing gives the weights of Kamiran and Calders' worked example (section 5.3)")
  func workedExample() throws {
    let result = try prepared(table(applicants), "{\(data), \"steps\": [{\"name\": \"reweighing\"}]}")
    // (0.5 · 0.6) / 0.4 and so on
    let expected = [0.75, 0.75, 0.75, 0.75, 2, 1.5, 1.5, 2.0 / 3, 2.0 / 3, 2.0 / 3]
    for (weight, value) in zip(try result.rows.numbers("weight"), expected) {
      #expect(abs(weight - value) < 1e-12)
    }
    #expect(result.report["weight"]?.string == "weight")
    let cell = result.report["steps"]?[0]?["cells"]?.array?.first {
      $0["group"]?.string == "m" && $0["label"]?.string == "-"
    }
    #expect(cell?["weight_before"]?.double == 1 && cell?["weight_after"]?.double == 2)
  }

  @Test(
    "Reweighing German credit gives AI Fairness 360's weights (0.6.1, Reweighing)",
    .enabled(if: PublicData.isPresent))
  func germanCredit() throws {
    let rows = try PublicData.german()
    let known: [String: [Double]] = [
      // unprivileged: unfavourable, favourable; privileged: the same
      "age": [0.7327868852459016, 1.1852272727272728, 1.0682008368200837, 0.9733660130718954],
      "sex": [0.8532110091743119, 1.0796019900497513, 1.0837696335078535, 0.9679358717434869],
    ]
    for (name, weights) in known {
      let result = try prepared(
        rows,
        #"{"data": {"label": "credit", "sensitive": ["\#(name)"]}, "steps": [{"name": "reweighing"}]}"#)
      let (groups, labels) = (try rows.numbers(name), try rows.numbers("credit"))
      for (row, weight) in try result.rows.numbers("weight").enumerated() {
        #expect(abs(weight - weights[Int(groups[row]) * 2 + Int(labels[row])]) < 1e-12)
      }
    }
  }

  @Test(
    "After reweighing label and group are independent, with several attributes, classes and weights before")
  func independent() throws {
    let count = 240
    let rows = try Dataset([
      Column(name: "sex", texts: (0..<count).map { $0 % 3 == 0 ? "f" : "m" }),
      Column(name: "race", texts: (0..<count).map { ["a", "b", "c"][$0 % 7 % 3] }),
      Column(name: "w", numbers: (0..<count).map { Double($0 % 4 + 1) }),
      Column(name: "grade", texts: (0..<count).map { ["low", "middle", "high"][($0 * 5 / 3) % 11 % 3] }),
    ])
    let result = try prepared(
      rows,
      #"{"data": {"label": "grade", "sensitive": ["sex", "race"], "weight": "w"}, "steps": [{"name": "reweighing"}]}"#
    )
    let weights = try result.rows.numbers("w")
    let (sexes, races, grades) = (try rows.texts("sex"), try rows.texts("race"), try rows.texts("grade"))
    func sum(_ accepts: (Int) -> Bool) -> Double {
      (0..<count).filter(accepts).reduce(0) { $0 + weights[$1] }
    }
    let total = sum { _ in true }
    #expect(abs(total - (try rows.numbers("w").reduce(0, +))) < 1e-9)
    for sex in ["f", "m"] {
      for race in ["a", "b", "c"] {
        for grade in ["low", "middle", "high"] {
          let joint = sum { sexes[$0] == sex && races[$0] == race && grades[$0] == grade }
          let product = sum { sexes[$0] == sex && races[$0] == race } * sum { grades[$0] == grade } / total
          #expect(abs(joint - product) < 1e-9)
        }
      }
    }
  }

  @Test("Weights are given to other rows that have labels, and to none without; strange groups are named")
  func otherRows() throws {
    let transform = try prepared(table(applicants), "{\(data), \"steps\": [{\"name\": \"reweighing\"}]}")
      .transform
    let others = try transform.apply(table("sex,class\nf,+\nm,-\n"))
    #expect(try others.numbers("weight") == [1.5, 2])
    #expect(try transform.apply(table("sex\nf\nm\n")).names == ["sex"])
    let strange = failure { _ = try transform.apply(table("sex,class\nf,+\nx,-\n")) }
    #expect(strange?.kind == .invalidData && strange?.message.contains("group \"x\"") == true)
  }

  @Test("Label balance gives classes equal weight, within groups each group's share")
  func balance() throws {
    let all = try prepared(table(applicants), "{\(data), \"steps\": [{\"name\": \"label_balance\"}]}")
    // 10 / (2 · 6) and 10 / (2 · 4)
    #expect(Set(try all.rows.numbers("weight")) == [10.0 / 12, 10.0 / 8])
    let within = try prepared(
      table(applicants), "{\(data), \"steps\": [{\"name\": \"label_balance\", \"within\": \"group\"}]}")
    // men: 5 / (2 · 4), 5 / (2 · 1); women: 5 / (2 · 2), 5 / (2 · 3)
    #expect(Set(try within.rows.numbers("weight")) == [0.625, 2.5, 1.25, 5.0 / 6])
  }

  @Test("Prevalence gives classes the shares asked for; a share of a class that does not occur is an error")
  func prevalence() throws {
    let result = try prepared(
      table(applicants),
      "{\(data), \"steps\": [{\"name\": \"prevalence\", \"shares\": {\"+\": 0.3}, \"within\": \"group\"}]}")
    let weights = try result.rows.numbers("weight")
    // Of 5 men 4 are positive: 0.3 · 5 / 4; of 5 women 2.
    #expect(abs(weights[0] - 0.375) < 1e-12 && abs(weights[5] - 0.75) < 1e-12)
    #expect(abs(weights.reduce(0, +) - 10) < 1e-12)
    let wrong = failure {
      _ = try prepared(
        table(applicants),
        "{\(data), \"steps\": [{\"name\": \"prevalence\", \"shares\": {\"+\": 0.3, \"-\": 0.3}}]}")
    }
    #expect(wrong?.location == "/steps/0/shares")
  }

  @Test("Inverse propensity weights balance the inputs between the groups")
  func propensity() throws {
    let count = 400
    var random = RandomStream(seed: 5)
    let groups = (0..<count).map { _ in random.uniform() < 0.4 ? "f" : "m" }
    let rows = try Dataset([
      Column(name: "g", texts: groups),
      Column(name: "x", numbers: groups.map { (($0 == "f" ? 0.8 : 0) + random.normal()) }),
      Column(name: "y", integers: (0..<count).map { Int64($0 % 2) }),
    ])
    let result = try prepared(
      rows,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "inverse_propensity", "ridge": 0}]}"#)
    func mean(_ group: String, _ weights: [Double]) throws -> Double {
      let values = try rows.numbers("x")
      let own = (0..<count).filter { groups[$0] == group }
      return own.reduce(0) { $0 + weights[$1] * values[$1] } / own.reduce(0) { $0 + weights[$1] }
    }
    let ones = [Double](repeating: 1, count: count)
    let before = try mean("f", ones) - mean("m", ones)
    let weights = try result.rows.numbers("weight")
    let after = try mean("f", weights) - mean("m", weights)
    #expect(before > 0.6 && abs(after) < 0.15)
  }
}

import Datasets
import Equipoise
import Platform
import Testing

@testable import Transforms

@Suite("Representations, synthetic tables and texts")
struct RepresentationTests {
  @Test(
    "Fair PCA's components have the same mean in every group, and are uncorrelated with falling variances")
  func fairPCA() throws {
    var random = RandomStream(seed: 4)
    let count = 200
    let groups = (0..<count).map { ["a", "b", "c"][$0 % 3] }
    let columns = try (0..<5).map { index in
      try Column(
        name: "x\(index)",
        numbers: groups.map {
          Double($0 == "a" ? index : $0 == "b" ? 2 : 0) + Double(index + 1) * random.normal()
        })
    }
    let rows = try Dataset(
      columns + [
        Column(name: "g", texts: groups), Column(name: "y", integers: (0..<count).map { Int64($0 % 2) }),
      ])
    let result = try prepared(
      rows, #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "fair_pca", "components": 3}]}"#
    )
    #expect(result.rows.names == ["g", "y", "fair_pca_1", "fair_pca_2", "fair_pca_3"])
    let components = try (1...3).map { try result.rows.numbers("fair_pca_\($0)") }
    for component in components {
      for group in ["a", "b", "c"] {
        let own = (0..<count).filter { groups[$0] == group }
        #expect(abs(own.reduce(0) { $0 + component[$1] }) / Double(own.count) < 1e-9)
      }
    }
    func product(_ i: Int, _ j: Int) -> Double {
      zip(components[i], components[j]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(product(0, 0) >= product(1, 1) && product(1, 1) >= product(2, 2))
    #expect(abs(product(0, 1)) < 1e-6 && abs(product(1, 2)) < 1e-6)
    let again = try result.transform.apply(rows)
    #expect(try again.numbers("fair_pca_2") == components[1])
  }

  @Test("Eigenvectors of a matrix by hand: [[2, 1], [1, 2]] has 3 along (1, 1) and 1 along (1, −1)")
  func eigen() throws {
    let found = try SymmetricEigen([2, 1, 1, 2], size: 2)
    #expect(abs(found.values[0] - 3) < 1e-12 && abs(found.values[1] - 1) < 1e-12)
    #expect(abs(found.vectors[0][0] - found.vectors[0][1]) < 1e-12)
  }

  @Test("The gradient of learned representations is that of finite differences")
  func gradient() throws {
    var random = RandomStream(seed: 9)
    let count = 12
    let columns = try (0..<3).map { index in
      try Column(name: "x\(index)", numbers: (0..<count).map { _ in random.normal() })
    }
    let work = StepWork(pointer: "/steps/0", random: random)
    let features = try FeatureMatrix(columns, work: work)
    let labels = try Buffer<Int32>(copying: (0..<count).map { Int32($0 % 2) })
    var model = PrototypeModel(width: 3, count: 4)
    model.start(features, &random)
    let trainer = PrototypeTrainer(fairness: 2, reconstruction: 0.3, prediction: 1.5, rate: 0.1)
    let batch = (0..<count).map { (row: $0, group: $0 % 3 == 0 ? 0 : 1, weight: 1 / Double(count)) }
    let own = trainer.gradient(model, features, labels, batch, groups: 2).gradient
    for place in model.parameters.indices {
      var (up, down) = (model, model)
      up.parameters[place] += 1e-5
      down.parameters[place] -= 1e-5
      let slope =
        (trainer.gradient(up, features, labels, batch, groups: 2).loss
          - trainer.gradient(down, features, labels, batch, groups: 2).loss) / 2e-5
      #expect(abs(slope - own[place]) < 1e-5 * max(1, abs(slope)), "parameter \(place)")
    }
  }

  @Test("A learned representation predicts the group less well than the inputs, but still the label")
  func learned() throws {
    var random = RandomStream(seed: 2)
    let count = 400
    let groups = (0..<count).map { $0 % 2 }
    let labels = (0..<count).map { _ in random.uniform() < 0.5 ? 1 : 0 }
    let rows = try Dataset([
      Column(name: "x", numbers: (0..<count).map { Double(groups[$0]) * 2 + 0.3 * random.normal() }),
      Column(name: "z", numbers: (0..<count).map { Double(labels[$0]) * 2 + 0.3 * random.normal() }),
      Column(name: "g", integers: groups.map { Int64($0) }),
      Column(name: "y", integers: labels.map { Int64($0) }),
    ])
    let result = try prepared(
      rows,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "learned_representation", "prototypes": 5, "steps": 400}]}"#
    )
    func gap(_ by: [Int]) throws -> Double {
      try (1...5).map { index -> Double in
        let values = try result.rows.numbers("lfr_\(index)")
        func mean(_ group: Int) -> Double {
          let own = (0..<count).filter { by[$0] == group }
          return own.reduce(0) { $0 + values[$1] } / Double(own.count)
        }
        return abs(mean(0) - mean(1))
      }.reduce(0, +)
    }
    #expect(try gap(groups) < 0.1)
    #expect(try gap(labels) > 0.8)
  }

  @Test("A Gaussian copula keeps each column's values and their correlation; its report finds no copy")
  func copula() throws {
    var random = RandomStream(seed: 8)
    let count = 600
    let x = (0..<count).map { _ in random.normal() }
    let rows = try Dataset([
      Column(name: "x", numbers: x),
      Column(name: "z", numbers: x.map { 0.8 * $0 + 0.6 * random.normal() }),
      Column(name: "c", texts: (0..<count).map { _ in random.uniform() < 0.3 ? "u" : "v" }),
      Column(name: "y", integers: (0..<count).map { $0 < 200 ? 1 : 0 }),
    ])
    let result = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "gaussian_copula"}]}"#)
    #expect(result.rows.rows == 800)
    let (a, b) = (
      Array(try result.rows.numbers("x").suffix(200)), Array(try result.rows.numbers("z").suffix(200))
    )
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let (ma, mb) = (mean(a), mean(b))
    let covariance = mean(zip(a, b).map { ($0 - ma) * ($1 - mb) })
    let correlation =
      covariance
      / (mean(a.map { ($0 - ma) * ($0 - ma) }) * mean(b.map { ($0 - mb) * ($0 - mb) })).squareRoot()
    #expect(abs(correlation - 0.8) < 0.12)
    #expect(a.max() ?? 9 <= x.max() ?? 0)
    let fidelity = result.report["steps"]?[0]?["learnt"]?["fidelity"]
    #expect(fidelity?["marginals"]?.array?.count == 3)
    #expect(abs((fidelity?["discriminator_auc"]?.double ?? 0) - 0.5) < 0.12)
    #expect(fidelity?["privacy"]?["synthetic_to_nearest"]?.double ?? 0 > 0)
  }

  @Test("Counterfactual rows have another group, the columns that follow it switched, and the same label")
  func counterfactuals() throws {
    let rows = try table("sex,role,pay,y\nf,wife,1,0\nf,wife,2,1\nm,husband,10,1\nm,own,20,0\n")
    let result = try prepared(
      rows,
      #"{"data": {"label": "y", "sensitive": ["sex"]}, "steps": [{"name": "counterfactual_rows", "follows": ["#
        + #"{"column": "role", "map": {"wife": "husband", "husband": "wife"}}, {"column": "pay"}]}]}"#)
    #expect(try result.rows.texts("sex") == ["f", "f", "m", "m", "m", "m", "f", "f"])
    #expect(try result.rows.texts("role").suffix(4) == ["husband", "husband", "wife", "own"])
    // The lower pay of one sex is replaced by the lower pay of the other.
    #expect(try result.rows.numbers("pay").suffix(4) == [10, 20, 1, 2])
    #expect(try result.rows.numbers("y") == [0, 1, 1, 0, 0, 1, 1, 0])
    #expect(result.report["steps"]?[0]?["cells"]?.array?.allSatisfy { $0["rows_after"]?.int == 2 } == true)
  }

  @Test("Texts that share most runs of words with an earlier one go; others stay")
  func nearDuplicates() throws {
    let text = "the committee decided to grant the loan after it had read all papers of the applicant twice"
    let rows = try Dataset([
      Column(
        name: "t",
        texts: [
          text, "something else entirely stands here, with no word in common", text.uppercased() + "!",
          text + " today", nil, nil, "the committee decided otherwise",
        ]),
      Column(name: "y", integers: [0, 1, 0, 0, 1, 1, 1]),
    ])
    let result = try prepared(rows, #"{"data": {"label": "y"}, "steps": [{"name": "near_duplicates"}]}"#)
    #expect(result.report["steps"]?[0]?["dropped"]?["rows"] == .array([.integer(2), .integer(3)]))
  }
}

import Datasets
import Equipoise
import Platform
import Testing

@testable import Transforms

@Suite("Rows of a conditional tabular GAN")
struct ConditionalGANTests {
  private static func normals(_ count: Int, _ random: inout RandomStream) throws -> Buffer<Float> {
    try Buffer(copying: (0..<count).map { _ in Float(random.normal()) })
  }

  /// Compares gradients with central differences; the networks are in single precision.
  private static func compare(
    _ block: AdamBlock, every: Int, _ loss: () -> Double, _ gradient: () -> Void, _ what: String
  ) {
    block.clear()
    gradient()
    let own = block.gradients.array
    let largest = Double(own.map(\.magnitude).max() ?? 0)
    #expect(largest > 0.01, "\(what): all gradients are small")
    for place in stride(from: 0, to: own.count, by: every) {
      let before = block.values.pointer[place]
      let step: Float = 1e-3
      block.values.pointer[place] = before + step
      let above = loss()
      block.values.pointer[place] = before - step
      let below = loss()
      block.values.pointer[place] = before
      let slope = (above - below) / Double((before + step) - (before - step))
      #expect(abs(slope - Double(own[place])) < 0.01 * largest + 1e-3, "\(what): parameter \(place)")
    }
  }

  @Test(
    "The gradients of the critic's scores and of the penalty on its gradient are those of finite differences")
  func critic() throws {
    var random = RandomStream(seed: 3)
    let critic = try PackedCritic(packs: 6, width: 7, hidden: 9, &random)
    let x = try Self.normals(6 * 7, &random)
    // Larger weights, so that the penalty does not vanish.
    for place in 0..<critic.block.values.count { critic.block.values.pointer[place] *= 3 }
    func forward() {
      var dropout = RandomStream(seed: 5)
      critic.forward(x.pointer, &dropout)
    }
    func scores() -> Double {
      forward()
      return critic.scores.array.reduce(0) { $0 + Double($1) }
    }
    Self.compare(
      critic.block, every: 1, { -0.5 * scores() },
      {
        forward()
        critic.addGradient(x.pointer, factor: -0.5)
      }, "scores")
    Self.compare(
      critic.block, every: 1,
      {
        forward()
        return critic.addPenalty(weight: 2)
      },
      {
        forward()
        critic.addPenalty(weight: 2)
      }, "penalty")
    forward()
    critic.findInputGradient(factor: 1)
    let own = critic.inputGradient.array
    for place in 0..<x.count {
      let before = x.pointer[place]
      x.pointer[place] = before + 1e-3
      let above = scores()
      x.pointer[place] = before - 1e-3
      let below = scores()
      x.pointer[place] = before
      #expect(abs((above - below) / 2e-3 - Double(own[place])) < 0.02, "input \(place)")
    }
  }

  @Test("The generator's gradients, with those of its conditions, are those of finite differences")
  func generator() throws {
    var random = RandomStream(seed: 6)
    let columns = [
      try Column(name: "x", numbers: (0..<40).map { Double($0 % 2 == 0 ? -5 : 5) + random.normal() }),
      try Column(name: "c", texts: (0..<40).map { ["u", "v", "w"][$0 % 3] }),
    ]
    var work = StepWork(pointer: "/steps/0", random: random)
    let (rows, cells) = (Array(0..<40), (0..<40).map { $0 % 2 })
    let code = try TableCode(columns, rows: rows, cells: 2, &work)
    let values = try code.encoded(columns, rows: rows, cells: cells, &random)
    let sampler = try ConditionSampler(code, values, rows: 40)
    let generator = try TableGenerator(rows: 20, code: code, condition: sampler.width, hidden: 6, &random)
    let conditions = (0..<4).flatMap { _ in sampler.draw(rows: 5, &random) }
    let y = try Buffer<Float>(count: 20 * code.width)
    let slope = try Self.normals(20 * code.width, &random)
    func forward() {
      var noise = RandomStream(seed: 7)
      generator.forward(
        conditions.map(\.place), .batch, &noise, into: y.pointer, stride: code.width)
    }
    func backward() -> Double {
      generator.backward(y.pointer, slope.pointer, stride: code.width, conditions)
    }
    Self.compare(
      generator.block, every: 3,
      {
        forward()
        return backward() + zip(y.array, slope.array).reduce(0) { $0 + Double($1.0 * $1.1) }
      },
      {
        forward()
        _ = backward()
      }, "generator")
  }

  @Test("Modes of a mixture of −4 ± 0.5 (a third) and 6 ± 1 are found, and numbers return from their places")
  func modes() throws {
    var random = RandomStream(seed: 1)
    let numbers = (0..<900).map { $0 % 3 == 0 ? -4 + 0.5 * random.normal() : 6 + random.normal() }
    let mixture = ModeMixture(numbers)
    let found = mixture.modes.sorted { $0.mean < $1.mean }
    #expect(found.count == 2)
    #expect(abs((found.first?.weight ?? 0) - 1 / 3.0) < 0.01 && abs((found.first?.mean ?? 0) + 4) < 0.1)
    #expect(abs((found.last?.mean ?? 0) - 6) < 0.1 && abs((found.last?.deviation ?? 0) - 1) < 0.1)
    for number in numbers.prefix(50) {
      let (mode, place) = mixture.normalized(number, &random)
      #expect(abs(mixture.number(mode: mode, place: place) - number) < 1e-9)
    }
  }

  @Test("Raking gives columns the wanted shares, keeps their odds ratio, and draws no candidate twice")
  func raking() throws {
    // 400 candidates of (0, 0) and (1, 1) each, 100 of (0, 1) and (1, 0): the odds ratio is 16.
    let cells: [(Int32, Int32)] =
      Array(repeating: (0, 0), count: 400) + Array(repeating: (0, 1), count: 100)
      + Array(repeating: (1, 0), count: 100) + Array(repeating: (1, 1), count: 400)
    let codes = [cells.map(\.0), cells.map(\.1)]
    let shares = [[0.3, 0.7], [0.5, 0.5]]
    let found = Raking.probabilities(codes, shares: shares, candidates: 1000, wanted: 200)
    func sum(_ a: Int32, _ b: Int32) -> Double {
      zip(cells, found).reduce(0) { $0 + ($1.0 == (a, b) ? $1.1 : 0) }
    }
    #expect(abs(sum(0, 0) + sum(0, 1) - 60) < 1e-6 && abs(sum(0, 0) + sum(1, 0) - 100) < 1e-4)
    #expect(abs(sum(0, 0) * sum(1, 1) / (sum(0, 1) * sum(1, 0)) - 16) < 1e-3)
    var random = RandomStream(seed: 4)
    let drawn = Raking.draw(found, wanted: 200, &random)
    #expect(drawn.count == 200 && Set(drawn).count == 200)
    let zeros = drawn.filter { cells[$0].0 == 0 }.count
    #expect(abs(zeros - 60) < 25)
    // Where no candidate has a bin, or too few have it, all that have it are drawn, and others fill up.
    let few = Raking.probabilities(
      [(0..<10).map { $0 < 2 ? 0 : 1 }], shares: [[0.6, 0.3, 0.1]], candidates: 10, wanted: 5)
    #expect(few[0] > 0.999 && few[1] > 0.999 && abs(few.reduce(0, +) - 5) < 1e-6)
    #expect(few.allSatisfy { $0 <= 1 })
  }

  /// 1,000 rows, 200 of them of the rare label, with the category u in 0.2 of them, and in 0.8 of the others. The
  /// numbers x and z depend on the category.
  private static func rows() throws -> Dataset {
    var random = RandomStream(seed: 8)
    let labels = (0..<1000).map { $0 < 800 ? 0 : 1 }
    let texts = labels.map { (random.uniform() < ($0 == 0 ? 0.8 : 0.2)) ? "u" : "v" }
    let x = texts.map { $0 == "u" ? -5 + 0.5 * random.normal() : 5 + random.normal() }
    return try Dataset([
      Column(name: "x", numbers: x),
      Column(name: "z", numbers: x.map { $0 / 5 + 0.3 * random.normal() }),
      Column(name: "c", texts: texts), Column(name: "y", integers: labels.map { Int64($0) }),
    ])
  }

  @Test(
    "A trained generator gives rows the label asked for, and the shares of a category given the label",
    arguments: [UInt64(1), 2])
  func conditions(seed: UInt64) throws {
    let dataset = try Self.rows()
    let columns = try ["x", "z", "c"].map { try dataset.column($0) }
    let (rows, cells) = (Array(0..<1000), (0..<1000).map { $0 < 800 ? 0 : 1 })
    var work = StepWork(pointer: "/steps/0", random: RandomStream(seed: seed))
    let code = try TableCode(columns, rows: rows, cells: 2, &work)
    let values = try code.encoded(columns, rows: rows, cells: cells, &work.random)
    let training = try AdversarialTraining(
      code, values, count: 1000, batch: 200, hidden: 32, rate: 2e-3, &work.random)
    let texts = try dataset.texts("c")
    /// The share of rows that have the label asked for, and the share of u given each label.
    func shares(_ random: inout RandomStream) -> (right: Double, rare: Double, common: Double) {
      var (right, counts) = (0.0, [0.0, 0.0])
      for _ in 0..<5 {
        for cell in 0..<2 {
          for made in training.generate(ofCells: [Int](repeating: cell, count: 100), &random) {
            if made.cell == cell { right += 1 / 1000.0 }
            if case .row(let row) = made.values[2], texts[row] == "u" { counts[cell] += 1 / 500.0 }
          }
        }
      }
      return (right, counts[1], counts[0])
    }
    try training.train(steps: 800, &work.random) { random in
      let found = shares(&random)
      return abs(found.rare - 0.2) + abs(found.common - 0.8) + 1 - found.right
    }
    let found = shares(&work.random)
    #expect(found.right > 0.95, "\(found.right) of the rows have the label asked for")
    #expect(abs(found.rare - 0.2) < 0.15, "the share of u is \(found.rare) of 0.2")
    #expect(abs(found.common - 0.8) < 0.15, "the share of u is \(found.common) of 0.8")
  }

  @Test(
    "Rows of the rare label have its categories and both modes of a number, and the report says how close they are",
    arguments: [2, 3])
  func synthesis(seed: Int) throws {
    let rows = try Self.rows()
    let json =
      #"{"data": {"label": "y"}, "seed": \#(seed), "steps": [{"name": "conditional_gan", "steps": 800, "batch": 200, "#
      + #""hidden": 32, "learning_rate": 0.002}]}"#
    let result = try prepared(rows, json)
    #expect(result.rows.rows == 1600)
    let made = 1000..<1600
    let a = Array(try result.rows.numbers("x")[made])
    let c = Array(try result.rows.texts("c")[made])
    // 0.2 of the rare label's rows, 0.68 of all.
    let share = Double(c.filter { $0 == "u" }.count) / 600
    #expect(abs(share - 0.2) < 0.12, "the share of u is \(share)")
    let between = Double(a.filter { abs($0) < 2 }.count) / 600
    #expect(between < 0.03, "\(between) of the rows lie between the modes")
    for (sign, share) in [(-1.0, 0.2), (1, 0.8)] {
      let own = a.filter { $0 * sign > 0 }
      #expect(abs(Double(own.count) / 600 - share) < 0.1)
      #expect(abs(own.reduce(0, +) / Double(max(1, own.count)) - 5 * sign) < 0.6)
    }
    let fidelity = result.report["steps"]?[0]?["learnt"]?["fidelity"]
    #expect(fidelity?["marginals"]?.array?.count == 3)
    #expect(fidelity?["pairs"]?["mean"]?.double ?? 1 < 0.5)
    #expect(fidelity?["discriminator_auc"]?.double ?? 1 < 0.65)
    #expect(fidelity?["privacy"]?["synthetic_to_nearest"]?.double ?? 0 > 0)
    #expect(try prepared(rows, json).rows.digest() == result.rows.digest())
    #expect(try result.transform.apply(rows).digest() == rows.digest())
  }

  @Test(
    "Whole numbers stay whole, few different ones keep their values, and none leaves the range of its column")
  func numbers() throws {
    var random = RandomStream(seed: 9)
    let rows = try Dataset([
      Column(name: "n", integers: (0..<300).map { _ in Int64(40 * random.uniform()) }),
      Column(name: "f", numbers: (0..<300).map { [0.25, 0.5, 7][$0 % 3] }),
      Column(name: "g", texts: (0..<300).map { $0 % 2 == 0 ? "a" : "b" }),
      Column(name: "y", integers: (0..<300).map { $0 % 5 == 0 ? 1 : 0 }),
    ])
    let result = try prepared(
      rows,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "conditional_gan", "by": "label_group", "#
        + #""steps": 30, "batch": 50, "hidden": 8}]}"#)
    #expect(result.rows.rows == 480)
    #expect(try result.rows.numbers("n").allSatisfy { $0 >= 0 && $0 <= 39 && $0 == $0.rounded() })
    #expect(try Set(result.rows.numbers("f")) == [0.25, 0.5, 7])
    // Label and group are those of the parts that lack rows.
    let (labels, groups) = (try result.rows.numbers("y").suffix(180), try result.rows.texts("g").suffix(180))
    #expect(labels.allSatisfy { $0 == 1 } && groups.filter { $0 == "a" }.count == 90)
  }

  @Test("Too many categories, missing and infinite values are errors that name the column")
  func errors() throws {
    func message(_ column: Column) throws -> String {
      let rows = try Dataset([
        column, Column(name: "y", integers: (0..<column.rows).map { $0 % 3 == 0 ? 1 : 0 }),
      ])
      return failure {
        _ = try prepared(
          rows, #"{"data": {"label": "y"}, "steps": [{"name": "conditional_gan", "steps": 1}]}"#)
      }?.message ?? ""
    }
    #expect(
      try message(Column(name: "t", texts: (0..<9000).map { "text \($0)" })).contains("at most 1000"))
    #expect(try message(Column(name: "x", numbers: (0..<60).map { $0 == 5 ? .nan : 1 })).contains("missing"))
    #expect(
      try message(Column(name: "x", numbers: (0..<60).map { $0 == 5 ? .infinity : 1 })).contains("infinite"))
  }
}

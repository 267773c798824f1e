import Configurations
import Platform

/// The choice of one model of a front by a rule.
struct ModelChoice {
  let index: Int
  /// Why the model was chosen, as one sentence.
  let because: String

  /// - Parameter models: the measurements of the front's models; without models, only the rule is checked.
  /// - Throws: `invalidConfig` at "/tolerances" if their number is not that of the goals.
  init(_ rule: ChoiceConfig, _ models: [Measurement], _ goals: SearchGoals) throws {
    guard rule.tolerances.isEmpty || rule.tolerances.count == goals.gaps.count else {
      throw Failure.invalidConfig(
        "\(rule.tolerances.count) tolerances are given, and there are \(goals.gaps.count) goals of fairness",
        at: "/tolerances")
    }
    switch rule.rule {
    case .best:
      let order = CandidateOrder(
        tolerances: rule.tolerances.isEmpty ? goals.gaps.map(\.tolerance) : rule.tolerances)
      (index, because) = Self.best(models, order, goals)
    case .knee:
      index = Self.knee(models.map(\.goals))
      because = "it is the farthest from the plane through the best models in each goal"
    case .cost:
      index = Self.smallest(models.map { $0.gaps.reduce(-$0.merit) { $0 + rule.price * $1.value } })
      because = "it has the smallest cost at a price of \(rule.price) for a gap of 1"
    }
  }

  private static func best(_ models: [Measurement], _ order: CandidateOrder, _ goals: SearchGoals) -> (
    Int, String
  ) {
    guard !models.isEmpty else { return (0, "there are no models") }
    var best = 0
    for index in models.indices.dropFirst() where order.isBetter(models[index], than: models[best]) {
      best = index
    }
    let fair = models.filter { order.excess($0) == 0 }.count
    let percent = Int((goals.confidence * 100).rounded())
    guard fair > 0 else {
      return (
        best,
        "no model keeps the tolerances with \(percent)% confidence; it exceeds them least, by "
          + "\(Rounded.text(order.excess(models[best]), digits: 4)) at the upper confidence bounds"
      )
    }
    return (
      best,
      "it has the best \(goals.quality) of \(fair) of \(models.count) models that keep the tolerances with \(percent)% "
        + "confidence"
    )
  }

  /// The point with the largest distance from the plane through the points that are best in one goal (Das 1999). With
  /// every goal scaled to 0...1 over the points, this is the point with the smallest sum.
  static func knee(_ points: [[Double]]) -> Int {
    let goals = points.first?.count ?? 0
    let ranges = (0..<goals).map { goal -> (least: Double, width: Double) in
      let values = points.map { $0[goal] }.filter(\.isFinite)
      let least = values.min() ?? 0
      return (least, (values.max() ?? 0) - least)
    }
    return smallest(
      points.map { point in
        zip(point, ranges).reduce(0) { $0 + ($1.1.width > 0 ? ($1.0 - $1.1.least) / $1.1.width : 0) }
      })
  }

  /// The index of the smallest number; of equal ones the first.
  private static func smallest(_ numbers: [Double]) -> Int {
    var best = 0
    for index in numbers.indices.dropFirst() where numbers[index] < numbers[best] { best = index }
    return best
  }
}

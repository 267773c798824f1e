import Configurations
import Fairness
import Models
import Platform

// Methods that change scores.

extension DecisionFitting {
  mutating func fit(_ config: CalibrationConfig, at pointer: String) throws {
    let classes = try rows.requireClasses(for: CalibrationConfig.method, at: pointer)
    let width = rows.width
    if config.kind.needsProbabilities, let row = scores.firstIndex(where: { !(0...1).contains($0) }) {
      throw Failure.invalidConfig(
        "row \(row / max(width, 1)) has the score \(scores[row]), which is not a probability; platt, isotonic, histogram and "
          + "venn_abers are accepted", at: pointer + "/kind")
    }
    let (scores, weights) = (scores, rows.weights)
    func calibration(_ members: [Int]) -> ClassCalibration {
      var own: [Float] = []
      own.reserveCapacity(members.count * width)
      for row in members { own += scores[(row * width)..<((row + 1) * width)] }
      return ClassCalibration(
        config.kind, scores: own, classes: members.map { classes[$0] }, width: width,
        weights: weights.map { weights in members.map { weights[$0] } }, bins: config.bins)
    }
    func lacksClasses(_ members: [Int]) -> Bool {
      let present = Set(members.lazy.filter { (weights?[$0] ?? 1) > 0 }.map { classes[$0] })
      return width == 1 ? present.count < 2 : present.count < width
    }
    let all = Array(0..<rows.count)
    guard !lacksClasses(all) else {
      throw Failure.invalidData("the rows do not have every class, so that scores cannot be calibrated")
    }
    var members: [JSONValue.Member] = [
      .init("method", .string(CalibrationConfig.method)), .init("kind", config.kind.encoded),
    ]
    guard let attribute = config.attribute else {
      members.append(.init("attribute", .null))
      try add(
        Adjustment(attribute: nil, .calibration(ScoreCalibration(pooled: calibration(all), groups: []))),
        members,
        nil)
      return
    }
    var groups = try self.groups(
      by: attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    for group in groups.own where lacksClasses(groups.members[group]) {
      groups.exclusions[group] = "it does not have every class"
    }
    noteExclusions(groups)
    members.append(.init("attribute", .string(groups.attribute.reference.label)))
    let own = groups.spread(groups.own.map { calibration(groups.members[$0]) })
    try add(
      Adjustment(
        attribute: groups.place, .calibration(ScoreCalibration(pooled: calibration(all), groups: own))),
      members, groups)
  }

  mutating func fit(_ config: ScoreRepairConfig, at pointer: String) throws {
    guard rows.width == 1 else {
      throw Failure.unsupported(
        "scores of several classes have no order that could be kept; two classes and regression are accepted",
        at: pointer)
    }
    let groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    let sizes = groups.own.map { group in
      groups.members[group].reduce(0.0) { $0 + (rows.weights?[$1] ?? 1) }
    }
    let total = sizes.reduce(0, +)
    guard total > 0 else { throw Failure.invalidData("the rows of the groups have no weight") }
    if rows.weights != nil {
      note("score_repair: the weights of rows count in the shares of groups, not in their distributions")
    }
    let sorted = groups.own.map { group in
      ScoreRepair.thinned(groups.members[group].map { Double(scores[$0]) }.sorted())
    }
    let pooled = ScoreRepair.thinned(
      groups.own.flatMap { group in groups.members[group].map { Double(scores[$0]) } }.sorted())
    let repair = RepairByGroup(
      ScoreRepair(scores: sorted, shares: sizes.map { $0 / total }, strength: config.strength),
      places: groups.spread(Array(sorted.indices)), pooled: pooled)
    noteExclusions(groups)
    try add(
      Adjustment(attribute: groups.place, .repair(repair)),
      [
        .init("method", .string(ScoreRepairConfig.method)),
        .init("attribute", .string(groups.attribute.reference.label)),
        .init("strength", .number(config.strength)),
      ], groups)
  }
}

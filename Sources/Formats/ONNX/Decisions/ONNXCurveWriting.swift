// Curves from scores to probabilities by group, and the repair of scores, in double precision as in the library.
extension ONNXGraphWriting {
  /// The values of the groups' curves: score (rows), double → (rows), double.
  ///
  /// - Throws: `unsupported` for groups with different kinds of curves.
  mutating func writeCurves(_ curves: ONNXByGroup<ONNXCurve>, of score: String) throws -> String {
    switch curves.values.first {
    case .sigmoid?: return try writeSigmoids(curves, of: score)
    case .linear?:
      return try writeLines(
        parts(curves) { if case .linear(let scores, let values) = $0 { (scores, values) } else { nil } },
        of: score)
    case .steps?:
      let steps = try parts(curves) {
        if case .steps(let edges, let values) = $0 { (edges, values) } else { nil }
      }
      let edges = try knots(steps.map(\.0))
      let places = countUp(add("GreaterOrEqual", [column(score), edges], like: "above_edges"))
      return try look(steps.map(\.1), at: places)
    case .stepsAndPoints?:
      let steps = try parts(curves) {
        if case .stepsAndPoints(let scores, let values) = $0 { (scores, values) } else { nil }
      }
      let scores = try knots(steps.map(\.0))
      let reached = countUp(add("GreaterOrEqual", [column(score), scores], like: "reached"))
      let passed = countUp(add("Greater", [column(score), scores], like: "passed"))
      return try look(steps.map(\.1), at: add("Add", [reached, passed], like: "places"))
    case nil: return score
    }
  }

  private func parts<Part>(_ curves: ONNXByGroup<ONNXCurve>, _ part: (ONNXCurve) -> Part?) throws
    -> ONNXByGroup<Part>
  {
    let parts = curves.values.compactMap(part)
    guard parts.count == curves.values.count else {
      throw ONNXWriter.inexpressible("its groups are calibrated in different ways")
    }
    return ONNXByGroup(attribute: curves.attribute, parts)
  }

  private mutating func writeSigmoids(_ curves: ONNXByGroup<ONNXCurve>, of score: String) throws -> String {
    let numbers = try parts(curves) { curve -> [Double]? in
      guard case .sigmoid(let logarithm, let complement, let slope, let intercept) = curve else { return nil }
      return [logarithm, -complement, slope, intercept]
    }
    var value = try lookUp(numbers.map { $0[3] })
    func isUsed(_ place: Int) -> Bool { numbers.values.contains { $0[place] != 0 } }
    if isUsed(0) || isUsed(1) {
      let inner = add("Clip", [score, doubles(1e-12), doubles(1 - 1e-12)], like: "inner_scores")
      let logarithm = add("Log", [inner], like: "logarithm")
      let complement = add("Log", [add("Sub", [doubles(1), inner], like: "complement")], like: "logarithm")
      for (place, term) in [logarithm, complement].enumerated() {
        let part = add("Mul", [try lookUp(numbers.map { $0[place] }), term], like: "term")
        value = add("Add", [value, part], like: "calibration")
      }
    }
    if isUsed(2) {
      let part = add("Mul", [try lookUp(numbers.map { $0[2] }), score], like: "term")
      value = add("Add", [value, part], like: "calibration")
    }
    return add("Sigmoid", [value], like: "calibrated")
  }

  private mutating func writeLines(_ lines: ONNXByGroup<([Double], [Double])>, of score: String) throws
    -> String
  {
    // A line needs two ends.
    let lines = lines.map { line -> ([Double], [Double]) in
      guard line.0.count < 2 else { return line }
      let (x, y) = (line.0.first ?? 0, line.1.first ?? 0.5)
      return ([x, x + 1], [y, y])
    }
    let reached = countUp(
      add("GreaterOrEqual", [column(score), try knots(lines.map(\.0))], like: "reached"))
    let (begin, share) = try writeInterval(lines.map(\.0), of: score, reached: reached)
    let y0 = try look(lines.map { Array($0.1.dropLast()) }, at: begin)
    let y1 = try look(lines.map { Array($0.1.dropFirst()) }, at: begin)
    let rise = add("Mul", [share, add("Sub", [y1, y0], like: "span")], like: "rise")
    return add("Add", [y0, rise], like: "interpolated")
  }

  /// The index of the interval between neighbouring knots in which each score is, and the share of it below the score;
  /// the first or the last interval, and 0 or 1, for a score beyond them.
  ///
  /// - Parameters:
  ///   - lists: two knots or more for each group.
  ///   - reached: the number of knots below each score.
  private mutating func writeInterval(
    _ lists: ONNXByGroup<[Double]>, of score: String, reached: String
  ) throws -> (begin: String, share: String) {
    let place = add(
      "Max", [add("Sub", [reached, integer(1)], like: "interval"), integer(0)], like: "interval")
    let begin = add("Min", [place, try lookUp(integers: lists.map { $0.count - 2 })], like: "interval")
    let x0 = try look(lists.map { Array($0.dropLast()) }, at: begin)
    let x1 = try look(lists.map { Array($0.dropFirst()) }, at: begin)
    let share = add(
      "Div", [add("Sub", [score, x0], like: "above"), add("Sub", [x1, x0], like: "span")], like: "share")
    return (begin, add("Clip", [share, doubles(0), doubles(1)], like: "share"))
  }

  /// score (rows), double → (rows), double.
  mutating func writeRepair(_ repair: ONNXScoreRepair, of score: String) throws -> String {
    let share = try writeShare(repair.own, of: score)
    var target: String?
    for (scores, weight) in repair.targets where !scores.isEmpty && weight != 0 {
      let places = scores.indices.map { Double($0) / Double(max(scores.count - 1, 1)) }
      let quantile = try writeLines(ONNXByGroup(attribute: nil, [(places, scores)]), of: share)
      let part = add("Mul", [quantile, doubles(weight)], like: "term")
      target = target.map { add("Add", [$0, part], like: "target") } ?? part
    }
    guard let target else { return score }
    let kept = add("Mul", [score, doubles(1 - repair.strength)], like: "term")
    return add(
      "Add", [kept, add("Mul", [target, doubles(repair.strength)], like: "term")], like: "repaired")
  }

  /// The share of a distribution below each score: the middle of equal scores, and linear between different ones.
  private mutating func writeShare(_ own: ONNXByGroup<[Double]>, of score: String) throws -> String {
    guard own.values.allSatisfy({ $0.count > 1 }) else {
      throw ONNXWriter.inexpressible("a group's distribution has a single score")
    }
    let sorted = try knots(own)
    let reached = countUp(add("GreaterOrEqual", [column(score), sorted], like: "reached"))
    let passed = countUp(add("Greater", [column(score), sorted], like: "passed"))
    let (begin, between) = try writeInterval(own, of: score, reached: passed)
    func wide(_ value: String) -> String { add("Cast", [value], like: "places", [("to", .integer(11))]) }
    let inside = add("Add", [wide(begin), between], like: "places")
    let last = add("Sub", [add("Add", [reached, passed], like: "places"), integer(1)], like: "places")
    let tied = add("Mul", [wide(last), doubles(0.5)], like: "places")
    let isTied = add("Greater", [reached, passed], like: "is_tied")
    let place = add("Where", [isTied, tied, inside], like: "places")
    return add("Div", [place, try lookUp(own.map { Double($0.count - 1) })], like: "shares")
  }

  // MARK: Values by group

  /// One number for each row, (rows), or one for all rows.
  mutating func lookUp(_ values: ONNXByGroup<Double>) throws -> String {
    guard let group = try group(values.attribute), differs(values) else {
      return doubles(values.values.last ?? 0)
    }
    return add("Gather", [doubles(values.values), group], like: "by_group")
  }

  mutating func lookUp(_ values: ONNXByGroup<Float>) throws -> String {
    guard let group = try group(values.attribute), differs(values) else {
      return constant(values.values.last ?? 0)
    }
    return add("Gather", [floats(values.values), group], like: "by_group")
  }

  /// Whether rows of some groups have another value, or none.
  private func differs<Value: Equatable>(_ values: ONNXByGroup<Value>) -> Bool {
    values.values.contains { $0 != values.values.last } || refusesUnknown(values.attribute)
  }

  private mutating func lookUp(integers values: ONNXByGroup<Int>) throws -> String {
    guard let group = try group(values.attribute) else { return integer(values.values.last ?? 0) }
    return add("Gather", [integers(values.values), group], like: "by_group")
  }

  /// The ascending numbers of each row's group, (rows or 1, width); infinity fills shorter lists.
  private mutating func knots(_ lists: ONNXByGroup<[Double]>) throws -> String {
    let width = max(1, lists.values.map(\.count).max() ?? 1)
    let flat = lists.values.flatMap {
      $0 + [Double](repeating: .infinity, count: width - $0.count)
    }
    let name = unique("knots")
    let group = try group(lists.attribute)
    let dimensions = [group == nil ? 1 : lists.values.count, width]
    let table = add(
      "Constant", [], like: name, output: name,
      [
        (
          "value",
          .tensor(
            ONNXMessage.doubles(
              group == nil ? Array(flat.suffix(width)) : flat, dimensions: dimensions, name: name))
        )
      ])
    return group.map { add("Gather", [table, $0], like: "own_knots", [("axis", .integer(0))]) } ?? table
  }

  /// The element of each row's list at its place, (rows).
  private mutating func look(_ lists: ONNXByGroup<[Double]>, at place: String) throws -> String {
    guard let group = try group(lists.attribute) else {
      return add("Gather", [doubles(lists.values.last ?? []), place], like: "values")
    }
    let width = max(1, lists.values.map(\.count).max() ?? 1)
    let flat = lists.values.flatMap { $0 + [Double](repeating: 0, count: width - $0.count) }
    let begin = add("Mul", [group, integer(width)], like: "begin")
    return add(
      "Gather", [doubles(flat), add("Add", [begin, place], like: "places")], like: "values")
  }

  /// (rows) → (rows, 1)
  private mutating func column(_ value: String) -> String { reshape(value, to: [1]) }
}

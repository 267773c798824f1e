import Engine

// Changes of scores and decisions behind a network. Scores are float32 between the steps, as in the library.
extension ONNXGraphWriting {
  /// Writes the changed scores and the decision.
  ///
  /// - Returns: the index of each row's class, (rows), the number of classes for a row without an answer; nil if there is
  ///   no decision.
  /// - Throws: `unsupported` at `ONNXWriter.decisionPlace` for what a file cannot express.
  mutating func writeAdjustments(_ adjustments: ONNXAdjustments, _ logits: String) throws -> String? {
    let count = graph[graph.output].shape.count
    var scores: String
    switch adjustments.scores {
    case .positive: scores = writeProbability(logits)
    case .classes:
      scores = add("Softmax", [reshape(logits, to: [count])], like: "scores", [("axis", .integer(-1))])
    case .value: scores = reshape(logits, to: [])
    }
    for change in adjustments.changes { scores = try write(change, of: scores, width: count, adjustments) }
    if !adjustments.changes.isEmpty {
      let width = adjustments.scores == .classes ? count : 1
      let name = unique("adjusted_scores")
      add("Reshape", [scores, constant([-1, width])], like: "", output: name)
      declareDecisionOutput(name, [width])
    }
    let place = try write(adjustments.rule, of: scores)
    guard let place, let abstention = adjustments.abstention else { return place }
    let confidence: String
    if adjustments.scores == .classes {
      let own = add(
        "GatherElements", [scores, reshape(place, to: [1])], like: "confidence", [("axis", .integer(1))])
      confidence = reshape(own, to: [])
    } else {
      let isPositive = add("Cast", [place], like: "is_positive", [("to", .integer(9))])
      let complement = add("Sub", [constant(1), scores], like: "complement")
      confidence = add("Where", [isPositive, scores, complement], like: "confidence")
    }
    let isGiven = add("GreaterOrEqual", [confidence, try lookUp(abstention)], like: "is_answered")
    return add(
      "Where", [isGiven, place, integer(adjustments.scores == .classes ? count : 2)], like: "answer")
  }

  private mutating func write(
    _ change: ONNXAdjustments.Change, of scores: String, width: Int, _ adjustments: ONNXAdjustments
  ) throws -> String {
    let wide = add("Cast", [scores], like: "scores_wide", [("to", .integer(11))])
    let changed: String
    switch change {
    case .curves(let curves) where adjustments.scores == .classes:
      changed = try writeClassCurves(curves, of: wide, width: width)
    case .curves(let curves):
      changed = try writeCurves(curves.map { $0.first ?? .linear(scores: [], values: []) }, of: wide)
    case .temperature(let temperatures):
      let inner = add("Max", [wide, doubles(1e-12)], like: "inner_scores")
      var divisor = try lookUp(temperatures)
      if temperatures.attribute != nil { divisor = reshape(divisor, to: [1]) }
      let logits = add("Div", [add("Log", [inner], like: "logarithms"), divisor], like: "logits")
      let narrow = add("Cast", [logits], like: "logits", [("to", .integer(1))])
      return add("Softmax", [narrow], like: "adjusted", [("axis", .integer(-1))])
    case .repair(let repair): changed = try writeRepair(repair, of: wide)
    }
    return add("Cast", [changed], like: "adjusted", [("to", .integer(1))])
  }

  // (rows, classes) → (rows, classes), each row divided by its sum
  private mutating func writeClassCurves(
    _ curves: ONNXByGroup<[ONNXCurve]>, of scores: String, width: Int
  ) throws -> String {
    guard curves.values.allSatisfy({ $0.count == width }) else {
      throw ONNXWriter.inexpressible("its groups are calibrated in different ways")
    }
    var columns: [String] = []
    for place in 0..<width {
      let own = add("Gather", [scores, integer(place)], like: "class_score", [("axis", .integer(1))])
      columns.append(reshape(try writeCurves(curves.map { $0[place] }, of: own), to: [1]))
    }
    let joined = add("Concat", columns, like: "class_scores", [("axis", .integer(1))])
    let sum = add("ReduceSum", [joined, constant([1])], like: "class_sum", [("keepdims", .integer(1))])
    let hasSum = add("Greater", [sum, doubles(0)], like: "has_sum")
    let shares = add("Div", [joined, sum], like: "class_shares")
    // If all calibrated probabilities are 0, all classes get the same one.
    return add("Where", [hasSum, shares, doubles(1 / Double(width))], like: "class_shares")
  }

  private mutating func write(_ rule: ONNXAdjustments.Rule, of scores: String) throws -> String? {
    let isPositive: String
    switch rule {
    case .none: return nil
    case .likeliest:
      return add("ArgMax", [scores], like: "place", [("axis", .integer(1)), ("keepdims", .integer(0))])
    case .thresholds(let thresholds):
      isPositive = add("GreaterOrEqual", [scores, try lookUp(thresholds)], like: "selected")
    case .blended(let columns, let thresholds):
      let threshold = try writeBlended(columns, thresholds)
      isPositive = add("GreaterOrEqual", [scores, threshold], like: "selected")
    case .rejection(let lower, let upper, let threshold, let gains):
      let own = try lookUp(gains)
      let isAbove = add("GreaterOrEqual", [scores, constant(lower)], like: "above")
      let isBelow = add("LessOrEqual", [scores, constant(upper)], like: "below")
      let isKnown = add("GreaterOrEqual", [own, constant(0)], like: "known")
      let isInside = add("And", [add("And", [isAbove, isBelow], like: "inside"), isKnown], like: "inside")
      let gains = add("Greater", [own, constant(0)], like: "gains")
      let isSelected = add("GreaterOrEqual", [scores, constant(threshold)], like: "selected")
      // Not Where, which runtimes do not have for booleans.
      let isOutside = add("Not", [isInside], like: "outside")
      let byGroup = add("And", [isInside, gains], like: "by_group")
      isPositive = add(
        "Or", [byGroup, add("And", [isOutside, isSelected], like: "by_threshold")], like: "selected")
    case .drawn(let mixtures):
      try writeDrawn(mixtures, of: scores)
      return nil
    }
    return add("Cast", [isPositive], like: "place", [("to", .integer(7))])
  }

  /// The threshold of each row: the mean of the groups' thresholds, weighted by its probabilities.
  private mutating func writeBlended(_ columns: [String], _ thresholds: [Double]) throws -> String {
    let parts = try columns.map { name -> String in
      let (input, type) = try decisionInput(name, element: 11)
      guard type != 8 else {
        throw ONNXWriter.inexpressible("the file reads the probabilities \"\(name)\" as text")
      }
      return add("Cast", [reshape(input, to: [1])], like: "\(name)_wide", [("to", .integer(11))])
    }
    let joined = parts.count == 1 ? parts[0] : add("Concat", parts, like: "shares", [("axis", .integer(1))])
    let sum = add("ReduceSum", [joined, constant([1])], like: "shares_sum", [("keepdims", .integer(1))])
    let shares = add("Div", [joined, sum], like: "shares")
    let threshold = add("MatMul", [shares, doubles(thresholds)], like: "threshold")
    return add("Cast", [threshold], like: "threshold", [("to", .integer(1))])
  }

  /// The probability of a positive decision, as an output.
  private mutating func writeDrawn(
    _ mixtures: ONNXByGroup<ONNXAdjustments.Mixture>, of scores: String
  ) throws {
    func part(_ thresholds: ONNXByGroup<Float>, _ shares: ONNXByGroup<Double>) throws -> String {
      let isReached = add("GreaterOrEqual", [scores, try lookUp(thresholds)], like: "reached")
      let flag = add("Cast", [isReached], like: "reached_flag", [("to", .integer(11))])
      return add("Mul", [flag, try lookUp(shares)], like: "term")
    }
    let first = try part(mixtures.map(\.first), mixtures.map { (1 - $0.coin) * $0.share })
    let second = try part(mixtures.map(\.second), mixtures.map { (1 - $0.coin) * (1 - $0.share) })
    let coin = try lookUp(mixtures.map { $0.coin * $0.yes })
    let sum = add("Add", [add("Add", [first, second], like: "probability"), coin], like: "probability")
    let narrow = add("Cast", [sum], like: "probability", [("to", .integer(1))])
    let name = unique("positive_probability")
    add("Reshape", [narrow, constant([-1, 1])], like: "", output: name)
    declareDecisionOutput(name, [1])
  }

  /// The probability of the positive one of two classes, (rows).
  mutating func writeProbability(_ logits: String) -> String {
    let count = graph[graph.output].shape.count
    var margin = reshape(logits, to: count == 1 ? [] : [2])
    if count == 2 {
      let signs = add(
        "Constant", [], like: "difference",
        [("value", .tensor(ONNXMessage.floats([-1, 1], name: "difference")))])
      margin = add("MatMul", [margin, signs], like: "margin")
    }
    return add("Sigmoid", [margin], like: "decided")
  }
}

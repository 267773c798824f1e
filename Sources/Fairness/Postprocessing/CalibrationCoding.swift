import Platform

// Changes of scores as JSON.

extension ScoreCalibration: RecordedChange {
  static let method = "calibration"

  var members: [JSONValue.Member] {
    [.init("pooled", pooled.json), .init("groups", .groups(groups) { $0.json })]
  }

  init(_ record: AdjustmentRecord) throws {
    let width = record.width
    self.init(
      pooled: try ClassCalibration(json: record.json["pooled"] ?? .null, width: width),
      groups: try record.groups { try ClassCalibration(json: $0, width: width) })
  }
}

extension RepairByGroup: RecordedChange {
  static let method = "score_repair"

  var members: [JSONValue.Member] {
    [
      .init("strength", .number(repair.strength)), .init("places", .groups(places) { .integer($0) }),
      .init("shares", .numbers(repair.shares)),
      .init("scores", .array(repair.scores.map { .numbers($0) })), .init("pooled", .numbers(pooled)),
    ]
  }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore()
    let json = record.json
    let scores = try AdjustmentRecord.list(json["scores"], "scores", nil).map {
      try AdjustmentRecord.numbers($0, "scores", ascending: true)
    }
    let places = try record.groups(
      { value -> Int in
        guard let place = value.int, scores.indices.contains(place) else { throw record.broken("places") }
        return place
      }, in: "places")
    self.init(
      ScoreRepair(
        scores: scores, shares: try AdjustmentRecord.numbers(json["shares"], "shares", count: scores.count),
        strength: try record.proportion("strength")),
      places: places, pooled: try AdjustmentRecord.numbers(json["pooled"], "pooled", ascending: true))
  }
}

extension MixingByGroup: RecordedChange {
  static let method = "calibrated_equalized_odds"

  var members: [JSONValue.Member] {
    [.init("seed", .integer(Int64(bitPattern: seed))), .init("groups", .groups(groups) { $0.json })]
  }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore(hasAttribute: true)
    self.init(groups: try record.groups { try Share(json: $0) }, seed: try record.seed())
  }
}

extension MixingByGroup.Share {
  var json: JSONValue { ["replaced": .number(replaced), "base_rate": .finite(baseRate)] }

  init(json: JSONValue) throws {
    self.init(
      replaced: try AdjustmentRecord.proportion(json["replaced"], "replaced"),
      baseRate: Float(try AdjustmentRecord.proportion(json["base_rate"], "base_rate")))
  }
}

extension ClassCalibration {
  public var json: JSONValue { .array(calibrators.map(\.json)) }

  init(json: JSONValue, width: Int) throws {
    calibrators = try AdjustmentRecord.list(json, "pooled", nil).map { try AnyCalibrator(json: $0) }
    if calibrators.count == 1, width > 1 {
      guard case .temperature = calibrators[0] else { throw AdjustmentRecord.broken("pooled") }
    } else {
      guard calibrators.count == width else { throw AdjustmentRecord.broken("pooled") }
    }
  }
}

extension AnyCalibrator {
  var json: JSONValue {
    switch self {
    case .platt(let own):
      ["kind": "platt", "slope": .finite(own.slope), "intercept": .finite(own.intercept)]
    case .isotonic(let own):
      ["kind": "isotonic", "scores": .numbers(own.scores), "probabilities": .numbers(own.probabilities)]
    case .beta(let own): ["kind": "beta", "a": .finite(own.a), "b": .finite(own.b), "c": .finite(own.c)]
    case .temperature(let own): ["kind": "temperature", "temperature": .finite(own.temperature)]
    case .histogram(let own):
      ["kind": "histogram", "edges": .numbers(own.edges), "probabilities": .numbers(own.probabilities)]
    case .vennAbers(let own):
      [
        "kind": "venn_abers", "scores": .numbers(own.scores), "lower": .numbers(own.lower),
        "upper": .numbers(own.upper),
      ]
    }
  }

  init(json: JSONValue) throws {
    func probabilities(_ key: String, _ count: Int) throws -> [Double] {
      let values = try AdjustmentRecord.numbers(json[key], key, count: count)
      guard values.allSatisfy({ (0...1).contains($0) }) else { throw AdjustmentRecord.broken(key) }
      return values
    }
    switch (json["kind"]?.string).flatMap(CalibrationKind.init) {
    case .platt?:
      self = .platt(
        PlattScaling(
          slope: try AdjustmentRecord.finite(json["slope"], "slope"),
          intercept: try AdjustmentRecord.finite(json["intercept"], "intercept")))
    case .isotonic?:
      let scores = try AdjustmentRecord.numbers(json["scores"], "scores", ascending: true)
      self = .isotonic(
        IsotonicCalibration(
          scores: scores, probabilities: try probabilities("probabilities", scores.count)))
    case .beta?:
      self = .beta(
        BetaCalibration(
          a: try AdjustmentRecord.finite(json["a"], "a"), b: try AdjustmentRecord.finite(json["b"], "b"),
          c: try AdjustmentRecord.finite(json["c"], "c")))
    case .temperature?:
      let temperature = try AdjustmentRecord.finite(json["temperature"], "temperature")
      guard temperature > 0 else { throw AdjustmentRecord.broken("temperature") }
      self = .temperature(TemperatureScaling(temperature: temperature))
    case .histogram?:
      let edges =
        json["edges"]?.array?.isEmpty == true
        ? [] : try AdjustmentRecord.numbers(json["edges"], "edges", ascending: true)
      self = .histogram(
        HistogramBinning(edges: edges, probabilities: try probabilities("probabilities", edges.count + 1)))
    case .vennAbers?:
      let scores = try AdjustmentRecord.numbers(json["scores"], "scores", ascending: true)
      let count = 2 * scores.count + 1
      let (lower, upper) = (try probabilities("lower", count), try probabilities("upper", count))
      guard zip(lower, upper).allSatisfy({ $0 <= $1 }) else { throw AdjustmentRecord.broken("upper") }
      self = .vennAbers(VennAbers(scores: scores, lower: lower, upper: upper))
    case nil: throw AdjustmentRecord.broken("kind")
    }
  }
}

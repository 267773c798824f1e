import Platform

// Adjustments as JSON, for descriptions and for a model's record. A record may come from an untrusted source,
// so everything is checked.

extension Adjustment {
  public var json: JSONValue {
    var members: [JSONValue.Member] = [.init("attribute", attribute.map { .integer($0) } ?? .null)]
    switch change {
    case .calibration(let own):
      members += [
        .init("method", "calibration"), .init("pooled", own.pooled.json),
        .init("groups", .array(own.groups.map { $0?.json ?? .null })),
      ]
    case .repair(let own):
      members += [
        .init("method", "score_repair"), .init("strength", .number(own.repair.strength)),
        .init("places", .array(own.places.map { $0.map { .integer($0) } ?? .null })),
        .init("shares", .numbers(own.repair.shares)),
        .init("scores", .array(own.repair.scores.map { .numbers($0) })),
        .init("pooled", .numbers(own.pooled)),
      ]
    case .mixing(let own):
      members += [
        .init("method", "calibrated_equalized_odds"), .init("seed", .integer(Int64(bitPattern: own.seed))),
        .init("groups", .array(own.groups.map { $0?.json ?? .null })),
      ]
    case .thresholds(let own):
      members += [
        .init("method", "thresholds"), .init("seed", .integer(Int64(bitPattern: own.seed))),
        .init("pooled", own.pooled.json), .init("groups", .array(own.groups.map { $0?.json ?? .null })),
      ]
    case .blended(let own):
      members += [.init("method", "blended_thresholds"), .init("thresholds", .numbers(own.thresholds))]
    case .draw(let own):
      members += [.init("method", "draw"), .init("seed", .integer(Int64(bitPattern: own.seed)))]
    case .abstention(let own):
      members += [
        .init("method", "abstention"), .init("pooled", .finite(own.pooled)),
        .init("groups", .array(own.groups.map { $0.map { .finite($0) } ?? .null })),
      ]
    case .sets(let own):
      members += [
        .init("method", "conformal"), .init("kind", .string(own.kind.rawValue)),
        .init("coverage", .number(own.coverage)), .init("pooled", .number(own.pooled)),
        .init("groups", .array(own.groups.map { $0.map { .number($0) } ?? .null })),
      ]
    case .ranks(let own): members += [.init("method", "reranking"), .init("rule", own.json)]
    case .rejectOption(let own):
      members += [
        .init("method", "reject_option"), .init("threshold", .number(own.option.threshold)),
        .init("margin", .number(own.option.margin)),
        .init("gains", .array(own.gains.map { $0.map { .bool($0) } ?? .null })),
      ]
    }
    return .object(members)
  }

  /// - Parameters:
  ///   - groups: the number of groups of each attribute.
  ///   - width: the number of scores per row.
  /// - Throws: `invalidModel` for JSON that is not an adjustment.
  public init(json: JSONValue, groups: [Int], width: Int) throws {
    let place = json["attribute"] ?? .null
    if place == .null {
      attribute = nil
    } else {
      guard let index = place.int, groups.indices.contains(index) else { throw broken("attribute") }
      attribute = index
    }
    let count = attribute.map { groups[$0] } ?? 0
    let keys: [String]
    switch json["method"]?.string {
    case "calibration"?:
      keys = ["pooled", "groups"]
      change = .calibration(
        ScoreCalibration(
          pooled: try ClassCalibration(json: json["pooled"] ?? .null, width: width),
          groups: try list(json["groups"], "groups", count).map {
            $0 == .null ? nil : try ClassCalibration(json: $0, width: width)
          }))
    case "score_repair"?:
      keys = ["strength", "places", "shares", "scores", "pooled"]
      guard width == 1 else { throw broken("method") }
      change = .repair(try RepairByGroup(json: json, count: count))
    case "calibrated_equalized_odds"?:
      keys = ["seed", "groups"]
      guard width == 1, attribute != nil, case .integer(let seed)? = json["seed"] else {
        throw broken("seed")
      }
      change = .mixing(
        MixingByGroup(
          groups: try list(json["groups"], "groups", count).map {
            $0 == .null ? nil : try MixingByGroup.Share(json: $0)
          }, seed: UInt64(bitPattern: seed)))
    case "thresholds"?:
      keys = ["seed", "pooled", "groups"]
      guard width == 1, case .integer(let seed)? = json["seed"] else { throw broken("seed") }
      change = .thresholds(
        ThresholdsByGroup(
          pooled: try GroupDecision(json: json["pooled"] ?? .null),
          groups: try list(json["groups"], "groups", count).map {
            $0 == .null ? nil : try GroupDecision(json: $0)
          }, seed: UInt64(bitPattern: seed)))
    case "blended_thresholds"?:
      keys = ["thresholds"]
      guard width == 1, attribute == nil else { throw broken("attribute") }
      change = .blended(BlendedThresholds(try numbers(json["thresholds"], "thresholds")))
    case "draw"?:
      keys = ["seed"]
      guard width == 1, attribute == nil, case .integer(let seed)? = json["seed"] else {
        throw broken("seed")
      }
      change = .draw(DrawnDecision(seed: UInt64(bitPattern: seed)))
    case "abstention"?:
      keys = ["pooled", "groups"]
      change = .abstention(
        AbstentionByGroup(
          pooled: Float(try finite(json["pooled"], "pooled")),
          groups: try list(json["groups"], "groups", count).map {
            $0 == .null ? nil : Float(try finite($0, "groups"))
          }))
    case "conformal"?:
      keys = ["kind", "coverage", "pooled", "groups"]
      guard let kind = (json["kind"]?.string).flatMap(PredictionSets.Kind.init),
        kind.isOfClasses || width == 1
      else { throw broken("kind") }
      change = .sets(
        PredictionSets(
          kind, coverage: try proportion(json["coverage"], "coverage"),
          pooled: try finite(json["pooled"], "pooled"),
          groups: try list(json["groups"], "groups", count).map {
            $0 == .null ? nil : try finite($0, "groups")
          }))
    case "reranking"?:
      keys = ["rule"]
      guard width == 1, attribute != nil else { throw broken("method") }
      change = .ranks(try RankingByGroup(json: json["rule"] ?? .null, count: count))
    case "reject_option"?:
      keys = ["threshold", "margin", "gains"]
      guard width == 1 else { throw broken("method") }
      change = .rejectOption(
        RejectionByGroup(
          RejectOption(
            threshold: try finite(json["threshold"], "threshold"),
            margin: try finite(json["margin"], "margin")
          ),
          gains: try list(json["gains"], "gains", count).map { value in
            guard value == .null || value.bool != nil else { throw broken("gains") }
            return value.bool
          }))
    default: throw broken("method")
    }
    if let stranger = (json.members ?? []).first(where: {
      !(keys + ["attribute", "method"]).contains($0.key)
    }) {
      throw Failure.invalidModel("an adjustment of its decision has the unknown member \"\(stranger.key)\"")
    }
  }
}

private func broken(_ key: String) -> Failure {
  .invalidModel("an adjustment of its decision has no valid \"\(key)\"")
}

private func finite(_ json: JSONValue?, _ key: String) throws -> Double {
  guard let value = json?.double, value.isFinite else { throw broken(key) }
  return value
}

private func proportion(_ json: JSONValue?, _ key: String) throws -> Double {
  let value = try finite(json, key)
  guard (0...1).contains(value) else { throw broken(key) }
  return value
}

/// - Parameter count: the number of elements; nil: any number except 0.
private func list(_ json: JSONValue?, _ key: String, _ count: Int?) throws -> [JSONValue] {
  guard let values = json?.array, count.map({ $0 == values.count }) ?? !values.isEmpty else {
    throw broken(key)
  }
  return values
}

private func numbers(_ json: JSONValue?, _ key: String, count: Int? = nil, ascending: Bool = false) throws
  -> [Double]
{
  let values = try list(json, key, count).map { try finite($0, key) }
  guard !ascending || zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw broken(key) }
  return values
}

extension RepairByGroup {
  fileprivate init(json: JSONValue, count: Int) throws {
    let scores = try list(json["scores"], "scores", nil).map { try numbers($0, "scores", ascending: true) }
    let places = try list(json["places"], "places", count).map { value -> Int? in
      if value == .null { return nil }
      guard let place = value.int, scores.indices.contains(place) else { throw broken("places") }
      return place
    }
    self.init(
      ScoreRepair(
        scores: scores, shares: try numbers(json["shares"], "shares", count: scores.count),
        strength: try proportion(json["strength"], "strength")),
      places: places, pooled: try numbers(json["pooled"], "pooled", ascending: true))
  }
}

extension MixingByGroup.Share {
  fileprivate var json: JSONValue { ["replaced": .number(replaced), "base_rate": .finite(baseRate)] }

  fileprivate init(json: JSONValue) throws {
    self.init(
      replaced: try proportion(json["replaced"], "replaced"),
      baseRate: Float(try proportion(json["base_rate"], "base_rate")))
  }
}

extension GroupDecision {
  /// A threshold above all scores is written as null.
  public var json: JSONValue {
    [
      "thresholds": [.finite(thresholds.first), .finite(thresholds.second)], "share": .number(share),
      "coin": ["used": .number(coin.used), "yes": .number(coin.yes)],
    ]
  }

  fileprivate init(json: JSONValue) throws {
    func threshold(_ index: Int) throws -> Float {
      guard let value = json["thresholds"]?[index] else { throw broken("thresholds") }
      if value == .null { return .infinity }
      guard let number = value.double, Float(number).isFinite else { throw broken("thresholds") }
      return Float(number)
    }
    self.init(
      first: try threshold(0), second: try threshold(1), share: try proportion(json["share"], "share"),
      coin: (try proportion(json["coin"]?["used"], "coin"), try proportion(json["coin"]?["yes"], "coin")))
  }
}

extension ClassCalibration {
  public var json: JSONValue { .array(calibrators.map(\.json)) }

  fileprivate init(json: JSONValue, width: Int) throws {
    calibrators = try list(json, "pooled", nil).map { try AnyCalibrator(json: $0) }
    if calibrators.count == 1, width > 1 {
      guard case .temperature = calibrators[0] else { throw broken("pooled") }
    } else {
      guard calibrators.count == width else { throw broken("pooled") }
    }
  }
}

extension AnyCalibrator {
  fileprivate var json: JSONValue {
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

  fileprivate init(json: JSONValue) throws {
    func probabilities(_ key: String, _ count: Int) throws -> [Double] {
      let values = try numbers(json[key], key, count: count)
      guard values.allSatisfy({ (0...1).contains($0) }) else { throw broken(key) }
      return values
    }
    switch (json["kind"]?.string).flatMap(CalibrationKind.init) {
    case .platt?:
      self = .platt(
        PlattScaling(
          slope: try finite(json["slope"], "slope"), intercept: try finite(json["intercept"], "intercept")))
    case .isotonic?:
      let scores = try numbers(json["scores"], "scores", ascending: true)
      self = .isotonic(
        IsotonicCalibration(
          scores: scores, probabilities: try probabilities("probabilities", scores.count)))
    case .beta?:
      self = .beta(
        BetaCalibration(
          a: try finite(json["a"], "a"), b: try finite(json["b"], "b"), c: try finite(json["c"], "c")))
    case .temperature?:
      let temperature = try finite(json["temperature"], "temperature")
      guard temperature > 0 else { throw broken("temperature") }
      self = .temperature(TemperatureScaling(temperature: temperature))
    case .histogram?:
      let edges =
        json["edges"]?.array?.isEmpty == true ? [] : try numbers(json["edges"], "edges", ascending: true)
      self = .histogram(
        HistogramBinning(edges: edges, probabilities: try probabilities("probabilities", edges.count + 1)))
    case .vennAbers?:
      let scores = try numbers(json["scores"], "scores", ascending: true)
      let count = 2 * scores.count + 1
      let (lower, upper) = (try probabilities("lower", count), try probabilities("upper", count))
      guard zip(lower, upper).allSatisfy({ $0 <= $1 }) else { throw broken("upper") }
      self = .vennAbers(VennAbers(scores: scores, lower: lower, upper: upper))
    case nil: throw broken("kind")
    }
  }
}

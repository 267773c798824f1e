import Platform

// Decisions as JSON.

extension ThresholdsByGroup: RecordedChange {
  static let method = "thresholds"

  var members: [JSONValue.Member] {
    [
      .init("seed", .integer(Int64(bitPattern: seed))), .init("pooled", pooled.json),
      .init("groups", .groups(groups) { $0.json }),
    ]
  }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore()
    self.init(
      pooled: try GroupDecision(json: record.json["pooled"] ?? .null),
      groups: try record.groups { try GroupDecision(json: $0) }, seed: try record.seed())
  }
}

extension BlendedThresholds: RecordedChange {
  static let method = "blended_thresholds"

  var members: [JSONValue.Member] { [.init("thresholds", .numbers(thresholds))] }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore(hasAttribute: false)
    self.init(try AdjustmentRecord.numbers(record.json["thresholds"], "thresholds"))
  }
}

extension DrawnDecision: RecordedChange {
  static let method = "draw"

  var members: [JSONValue.Member] { [.init("seed", .integer(Int64(bitPattern: seed)))] }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore(hasAttribute: false)
    self.init(seed: try record.seed())
  }
}

extension RejectionByGroup: RecordedChange {
  static let method = "reject_option"

  var members: [JSONValue.Member] {
    [
      .init("threshold", .number(option.threshold)), .init("margin", .number(option.margin)),
      .init("gains", .groups(gains) { .bool($0) }),
    ]
  }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore()
    self.init(
      RejectOption(threshold: try record.finite("threshold"), margin: try record.finite("margin")),
      gains: try record.groups(
        { value -> Bool in
          guard let gains = value.bool else { throw record.broken("gains") }
          return gains
        }, in: "gains"))
  }
}

extension AbstentionByGroup: RecordedChange {
  static let method = "abstention"

  var members: [JSONValue.Member] {
    [.init("pooled", .finite(pooled)), .init("groups", .groups(groups) { .finite($0) })]
  }

  init(_ record: AdjustmentRecord) throws {
    self.init(
      pooled: Float(try record.finite("pooled")),
      groups: try record.groups { Float(try AdjustmentRecord.finite($0, "groups")) })
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

  init(json: JSONValue) throws {
    func threshold(_ index: Int) throws -> Float {
      guard let value = json["thresholds"]?[index] else { throw AdjustmentRecord.broken("thresholds") }
      if value == .null { return .infinity }
      guard let number = value.double, Float(number).isFinite else {
        throw AdjustmentRecord.broken("thresholds")
      }
      return Float(number)
    }
    self.init(
      first: try threshold(0), second: try threshold(1),
      share: try AdjustmentRecord.proportion(json["share"], "share"),
      coin: (
        try AdjustmentRecord.proportion(json["coin"]?["used"], "coin"),
        try AdjustmentRecord.proportion(json["coin"]?["yes"], "coin")
      ))
  }
}

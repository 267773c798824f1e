import Platform

// Adjustments as JSON, for descriptions and for a model's record. A record may come from an untrusted source, so
// everything is checked.

/// A change as it is recorded: the name of its method, and its members.
protocol RecordedChange {
  static var method: String { get }
  var members: [JSONValue.Member] { get }
  /// - Throws: `invalidModel` for a record that is not such a change.
  init(_ record: AdjustmentRecord) throws
}

extension Adjustment.Change {
  /// The changes of all methods, by their names.
  private static let readers: [String: @Sendable (AdjustmentRecord) throws -> Adjustment.Change] = [
    ScoreCalibration.method: { .calibration(try ScoreCalibration($0)) },
    RepairByGroup.method: { .repair(try RepairByGroup($0)) },
    MixingByGroup.method: { .mixing(try MixingByGroup($0)) },
    ThresholdsByGroup.method: { .thresholds(try ThresholdsByGroup($0)) },
    BlendedThresholds.method: { .blended(try BlendedThresholds($0)) },
    RejectionByGroup.method: { .rejectOption(try RejectionByGroup($0)) },
    DrawnDecision.method: { .draw(try DrawnDecision($0)) },
    AbstentionByGroup.method: { .abstention(try AbstentionByGroup($0)) },
    PredictionSets.method: { .sets(try PredictionSets($0)) },
    RankingByGroup.method: { .ranks(try RankingByGroup($0)) },
  ]

  fileprivate var recorded: any RecordedChange {
    switch self {
    case .calibration(let own): own
    case .repair(let own): own
    case .mixing(let own): own
    case .thresholds(let own): own
    case .blended(let own): own
    case .rejectOption(let own): own
    case .draw(let own): own
    case .abstention(let own): own
    case .sets(let own): own
    case .ranks(let own): own
    }
  }

  fileprivate init(_ record: AdjustmentRecord) throws {
    guard let name = record.json["method"]?.string, let reader = Self.readers[name] else {
      throw record.broken("method")
    }
    self = try reader(record)
  }
}

extension Adjustment {
  public var json: JSONValue {
    let own = change.recorded
    return .object(
      [
        .init("attribute", attribute.map { .integer($0) } ?? .null),
        .init("method", .string(type(of: own).method)),
      ] + own.members)
  }

  /// - Parameters:
  ///   - groups: the number of groups of each attribute.
  ///   - width: the number of scores per row.
  /// - Throws: `invalidModel` for JSON that is not an adjustment.
  public init(json: JSONValue, groups: [Int], width: Int) throws {
    let record = try AdjustmentRecord(json, groups: groups, width: width)
    attribute = record.attribute
    change = try Change(record)
    let known = Set(["attribute", "method"] + change.recorded.members.map(\.key))
    if let stranger = (json.members ?? []).first(where: { !known.contains($0.key) }) {
      throw Failure.invalidModel("an adjustment of its decision has the unknown member \"\(stranger.key)\"")
    }
  }
}

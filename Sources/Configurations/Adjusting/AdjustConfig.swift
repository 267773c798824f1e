import Fairness
import Platform

/// The configuration of `eqp_model_adjust`.
public struct AdjustConfig: Configuration {
  public var task = TaskChoice.auto
  public var data: DataConfig?
  public var adjust: [AdjustmentConfig] = []
  public var audit = AuditSelection()

  public init() {}

  public static let summary = "How a model's scores and decisions are changed after training."
  public static let fields: [ConfigField<AdjustConfig>] = [
    ConfigField(
      "task", \.task,
      "Without a model, the task of the scores: binary or regression. Default: read from the label."
    ),
    ConfigField(
      "data", \.data,
      "The meaning of the columns. Default: as stored in the model. Without a model, \"score\" names the "
        + "column of another system's scores."),
    ConfigField(
      "adjust", \.adjust,
      "The methods in order: those that change scores, then at most one that changes decisions, then "
        + "abstention, conformal and reranking, each at most once. They replace the model's earlier methods."),
    ConfigField("audit", \.audit, "The content of the audits before and after."),
  ]

  public func validate(at pointer: String) throws {
    guard task != .tokens, task != .multilabel else {
      throw Failure.invalidConfig(
        "decisions on words and on several labels are not adjusted; auto, binary, multiclass and regression are accepted",
        at: pointer + "/task")
    }
    try AdjustmentConfig.validate(adjust, at: pointer + "/adjust")
  }
}

/// A method of changing scores or decisions after training. In JSON, "method" names it, and the other members
/// are its settings.
public protocol AdjustmentMethod: Configuration {
  /// The value of "method" in JSON.
  static var method: String { get }
  /// What the method does, which determines its place among others.
  static var stage: Adjustment.Stage { get }
  /// The method as an entry of a list of methods.
  var entry: AdjustmentConfig { get }
}

/// One method as a JSON object.
public enum AdjustmentConfig: ConfigValue {
  case thresholds(ThresholdsConfig)
  case minimumRates(MinimumRatesConfig)
  case rejectOption(RejectOptionConfig)
  case calibration(CalibrationConfig)
  case scoreRepair(ScoreRepairConfig)
  case calibratedOdds(CalibratedOddsConfig)
  case abstention(AbstentionConfig)
  case conformal(ConformalConfig)
  case reranking(RerankingConfig)

  public var method: any AdjustmentMethod {
    switch self {
    case .thresholds(let own): own
    case .minimumRates(let own): own
    case .rejectOption(let own): own
    case .calibration(let own): own
    case .scoreRepair(let own): own
    case .calibratedOdds(let own): own
    case .abstention(let own): own
    case .conformal(let own): own
    case .reranking(let own): own
    }
  }

  /// All methods that a configuration can name.
  public static let all: [any AdjustmentMethod.Type] = [
    ThresholdsConfig.self, MinimumRatesConfig.self, RejectOptionConfig.self, CalibrationConfig.self,
    ScoreRepairConfig.self, CalibratedOddsConfig.self, AbstentionConfig.self, ConformalConfig.self,
    RerankingConfig.self,
  ]

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> AdjustmentConfig {
    guard let members = json.members else {
      throw Failure.unexpected(json, at: pointer, accepted: "an object with a method")
    }
    let names = all.map { $0.method }
    guard let named = json["method"] else {
      throw Failure.invalidConfig(
        "\"method\" is missing; known are: \(names.joined(separator: ", "))", at: pointer + "/method")
    }
    guard let name = named.string else {
      throw Failure.unexpected(named, at: pointer + "/method", accepted: "the name of a method")
    }
    guard let type = all.first(where: { $0.method == name }) else {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a method\(Suggestion.phrase(for: name, among: names))", at: pointer + "/method")
    }
    return try type.decoded(.object(members.filter { $0.key != "method" }), at: pointer).entry
  }

  public var encoded: JSONValue {
    .object([.init("method", .string(type(of: method).method))] + (method.encoded.members ?? []))
  }

  public static var schema: JSONValue { ["anyOf": .array(all.map { schema(of: $0) })] }

  private static func schema(of type: any AdjustmentMethod.Type) -> JSONValue {
    .object(
      (type.schema.members ?? []).map { member in
        guard member.key == "properties", let properties = member.value.members else { return member }
        let name: JSONValue = [
          "type": "string", "enum": [.string(type.method)], "description": .string(type.summary),
        ]
        return .init("properties", .object([.init("method", name)] + properties))
      } + [.init("required", ["method"])])
  }

  /// - Throws: `invalidConfig` if methods are not in the order of their stages.
  static func validate(_ methods: [AdjustmentConfig], at pointer: String) throws {
    let types = methods.map { type(of: $0.method) }
    for (index, (type, next)) in zip(types, types.dropFirst()).enumerated()
    where !next.stage.mayFollow(type.stage) {
      throw Failure.invalidConfig(
        "\"\(type.method)\" cannot come before \"\(next.method)\"; methods that change scores come first, then at most one "
          + "that decides, one abstention, one conformal and one reranking, in this order",
        at: "\(pointer)/\(index)")
    }
  }
}

/// How rows are treated whose group is unknown: it had too few rows, did not occur, or is missing.
public enum UnknownGroup: String, ConfigChoice, Sendable { case pooled, refuse }

import Platform

/// The parts of a file in addition to the model: attributes, feature types, and unknown members. They are
/// stored, and written to saved files unchanged.
enum XGBoostRemainder {
  /// The metadata key of these parts.
  static let key = "xgboost.file"

  /// Members that the writer generates.
  private static let own: Set<String> = ["gradient_booster", "objective", "feature_names", "version"]
  private static let ownParameters: Set<String> = [
    "base_score", "boost_from_average", "num_class", "num_feature", "num_target",
  ]

  static func json(of file: JSONValue) -> JSONValue {
    let learner = (file["learner"]?.members ?? []).filter { !own.contains($0.key) }
    let whole = (file.members ?? []).filter { !own.contains($0.key) }
    let kept = whole.map { $0.key == "learner" ? .init("learner", .object(learner)) : $0 }
    return changing(.object(kept), ["learner", "learner_model_param"]) { parameters in
      .object((parameters.members ?? []).filter { !ownParameters.contains($0.key) })
    }
  }

  /// The parts that a network stored from its file.
  static func kept(by network: Network) -> JSONValue? {
    network.metadata.first { $0.key == key }.flatMap { try? JSONValue.parse($0.value) }
  }

  /// An object with one nested member changed; unchanged if the member does not exist.
  static func changing(
    _ json: JSONValue, _ path: [String], _ change: (JSONValue) -> JSONValue
  ) -> JSONValue {
    guard let key = path.first else { return change(json) }
    guard let members = json.members else { return json }
    return .object(
      members.map { $0.key == key ? .init(key, changing($0.value, Array(path.dropFirst()), change)) : $0 })
  }

  /// The writer's output, with the members that it does not generate.
  static func merged(_ written: JSONValue, _ kept: JSONValue?) -> JSONValue {
    guard let members = written.members, let others = kept?.members else { return written }
    let known = Set(members.map(\.key))
    return .object(
      members.map { .init($0.key, merged($0.value, kept?[$0.key])) }
        + others.filter { !known.contains($0.key) }
    )
  }

  /// The feature types of the original file, if they mark the same features as categorical.
  static func featureTypes(_ kept: JSONValue?, features: Int, categorical: Set<Int>) -> [String]? {
    guard let types = kept?["learner"]?["feature_types"]?.array?.compactMap(\.string),
      types.count == features,
      categorical.allSatisfy({ types[$0] == "c" })
    else { return nil }
    return types
  }
}

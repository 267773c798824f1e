import Platform

/// What a file has besides the model itself: attributes, types of features, and members that this library does not
/// know. It is kept as it is, and a saved file has it again.
enum XGBoostRemainder {
  /// The key under which a network's metadata keep it.
  static let key = "xgboost.file"

  /// Members that the writer makes anew.
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

  /// What a network kept of its file.
  static func kept(by network: Network) -> JSONValue? {
    network.metadata.first { $0.key == key }.flatMap { try? JSONValue.parse($0.value) }
  }

  /// An object with one of its members, or of theirs, changed; the same where there is none.
  static func changing(
    _ json: JSONValue, _ path: [String], _ change: (JSONValue) -> JSONValue
  ) -> JSONValue {
    guard let key = path.first else { return change(json) }
    guard let members = json.members else { return json }
    return .object(
      members.map { $0.key == key ? .init(key, changing($0.value, Array(path.dropFirst()), change)) : $0 })
  }

  /// What the writer made, with the members that it does not make.
  static func merged(_ written: JSONValue, _ kept: JSONValue?) -> JSONValue {
    guard let members = written.members, let others = kept?.members else { return written }
    let known = Set(members.map(\.key))
    return .object(
      members.map { .init($0.key, merged($0.value, kept?[$0.key])) }
        + others.filter { !known.contains($0.key) }
    )
  }

  /// The types of features as the file had them, where they say of the same ones that they are categories.
  static func featureTypes(_ kept: JSONValue?, features: Int, categorical: Set<Int>) -> [String]? {
    guard let types = kept?["learner"]?["feature_types"]?.array?.compactMap(\.string),
      types.count == features,
      categorical.allSatisfy({ types[$0] == "c" })
    else { return nil }
    return types
  }
}

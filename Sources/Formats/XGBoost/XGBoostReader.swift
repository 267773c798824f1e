import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Reads boosted trees and linear models from XGBoost's JSON and UBJSON files ("Introduction to Model IO" in
/// its manual).
public enum XGBoostReader {
  /// Which rounds of a model are used if the file records the best round of early stopping.
  public enum Rounds: Sendable {
    /// The rounds up to the best one if scikit-learn's wrapper wrote the file, which predicts with these;
    /// otherwise all.
    case automatic
    case best, all
  }

  /// - Throws: `io`; `invalidModel` at the path and the JSON pointer; `unsupported` with the booster or the
  ///   objective.
  public static func load(path: String, rounds: Rounds = .automatic) throws -> Network {
    let (files, name) = FileSet.nextTo(path)
    return try load(files, name, rounds: rounds)
  }

  /// The same for one file of a set.
  public static func load(_ files: FileSet, _ name: String, rounds: Rounds = .automatic) throws -> Network {
    let file = try files.open(name)
    return try withExtendedLifetime(file) {
      try read(bytes: file.bytes, named: file.path, rounds: rounds)
    }
  }

  /// The same for bytes in memory; `name` locates errors.
  public static func read(
    bytes: UnsafeRawBufferPointer, named name: String, rounds: Rounds = .automatic
  ) throws -> Network {
    let json: JSONValue
    if isBinary(bytes) {
      json = try UBJSONReader.parse(bytes, named: name)
    } else {
      do {
        json = try JSONValue.parse(bytes.bindMemory(to: UInt8.self), failing: .invalidModel)
      } catch let failure as Failure {
        throw Failure(failure.kind, "\(name): \(failure.message)", at: "\(name):\(failure.location)")
      }
    }
    do {
      try ForeignJSON.refuse(json)
      let network = try network(json, rounds)
      for note in network.notes { Log.write(.warning, "\(name): \(note)") }
      return network
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: failure.location)
    }
  }

  /// In UBJSON, an object begins with a length or an end marker; in JSON, it begins with a quote.
  static func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 1, bytes[0] == UInt8(ascii: "{") else { return false }
    return "iUIlL}#$N".utf8.contains(bytes[1]) && !(bytes[1] == UInt8(ascii: "}") && bytes.count > 2)
  }

  private static func network(_ json: JSONValue, _ rounds: Rounds) throws -> Network {
    let learner = try member(json, "learner", "")
    let booster = try member(learner, "gradient_booster", "/learner")
    let parameters = try member(learner, "learner_model_param", "/learner")
    let objectiveJSON = try member(learner, "objective", "/learner")
    let objective = try XGBoostObjective(objectiveJSON["name"]?.string ?? "")
    let features = max(try count(parameters, "num_feature", "/learner/learner_model_param"), 1)
    let classes = try count(parameters, "num_class", "/learner/learner_model_param")
    let targets =
      parameters["num_target"] == nil
      ? 1 : try count(parameters, "num_target", "/learner/learner_model_param")
    let outputs = max(classes, targets, 1)
    let margins = try baseScores(parameters["base_score"], outputs, objective)

    var builder = GraphBuilder()
    let input = builder.input("features", Shape(width: features))
    var notes: [String] = []
    var categories: [[JSONValue]] = []
    var output: Graph.ValueID
    switch booster["name"]?.string ?? "" {
    case "gblinear":
      // For a linear model, XGBoost adds the first base score to every output.
      output = try XGBoostLinear(
        try member(booster, "model", "/learner/gradient_booster"), features: features, outputs: outputs
      ).applied(to: input, adding: margins.map { _ in margins[0] }, in: &builder)
    case let name where name == "gbtree" || name == "dart":
      // DART is trees with one weight each.
      let isDart = name == "dart"
      let pointer = "/learner/gradient_booster" + (isDart ? "/gbtree" : "")
      let model = try member(
        isDart ? member(booster, "gbtree", "/learner/gradient_booster") : booster, "model", pointer)
      let choice = try BoostingRounds(model, learner["attributes"], outputs: outputs, rounds)
      notes += choice.notes
      categories = try XGBoostCategories.read(model["cats"], features: features, at: "\(pointer)/model/cats")
      let reading = try XGBoostTrees(
        model, features: features, outputs: outputs, weights: booster["weight_drop"]?.array,
        limit: choice.trees, "\(pointer)/model")
      let values = builder.parameter(
        try Tensor(name: "leaves", dimensions: [reading.trees.leafCount], values: reading.values))
      let bias = builder.parameter(try Tensor(name: "base_score", dimensions: [outputs], values: margins))
      output = try builder.apply(
        TreeEnsemble(TreeLayout(reading.trees)), to: [input, values, bias], name: "trees")
    case let name:
      throw Failure.unsupported(
        "the booster \"\(name)\" is not supported; gbtree, dart and gblinear are",
        at: "/learner/gradient_booster/name")
    }
    var fixed = Set<String>()
    output = try objective.ending.applied(to: output, in: &builder, fixed: &fixed)
    var network = Network(
      graph: try builder.finish(output: output), link: objective.link, fixedParameters: fixed,
      producer: producer(json))
    let names = learner["feature_names"]?.array?.compactMap(\.string) ?? []
    network.columns = names.count == features && Set(names).count == names.count ? names : []
    network.isRegression = objective.isRegression
    network.metadata = [
      (XGBoostObjective.key, objectiveJSON.text()),
      (XGBoostRemainder.key, XGBoostRemainder.json(of: json).text()),
    ]
    network.categoryNames = categories
    network.notes = notes
    return network
  }

  private static func producer(_ json: JSONValue) -> String {
    let version = (json["version"]?.array ?? []).compactMap(\.int).map(String.init).joined(separator: ".")
    return version.isEmpty ? "XGBoost" : "XGBoost \(version)"
  }

  static func member(_ json: JSONValue, _ key: String, _ pointer: String) throws -> JSONValue {
    guard let value = json[key], value != .null else {
      throw Failure.invalidModel(
        "is missing: not a model of XGBoost, or a broken one", at: "\(pointer)/\(key)")
    }
    return value
  }

  /// Parameters are written as text.
  private static func count(_ json: JSONValue, _ key: String, _ pointer: String) throws -> Int {
    let value = json[key]
    guard let number = value?.int ?? value?.string.flatMap({ Int($0) }), (0...(1 << 20)).contains(number)
    else {
      throw Failure.invalidModel("is not a count", at: "\(pointer)/\(key)")
    }
    return number
  }

  /// The initial margins of predictions; newer files have a list with one per output.
  private static func baseScores(
    _ json: JSONValue?, _ outputs: Int, _ objective: XGBoostObjective
  ) throws -> [Float] {
    let pointer = "/learner/learner_model_param/base_score"
    var scores: [Double] = []
    if let text = json?.string {
      let parts = text.split { "[], ".contains($0) }
      scores = parts.compactMap { Double($0) }
      if scores.count != parts.count { scores = [] }
    } else if let number = json?.double {
      scores = [number]
    }
    guard scores.count == 1 || scores.count == outputs, scores.allSatisfy(\.isFinite) else {
      throw Failure.invalidModel("\(json?.text() ?? "nothing") is not a base score", at: pointer)
    }
    let margins = scores.map { Float(objective.margin($0)) }
    guard margins.allSatisfy(\.isFinite) else {
      throw Failure.invalidModel("a base score of \(scores[0]) is not one of this objective", at: pointer)
    }
    return margins.count == outputs ? margins : Array(repeating: margins[0], count: outputs)
  }
}

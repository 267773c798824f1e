import Platform

/// The number of a file's trees that are used: early stopping records the best round, but keeps the later
/// trees.
struct BoostingRounds {
  /// nil: all trees.
  private(set) var trees: Int?
  /// Notes for the user if different tools use different numbers of rounds.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - attributes: the learner's attributes: texts by name.
  ///   - outputs: the number of trees in a round without parallel trees.
  /// - Throws: `invalidModel` for a best round that the file does not have.
  init(
    _ model: JSONValue, _ attributes: JSONValue?, outputs: Int, _ choice: XGBoostReader.Rounds
  ) throws {
    let all = model["trees"]?.array?.count ?? 0
    guard let (rounds, limit) = try Self.best(model, attributes, outputs: outputs, all), limit < all else {
      return
    }
    let takesBest =
      switch choice {
      case .best: true
      case .all: false
      case .automatic: attributes?["scikit_learn"] != nil
      }
    if takesBest { trees = limit }
    guard choice == .automatic else { return }
    notes.append(
      takesBest
        ? "the model has the first \(rounds) rounds of boosting, to the best one of early stopping, as "
          + "scikit-learn's wrapper of XGBoost has, which wrote the file; \"rounds\": \"all\" keeps all \(all) trees"
        : "the model has all \(all) trees, as XGBoost's Booster has; scikit-learn's wrapper would predict by the first "
          + "\(rounds) rounds alone (best_iteration), as \"rounds\": \"best\" does")
  }

  /// The number of rounds up to the best one, and of their trees.
  private static func best(_ model: JSONValue, _ attributes: JSONValue?, outputs: Int, _ all: Int) throws -> (
    rounds: Int, trees: Int
  )? {
    func number(_ key: String) throws -> Int? {
      guard let value = attributes?[key], value != .null else { return nil }
      guard let number = value.int ?? value.string.flatMap({ Int($0) }), (0...(1 << 24)).contains(number)
      else {
        throw Failure.invalidModel("is not the number of a round", at: "/learner/attributes/\(key)")
      }
      return number
    }
    guard let rounds = try number("best_iteration").map({ $0 + 1 }) ?? number("best_ntree_limit"), rounds > 0
    else { return nil }
    let starts = model["iteration_indptr"]?.array?.compactMap(\.int) ?? []
    if starts.indices.contains(rounds) { return (rounds, min(max(starts[rounds], 1), all)) }
    let parameter = model["gbtree_model_param"]?["num_parallel_tree"]
    let parallel = max(parameter?.int ?? parameter?.string.flatMap { Int($0) } ?? 1, 1)
    let (each, overflow) = parallel.multipliedReportingOverflow(by: outputs)
    let (trees, tooMany) = rounds.multipliedReportingOverflow(by: each)
    return overflow || tooMany ? nil : (rounds, min(trees, all))
  }
}

extension Network {
  /// The network without the record of a best round, because all trees of a tuned or grown model are used.
  public func withoutBestRound() -> Network {
    var result = self
    result.notes = []
    guard let place = metadata.firstIndex(where: { $0.key == XGBoostRemainder.key }),
      let kept = try? JSONValue.parse(metadata[place].value)
    else { return result }
    let noted: Set<String> = ["best_iteration", "best_ntree_limit", "best_score"]
    result.metadata[place].value = XGBoostRemainder.changing(kept, ["learner", "attributes"]) { attributes in
      .object((attributes.members ?? []).filter { !noted.contains($0.key) })
    }.text()
    return result
  }
}

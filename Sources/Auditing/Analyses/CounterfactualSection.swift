import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

extension IndividualConfig {
  /// For each attribute and each of its values: how the model's scores and decisions change for rows with
  /// another value when their attribute is set to this value.
  package func counterfactuals(of model: Model, _ rows: AnalysisRows, _ notes: inout SectionNotes) throws
    -> JSONValue
  {
    guard let before = rows.scores else {
      notes.add("counterfactuals need a model of two classes or of a regression")
      return .null
    }
    let inputs = model.inputNames.isEmpty ? rows.data.include : model.inputNames
    let chosen =
      counterfactual
      ?? rows.data.sensitive.map(\.name).filter(inputs.contains).map { name in
        var config = CounterfactualConfig()
        config.attribute = name
        return config
      }
    if chosen.isEmpty {
      notes.add("no sensitive attribute is an input of the model, and none follows from \"counterfactual\"")
    }
    return .array(
      try chosen.enumerated().map { index, config in
        let place = "/individual/counterfactual/\(index)"
        let changed = [config.attribute] + config.follows.map(\.column)
        if !changed.contains(where: inputs.contains) {
          notes.add("\"\(config.attribute)\" is not an input of the model, so switching it changes nothing")
        }
        return try config.switched(of: model, rows, before, at: place, &notes)
      })
  }
}

extension CounterfactualConfig {
  fileprivate func switched(
    of model: Model, _ rows: AnalysisRows, _ before: [Double], at pointer: String,
    _ notes: inout SectionNotes
  ) throws -> JSONValue {
    guard rows.dataset.contains(attribute) else {
      throw Failure.invalidConfig(
        "\"\(attribute)\" is not a column\(Suggestion.phrase(for: attribute, among: rows.dataset.names))",
        at: pointer + "/attribute")
    }
    let values = try rows.dataset.column(attribute).categories()
    guard values.names.count <= 100 else {
      throw Failure.invalidConfig(
        "\"\(attribute)\" has \(values.names.count) values; up to 100 can be switched",
        at: pointer + "/attribute")
    }
    let decides = rows.task != .regression
    var flips: [Double] = [Double](repeating: 0, count: rows.rows)
    let results = try values.names.enumerated().map { code, name -> JSONValue in
      let switched = values.codes.array.map { $0 >= 0 && $0 != Int32(code) }
      let table = try self.table(rows.dataset, switched, to: code, values, at: pointer)
      let inputs = try model.inputs(
        of: table, include: rows.data.include, data: rows.data)
      // The keys of the original row are used, so that random decisions do not change.
      let decided = try model.decided(
        model.scores(inputs, task: rows.task), of: table, task: rows.task, threshold: rows.statedThreshold,
        keysOf: rows.dataset)
      var decisions: (before: [Bool], after: [Bool])?
      if decides, let was = rows.decisions, let becomes = decided.decisions {
        decisions = (was.map { $0 == 1 }, becomes.array.map { $0 == 1 })
        for row in flips.indices where switched[row] && was[row] != Double(becomes.pointer[row]) {
          flips[row] = 1
        }
      }
      let found = CounterfactualChange(
        before: before, after: decided.scores.array.map { Double($0) }, switched: switched,
        decisions: decisions, weights: rows.weights)
      var members: [JSONValue.Member] = [.init("to", .string(name)), .init("count", .integer(found.rows))]
      if decides {
        members += notes.object(
          ["flip_rate": found.flipRate, "gained": found.gained, "lost": found.lost],
          of: "\(attribute) to \"\(name)\"")
      }
      members += notes.object(
        [
          "mean_change": found.meanChange, "mean_absolute_change": found.meanAbsoluteChange,
          "largest_change": found.largestChange,
        ], of: "\(attribute) to \"\(name)\"")
      return .object(members)
    }
    var members: [JSONValue.Member] = [.init("attribute", .string(attribute))]
    if decides {
      // The share of switchable rows whose decision changes for at least one value.
      let can = values.codes.array.map { $0 >= 0 && values.names.count > 1 }
      let found = CounterfactualChange(
        before: flips.map { _ in 0 }, after: flips, switched: can, rule: DecisionRule(threshold: 0.5),
        weights: rows.weights)
      members += notes.object(["flip_rate": found.flipRate], of: attribute)
    }
    return .object(members + [.init("values", .array(results))])
  }

  /// The dataset with the attribute of the `switched` rows set to one value; dependent columns are set by
  /// their map.
  private func table(
    _ dataset: Dataset, _ switched: [Bool], to code: Int, _ values: Categories, at pointer: String
  ) throws -> Dataset {
    var replaced: [String: Column] = [:]
    // The value is copied from a row that has it, so that the column keeps its type.
    let lender = values.codes.array.firstIndex { $0 == Int32(code) } ?? 0
    replaced[attribute] = try dataset.column(attribute).selecting(
      rows: switched.indices.map { switched[$0] ? lender : $0 })
    for (index, follow) in follows.enumerated() {
      let place = "\(pointer)/follows/\(index)"
      guard dataset.contains(follow.column) else {
        throw Failure.invalidConfig(
          "\"\(follow.column)\" is not a column\(Suggestion.phrase(for: follow.column, among: dataset.names))",
          at: place + "/column")
      }
      let column = try dataset.column(follow.column)
      let categories = try column.categories()
      let lenders = try categories.names.map { name -> Int? in
        guard let target = follow.map[name] else { return nil }
        guard let found = categories.index(of: target),
          let row = categories.codes.array.firstIndex(of: Int32(clamping: found))
        else {
          throw Failure.invalidConfig(
            "\"\(target)\" does not occur in the column", at: "\(place)/map/\(name)")
        }
        return row
      }
      replaced[follow.column] = try column.selecting(
        rows: switched.indices.map { row in
          let own = Int(categories.codes.pointer[row])
          return switched[row] && own >= 0 ? lenders[own] ?? row : row
        })
    }
    return try Dataset(dataset.columns.map { replaced[$0.name] ?? $0 })
  }
}

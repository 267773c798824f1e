import Platform

/// The weights of all rows by label and decision, with the classes' names.
struct Confusion {
  let classes: [String]
  let table: ConfusionSums

  /// - Returns: nil for a regression.
  init?(_ overall: GroupSums, _ task: AuditTask, _ positive: PositiveLabel?) {
    guard let table = overall.confusion else { return nil }
    switch task {
    case .binary: classes = [positive?.other ?? "0", positive?.value ?? "1"]
    case .multiclass(let names): classes = names
    case .regression: return nil
    }
    self.table = table
  }

  /// {"classes": ["no", "yes"], "weights": [[50, 3], [4, 40]]}: one row per label, with the decisions in the
  /// order of the classes.
  var json: JSONValue {
    let weights = classes.indices.map { label in
      JSONValue.numbers(classes.indices.map { table.weight(label: label, decision: $0) })
    }
    return ["classes": .strings(classes), "weights": .array(weights)]
  }
}

import Configurations
import Fairness
import Platform

/// What became of one constraint of a training.
struct ConstraintOutcome {
  /// A gap and its standard error.
  struct Reached {
    let value: Double
    let error: Double
  }

  let entry: FairnessConfig
  let attribute: String
  let statistic: String?
  /// The tolerance; for a constraint on a ratio, 1 minus the ratio.
  let asked: Double
  let aimedAt: Double
  let training: Reached
  let heldOut: Reached?
  /// The gap expected on new rows; nil: it was not estimated.
  let expected: Double?
  /// Whether all measured rows are among those on which the loaded trees may have learnt labels by heart, while the
  /// statistic reads labels (`LeafRefitting.mayRemember`).
  let isOfRememberedRows: Bool
  /// The gap without constraints on the training rows.
  let unconstrained: Double
  /// The number of groups without a value because the decisions leave their denominator at 0.
  let undefined: Int
  /// Groups with fewer rows than the minimum.
  let smallGroups: [String]
  /// Groups without held-out rows.
  let missingGroups: [String]
  /// For each group, how much its statistic improved over the model without constraints; empty if there is no better
  /// direction.
  let improvements: [Double]

  /// Whether new rows are expected to satisfy the tolerance. No if training rows violate it, or held-out rows
  /// violate it by more than two standard errors; unknown if held-out rows violate it by less, or if the model may
  /// remember all these rows.
  var verdict: ToleranceVerdict {
    if undefined > 0 || training.value > asked + 1e-6 { return .no }
    let isExpected = (expected ?? 0) <= asked && !isOfRememberedRows
    guard let heldOut else { return isExpected ? .yes : .unknown }
    if heldOut.value <= asked { return isExpected ? .yes : .unknown }
    return heldOut.value <= asked + 2 * heldOut.error ? .unknown : .no
  }

  var json: JSONValue {
    .object([
      .init("objective", .string(entry.objective.rawValue)), .init("attribute", .string(attribute)),
      .init("statistic", statistic.map { .string($0) } ?? .null), .init("asked", .finite(asked)),
      .init("aimed_at", .finite(aimedAt)), .init("train", Self.json(training)),
      .init("validation", heldOut.map(Self.json) ?? .null),
      .init("expected", expected.map { .finite($0) } ?? .null),
      .init("unconstrained", .finite(unconstrained)),
      .init("met", .string(verdict.rawValue)), .init("small_groups", .strings(smallGroups)),
    ])
  }

  private static func json(_ gap: Reached) -> JSONValue {
    [
      "gap": .finite(gap.value),
      "interval": [.finite(max(gap.value - 1.96 * gap.error, 0)), .finite(gap.value + 1.96 * gap.error)],
    ]
  }

  // MARK: Warnings

  /// Warnings for users of the model.
  var notes: [String] {
    let name = "\(entry.objective.rawValue) by \(attribute)"
    var notes: [String] = []
    let tolerance = Rounded.text(asked, digits: 4)
    if undefined > 0 {
      notes.append(
        "\(name): \(undefined) groups have no value, since the model leaves the statistic's denominator empty"
      )
    }
    if training.value > asked + 1e-6 {
      notes.append(
        "\(name): the smallest gap that was reached on the training rows is \(Rounded.text(training.value, digits: 4)), and \(tolerance) was asked; a larger tolerance, the attribute as an input (\"sensitive_as_input\"), or thresholds by group would make it feasible"
      )
    } else if let heldOut, verdict == .no {
      notes.append(
        "\(name): the tolerance of \(tolerance) holds on the training rows only; on held-out rows the gap is \(Rounded.text(heldOut.value, digits: 4)) ± \(Rounded.text(heldOut.error, digits: 4))"
      )
    }
    if isOfRememberedRows {
      notes.append(
        "\(name): the trees may remember the labels of these rows, on which they were grown; the gap on new rows is unknown, and validation rows that the trees have not seen would show it"
      )
    }
    if !smallGroups.isEmpty {
      notes.append(
        "\(name): groups of fewer than \(entry.minimumCount) rows cannot be estimated and are \(entry.smallGroups.sentence): \(smallGroups.joined(separator: ", "))"
      )
    }
    if !missingGroups.isEmpty {
      notes.append("\(name): no held-out rows of \(missingGroups.joined(separator: ", "))")
    }
    if let least = improvements.min(), let most = improvements.max(), improvements.count > 1,
      improvements.allSatisfy(\.isFinite), most < -0.005
    {
      notes.append(
        "\(name): every group lost: the \(statistic ?? "statistic") of each got worse than without the constraint, by \(Rounded.text(-most, digits: 3)) to \(Rounded.text(-least, digits: 3)); \"no_worse\" forbids that"
      )
    }
    return notes
  }
}

extension SmallGroups {
  /// How small groups were treated, as a passive sentence.
  fileprivate var sentence: String {
    switch self {
    case .bound:
      "counted by their difference to all rows minus two standard errors, and those of fewer than a third as many are combined"
    case .pool: "combined, or left out if they are still too few"
    case .shrink: "shrunk towards all rows"
    case .leaveOut: "left out"
    }
  }
}

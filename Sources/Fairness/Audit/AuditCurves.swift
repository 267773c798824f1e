import Platform

extension AuditResult {
  /// The report with curves added as `"curves"` to every group, and for all rows next to `"overall"`: the ROC
  /// curve (at most 100 points), the reliability curve (10 bins) and the histogram of scores by label (20
  /// bins). The report is returned unchanged if there are no scores or the scores are not probabilities.
  public func addingCurves(to report: JSONValue) -> JSONValue {
    guard let attributeReports = report["attributes"]?.array else { return report }
    let changed = zip(attributes, attributeReports).map { attribute, own -> JSONValue in
      let groups = zip(attribute.frame.groups, own["groups"]?.array ?? []).map { group, described in
        group.curves.map { described.adding("curves", $0) } ?? described
      }
      return own.adding("groups", .array(groups))
    }
    let result = report.adding("attributes", .array(changed))
    return attributes.first?.frame.overall.curves.map { result.adding("curves", $0) } ?? result
  }
}

extension GroupSums {
  var curves: JSONValue? {
    guard scores != nil, let found = readableDistribution(probabilities: true).0, !found.isEmpty else {
      return nil
    }
    let roc = ReceiverCurve(found)?.thinned(to: 100) ?? []
    let calibration = CalibrationBins(found, 10, .equalWidth).bins.map { bin -> JSONValue in
      [
        "mean_score": .finite(bin.meanScore), "rate": .finite(bin.rate), "count": .finite(bin.weight),
      ]
    }
    let bins = 20
    var counts = (
      positives: [Double](repeating: 0, count: bins), negatives: [Double](repeating: 0, count: bins)
    )
    for (score, weights) in zip(found.scores, zip(found.positives, found.negatives)) {
      let place = min(bins - 1, Int(min(max(score, 0), 1) * Double(bins)))
      counts.positives[place] += weights.0
      counts.negatives[place] += weights.1
    }
    return [
      "roc": .array(roc.map { .numbers([$0.x, $0.y]) }), "calibration": .array(calibration),
      "scores": [
        "edges": .numbers((0...bins).map { Double($0) / Double(bins) }),
        "positives": .numbers(counts.positives), "negatives": .numbers(counts.negatives),
      ],
    ]
  }
}

extension JSONValue {
  /// The object with the member `key` replaced, or appended if it was missing.
  fileprivate func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    guard let members else { return self }
    return members.contains { $0.key == key }
      ? .object(members.map { $0.key == key ? Member(key, value) : $0 })
      : .object(members + [Member(key, value)])
  }
}

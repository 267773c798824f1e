/// The number of an audit that is the gap of a criterion.
public enum AuditedGap: Equatable, Sendable {
  case measure(String)
  case gap(metric: String, Gaps.Kind)

  /// The name that an audit must list to report the number.
  public var listed: String {
    switch self {
    case .measure(let name): name
    case .gap(let metric, _): metric
    }
  }

  /// The name for people and reports: "equalized_odds_difference".
  public var name: String {
    switch self {
    case .measure(let name): name
    case .gap(let metric, let kind): "\(metric)_\(kind.rawValue)"
    }
  }
}

extension Criterion {
  /// The number of an audit that is the gap of the criterion's decisions; nil if audits report none, or combine the
  /// groups in another way.
  public func audited(_ disparity: Disparity?, task: Task) -> AuditedGap? {
    let kind: Gaps.Kind
    switch self.disparity(disparity) {
    case .worst: kind = .difference
    case .overall: kind = .differenceToOverall
    case .pairs, .largest: return nil
    }
    switch self {
    case .demographicParity:
      // The gap of a regression's mean predictions.
      return task == .regression && kind != .difference ? nil : .measure("\(rawValue)_\(kind.rawValue)")
    case .equalOpportunity, .equalizedOdds, .predictiveEquality, .treatmentEquality:
      return .measure("\(rawValue)_\(kind.rawValue)")
    case .conditionalUseAccuracy: return kind == .difference ? .measure("\(rawValue)_\(kind.rawValue)") : nil
    case .predictiveParity: return .gap(metric: Metric.precision.name, kind)
    case .falseOmissionParity: return .gap(metric: Metric.falseOmissionRate.name, kind)
    case .accuracyParity: return .gap(metric: Metric.accuracy.name, kind)
    case .f1Parity: return .gap(metric: Metric.f1.name, kind)
    case .lossParity, .boundedGroupLoss, .covariance, .counterfactual, .statistic: return nil
    }
  }
}

extension AuditResult {
  /// The value of a gap; nil if it is undefined or not reported.
  public func value(_ gap: AuditedGap, attribute: String) -> Double? {
    guard let found = attributes.first(where: { $0.frame.attribute == attribute }) else { return nil }
    switch gap {
    case .measure(let name): return found.fairness.first { $0.name == name }?.value
    case .gap(let metric, let kind):
      return zip(metrics, found.gaps).first { $0.0.name == metric }?.1[kind].number(zeroDivision)
    }
  }

  /// The confidence interval of a gap; nil if there is none.
  public func interval(_ gap: AuditedGap, attribute: String) -> Interval? {
    guard let place = attributes.firstIndex(where: { $0.frame.attribute == attribute }),
      let uncertainty = uncertainties.first, uncertainty.attributes.indices.contains(place)
    else { return nil }
    let own = uncertainty.attributes[place]
    switch gap {
    case .measure(let name):
      guard let index = attributes[place].fairness.firstIndex(where: { $0.name == name }),
        let all = own.fairness,
        all.indices.contains(index)
      else { return nil }
      return all[index]
    case .gap(let metric, let kind):
      guard let index = metrics.firstIndex(where: { $0.name == metric }), let all = own.gaps,
        all.indices.contains(index), let column = Gaps.Kind.allCases.firstIndex(of: kind),
        all[index].indices.contains(column)
      else { return nil }
      return all[index][column]
    }
  }
}

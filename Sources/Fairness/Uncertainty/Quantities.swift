/// All numbers of one attribute as a list: the metrics of all rows, the metrics of each group, the gaps of
/// each metric, the fairness measures. NaN if there is no value.
struct Quantities {
  /// The names of the gaps in every audit.
  static let gapNames = Gaps.Kind.allCases.map(\.rawValue)

  let metrics: [Metric]
  let measures: [FairnessMeasure]
  let groups: Int
  /// The names of the four gaps, followed by those of `compareWith`.
  let gapNames: [String]

  init(metrics: [Metric], measures: [FairnessMeasure], of frame: GroupFrame) {
    self.metrics = metrics
    self.measures = measures
    groups = frame.groups.count
    let more = frame.comparisons(.selectionRate, [], overall: nil).map(\.name)
    gapNames = Quantities.gapNames + more
  }

  var count: Int { metrics.count * (1 + groups + gapNames.count) + measures.count }
  func overall(_ metric: Int) -> Int { metric }
  func group(_ group: Int, _ metric: Int) -> Int { (1 + group) * metrics.count + metric }
  func gap(_ metric: Int, _ gap: Int) -> Int {
    (1 + groups) * metrics.count + metric * gapNames.count + gap
  }
  func measure(_ measure: Int) -> Int {
    (1 + groups + gapNames.count) * metrics.count + measure
  }

  /// - Parameter set: called with the index and the value of each number.
  func evaluate(_ frame: GroupFrame, set: (Int, Double) -> Void) {
    let convention = frame.zeroDivision
    for (index, metric) in metrics.enumerated() {
      let all = metric.value(frame.overall).number(convention)
      set(overall(index), all ?? .nan)
      var values: [Double?] = []
      values.reserveCapacity(groups)
      for (place, group) in frame.groups.enumerated() where place < groups {
        let value = metric.value(group).number(convention)
        values.append(value)
        set(self.group(place, index), value ?? .nan)
      }
      let gaps = Gaps(values, overall: all, isSigned: metric.isSigned)
      for (place, kind) in Gaps.Kind.allCases.enumerated() {
        set(gap(index, place), gaps[kind].number(convention) ?? .nan)
      }
      guard gapNames.count > 4 else { continue }
      for (place, gap) in frame.comparisons(metric, values, overall: all).enumerated()
      where place + 4 < gapNames.count {
        set(self.gap(index, place + 4), gap.value.number(convention) ?? .nan)
      }
    }
    for (index, measure) in measures.enumerated() {
      set(self.measure(index), measure.evaluate(frame).number(convention) ?? .nan)
    }
  }
}

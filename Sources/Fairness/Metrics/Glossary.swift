import Platform

extension Metric {
  /// {"title", "meaning", "unit", "better"}: the metric's entry in a report's glossary.
  var glossaryEntry: JSONValue {
    let direction: JSONValue =
      switch better {
      case .higher: "higher"
      case .lower: "lower"
      case .near(let best): ["near": .number(best)]
      case .neither: .null
      }
    return [
      "title": .string(title), "meaning": .string(meaning),
      "unit": .string(isShareOfRows ? "share" : "number"), "better": direction,
    ]
  }
}

extension FairnessMeasure {
  /// {"meaning", "ideal"}: the measure's entry in a report's glossary.
  var glossaryEntry: JSONValue { ["meaning": .string(summary), "ideal": .number(ideal)] }
}

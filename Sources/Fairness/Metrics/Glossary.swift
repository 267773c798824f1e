import Platform

extension Metric {
  /// {"title", "meaning", "unit", "better"}: what a page says of it.
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
  /// {"meaning", "ideal"}: what a page says of it.
  var glossaryEntry: JSONValue { ["meaning": .string(summary), "ideal": .number(ideal)] }
}

import Platform

/// The quality and the gaps of a candidate's decisions on some rows.
struct Measurement: Equatable {
  struct Gap: Equatable {
    /// Infinite if a group has no value.
    var value: Double
    /// The confidence bounds, each of which holds alone with the stated confidence.
    var lower: Double
    var upper: Double
  }

  /// The value of the quality's metric; NaN if it is undefined.
  var quality: Double
  /// A number that increases as the quality improves.
  var merit: Double
  /// One for each goal of fairness.
  var gaps: [Gap]

  /// The goals of a front; smaller is better.
  var goals: [Double] { [-merit] + gaps.map(\.value) }

  /// The mean of several measurements of the same rows.
  static func mean(_ all: [Measurement]) -> Measurement? {
    guard let first = all.first else { return nil }
    func mean(_ number: (Measurement) -> Double) -> Double {
      all.reduce(0) { $0 + number($1) } / Double(all.count)
    }
    return Measurement(
      quality: mean(\.quality), merit: mean(\.merit),
      gaps: first.gaps.indices.map { index in
        Gap(
          value: mean { $0.gaps[index].value }, lower: mean { $0.gaps[index].lower },
          upper: mean { $0.gaps[index].upper })
      })
  }
}

extension Measurement {
  var members: [JSONValue.Member] {
    [
      .init("quality", .finite(quality)), .init("merit", .finite(merit)),
      .init("gaps", .array(gaps.map(\.json))),
    ]
  }

  /// - Throws: `invalidData` if the JSON is not a measurement with this number of gaps.
  init(_ json: JSONValue, gaps count: Int) throws {
    let gaps = (json["gaps"]?.array ?? []).map(Gap.init)
    guard json["gaps"] != nil, gaps.count == count else {
      throw Failure.invalidData("a candidate has \(gaps.count) gaps, and there are \(count) goals")
    }
    self.init(
      quality: json["quality"]?.double ?? .nan, merit: json["merit"]?.double ?? -.infinity, gaps: gaps)
  }
}

extension Measurement.Gap {
  var json: JSONValue {
    ["value": .finite(value), "lower": .finite(lower), "upper": .finite(upper)]
  }

  init(_ json: JSONValue) {
    self.init(
      value: json["value"]?.double ?? .infinity, lower: json["lower"]?.double ?? 0,
      upper: json["upper"]?.double ?? .infinity)
  }
}

import Platform

/// The parts of an audit's JSON that figures and tables show. A report may come from another version or
/// another program: absent parts are not shown.
struct AuditReport {
  struct Group {
    let name: String
    let count: Int
    let json: JSONValue

    func metric(_ name: String) -> Double? { json["metrics"]?[name]?.double }
    func interval(_ name: String) -> ClosedRange<Double>? { AuditReport.range(json["intervals"]?[name]) }
  }

  struct Attribute {
    let name: String
    let groups: [Group]
    let json: JSONValue

    var isIntersection: Bool { NameList.names(in: name).count > 1 }
    /// "sex and race".
    var title: String { NameList.names(in: name).joined(separator: " and ") }

    /// The largest groups in the report's order, limited so that a figure stays readable.
    func shown(_ most: Int = 12) -> [Group] {
      guard groups.count > most else { return groups }
      let least = groups.map(\.count).sorted(by: >)[most - 1]
      return Array(groups.filter { $0.count >= least }.prefix(most))
    }
  }

  let json: JSONValue
  let name: String?
  let metrics: [String]
  let attributes: [Attribute]
  let words: Glossary

  init(_ json: JSONValue) {
    self.json = json
    name = json["name"]?.string
    words = Glossary(json)
    metrics = (json["overall"]?.members ?? []).map(\.key)
    attributes = (json["attributes"]?.array ?? []).map { attribute in
      Attribute(
        name: attribute["attribute"]?.string ?? "",
        groups: (attribute["groups"]?.array ?? []).map {
          Group(name: $0["group"]?.string ?? "", count: $0["count"]?.int ?? 0, json: $0)
        }, json: attribute)
    }
  }

  var rows: Int { json["rows"]?.int ?? 0 }
  func overall(_ metric: String) -> Double? { json["overall"]?[metric]?.double }

  /// The metrics that are shares and have a common scale of 0 to 1, in the report's order.
  var shares: [String] { metrics.filter(words.isShare) }

  static func range(_ json: JSONValue?) -> ClosedRange<Double>? {
    guard let low = json?[0]?.double, let high = json?[1]?.double, low <= high else { return nil }
    return low...high
  }
}

import Platform

/// The meaning of the names of a report's metrics and measures, from the report itself. Names without an
/// entry, as in reports of older versions, are shown unchanged.
struct Glossary {
  private let entries: JSONValue

  /// - Parameter report: an object with a member "glossary", such as an audit report, or the member "after"
  ///   of a tuning's report.
  init(_ report: JSONValue) { entries = report["glossary"] ?? .null }

  static let none = Glossary(.null)

  /// The entry of a name; for "tpr[yes]" (a metric of one class, or with a number) the entry of "tpr".
  private func entry(_ name: String) -> JSONValue? {
    entries[name] ?? entries[String(name.prefix { $0 != "[" })]
  }

  /// "true positive rate"; for one class "true positive rate [yes]".
  func title(_ name: String) -> String {
    guard let title = entry(name)?["title"]?.string else { return name.spaced }
    let rest = name.drop { $0 != "[" }
    return rest.isEmpty ? title : "\(title) \(rest)"
  }

  /// "of those with a positive outcome, the share with a positive decision".
  func meaning(_ name: String) -> String? { entry(name)?["meaning"]?.string }

  /// A measure's sentence without the full stop; without an entry, its name in words.
  func sentence(_ measure: String) -> String {
    guard let meaning = meaning(measure) else { return measure.spaced.capitalizedFirst }
    return meaning.last == "." ? String(meaning.dropLast()) : meaning
  }

  /// Whether a metric is a share of people and shown as a percentage.
  func isShare(_ metric: String) -> Bool { entry(metric)?["unit"]?.string == "share" }

  func value(_ value: Double, of metric: String) -> String {
    isShare(metric) ? NumberText.percent(value) : NumberText.plain(value)
  }
}

extension String {
  /// "demographic parity difference" for "demographic_parity_difference".
  var spaced: String { String(map { $0 == "_" ? " " : $0 }) }
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

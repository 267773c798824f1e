import Datasets
import Platform

/// Every configuration by name, for `eqp_config_schema` and the reference page.
public enum ConfigurationIndex {
  public static let all: [(name: String, type: any Configuration.Type)] = [
    ("finetune", FineTuneConfig.self),
    ("audit", AuditConfig.self),
    ("transform", TransformConfig.self),
    ("adjust", AdjustConfig.self),
    ("choose", ChoiceConfig.self),
    ("predict", PredictOptions.self),
    ("model", ArchitectureConfig.self),
    ("load", LoadOptions.self),
    ("save", SaveOptions.self),
    ("open", OpenOptions.self),
    ("write", WriteOptions.self),
    ("split", SplitOptions.self),
  ]

  /// The JSON Schema (draft 2020-12) of a configuration; nil if the name is unknown.
  public static func schema(of name: String) -> JSONValue? {
    guard let type = all.first(where: { $0.name == name })?.type, let members = type.schema.members else {
      return nil
    }
    return .object(
      [
        .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
        .init("title", .string("equipoise \(name)")),
      ] + members)
  }

  /// The reference page in Markdown, with a table for each object of each configuration.
  public static var referencePage: String {
    var page =
      "# Configuration reference\n\nMade from the declarations in the code (`make docs`); do not edit. Each key has an anchor: "
      + "`configuration.md#audit.data.label`.\n"
    var shown: [String: String] = [:]
    for entry in all {
      page += "\n## \(entry.name)\n\n\(entry.type.summary)\n"
      if let example = ConfigurationExamples.all[entry.name] { page += "\n```json\n\(example)\n```\n" }
      append(entry.type.schema, of: entry.name, pointer: "", &shown, to: &page)
    }
    return page
  }

  /// - Parameter shown: for each list of step names, the place on the page that has their tables.
  private static func append(
    _ schema: JSONValue, of name: String, pointer: String, _ shown: inout [String: String],
    to page: inout String
  ) {
    guard let properties = schema["properties"]?.members else { return }
    page += "\n| key | accepts | default | meaning |\n|---|---|---|---|\n"
    var nested: [(String, JSONValue)] = []
    var also: [String] = []
    for property in properties {
      let place = pointer.isEmpty ? property.key : "\(pointer).\(property.key)"
      page +=
        "| <a id=\"\(name).\(place)\"></a>`\(place)` | \(accepts(property.value)) | \(defaultText(property.value)) | "
      page += "\((property.value["description"]?.string ?? "").replacingPipes) |\n"
      let objects = objects(in: property.value, at: place)
      // Several configurations have steps; the page has the tables of the steps only once.
      let steps = objects.compactMap { stepName($0.1) }.joined(separator: " ")
      if steps.isEmpty || shown[steps] == nil {
        nested += objects.map { object in
          (stepName(object.1).map { "\(place)[\($0)]" } ?? object.0, object.1)
        }
      } else {
        also.append("`\(place)[]`: as `\(shown[steps] ?? "")`.")
      }
      if !steps.isEmpty, shown[steps] == nil { shown[steps] = "\(place)[]` of `\(name)" }
    }
    for sentence in also { page += "\n\(sentence)\n" }
    for (place, value) in nested { append(value, of: name, pointer: place, &shown, to: &page) }
  }

  /// The required value of "name" or "method" in an object of a choice; nil if the object has none.
  private static func stepName(_ object: JSONValue) -> String? {
    if let methods = object["properties"]?["method"]?["enum"]?.array, methods.count == 1 {
      return methods[0].string
    }
    return object["properties"]?["name"]?["enum"]?[0]?.string
  }

  /// The objects that a value can be, or can contain as elements or as members with free names.
  private static func objects(in schema: JSONValue, at place: String) -> [(String, JSONValue)] {
    if schema["properties"] != nil { return [(place, schema)] }
    var found = (schema["anyOf"]?.array ?? []).flatMap { objects(in: $0, at: place) }
    if let items = schema["items"] { found += objects(in: items, at: place + "[]") }
    if let members = schema["additionalProperties"], members.members != nil {
      found += objects(in: members, at: place + ".*")
    }
    return found
  }

  private static func accepts(_ schema: JSONValue) -> String {
    if let words = schema["enum"]?.array {
      return words.map { $0.string.map { "`\($0)`" } ?? "null" }.joined(separator: ", ")
    }
    if let choices = schema["anyOf"]?.array {
      var kinds: [String] = []
      for kind in choices.map(accepts) where !kinds.contains(kind) { kinds.append(kind) }
      return kinds.joined(separator: ", or ")
    }
    let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "anything"]
    var text = types.joined(separator: " or ")
    if types.contains("array"), let items = schema["items"] {
      text += items["anyOf"] == nil ? " of \(accepts(items))" : " of (\(accepts(items)))"
    }
    if let low = schema["minimum"], let high = schema["maximum"] {
      text += ", \(low.text()) to \(high.text())"
    }
    return text
  }

  private static func defaultText(_ schema: JSONValue) -> String {
    guard let value = schema["default"] else { return "" }
    return schema["properties"] != nil ? "" : "`\(value.text())`"
  }
}

extension String {
  fileprivate var replacingPipes: String {
    split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}

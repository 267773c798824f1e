import Equipoise
import Fairness
import Glibc
import Platform
import Testing

@Suite("Configurations, their schemas and the pages about them")
struct ConfigurationSchemaTests {
  @Test("Each configuration has an example on its page that can be read without errors")
  func examples() throws {
    for entry in ConfigurationIndex.all {
      let example = try #require(ConfigurationExamples.all[entry.name], "\(entry.name)")
      let json = try JSONValue.parse(example)
      _ = try entry.type.decoded(json, at: "")
      #expect(Self.accepts(entry.type.schema, json), "\(entry.name)")
    }
    let page = ConfigurationIndex.referencePage
    #expect(page.contains(#"| <a id="audit.data.label"></a>`data.label` |"#))
  }

  /// Whether a schema accepts a value; supports the keywords of JSON Schema that the library writes.
  static func accepts(_ schema: JSONValue, _ value: JSONValue) -> Bool {
    if let choices = schema["anyOf"]?.array { return choices.contains { accepts($0, value) } }
    if let words = schema["enum"]?.array { return words.contains(value) }
    let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
    let kinds: Set<String> =
      switch value {
      case .null: ["null"]
      case .bool: ["boolean"]
      case .integer: ["integer", "number"]
      case .number(let number): number == number.rounded() ? ["integer", "number"] : ["number"]
      case .string: ["string"]
      case .array: ["array"]
      case .object: ["object"]
      }
    guard types.isEmpty || !kinds.isDisjoint(with: types) else { return false }
    if let number = value.double {
      if let least = schema["minimum"]?.double, number < least { return false }
      if let most = schema["maximum"]?.double, number > most { return false }
    }
    if let elements = value.array, let items = schema["items"] {
      return elements.allSatisfy { accepts(items, $0) }
    }
    if let members = value.members {
      let properties = schema["properties"]
      return members.allSatisfy { member in
        if let known = properties?[member.key] { return accepts(known, member.value) }
        guard let others = schema["additionalProperties"] else { return true }
        return others == .bool(true) || (others.members != nil && accepts(others, member.value))
      }
    }
    return true
  }

  /// Whether every keyword in a schema has a value of the form that JSON Schema defines.
  static func isWellFormed(_ schema: JSONValue) -> Bool {
    guard let members = schema.members else { return false }
    let kinds: Set = ["null", "boolean", "integer", "number", "string", "array", "object"]
    return members.allSatisfy { member in
      switch member.key {
      case "type":
        let names = member.value.array?.compactMap(\.string) ?? [member.value.string ?? "?"]
        return !names.isEmpty && kinds.isSuperset(of: names) && Set(names).count == names.count
      case "properties": return member.value.members?.allSatisfy { isWellFormed($0.value) } ?? false
      case "items": return isWellFormed(member.value)
      case "additionalProperties": return member.value.bool != nil || isWellFormed(member.value)
      case "anyOf": return member.value.array.map { !$0.isEmpty && $0.allSatisfy(isWellFormed) } ?? false
      case "required": return member.value.array?.allSatisfy { $0.string != nil } ?? false
      case "enum": return !(member.value.array?.isEmpty ?? true)
      case "minimum", "maximum": return member.value.double != nil
      case "description", "title", "$schema": return member.value.string != nil
      case "default": return true
      default: return false
      }
    }
  }

  static func checkDefaults(_ schema: JSONValue, at place: String) {
    for property in schema["properties"]?.members ?? [] {
      let name = "\(place)/\(property.key)"
      if let value = property.value["default"] {
        #expect(
          accepts(property.value, value),
          "\(name): the default \(value.text()) is not accepted by its own schema")
      } else {
        Issue.record("\(name) has no default")
      }
      #expect(property.value["description"]?.string?.isEmpty == false, "\(name) says nothing of itself")
      checkDefaults(property.value, at: name)
      if let items = property.value["items"] { checkDefaults(items, at: name + "[]") }
    }
  }

  @Test(
    "Every schema has the shape of JSON Schema, and its defaults are accepted and decode",
    arguments: ConfigurationIndex.all.map(\.name))
  func schemas(name: String) throws {
    let schema = try #require(ConfigurationIndex.schema(of: name))
    #expect(try JSONValue.parse(schema.text()) == schema)
    #expect(Self.isWellFormed(schema))
    Self.checkDefaults(schema, at: name)
    let type = try #require(ConfigurationIndex.all.first { $0.name == name }?.type)
    for property in try #require(schema["properties"]?.members) {
      let object = JSONValue.object([.init(property.key, property.value["default"]!)])
      do {
        _ = try type.decoded(object, at: "")
      } catch let failure as Failure {
        // Other required keys of a configuration do not matter here.
        Issue.record("\(name): \(object.text()) does not decode: \(failure.message)")
      }
    }
  }

  @Test("There are no schemas of other names")
  func unknown() { #expect(ConfigurationIndex.schema(of: "finetuned") == nil) }

  static func page(_ name: String) -> String? {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    guard let file = try? MappedFile(path: root + "/docs/" + name) else { return nil }
    return String(decoding: file.bytes, as: UTF8.self)
  }

  @Test("The pages name every metric, every measure and every objective")
  func pages() throws {
    let metrics = try #require(Self.page("metrics.md"))
    for metric in Metric.all { #expect(metrics.contains("`\(metric.name)`"), "\(metric.name)") }
    for measure in FairnessMeasure.all { #expect(metrics.contains("`\(measure.name)`"), "\(measure.name)") }
    if let objectives = Self.page("fairness-objectives.md") {
      for criterion in Criterion.allCases {
        #expect(objectives.contains("`\(criterion.rawValue)`"), "\(criterion.rawValue)")
      }
    }
  }
}

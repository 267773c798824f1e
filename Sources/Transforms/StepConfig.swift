import Platform

/// One step as a JSON object: "name" selects the step, the other keys are the step's settings.
public struct StepConfig: ConfigValue {
  public let step: any TransformStep

  public init(_ step: any TransformStep) { self.step = step }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> StepConfig {
    guard let members = json.members else {
      throw Failure.unexpected(json, at: pointer, accepted: "an object with the name of a step")
    }
    let names = StepTable.all.map { $0.name }
    guard let named = json["name"] else {
      throw Failure.invalidConfig(
        "\"name\" is missing; known are: \(names.joined(separator: ", "))", at: pointer + "/name")
    }
    guard let name = named.string else {
      throw Failure.unexpected(named, at: pointer + "/name", accepted: "the name of a step")
    }
    guard let type = StepTable.type(named: name) else {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a step\(Suggestion.phrase(for: name, among: names))", at: pointer + "/name")
    }
    let rest = JSONValue.object(members.filter { $0.key != "name" })
    return StepConfig(try type.decoded(rest, at: pointer))
  }

  public var encoded: JSONValue { step.namedJSON }

  public static var schema: JSONValue {
    ["anyOf": .array(StepTable.all.map { $0.namedSchema })]
  }
}

extension TransformStep {
  fileprivate var namedJSON: JSONValue {
    .object([.init("name", .string(Self.name))] + (encoded.members ?? []))
  }

  fileprivate static var namedSchema: JSONValue {
    .object(
      (schema.members ?? []).map { member in
        guard member.key == "properties", let properties = member.value.members else { return member }
        let name: JSONValue = [
          "type": "string", "enum": [.string(Self.name)], "description": .string(summary),
        ]
        return .init("properties", .object([.init("name", name)] + properties))
      } + [.init("required", ["name"])])
  }
}

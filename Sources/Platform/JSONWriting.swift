extension JSONValue {
  /// The value as JSON text; numbers have the shortest form that is read back as the same double.
  ///
  /// - Parameter indented: whether to write one member per line, for people; otherwise the text has one line.
  public func text(indented: Bool = false) -> String {
    var output = ""
    write(to: &output, indent: indented ? 0 : nil)
    return output
  }

  private func write(to output: inout String, indent: Int?) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .number(let value):
      // 3.0 is written as 3.0; JSON cannot represent numbers that are not finite.
      output += value.isFinite ? String(value) : "null"
    case .string(let value): Self.quote(value, to: &output)
    case .array(let elements):
      // Arrays of scalars stay on one line.
      let nested = elements.contains { $0.members != nil || $0.array != nil } ? indent : nil
      Self.writeList(elements, "[", "]", to: &output, indent: nested) { element, output, inner in
        element.write(to: &output, indent: inner)
      }
    case .object(let members):
      Self.writeList(members, "{", "}", to: &output, indent: indent) { member, output, inner in
        Self.quote(member.key, to: &output)
        output += indent == nil ? ":" : ": "
        member.value.write(to: &output, indent: inner)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to output: inout String, indent: Int?,
    _ body: (Element, inout String, Int?) -> Void
  ) {
    output += open
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      if let indent { newline(indent + 1, to: &output) } else if index > 0 && close == "]" { output += " " }
      body(element, &output, indent.map { $0 + 1 })
    }
    if let indent, !elements.isEmpty { newline(indent, to: &output) }
    output += close
  }

  private static func newline(_ depth: Int, to output: inout String) {
    output += "\n" + String(repeating: "  ", count: depth)
  }

  /// A JSON string with its quotes (RFC 8259, section 7).
  static func quote(_ value: String, to output: inout String) {
    output += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}

import Platform

/// Writes Universal Binary JSON as XGBoost reads it: lengths are 64-bit numbers, lists of numbers have one type.
struct UBJSONWriter {
  private(set) var bytes: [UInt8] = []

  static func bytes(_ value: JSONValue) -> [UInt8] {
    var writer = UBJSONWriter()
    writer.write(value)
    return writer.bytes
  }

  private mutating func marker(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

  private mutating func append(_ value: UInt64, size: Int) {
    for place in (0..<size).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
  }

  private mutating func length(_ count: Int) {
    marker("L")
    append(UInt64(count), size: 8)
  }

  private mutating func text(_ text: String) {
    length(text.utf8.count)
    bytes += text.utf8
  }

  private mutating func write(_ value: JSONValue) {
    switch value {
    case .null: marker("Z")
    case .bool(let flag): marker(flag ? "T" : "F")
    case .integer(let number):
      marker("L")
      append(UInt64(bitPattern: number), size: 8)
    case .number(let number):
      marker("d")
      append(UInt64(Float(number).bitPattern), size: 4)
    case .string(let string):
      marker("S")
      text(string)
    case .array(let elements): write(elements)
    case .object(let members):
      marker("{")
      for member in members {
        text(member.key)
        write(member.value)
      }
      marker("}")
    }
  }

  private mutating func write(_ elements: [JSONValue]) {
    marker("[")
    let integers = elements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    let numbers = elements.compactMap { if case .number(let number) = $0 { Float(number) } else { nil } }
    if !elements.isEmpty, integers.count == elements.count {
      typed("l", count: elements.count)
      for number in integers { append(UInt64(UInt32(bitPattern: Int32(clamping: number))), size: 4) }
    } else if !elements.isEmpty, numbers.count == elements.count {
      typed("d", count: elements.count)
      for number in numbers { append(UInt64(number.bitPattern), size: 4) }
    } else {
      marker("#")
      length(elements.count)
      for element in elements { write(element) }
    }
  }

  private mutating func typed(_ type: Unicode.Scalar, count: Int) {
    marker("$")
    marker(type)
    marker("#")
    length(count)
  }
}

import Platform

/// Writes Universal Binary JSON in the form that XGBoost reads: lengths are 64-bit numbers, lists of numbers
/// have one type.
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
        if let type = Self.types[member.key], let elements = member.value.array {
          write(elements, type)
        } else {
          write(member.value)
        }
      }
      marker("}")
    }
  }

  /// Lists that XGBoost reads with a common element type; it reads other lists element by element.
  private static let types: [String: Unicode.Scalar] = [
    "left_children": "l", "right_children": "l", "parents": "l", "split_indices": "l", "split_type": "U",
    "default_left": "U", "split_conditions": "d", "base_weights": "d", "loss_changes": "d",
    "sum_hessian": "d",
    "categories": "l", "categories_nodes": "l", "categories_segments": "L", "categories_sizes": "L",
  ]

  private mutating func write(_ elements: [JSONValue]) {
    marker("[")
    marker("#")
    length(elements.count)
    for element in elements { write(element) }
  }

  private mutating func write(_ elements: [JSONValue], _ type: Unicode.Scalar) {
    marker("[")
    marker("$")
    marker(type)
    marker("#")
    length(elements.count)
    for element in elements {
      switch type {
      case "d": append(UInt64(Float(element.double ?? 0).bitPattern), size: 4)
      case "U": append(UInt64(clamping: element.int ?? 0), size: 1)
      case "l": append(UInt64(UInt32(bitPattern: Int32(clamping: element.int ?? 0))), size: 4)
      default: append(UInt64(bitPattern: Int64(element.int ?? 0)), size: 8)
      }
    }
  }
}

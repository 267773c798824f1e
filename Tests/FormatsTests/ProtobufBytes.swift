/// Builds protocol buffers' messages field by field, for small files with any content.
enum ProtobufBytes {
  /// A field of bytes, text or a message.
  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }
  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
  static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
  }

  /// The input "x" of an ONNX graph: rows of three numbers.
  static var onnxRows: [UInt8] {
    let shape = field(1, field(2, "rows")) + field(1, field(1, 3))
    return field(11, field(1, "x") + field(2, field(1, field(1, 1) + field(2, shape))))
  }
}

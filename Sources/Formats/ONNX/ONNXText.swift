import COnnx

/// Copies data that the decoder allocated: texts, lists of numbers, lists of messages.
enum ONNXText {
  static func string(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }

  static func string(_ bytes: ProtobufCBinaryData) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: bytes.data, count: bytes.data == nil ? 0 : bytes.len),
      as: UTF8.self)
  }

  static func strings(_ pointer: UnsafePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
    UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count).map { string($0) }
  }

  static func strings(_ pointer: UnsafePointer<ProtobufCBinaryData>?, _ count: Int) -> [String] {
    list(pointer, count).map { string($0) }
  }

  static func list<Element>(_ pointer: UnsafePointer<Element>?, _ count: Int) -> [Element] {
    Array(UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  static func messages<Message>(
    _ pointer: UnsafePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
  ) -> [Message] {
    UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count).compactMap { $0?.pointee }
  }
}

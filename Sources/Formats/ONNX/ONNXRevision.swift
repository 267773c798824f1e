import Engine
import Platform

/// A file's bytes with other values for some initializers, and other metadata; all other fields stay as they are, also
/// those that this library does not read.
enum ONNXRevision {
  // The numbers of the format's fields.
  private static let (graph, metadata): (UInt64, UInt64) = (7, 14)
  private static let (initializer, tensorName): (UInt64, UInt64) = (5, 8)

  /// The file of an interpreted network with the network's weights.
  static func file(of network: Network, _ original: Buffer<UInt8>) throws -> ProtobufMessage {
    var tensors: [String: ProtobufMessage] = [:]
    for parameter in network.graph.parameters where !network.fixedParameters.contains(parameter.name) {
      tensors[parameter.name] = try ONNXMessage.tensor(parameter, name: parameter.name)
    }
    return try revised(UnsafeRawBufferPointer(original.elements), tensors, metadata: network.metadataOfFile)
  }

  /// The file with all weights in itself, which other files hold.
  ///
  /// - Returns: nil if a weight is of a type that is not written.
  static func withAllWeights(_ bytes: UnsafeRawBufferPointer, _ file: ONNXFile) throws -> Buffer<UInt8>? {
    var tensors: [String: ProtobufMessage] = [:]
    for (name, tensor) in file.initializers {
      switch (tensor.storage, tensor.element) {
      case (.floats(let values), 1):
        tensors[name] = try ONNXMessage.tensor(
          Tensor(name: name, shape: Shape(tensor.dimensions), values: values), name: name)
      case (.integers(let values), 7):
        tensors[name] = ONNXMessage.tensor(values.map { Int($0) }, dimensions: tensor.dimensions, name: name)
      default: return nil
      }
    }
    let message = try revised(bytes, tensors, metadata: nil)
    let result = try Buffer<UInt8>(count: message.count, for: "a file")
    var offset = 0
    try message.write { part in
      UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(result.elements)[offset...])
        .copyMemory(
          from: part)
      offset += part.count
    }
    return result
  }

  /// - Parameter metadata: nil: that of the file.
  private static func revised(
    _ bytes: UnsafeRawBufferPointer, _ tensors: [String: ProtobufMessage],
    metadata: [(key: String, value: String)]?
  ) throws -> ProtobufMessage {
    var result = ProtobufMessage()
    for field in try ProtobufWire.fields(bytes, 0..<bytes.count) {
      if field.number == graph, let content = field.content {
        result.append(Int(graph), try revised(bytes, content, tensors))
      } else if field.number != Self.metadata || metadata == nil {
        result.append(copying: UnsafeRawBufferPointer(rebasing: bytes[field.whole]))
      }
    }
    for entry in metadata ?? [] {
      var property = ProtobufMessage()
      property.append(1, entry.key)
      property.append(2, entry.value)
      result.append(Int(Self.metadata), property)
    }
    return result
  }

  /// The graph's message with other initializers.
  private static func revised(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ tensors: [String: ProtobufMessage]
  ) throws -> ProtobufMessage {
    var result = ProtobufMessage()
    for field in try ProtobufWire.fields(bytes, range) {
      if field.number == initializer, let content = field.content,
        let name = try ProtobufWire.fields(bytes, content).last(where: { $0.number == tensorName })?.content,
        let tensor = tensors[String(decoding: bytes[name], as: UTF8.self)]
      {
        result.append(Int(initializer), tensor)
      } else {
        result.append(copying: UnsafeRawBufferPointer(rebasing: bytes[field.whole]))
      }
    }
    return result
  }
}

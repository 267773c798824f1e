import Configurations
import Formats
import Platform

extension LoadOptions.Format {
  /// Detects the format of a model file from its first bytes.
  ///
  /// - Throws: `io`; `unsupported` for an unknown format.
  init(of file: any FileContent) throws {
    let path = file.path
    self = try withExtendedLifetime(file) {
      let bytes = file.bytes
      if Self.isSafetensors(bytes) { return .safetensors }
      if Self.isONNX(bytes) { return .onnx }
      if let format = NetworkFormat.all.first(where: { $0.recognizes(bytes) }) { return .network(format) }
      throw Failure.unsupported(
        "\(path): the kind of model file is not known; ONNX (.onnx), "
          + NetworkFormat.all.map(\.title).joined(separator: ", ")
          + " and directories written by eqp_model_save are loaded (\"format\" says which it is)",
        at: path)
    }
  }

  /// The first field of ModelProto, the IR version, is a small number.
  private static func isONNX(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 2 && bytes[0] == 0x08 && (1...64).contains(bytes[1])
  }

  /// A JSON header after its length (the format's specification).
  private static func isSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 9, bytes[8] == UInt8(ascii: "{") else { return false }
    return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= UInt64(bytes.count - 8)
  }
}

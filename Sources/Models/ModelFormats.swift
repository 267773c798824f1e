import Configurations
import Platform

extension LoadOptions.Format {
  /// Detects the format of a model file from its first bytes.
  ///
  /// - Throws: `io`; `unsupported` for an unknown format, or an older format that is recognized but not
  ///   supported.
  init(of file: any FileContent) throws {
    let path = file.path
    self = try withExtendedLifetime(file) {
      let bytes = file.bytes
      if Self.isSafetensors(bytes) { return .safetensors }
      if Self.isONNX(bytes) { return .onnx }
      let start = bytes.first { !" \t\r\n".utf8.contains($0) }
      if start == UInt8(ascii: "{") || start == UInt8(ascii: "[") { return .xgboost }
      if bytes.starts(with: "tree\n".utf8) || bytes.starts(with: "tree\r\n".utf8) { return .lightgbm }
      if bytes.starts(with: "svm_type".utf8) { return .libsvm }
      if Self.isOldXGBoost(bytes) {
        throw Failure.unsupported(
          "\(path) is in XGBoost's old binary format, which is not read; load it in XGBoost up to 3.0 and save it as .json",
          at: path)
      }
      throw Failure.unsupported(
        "\(path): the kind of model file is not known; ONNX (.onnx), XGBoost's JSON and UBJSON, LightGBM's and LIBSVM's "
          + "text and directories written by eqp_model_save are loaded (\"format\" says which it is)",
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

  /// XGBoost's binary files have 136 bytes of parameters, optionally after the mark "binf", followed by two
  /// names with their lengths: the objective and the booster.
  private static func isOldXGBoost(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = bytes.starts(with: "binf".utf8) ? 4 : 0
    var offset = start + 136
    var names: [String] = []
    while names.count < 2 {
      guard bytes.count - offset >= 8 else { return false }
      let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
      guard (1...64).contains(length), bytes.count - offset >= Int(length) else { return false }
      names.append(String(decoding: bytes[offset..<offset + Int(length)], as: UTF8.self))
      offset += Int(length)
    }
    return ["gbtree", "gblinear", "dart"].contains(names[1])
  }
}

import Platform

extension NetworkFormat {
  static let xgboost = NetworkFormat(
    name: "xgboost", title: "XGBoost's JSON and UBJSON", endings: [".json", ".ubj"],
    recognizes: { bytes in
      let start = bytes.first { !" \t\r\n".utf8.contains($0) }
      return start == UInt8(ascii: "{") || start == UInt8(ascii: "[") || isOldXGBoost(bytes)
    },
    read: { files, name, choices in
      let file = try files.open(name)
      guard withExtendedLifetime(file, { !isOldXGBoost(file.bytes) }) else {
        throw Failure.unsupported(
          "\(file.path) is in XGBoost's old binary format, which is not read; load it in XGBoost up to 3.0 and save it as .json",
          at: file.path)
      }
      return try XGBoostReader.load(files, name, rounds: choices.rounds)
    },
    suits: { _ in true }, write: XGBoostWriter.write)

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

/// The characters that represent bytes in byte-level vocabularies: printable Latin-1 bytes represent
/// themselves, the others are numbered from U+0100 on, so that the space is Ġ (Radford et al. 2019, "Language
/// Models are Unsupervised Multitask Learners", section 2.2, and the published vocabulary).
enum ByteAlphabet {
  private static func isItself(_ value: Int) -> Bool {
    (0x21...0x7E).contains(value) || (0xA1...0xAC).contains(value) || (0xAE...0xFF).contains(value)
  }

  private static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      if isItself(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? " "
    }
  }()

  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x200)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
    return bytes
  }()

  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.value < 0x200, bytes[Int(scalar.value)] >= 0 else { return nil }
    return UInt8(bytes[Int(scalar.value)])
  }

  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}

import Platform
import TextKernels

/// Tokens and their numbers in one block of memory, found by a hash of their bytes.
///
/// The tokens of a byte-level vocabulary are stored as the bytes that they represent.
final class Vocabulary: @unchecked Sendable {
  /// One more than the largest number; numbers may be unused.
  let count: Int
  let table: token_table
  let isByteLevel: Bool
  /// Tokens of a byte-level vocabulary with characters that represent no byte; the model never outputs them.
  private let literals: [Int: String]
  private let block: Buffer<UInt8>
  private let offsets: Buffer<UInt32>
  private let slots: Buffer<UInt64>

  /// The maximum number of a token.
  static let greatestID = 1 << 24 - 1

  /// - Parameters:
  ///   - tokens: in any order; empty tokens are ignored.
  ///   - field: the location in the file, for errors.
  /// - Throws: `invalidModel` for a number that is negative, too large or used twice, and for a token that
  ///   occurs twice.
  init(_ tokens: [(token: String, id: Int)], isByteLevel: Bool = false, at field: ModelField) throws {
    self.isByteLevel = isByteLevel
    let places = try Self.places(of: tokens, at: field)
    let count = places.count
    self.count = count
    var literals: [Int: String] = [:]
    var bytes = 0
    for entry in tokens { bytes += entry.token.utf8.count }
    guard bytes < Int(UInt32.max) else { throw field.invalid("the tokens have \(bytes) bytes") }
    block = try Buffer<UInt8>(count: bytes, for: "a vocabulary")
    offsets = try Buffer<UInt32>(count: count + 1, for: "a vocabulary")
    var slotCount = 16
    while slotCount < count * 2 { slotCount *= 2 }
    slots = try Buffer<UInt64>(count: slotCount, for: "a vocabulary")
    var length = 0
    for id in 0..<count {
      offsets.elements[id] = UInt32(truncatingIfNeeded: length)
      let place = Int(places.elements[id])
      guard place > 0 else { continue }
      let token = tokens[place - 1].token
      if !Self.append(token, isByteLevel: isByteLevel, to: block, &length) { literals[id] = token }
    }
    offsets.elements[count] = UInt32(truncatingIfNeeded: length)
    var table = token_table(
      block: block.pointer, offsets: offsets.pointer, slots: slots.pointer, mask: UInt64(slotCount - 1))
    for id in 0..<count where offsets.elements[id] < offsets.elements[id + 1] {
      let other = token_table_insert(&table, Int32(truncatingIfNeeded: id))
      guard other < 0 else {
        throw field.invalid(
          "the token \"\(tokens[Int(places.elements[id]) - 1].token)\" is there twice, as \(other) and \(id)")
      }
    }
    (self.table, self.literals) = (table, literals)
  }

  /// For each number, its index in `tokens` plus 1, or 0.
  private static func places(
    of tokens: [(token: String, id: Int)], at field: ModelField
  ) throws -> Buffer<Int32> {
    var greatest = -1
    for (token, id) in tokens {
      guard (0...greatestID).contains(id) else {
        throw field.invalid("the token \"\(token)\" has the number \(id); 0 to \(greatestID) are accepted")
      }
      greatest = max(greatest, id)
    }
    guard greatest >= 0 else { throw field.invalid("there are no tokens") }
    let places = try Buffer<Int32>(count: greatest + 1, for: "a vocabulary")
    for (place, entry) in tokens.enumerated() {
      let other = Int(places.elements[entry.id])
      guard other == 0 else {
        throw field.invalid(
          "\"\(tokens[other - 1].token)\" and \"\(entry.token)\" have the same number \(entry.id)")
      }
      places.elements[entry.id] = Int32(truncatingIfNeeded: place + 1)
    }
    return places
  }

  /// Appends the bytes of a token to `block`.
  ///
  /// - Parameter length: the number of bytes in the block.
  /// - Returns: false, with nothing appended, for a byte-level token with a character that represents no byte.
  private static func append(
    _ token: String, isByteLevel: Bool, to block: Buffer<UInt8>, _ length: inout Int
  ) -> Bool {
    let start = length
    guard isByteLevel else {
      for byte in token.utf8 {
        block.elements[length] = byte
        length += 1
      }
      return true
    }
    for scalar in token.unicodeScalars {
      guard let byte = ByteAlphabet.byte(scalar) else {
        length = start
        return false
      }
      block.elements[length] = byte
      length += 1
    }
    return true
  }

  /// The bytes of a token, valid as long as the vocabulary; empty for an unused number.
  func bytes(_ id: Int) -> UnsafeBufferPointer<UInt8> {
    guard (0..<count).contains(id) else { return UnsafeBufferPointer(start: nil, count: 0) }
    let (start, end) = (Int(offsets.elements[id]), Int(offsets.elements[id + 1]))
    return UnsafeBufferPointer(start: block.pointer + start, count: end - start)
  }

  /// The token as written in its file.
  func token(_ id: Int) -> String? {
    if let literal = literals[id] { return literal }
    let bytes = bytes(id)
    guard !bytes.isEmpty else { return nil }
    return isByteLevel ? ByteAlphabet.text(bytes) : String(decoding: bytes, as: UTF8.self)
  }

  func id(of token: String) -> Int? {
    var bytes = Array(token.utf8)
    if isByteLevel {
      bytes = []
      for scalar in token.unicodeScalars {
        guard let byte = ByteAlphabet.byte(scalar) else {
          return literals.first { $0.value == token }?.key
        }
        bytes.append(byte)
      }
    }
    return id(ofBytes: bytes)
  }

  func id(ofBytes bytes: [UInt8]) -> Int? {
    guard !bytes.isEmpty else { return nil }
    var table = table
    let id = bytes.withUnsafeBufferPointer { token_table_find(&table, $0.baseAddress, $0.count) }
    return id < 0 ? nil : Int(id)
  }

  /// The tokens <0x00> to <0xFF> for bytes; −1 for a missing one.
  func byteTokens() throws -> Buffer<Int32> {
    let ids = try Buffer<Int32>(count: 256, for: "a vocabulary")
    for byte in 0..<256 {
      let digits = String(byte, radix: 16, uppercase: true)
      let token = "<0x" + (digits.utf8.count < 2 ? "0" : "") + digits + ">"
      ids.elements[byte] = Int32(truncatingIfNeeded: id(of: token) ?? -1)
    }
    return ids
  }
}

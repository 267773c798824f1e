import CSodium

/// BLAKE2b-256 of bytes that arrive in pieces, written as `blake2b:<hex>`.
public final class Digest {
  /// The length of the text that `finish` returns: the name, a colon, and two characters for each of 32
  /// bytes.
  public static let length = 8 + 64

  private let memory: UnsafeMutableRawPointer
  private var state: OpaquePointer { OpaquePointer(memory) }

  public init() {
    memory = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    crypto_generichash_init(state, nil, 0, 32)
  }

  deinit { memory.deallocate() }

  /// Adds bytes to the digest.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    crypto_generichash_update(
      state, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// Adds a text's UTF-8 bytes to the digest.
  public func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all added bytes: `blake2b:` and 64 hexadecimal digits. No bytes may be added afterwards.
  public func finish() -> String {
    var hash = [UInt8](repeating: 0, count: 32)
    crypto_generichash_final(state, &hash, hash.count)
    let digits = Array("0123456789abcdef")
    return "blake2b:" + String(hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

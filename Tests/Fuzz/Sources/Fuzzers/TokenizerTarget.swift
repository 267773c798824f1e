import Glibc
import Platform
import Tokenizers

/// The bytes up to the first NUL are a tokenizer.json; if they begin with "#", vocab.txt; with "=",
/// vocab.json and merges.txt, separated by another NUL. The rest is text, which is encoded and decoded.
func readTokenizer(_ bytes: UnsafeRawBufferPointer) throws {
  var parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map { [UInt8]($0) }
  var files: [TokenizerFile] = []
  func add(_ name: String, _ content: some Collection<UInt8>) throws {
    files.append(TokenizerFile(name: name, bytes: try Buffer(copying: content)))
  }
  switch parts[0].first {
  case UInt8(ascii: "#"): try add("vocab.txt", parts.removeFirst().dropFirst())
  case UInt8(ascii: "="):
    try add("vocab.json", parts.removeFirst().dropFirst())
    try add("merges.txt", parts.isEmpty ? [] : parts.removeFirst())
  default: try add("tokenizer.json", parts.removeFirst())
  }
  let tokenizer = try Tokenizer.load(files: files)
  let texts: [[UInt8]] = [
    parts.flatMap { $0 + [0] }, Array("Hello, w\u{F6}rld! e\u{301} \u{4F60}\u{597D} [MASK] 12 \u{FDFA}".utf8),
    [0xFF],
  ]
  for text in texts {
    for maximum in [nil, 6] {
      var options = EncodingOptions(maximumLength: maximum)
      options.keepsWindows = true
      options.stride = 1
      options.truncation = .onlyFirst
      do {
        let own = try tokenizer.encode(bytes: text, pair: [0x61], options: options)
        let again = try tokenizer.encode(bytes: text, pair: [0x61], options: options)
        guard own == again else { abort() }
        for place in own.byteOffsets where place.upperBound > max(text.count, 1) { abort() }
        for id in own.ids where id < 0 || Int(id) > 1 << 24 { abort() }
        _ = tokenizer.decode(own.ids)
        try compare(tokenizer, text, own, options)
      } catch {
        check(error)
      }
    }
  }
}

/// Without places, words come from the cache; the tokens must be the same.
private func compare(
  _ tokenizer: Tokenizer, _ text: [UInt8], _ own: TokenizedText, _ options: EncodingOptions
) throws {
  guard options.maximumLength == nil, !text.isEmpty else { return }
  let both = text + text
  let offsets = [0, Int64(text.count), Int64(both.count)]
  let alone = try tokenizer.encode(bytes: text, options: options)
  try both.withUnsafeBufferPointer { bytes in
    try offsets.withUnsafeBufferPointer { offsets in
      guard let base = bytes.baseAddress, let places = offsets.baseAddress else { return }
      let packed = try tokenizer.encode(TextBlock(bytes: base, offsets: places, count: 2), options: options)
      for row in 0..<2 where !packed.ids.array[packed.tokens(row)].elementsEqual(alone.ids) { abort() }
    }
  }
}

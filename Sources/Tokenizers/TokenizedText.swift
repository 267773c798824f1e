/// One text, or a pair, as tokens with their places: what a person or a tagger looks at. `windows` are the
/// further sequences of a text that was cut.
public struct TokenizedText: Sendable, Equatable {
  public var ids: [Int32] = []
  public var typeIDs: [Int32] = []
  /// In characters (Unicode code points) of the token's text; 0 ..< 0 for special tokens that were put in.
  public var offsets: [Range<Int>] = []
  /// In bytes of the token's text.
  public var byteOffsets: [Range<Int>] = []
  /// Whether the tokenizer put the token in.
  public var specialTokensMask: [Bool] = []
  /// The word within its text; nil for special tokens that were put in.
  public var wordIDs: [Int?] = []
  /// 0 or 1: the first or the second text.
  public var sequenceIDs: [Int?] = []
  public var windows: [TokenizedText] = []

  init(_ packed: PackedTokens, sequence: Int) {
    guard let places = packed.places else { return }
    for token in packed.tokens(sequence) {
      ids.append(packed.ids.elements[token])
      typeIDs.append(packed.typeIDs.elements[token])
      offsets.append(
        Int(places.characterStarts.elements[token])..<Int(places.characterEnds.elements[token]))
      byteOffsets.append(Int(places.byteStarts.elements[token])..<Int(places.byteEnds.elements[token]))
      let own = Int(places.sequences.elements[token])
      specialTokensMask.append(own < 0)
      wordIDs.append(own < 0 ? nil : Int(places.words.elements[token]))
      sequenceIDs.append(own < 0 ? nil : own)
    }
  }
}

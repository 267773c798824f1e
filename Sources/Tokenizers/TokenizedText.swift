/// One text, or a pair, as tokens with their places, for inspection and tagging. `windows` are the further
/// sequences of a text that was divided.
public struct TokenizedText: Sendable, Equatable {
  public var ids: [Int32] = []
  public var typeIDs: [Int32] = []
  /// The range of each token in characters (Unicode code points) of its text; 0 ..< 0 for added special
  /// tokens.
  public var offsets: [Range<Int>] = []
  /// The range of each token in bytes of its text.
  public var byteOffsets: [Range<Int>] = []
  /// Whether the tokenizer added the token.
  public var specialTokensMask: [Bool] = []
  /// The index of the token's word in its text; nil for added special tokens.
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

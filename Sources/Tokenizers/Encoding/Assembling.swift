import Platform
import TextKernels

/// Makes sequences of an encoder's tokens: adds special tokens, types, places and windows.
struct Assembler {
  let processor: PostProcessor
  let options: EncodingOptions
  let single: Cutting
  let pair: Cutting

  init(_ processor: PostProcessor, _ options: EncodingOptions) throws {
    self.processor = processor
    self.options = options
    let adds = options.addsSpecialTokens
    single = try Cutting(options, addedTokens: adds ? processor.addedTokens(pair: false) : 0)
    pair = try Cutting(options, addedTokens: adds ? processor.addedTokens(pair: true) : 0)
  }

  /// Appends the sequences of text number `index`, and of the second text if there is one.
  func assemble(
    _ first: token_list, _ second: token_list?, _ texts: [TextPlaces], number index: Int,
    into packed: PackedTokens
  ) throws {
    let cutting = second == nil ? single : pair
    let lengths = try cutting.lengths(first.count, second?.count)
    try cutting.windows(of: first.count, length: lengths.first) { left in
      guard let second else {
        return try append(first, left, nil, 0..<0, texts, index, packed)
      }
      try cutting.windows(of: second.count, length: lengths.second) { right in
        try append(first, left, second, right, texts, index, packed)
      }
    }
  }

  // Appends one sequence: first[left], and second[right] if there is a second text. Allocates only in
  // `packed`.
  private func append(
    _ first: token_list, _ left: Range<Int>, _ second: token_list?, _ right: Range<Int>,
    _ texts: [TextPlaces], _ index: Int, _ packed: PackedTokens
  ) throws {
    let isPair = second != nil
    var most = 0
    for piece in processor.pieces(pair: isPair) {
      switch piece {
      case .special(let ids, _): most += ids.count
      case .text(let number, _): most += number == 0 ? left.count : right.count
      }
    }
    try packed.reserve(tokens: most)
    var at = packed.tokenCount
    for piece in processor.pieces(pair: isPair) {
      switch piece {
      case .special(let ids, let type):
        guard options.addsSpecialTokens else { continue }
        for id in ids {
          packed.ids.pointer[at] = id
          packed.typeIDs.pointer[at] = type
          packed.places?.setSpecial(at)
          at += 1
        }
      case .text(let number, let type):
        guard let list = number == 0 ? first : second else { continue }
        let range = number == 0 ? left : right
        (packed.ids.pointer + at).update(from: list.ids + range.lowerBound, count: range.count)
        (packed.typeIDs.pointer + at).update(repeating: type, count: range.count)
        if let places = packed.places, number < texts.count {
          for token in range {
            places.set(
              at + token - range.lowerBound, texts[number], list, token, sequence: Int32(number),
              isFirst: token == range.lowerBound)
          }
        }
        at += range.count
      }
    }
    packed.endSequence(of: index, tokens: at - packed.tokenCount)
  }
}

/// Converts byte positions in a text to character positions.
struct TextPlaces {
  /// For each byte, the number of characters before it.
  private(set) var characters: Buffer<Int32>
  /// Valid as long as the text.
  private var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  let tokenizer: Tokenizer

  init(_ tokenizer: Tokenizer) throws {
    characters = try Buffer(count: 0, for: "places")
    self.tokenizer = tokenizer
  }

  /// Counts a text's characters; an invalid sequence of bytes that is read as one U+FFFD counts as one.
  mutating func read(_ text: UnsafeBufferPointer<UInt8>) throws {
    if characters.count <= text.count {
      characters = try Buffer(count: text.count * 3 / 2 + 16, for: "places")
    }
    self.text = text
    character_places(text.baseAddress, text.count, characters.pointer)
  }
}

extension TextPlaces {
  /// The numbers of spaces at the beginning and at the end of a token; each is one character and one byte.
  func spaces(of id: Int, at place: Range<Int>) -> (leading: Int32, trailing: Int32) {
    let bytes: UnsafeBufferPointer<UInt8>
    if let added = tokenizer.addedToken(id) {
      guard added.stripsLeft || added.stripsRight else { return (0, 0) }
      bytes = UnsafeBufferPointer(rebasing: text[place])
    } else {
      bytes = tokenizer.pipeline.model.vocabulary.bytes(id)
    }
    var (leading, trailing) = (0, 0)
    while leading < bytes.count, bytes[leading] == 0x20 { leading += 1 }
    while trailing < bytes.count, bytes[bytes.count - 1 - trailing] == 0x20 { trailing += 1 }
    return (Int32(clamping: leading), Int32(clamping: trailing))
  }
}

extension TokenPlaces {
  func setSpecial(_ index: Int) {
    characterStarts.pointer[index] = 0
    characterEnds.pointer[index] = 0
    byteStarts.pointer[index] = 0
    byteEnds.pointer[index] = 0
    words.pointer[index] = -1
    sequences.pointer[index] = -1
  }

  func set(
    _ index: Int, _ text: TextPlaces, _ list: token_list, _ token: Int, sequence: Int32, isFirst: Bool
  ) {
    let (start, end) = (list.starts[token], max(list.ends[token], list.starts[token]))
    var characters = (start: text.characters.pointer[Int(start)], end: text.characters.pointer[Int(end)])
    var bytes = (start: start, end: end)
    if let trimming = text.tokenizer.processor.trimming {
      let trim = text.spaces(of: Int(list.ids[token]), at: Int(start)..<Int(end))
      // A space that was inserted before the text is not part of it.
      let keepsOne = (isFirst || start == 0) && trimming.addsPrefixSpace
      let leading = max(trim.leading - (keepsOne ? 1 : 0), 0)
      characters.start = min(characters.start + leading, characters.end)
      bytes.start = min(bytes.start + leading, bytes.end)
      if characters.end >= trim.trailing {
        characters.end = max(characters.end - trim.trailing, characters.start)
        bytes.end = max(bytes.end - trim.trailing, bytes.start)
      }
      if characters.start == characters.end { bytes.end = bytes.start }
    }
    characterStarts.pointer[index] = characters.start
    characterEnds.pointer[index] = characters.end
    byteStarts.pointer[index] = bytes.start
    byteEnds.pointer[index] = bytes.end
    words.pointer[index] = list.words[token]
    sequences.pointer[index] = sequence
  }
}

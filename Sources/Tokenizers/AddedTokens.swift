import Platform
import TextKernels

/// A token in addition to the model's vocabulary; it is found in the text before the text is divided into
/// words.
public struct AddedToken: Sendable, Equatable {
  public var content: String
  public var id: Int
  /// Whether decoding may omit it.
  public var isSpecial = false
  /// Whether it includes the spaces on its left.
  public var stripsLeft = false
  /// Whether it includes the spaces on its right.
  public var stripsRight = false
  /// Whether it must not touch letters and digits.
  public var isSingleWord = false
  /// Whether it is searched in the normalized text, and is normalized itself.
  public var isNormalized = false

  public init(content: String, id: Int) {
    self.content = content
    self.id = id
  }
}

/// Finds several added tokens in a text in one pass.
final class AddedTokenFinder: @unchecked Sendable {
  private let tokens: [AddedToken]
  private let contents: ByteTrie?
  private let firstBytes: Buffer<Bool>

  /// - Parameter contents: for each token, the bytes to find.
  init(_ tokens: [AddedToken], contents: [[UInt8]], at field: ModelField) throws {
    self.tokens = tokens
    firstBytes = try Buffer(count: 256, for: "added tokens")
    guard contents.contains(where: { !$0.isEmpty }) else {
      self.contents = nil
      return
    }
    let trie = try ByteTrie(expecting: tokens.count)
    for (index, content) in contents.enumerated() {
      guard let first = content.first else { continue }
      firstBytes.elements[Int(first)] = true
      try content.withUnsafeBufferPointer { try trie.insert($0, index, at: field) }
    }
    self.contents = trie
  }

  struct Match {
    var start: Int
    var end: Int
    var token: AddedToken
  }

  var isEmpty: Bool { contents == nil }

  /// The next token in text[from ..< count], including the spaces that belong to it.
  func next(_ text: UnsafePointer<UInt8>, from: Int, count: Int) -> Match? {
    guard let contents else { return nil }
    var trie = contents.trie
    var at = from
    while at < count {
      var (start, end) = (0, 0)
      let index = byte_trie_find(&trie, firstBytes.pointer, text, at, count, &start, &end)
      guard index >= 0 else { return nil }
      let token = tokens[Int(index)]
      at = end
      if token.isSingleWord, touchesWord(text, start, end, count) { continue }
      if token.stripsLeft {
        let before = UnsafeBufferPointer(start: text + from, count: start - from)
        start = from + spaces(before).trailing
      }
      if token.stripsRight {
        let behind = UnsafeBufferPointer(start: text + end, count: count - end)
        end += spaces(behind).leading
      }
      return Match(start: start, end: end, token: token)
    }
    return nil
  }

  private func touchesWord(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ count: Int) -> Bool {
    let word = UInt8(CHARACTER_WORD.rawValue)
    if start > 0 {
      var before = start - 1
      while before > 0, text[before] & 0xC0 == 0x80 { before -= 1 }
      if class_next(text, &before) & word != 0 { return true }
    }
    var behind = end
    return end < count && class_next(text, &behind) & word != 0
  }
}

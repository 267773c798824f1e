import Platform
import TextKernels

/// Divides texts into words as the operator Tokenizer of onnxruntime (com.microsoft) does: into the matches of an
/// expression, into what stands between separators, or into characters. Immutable; safe to share between threads.
public final class WordDivision: Sendable {
  public enum Rule: Sendable, Equatable {
    case characters
    /// The longest matches of an expression in RE2's syntax.
    case matches(String)
    /// What stands between the matches of expressions, each of which divides what the ones before it left.
    case between([String])
  }

  private let expressions: [RegularExpression]
  private let rule: Rule
  private let leastCharacters: Int

  /// - Parameter leastCharacters: shorter words are left out.
  /// - Throws: `unsupported` for an expression that cannot be compiled; `outOfMemory`.
  public init(_ rule: Rule, leastCharacters: Int) throws {
    self.rule = rule
    self.leastCharacters = leastCharacters
    switch rule {
    case .characters: expressions = []
    case .matches(let text): expressions = [try RegularExpression(longest: text)]
    case .between(let texts): expressions = try texts.map { try RegularExpression(longest: $0) }
    }
  }

  /// - Throws: `invalidData` if a match takes too many steps; `outOfMemory`.
  public func words(of text: String) throws -> [Substring] {
    switch rule {
    case .characters:
      return text.unicodeScalars.indices.map { place in
        text[place..<text.unicodeScalars.index(after: place)]
      }
    case .matches:
      return try expressions.flatMap { expression in
        try matches(of: expression, in: text[...]).map { text[$0] }.filter(isLong)
      }
    case .between:
      return try expressions.reduce([text[...]]) { parts, separator in
        try parts.flatMap { try between(separator, in: $0) }
      }
    }
  }

  private func isLong(_ word: Substring) -> Bool {
    !word.isEmpty && word.unicodeScalars.count >= leastCharacters
  }

  private func between(_ separator: RegularExpression, in part: Substring) throws -> [Substring] {
    var start = part.startIndex
    var words: [Substring] = []
    for match in try matches(of: separator, in: part) where !match.isEmpty {
      words.append(part[start..<match.lowerBound])
      start = match.upperBound
    }
    words.append(part[start...])
    return words.filter(isLong)
  }

  private func matches(of expression: RegularExpression, in part: Substring) throws -> [Range<String.Index>] {
    var found: [Range<Int>] = []
    var bytes = Array(part.utf8)
    let count = bytes.count
    // An address also for an empty text.
    bytes.append(0)
    try bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      try expression.search(start, count: count) { search in
        while pattern_next(&search) { found.append(search.start..<search.end) }
      }
    }
    return found.map { range in
      part.utf8.index(
        part.startIndex, offsetBy: range.lowerBound)..<part.utf8.index(
          part.startIndex, offsetBy: range.upperBound)
    }
  }
}

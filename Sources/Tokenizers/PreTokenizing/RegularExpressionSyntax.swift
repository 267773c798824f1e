/// Translates a regular expression from Oniguruma's syntax for Ruby, which the `tokenizers` library reads
/// (K. Kosako, "Oniguruma Regular Expressions", doc/RE), to PCRE2's:
///
/// - `\w` matches characters with the property Alphabetic, M, Nd or Pc, and ¹ ² ³ ¼ ½ ¾;
/// - `\h` matches a hexadecimal digit;
/// - sets may contain sets: `[a[bc]]` is `[abc]`;
/// - the option `m` lets a dot match line ends, as PCRE2's `s` does.
struct RegularExpressionSyntax {
  private let characters: [Unicode.Scalar]
  private var place = 0
  private var result = String.UnicodeScalarView()
  /// Why an expression cannot be translated.
  private(set) var problem: String?

  private static let wordMembers = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}"#
  private static let hexadecimalMembers = "0-9a-fA-F"

  init(_ expression: String) { characters = Array(expression.unicodeScalars) }

  /// - Returns: nil with a `problem`.
  mutating func translated() -> String? {
    while problem == nil, let character = peek() {
      switch character {
      case "\\": escape(inSet: false)
      case "[": set()
      case "(": group()
      case "{": interval()
      default: take()
      }
    }
    return problem == nil ? String(result) : nil
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    characters.indices.contains(place + ahead) ? characters[place + ahead] : nil
  }

  private mutating func take() {
    if let character = peek() { result.append(character) }
    place += 1
  }

  private mutating func append(_ text: String) { result.append(contentsOf: text.unicodeScalars) }

  private mutating func escape(inSet: Bool) {
    func members(_ members: String) -> String { inSet ? members : "[\(members)]" }
    switch peek(1) {
    case "w":
      append(members(Self.wordMembers))
      place += 2
    case "h":
      append(members(Self.hexadecimalMembers))
      place += 2
    case "W" where !inSet:
      append("[^\(Self.wordMembers)]")
      place += 2
    case "H" where !inSet:
      append("[^\(Self.hexadecimalMembers)]")
      place += 2
    case "W", "H": problem = "\\W and \\H inside [ ] are not read"
    default:
      take()
      take()
    }
  }

  /// A set, and the sets inside it, which are united with it.
  private mutating func set() {
    take()
    if peek() == "^" { take() }
    var depth = 1
    // A bracket that closes nothing is a member.
    if peek() == "]" {
      append("\\")
      take()
    }
    while problem == nil, depth > 0, let character = peek() {
      switch character {
      case "\\": escape(inSet: true)
      case "[" where peek(1) == ":":
        while let inner = peek(), inner != "]" { take() }
        take()
      case "[":
        if peek(1) == "^" { problem = "a negated set inside [ ] is not read" }
        depth += 1
        place += 1
      case "]":
        depth -= 1
        if depth == 0 { take() } else { place += 1 }
      case "&" where peek(1) == "&": problem = "&& inside [ ] is not read"
      default: take()
      }
    }
  }

  /// The options after `(?`, of which `m` has another name.
  private mutating func group() {
    take()
    guard peek() == "?" else { return }
    take()
    while let letter = peek(), "imx-".unicodeScalars.contains(letter) {
      if letter == "m" {
        append("s")
        place += 1
      } else {
        take()
      }
    }
  }

  private mutating func interval() {
    take()
    while let character = peek(), ("0"..."9").contains(character) || character == "," { take() }
    guard peek() == "}" else { return }
    take()
    // Oniguruma repeats the repetition; PCRE2 would not give back what it matched.
    if peek() == "+" { problem = "a repetition like {1,3}+ is not read" }
  }
}

/// Translates a regular expression from Oniguruma's syntax for Ruby, which the `tokenizers` library reads
/// (K. Kosako, "Oniguruma Regular Expressions", doc/RE), to PCRE2's:
///
/// - `\w` matches characters with the property Alphabetic, M, Nd or Pc, and ¹ ² ³ ¼ ½ ¾ unless it is in a set;
/// - `\h` matches a hexadecimal digit, `\u00e9` the character of that number;
/// - sets may contain sets and intersections: see `CharacterSetSyntax`;
/// - a repetition such as `{1,3}+` is repeated; in PCRE2 it would keep what it matched;
/// - the option `m` lets a dot match line ends, as PCRE2's `s` does.
struct RegularExpressionSyntax {
  private let characters: [Unicode.Scalar]
  private var place = 0
  private var result: [Unicode.Scalar] = []
  /// Where the part begins in the result that a repetition repeats.
  private var atom = 0
  /// Where the open groups begin in the result.
  private var groups: [Int] = []
  /// Why an expression cannot be translated.
  private(set) var problem: String?

  init(_ expression: String) { characters = Array(expression.unicodeScalars) }

  /// - Returns: nil with a `problem`.
  mutating func translated() -> String? {
    while problem == nil, let character = peek() {
      switch character {
      case "\\":
        atom = result.count
        escape()
      case "[":
        atom = result.count
        set()
      case "(":
        groups.append(result.count)
        group()
      case ")":
        atom = groups.popLast() ?? atom
        take()
      case "{": interval()
      case "*", "+", "?": take()
      default:
        atom = result.count
        take()
      }
    }
    guard problem == nil else { return nil }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: result)
    return String(text)
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    characters.indices.contains(place + ahead) ? characters[place + ahead] : nil
  }

  private mutating func take() {
    if let character = peek() { result.append(character) }
    place += 1
  }

  private mutating func append(_ text: String) { result.append(contentsOf: text.unicodeScalars) }

  private mutating func set() {
    var syntax = CharacterSetSyntax(characters, at: place)
    guard let expression = syntax.translated() else {
      problem = syntax.problem
      return
    }
    append(expression)
    place = syntax.place
  }

  private mutating func escape() {
    if let character = CharacterSetSyntax.numbered(characters, at: place) {
      append(character)
      place += 6
      return
    }
    guard let letter = peek(1), let expression = CharacterSetSyntax.outside(letter) else {
      // The braces of \p{L} and \x{e9} are no repetition.
      let isLong = peek(2) == "{" && (peek(1) == "p" || peek(1) == "P" || peek(1) == "x")
      take()
      take()
      while isLong, let inner = peek(), inner != "}" { take() }
      if isLong { take() }
      return
    }
    append(expression)
    place += 2
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
    let start = place
    var (bounds, isList) = (["", ""], false)
    place += 1
    while let character = peek(), ("0"..."9").contains(character) || character == "," && !isList {
      if character == "," { isList = true } else { bounds[isList ? 1 : 0].unicodeScalars.append(character) }
      place += 1
    }
    guard peek() == "}", bounds.contains(where: { !$0.isEmpty }) else {
      // A brace that repeats nothing is a character.
      place = start
      atom = result.count
      return take()
    }
    place += 1
    let least = bounds[0].isEmpty ? "0" : bounds[0]
    guard peek() == "+" else { return append("{\(least)\(isList ? "," + bounds[1] : "")}") }
    guard peek(1) != "+" else {
      problem = "a repetition that is repeated twice, like {1,3}++, is not read"
      return
    }
    if ["0", "1"].contains(least), isList, peek(1) != "?" {
      // Any number of a few of them is any number of them.
      append("{\(least),}")
    } else {
      result.insert(contentsOf: "(?:".unicodeScalars, at: atom)
      append("{\(least)\(isList ? "," + bounds[1] : "")})+")
    }
    place += 1
  }
}

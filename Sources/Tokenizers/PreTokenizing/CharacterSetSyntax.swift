/// Translates a set of characters from Oniguruma's syntax to an expression of PCRE2 that matches one character.
///
/// Oniguruma's sets may contain sets, `[a[bc]]`, complements, `[a[^b]\W]`, and intersections, `[a-z&&[^aeiou]]`, of which
/// `&&` binds least. A set that is only a list of members stays one; others become alternatives of sets, and assertions
/// about the same character.
struct CharacterSetSyntax {
  /// A union: members that one PCRE2 set can list, and expressions that each match one character.
  private struct Union {
    var members = ""
    var others: [String] = []

    var isEmpty: Bool { members.isEmpty && others.isEmpty }

    var expression: String {
      let all = (members.isEmpty ? [] : ["[\(members)]"]) + others
      // Atomic: another alternative for the same character would only be tried in vain.
      return all.count == 1 ? all[0] : "(?>\(all.joined(separator: "|")))"
    }
  }

  /// A set: an intersection of unions, or its complement.
  private struct Parsed {
    var unions: [Union]
    var isNegated: Bool

    var expression: String {
      if unions.count == 1, unions[0].others.isEmpty, !unions[0].members.isEmpty {
        return "[\(isNegated ? "^" : "")\(unions[0].members)]"
      }
      let assertions = unions.dropLast().map { "(?=\($0.expression))" }.joined()
      let own = "(?>\(assertions)\(unions.last?.expression ?? ""))"
      return isNegated ? "(?:(?!\(own))(?s:.))" : own
    }
  }

  /// What `\w`, `\h` and their complements match in a set.
  private static let classes: [Unicode.Scalar: (members: String, isNegated: Bool)] = [
    "w": (wordMembers, false), "W": (wordMembers, true), "h": ("0-9a-fA-F", false), "H": ("0-9a-fA-F", true),
  ]
  private static let wordMembers = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"#

  /// The same outside of sets, where `\w` also matches ¹ ² ³ ¼ ½ ¾; nil for another letter.
  static func outside(_ letter: Unicode.Scalar) -> String? {
    guard let own = classes[letter] else { return nil }
    let numbers = letter == "w" || letter == "W" ? #"\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}"# : ""
    return "[\(own.isNegated ? "^" : "")\(own.members)\(numbers)]"
  }

  private static let mostDepth = 32

  private let characters: [Unicode.Scalar]
  /// Behind what was read.
  private(set) var place: Int
  private(set) var problem: String?

  /// - Parameter place: that of the opening bracket.
  init(_ characters: [Unicode.Scalar], at place: Int) { (self.characters, self.place) = (characters, place) }

  /// - Returns: nil with a `problem`.
  mutating func translated() -> String? {
    let set = parsed(depth: 0)
    return problem == nil ? set.expression : nil
  }

  /// `\u00e9` as PCRE2 writes it; nil for anything else.
  static func numbered(_ characters: [Unicode.Scalar], at place: Int) -> String? {
    guard place + 6 <= characters.count, characters[place] == "\\", characters[place + 1] == "u" else {
      return nil
    }
    let digits = characters[(place + 2)..<(place + 6)]
    guard digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
    return "\\x{" + digits.map { String($0) }.joined() + "}"
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    characters.indices.contains(place + ahead) ? characters[place + ahead] : nil
  }

  private mutating func parsed(depth: Int) -> Parsed {
    place += 1
    let isNegated = peek() == "^"
    if isNegated { place += 1 }
    var unions = [Union()]
    func change(_ body: (inout Union) -> Void) { body(&unions[unions.count - 1]) }
    // A bracket that closes nothing is a member.
    if peek() == "]" {
      change { $0.members += "\\]" }
      place += 1
    }
    // Whether a set or class came last, behind which "-" makes no range.
    var followsSet = false
    while problem == nil {
      guard let character = peek() else {
        problem = "a set [ has no end"
        break
      }
      let wasSet = followsSet
      followsSet = false
      switch character {
      case "]":
        place += 1
        if unions.contains(where: \.isEmpty) { problem = "an empty side of && inside [ ] is not read" }
        return Parsed(unions: unions, isNegated: isNegated)
      case "&" where peek(1) == "&":
        place += 2
        unions.append(Union())
      case "[" where peek(1) == ":":
        let name = named()
        change { $0.members += name }
        followsSet = true
      case "[":
        guard depth < Self.mostDepth else {
          problem = "sets inside [ ] are nested more than \(Self.mostDepth) deep"
          break
        }
        let inner = parsed(depth: depth + 1)
        change { union in
          // A dash before a set is no range.
          if union.members.hasSuffix("-"), !union.members.hasSuffix("\\-") {
            union.members = union.members.dropLast() + "\\-"
          }
          Self.unite(&union, inner)
        }
        followsSet = true
      case "\\":
        let (own, isClass) = escape()
        change { Self.unite(&$0, own) }
        followsSet = isClass
      case "-" where wasSet && peek(1) != "]":
        change { $0.members += "\\-" }
        place += 1
      default:
        change { $0.members.unicodeScalars.append(character) }
        place += 1
      }
    }
    return Parsed(unions: unions, isNegated: isNegated)
  }

  /// `[:alpha:]`, which PCRE2 has, too.
  private mutating func named() -> String {
    var name = ""
    while let character = peek() {
      name.unicodeScalars.append(character)
      place += 1
      if character == "]" { break }
    }
    return name
  }

  private mutating func escape() -> (Parsed, isClass: Bool) {
    if let character = Self.numbered(characters, at: place) {
      place += 6
      return (Parsed(unions: [Union(members: character)], isNegated: false), false)
    }
    guard let letter = peek(1) else {
      problem = "a set [ has no end"
      return (Parsed(unions: [Union()], isNegated: false), false)
    }
    place += 2
    if let own = Self.classes[letter] {
      return (Parsed(unions: [Union(members: own.members)], isNegated: own.isNegated), true)
    }
    var text = "\\"
    text.unicodeScalars.append(letter)
    if "pPx".unicodeScalars.contains(letter), peek() == "{" {
      while let character = peek() {
        text.unicodeScalars.append(character)
        place += 1
        if character == "}" { break }
      }
    }
    let isClass = "pPdDsS".unicodeScalars.contains(letter)
    return (Parsed(unions: [Union(members: text)], isNegated: false), isClass)
  }

  /// Adds a set to a union.
  private static func unite(_ union: inout Union, _ set: Parsed) {
    guard set.unions.count == 1, !set.isNegated else {
      union.others.append(set.expression)
      return
    }
    union.members += set.unions[0].members
    union.others += set.unions[0].others
  }
}

import Platform

/// Makes counterfactual texts: the text as if it mentioned another group (Garg et al. 2019, "Counterfactual
/// Fairness in Text Classification through Robustness"; Zhao et al. 2018, "Gender Bias in Coreference
/// Resolution", section 4.1).
///
/// Each term is replaced by the next term of its group. The capitalization is kept: lower case, first letter,
/// all capitals; a term spelled as in its list gets the spelling of the next term in the list. If the lists
/// swap he or him with she or her, English pronouns are swapped by their grammatical role (`Pronouns`).
public struct TermSwapping: Sendable {
  public struct Change: Sendable, Equatable {
    /// The range of bytes in the text.
    public let original: Range<Int>
    /// The range of bytes in the counterfactual text.
    public let counterfactual: Range<Int>
  }

  public struct Counterfactual: Sendable, Equatable {
    public let text: String
    /// In the order of the text; empty if no term occurs, and the text is unchanged.
    public let changes: [Change]
  }

  /// Which other term of its group replaces a term.
  public enum Step: Sendable {
    /// 1: the next term of the group, 2: the one after it; after the last term follows the first.
    case further(Int)
    /// One of the other terms with equal probability, chosen by a random number.
    case drawn(UInt64)

    /// The index of the replacement for the term at `place` of `count`.
    func target(of place: Int, among count: Int) -> Int {
      guard count > 1 else { return place }
      switch self {
      case .further(let step):
        let forward = (step % count + count) % count
        return (place % count + forward) % count
      case .drawn(let draw):
        return (place % count + 1 + Int(draw % UInt64(count - 1))) % count
      }
    }
  }

  private let finder: TermFinder
  /// For each term, its group and its index in the group.
  private let places: [(group: Int, place: Int)]
  private let groups: [[String]]
  private let swapsPronouns: Bool

  /// - Parameter groups: a term in several groups belongs to the first.
  public init(_ groups: TermGroups) throws {
    self.groups = groups.groups
    let (his, her) = (Set(Pronouns.masculine), Set(Pronouns.feminine))
    swapsPronouns = groups.groups.contains { group in
      let words = Set(group.map { $0.lowercased() })
      return !words.isDisjoint(with: his) && !words.isDisjoint(with: her)
    }
    var terms: [String] = []
    var places: [(group: Int, place: Int)] = []
    for (number, group) in groups.groups.enumerated() {
      for (place, term) in group.enumerated() {
        terms.append(term)
        places.append((number, place))
      }
    }
    if swapsPronouns {
      // Pronouns come after all groups, and are found only if no group has them.
      for pronoun in Pronouns.masculine + Pronouns.feminine {
        terms.append(pronoun)
        places.append((-1, 0))
      }
    }
    finder = try TermFinder(terms)
    self.places = places
  }

  /// The text with its terms swapped.
  ///
  /// - Parameter step: which other term of the group replaces a term.
  /// - Throws: `invalidData` for a text of more than 128 MB, `outOfMemory`.
  public func counterfactual(_ text: String, step: Step = .further(1)) throws -> Counterfactual {
    var memory = try TermMemory()
    return try counterfactual(text, step: step, &memory)
  }

  /// The same with memory that is reused for many texts.
  public func counterfactual(_ text: String, step: Step = .further(1), _ memory: inout TermMemory) throws
    -> Counterfactual
  {
    let bytes = Array(text.utf8)
    let matches = try bytes.withUnsafeBufferPointer { try finder.matches(in: $0, &memory) }
    var made: [UInt8] = []
    var changes: [Change] = []
    var at = 0
    for match in matches {
      let written = String(decoding: bytes[match.bytes], as: UTF8.self)
      guard let other = replacement(written, match, bytes, step), other != written else { continue }
      made += bytes[at..<match.bytes.lowerBound]
      let start = made.count
      made += other.utf8
      changes.append(Change(original: match.bytes, counterfactual: start..<made.count))
      at = match.bytes.upperBound
    }
    guard !changes.isEmpty else { return Counterfactual(text: text, changes: []) }
    made += bytes[at...]
    return Counterfactual(text: String(decoding: made, as: UTF8.self), changes: changes)
  }

  private func replacement(_ written: String, _ match: TermFinder.Match, _ text: [UInt8], _ step: Step)
    -> String?
  {
    let (group, place) = places[match.term]
    let pronoun = written.lowercased()
    if swapsPronouns, let other = Pronouns.swapped(pronoun, before: text[match.bytes.upperBound...]) {
      return Writing(of: written).applied(to: other)
    }
    guard groups.indices.contains(group) else { return nil }
    let terms = groups[group]
    let other = terms[step.target(of: place, among: terms.count)]
    return written == terms[place] ? other : Writing(of: written).applied(to: other)
  }
}

/// The capitalization of a term.
enum Writing {
  case lower, capitalFirst, capitals
  /// Several words that each begin with a capital.
  case capitalWords

  init(of text: String) {
    let letters = text.filter { $0.isLetter }
    let words = text.split(separator: " ")
    if letters.count > 1, letters.allSatisfy({ $0.isUppercase }) {
      self = .capitals
    } else if words.count > 1, words.allSatisfy({ $0.first?.isUppercase == true }) {
      self = .capitalWords
    } else {
      self = text.first?.isUppercase == true ? .capitalFirst : .lower
    }
  }

  func applied(to text: String) -> String {
    switch self {
    case .lower: text.lowercased()
    case .capitals: text.uppercased()
    case .capitalFirst: Self.capitalized(text.lowercased())
    case .capitalWords:
      text.lowercased().split(separator: " ").map { Self.capitalized(String($0)) }.joined(separator: " ")
    }
  }

  private static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}

import Platform

/// Lists of corresponding terms: pairs (man, woman) or longer groups (christian, jewish, muslim).
///
/// File formats: JSON, with an array of groups or an object of such arrays; or text, with one group per line,
/// whose terms are separated by tabs, by commas or (two words) by spaces. Spaces around terms are removed;
/// underscores are spaces.
public struct TermGroups: Sendable, Equatable {
  public var groups: [[String]]

  /// - Parameter groups: terms are cleaned as in files; empty terms and groups of one term are left out.
  public init(_ groups: [[String]]) {
    self.groups = groups.map { $0.map(TermFinder.trimmed).filter { !$0.isEmpty } }.filter { $0.count > 1 }
  }

  /// Two lists with corresponding terms at the same index, such as one of women's and one of men's words.
  ///
  /// - Throws: `invalidConfig` if they differ in length.
  public init(_ first: [String], alignedWith second: [String]) throws {
    guard first.count == second.count else {
      throw Failure.invalidConfig(
        "two aligned lists have \(first.count) and \(second.count) terms; they must have as many", at: "")
    }
    self.init(zip(first, second).map { [$0, $1] })
  }

  /// - Parameter members: the members of an object to read; nil: all.
  public static func read(path: String, members: [String]? = nil) throws -> TermGroups {
    let file = try MappedFile(path: path)
    let bytes = file.bytes.bindMemory(to: UInt8.self)
    guard let first = bytes.first(where: { $0 > 0x20 }) else { return TermGroups([]) }
    guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else {
      return TermGroups(lines(String(decoding: bytes, as: UTF8.self)).map(terms))
    }
    var groups: [[String]] = []
    let json = ModelField(try JSONValue.parse(bytes, failing: .invalidData), file: path)
    if json.value.array != nil {
      groups = try Self.groups(json)
    } else {
      for member in try json.members() where members?.contains(member.key) ?? true {
        groups += try Self.groups(json.member(member.key))
      }
    }
    return TermGroups(groups)
  }

  private static func groups(_ field: ModelField) throws -> [[String]] {
    try field.elements().map { group in try group.elements().map { try $0.string() } }
  }

  static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: true) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }.map(String.init)
  }

  private static func terms(_ line: String) -> [String] {
    for separator: Character in ["\t", ","] where line.contains(separator) {
      return line.split(separator: separator).map(String.init)
    }
    let words = line.split(separator: " ").map(String.init)
    return words.count == 2 ? words : [line]
  }
}

/// Groups of people, and the terms with which texts mention them.
public struct Lexicon: Sendable {
  public let groups: [String]
  private let finder: TermFinder
  private let groupOfTerm: [Int]

  /// - Parameter groups: for each group, its name and its terms.
  /// - Throws: `invalidConfig` for an empty term.
  public init(_ groups: [(name: String, terms: [String])], wholeWords: Bool = true) throws {
    self.groups = groups.map(\.name)
    var terms: [String] = []
    var owners: [Int] = []
    for (index, group) in groups.enumerated() {
      terms += group.terms
      owners += [Int](repeating: index, count: group.terms.count)
    }
    finder = try TermFinder(terms, wholeWords: wholeWords)
    groupOfTerm = owners
  }

  /// Marks the groups that a text mentions; `mentions` has one element per group; existing marks stay.
  public func mark(
    in text: UnsafeBufferPointer<UInt8>, _ memory: inout TermMemory, _ mentions: inout [Bool]
  ) throws {
    var terms = [Bool](repeating: false, count: groupOfTerm.count)
    try finder.mark(in: text, &memory, &terms)
    for (term, found) in terms.enumerated() where found { mentions[groupOfTerm[term]] = true }
  }
}

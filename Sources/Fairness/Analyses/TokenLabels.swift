/// Precision, recall and F1 of entities in tagged sentences, by group: an entity counts as found when its
/// type, first and last token are the same (CoNLL 2002 and 2003 shared tasks; Tjong Kim Sang and De
/// Meulder 2003).
///
/// Tags are B-type, I-type and O. E- and S- (also L- and U-) end an entity; S- and U- also begin one. As in
/// the evaluation script of the shared tasks, an I- or E- after O or after another type begins an entity.
public struct TokenLabels: Sendable {
  /// Counts of entities.
  public struct Counts: Sendable, Equatable {
    /// The entities of the true tags.
    public internal(set) var gold = 0
    /// The entities of the predicted tags.
    public internal(set) var predicted = 0
    /// The predicted entities that are true ones.
    public internal(set) var found = 0

    public var precision: MetricValue {
      .rate(Double(found), of: Double(predicted), unless: "no entity was predicted")
    }
    public var recall: MetricValue {
      .rate(Double(found), of: Double(gold), unless: "there is no entity")
    }
    /// 2 found / (gold + predicted).
    public var f1: MetricValue {
      .rate(
        Double(2 * found), of: Double(gold + predicted), unless: "there is no entity and none was predicted")
    }
  }

  public let all: Counts
  /// By group; an entity belongs to the group of its first token.
  public let groups: [Counts]
  /// By type of entity, in alphabetical order.
  public let types: [(name: String, counts: Counts)]

  /// - Parameters:
  ///   - sentences: the sentence number of each token; a new number begins a sentence.
  ///   - gold: the true tag of each token.
  ///   - predicted: the predicted tag of each token.
  ///   - codes: the group of each token, from 0.
  public init(sentences: [Int32], gold: [String], predicted: [String], codes: [Int32], groupCount: Int) {
    let truth = Self.entities(gold, sentences)
    let guesses = Self.entities(predicted, sentences)
    let known = Set(truth)
    var all = Counts()
    var groups = [Counts](repeating: Counts(), count: max(0, groupCount))
    var types: [String: Counts] = [:]
    func count(_ entity: Entity, _ change: (inout Counts) -> Void) {
      change(&all)
      let group = Int(codes[entity.first])
      if groups.indices.contains(group) { change(&groups[group]) }
      change(&types[entity.type, default: Counts()])
    }
    for entity in truth { count(entity) { $0.gold += 1 } }
    for entity in guesses {
      count(entity) { $0.predicted += 1 }
      if known.contains(entity) { count(entity) { $0.found += 1 } }
    }
    self.all = all
    self.groups = groups
    self.types = types.keys.sorted().map { ($0, types[$0] ?? Counts()) }
  }

  /// An entity: its type and its first and last token, as indices.
  public struct Entity: Hashable {
    public let type: String
    public let first: Int
    public fileprivate(set) var last: Int
  }

  /// The entities of tagged sentences, in the order of their first tokens.
  public static func entities(_ tags: [String], _ sentences: [Int32]) -> [Entity] {
    var found: [Entity] = []
    var open: Entity?
    for (token, tag) in tags.enumerated() {
      let startsSentence = token == 0 || sentences[token] != sentences[token - 1]
      let parts = tag.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      let mark = parts.first.map(String.init) ?? "O"
      let type = parts.count > 1 ? String(parts[1]) : ""
      let isOutside = mark == "O" || mark.isEmpty
      let continues =
        !startsSentence && !isOutside && open?.type == type && !["B", "S", "U"].contains(mark)
      if !continues, let entity = open {
        found.append(entity)
        open = nil
      }
      guard !isOutside else { continue }
      if open == nil { open = Entity(type: type, first: token, last: token) }
      open?.last = token
      if ["E", "S", "L", "U"].contains(mark), let entity = open {
        found.append(entity)
        open = nil
      }
    }
    if let entity = open { found.append(entity) }
    return found
  }
}

import Platform
import Tokenizers

/// Turns a text into numbers by the words in it: the operators StringNormalizer, Tokenizer (onnxruntime's) and
/// TfIdfVectorizer, as the exporter of scikit-learn's CountVectorizer and TfidfVectorizer writes them.
///
/// For each listed n-gram c counts how often it is in the text, and its number is c, its weight where c > 0, or c times
/// its weight (ONNX, "TfIdfVectorizer").
public struct WordCounts: Sendable {
  public enum Mode: String, Sendable, CaseIterable {
    case counts = "TF"
    case weights = "IDF"
    case weightedCounts = "TFIDF"
  }
  public enum Case: String, Sendable, CaseIterable {
    case lower = "LOWER"
    case upper = "UPPER"
    case unchanged = "NONE"
  }

  let rule: WordDivision.Rule
  let leastCharacters: Int
  /// How letters are changed before the text is divided.
  let letters: Case
  /// The language whose letters are meant; only written again.
  let locale: String
  let mode: Mode
  let lengths: ClosedRange<Int>
  /// The most words that are left out between two words of an n-gram.
  let mostSkipped: Int
  /// The n-grams, and the place of each among the numbers.
  let ngrams: [(words: [String], place: Int)]
  /// For each n-gram; empty: 1.
  let weights: [Float]
  public let width: Int
  private let division: WordDivision
  private let places: [[String]: Int]

  static let mostWidth = 1 << 20

  /// - Throws: `invalidModel` for n-grams that do not fit each other; `unsupported` for an expression that cannot be
  ///   compiled.
  init(
    rule: WordDivision.Rule, leastCharacters: Int, letters: Case, locale: String, mode: Mode,
    lengths: ClosedRange<Int>, mostSkipped: Int, ngrams: [(words: [String], place: Int)], weights: [Float]
  ) throws {
    guard !ngrams.isEmpty, weights.isEmpty || weights.count == ngrams.count,
      ngrams.allSatisfy({ !$0.words.isEmpty && (0..<Self.mostWidth).contains($0.place) }),
      lengths.lowerBound >= 1, lengths.upperBound <= 64, (0...64).contains(mostSkipped)
    else { throw Failure.invalidModel("its n-grams, their places and their weights do not fit each other") }
    (self.rule, self.leastCharacters, self.letters, self.locale) = (rule, leastCharacters, letters, locale)
    (self.mode, self.lengths, self.mostSkipped) = (mode, lengths, mostSkipped)
    (self.ngrams, self.weights) = (ngrams, weights)
    width = (ngrams.map(\.place).max() ?? 0) + 1
    division = try WordDivision(rule, leastCharacters: leastCharacters)
    places = Dictionary(
      ngrams.enumerated().map { ($1.words, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Adds the text's numbers to `target[0 ..< width]`, which is 0.
  ///
  /// - Throws: `invalidData` for a text for which the expression takes too many steps.
  public func count(_ text: String, into target: UnsafeMutablePointer<Float>) throws {
    let words = try division.words(of: changed(text)).map { String($0) }
    for length in lengths where length <= words.count {
      // Single words have nothing between them.
      for skipped in 0...(length == 1 ? 0 : mostSkipped) {
        let reach = (length - 1) * (skipped + 1)
        guard reach < words.count else { break }
        for start in 0..<(words.count - reach) {
          let ngram = (0..<length).map { words[start + $0 * (skipped + 1)] }
          guard let index = places[ngram] else { continue }
          let (place, weight) = (ngrams[index].place, weights.isEmpty ? 1 : weights[index])
          switch mode {
          case .counts: target[place] += 1
          case .weights: target[place] = weight
          case .weightedCounts: target[place] += weight
          }
        }
      }
    }
  }

  /// Each letter becomes at most one other, as in onnxruntime.
  private func changed(_ text: String) -> String {
    guard letters != .unchanged else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      let mapped = letters == .lower ? properties.lowercaseMapping : properties.uppercaseMapping
      let scalars = mapped.unicodeScalars
      result.append(scalars.count == 1 ? scalars.first ?? scalar : scalar)
    }
    return String(result)
  }
}

// MARK: Record

extension WordCounts {
  var json: JSONValue {
    let (kind, expressions): (String, [String]) =
      switch rule {
      case .characters: ("characters", [])
      case .matches(let text): ("matches", [text])
      case .between(let texts): ("between", texts)
      }
    return [
      "division": .string(kind), "expressions": .strings(expressions),
      "least_characters": .integer(leastCharacters), "letters": .string(letters.rawValue),
      "locale": .string(locale), "mode": .string(mode.rawValue), "least_length": .integer(lengths.lowerBound),
      "most_length": .integer(lengths.upperBound), "most_skipped": .integer(mostSkipped),
      "ngrams": .array(ngrams.map { .strings($0.words) }),
      "places": .array(ngrams.map { .integer($0.place) }),
      "weights": .numbers(weights.map { Double($0) }),
    ]
  }

  /// - Throws: `invalidModel` or `invalidConfig` for a malformed record.
  init(json: JSONValue) throws {
    func member<Value: ConfigValue>(_ name: String, _: Value.Type) throws -> Value {
      try Value.decoded(json[name] ?? .null, at: "/\(name)")
    }
    let expressions = try member("expressions", [String].self)
    let rule: WordDivision.Rule =
      switch json["division"]?.string {
      case "characters": .characters
      case "matches": .matches(expressions.first ?? "")
      default: .between(expressions)
      }
    let words = try (json["ngrams"]?.array ?? []).map { try [String].decoded($0, at: "/ngrams") }
    let places = try member("places", [Int].self)
    let (least, most) = (try member("least_length", Int.self), try member("most_length", Int.self))
    guard words.count == places.count, least >= 1, most >= least,
      let letters = Case(rawValue: try member("letters", String.self)),
      let mode = Mode(rawValue: try member("mode", String.self))
    else { throw Failure.invalidModel("its words are described wrongly") }
    try self.init(
      rule: rule, leastCharacters: member("least_characters", Int.self), letters: letters,
      locale: member("locale", String.self), mode: mode, lengths: least...most,
      mostSkipped: member("most_skipped", Int.self),
      ngrams: Array(zip(words, places).map { (words: $0, place: $1) }),
      weights: member("weights", [Double].self).map { Float($0) })
  }
}

extension Network {
  /// The metadata key of the words, which are therefore stored in every format with the library's record.
  static let wordsKey = "words"

  /// For each input that is a text, how it becomes numbers: parts that follow one another; none for other inputs.
  public var wordCounts: [[WordCounts]] {
    get {
      guard let text = metadata.first(where: { $0.key == Self.wordsKey })?.value,
        let lists = (try? JSONValue.parse(text))?.array, lists.count == inputs.count
      else { return inputs.map { _ in [] } }
      return zip(lists, inputWidths).map { list, width in
        let parts = (try? (list.array ?? []).map { try WordCounts(json: $0) }) ?? []
        return parts.reduce(0) { $0 + $1.width } == width ? parts : []
      }
    }
    set {
      metadata.removeAll { $0.key == Self.wordsKey }
      guard newValue.contains(where: { !$0.isEmpty }) else { return }
      metadata.append(
        (Self.wordsKey, JSONValue.array(newValue.map { .array($0.map(\.json)) }).text()))
    }
  }

  /// The metadata that an ONNX file holds: its own operators say how words are counted.
  var metadataOfFile: [(key: String, value: String)] { metadata.filter { $0.key != Self.wordsKey } }
}

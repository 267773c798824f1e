import Platform
import Tokenizers

extension ONNXGraphWriting {
  /// An input of texts and the operators that count its words, as `ONNXFile.beginBehindWords` reads them.
  ///
  /// - Returns: the name of the counts, (rows, their number).
  mutating func writeWordCounts(_ parts: [WordCounts], of input: String) -> String {
    declareInput(input, element: Network.Input.Element.string.rawValue, [1])
    let flat = add("Reshape", [input, constant([-1])], like: "\(input)_flat")
    let counts = parts.map { writeWordCounts($0, flat, like: input) }
    return counts.count == 1
      ? counts[0] : add("Concat", counts, like: "\(input)_counts", [("axis", .integer(1))])
  }

  private mutating func writeWordCounts(_ part: WordCounts, _ texts: String, like input: String) -> String {
    var value = texts
    if part.letters != .unchanged {
      let language: [(String, ONNXMessage.Attribute)] =
        part.locale.isEmpty ? [] : [("locale", .text(part.locale))]
      value = add(
        "StringNormalizer", [value], like: "\(input)_letters",
        [("case_change_action", .text(part.letters.rawValue)), ("is_case_sensitive", .integer(0))] + language)
    }
    let rule: (String, ONNXMessage.Attribute) =
      switch part.rule {
      case .characters: ("tokenexp", .text("."))
      case .matches(let expression): ("tokenexp", .text(expression))
      case .between(let separators): ("separators", .texts(separators))
      }
    let words = unique("\(input)_words")
    nodes.append(
      ONNXMessage.node(
        "Tokenizer", [value], [words], name: words, domain: "com.microsoft",
        [
          ("mark", .integer(0)), ("mincharnum", .integer(part.leastCharacters)), ("pad_value", .text("#")),
          rule,
        ]))
    usesContributed = true
    return add("TfIdfVectorizer", [words], like: "\(input)_counts", attributes(part))
  }

  /// The pool holds the n-grams by their number of words.
  private func attributes(_ part: WordCounts) -> [(String, ONNXMessage.Attribute)] {
    let order = part.ngrams.indices.sorted { first, second in
      let (own, other) = (part.ngrams[first].words.count, part.ngrams[second].words.count)
      return own == other ? first < second : own < other
    }
    var starts: [Int] = []
    var pool: [String] = []
    for index in order {
      let words = part.ngrams[index].words
      while starts.count < words.count { starts.append(pool.count) }
      pool += words
    }
    let weights = part.weights.isEmpty ? [Float](repeating: 1, count: order.count) : part.weights
    return [
      ("mode", .text(part.mode.rawValue)), ("min_gram_length", .integer(part.lengths.lowerBound)),
      ("max_gram_length", .integer(part.lengths.upperBound)), ("max_skip_count", .integer(part.mostSkipped)),
      ("ngram_counts", .integers(starts)), ("ngram_indexes", .integers(order.map { part.ngrams[$0].place })),
      ("pool_strings", .texts(pool)), ("weights", .floats(order.map { weights[$0] })),
    ]
  }
}

import Engine
import Platform
import Tokenizers

// Inputs of texts whose words are counted: the counts are the network's input, and the table's texts are counted before.
extension ONNXFile {
  /// How a text becomes one value of the graph.
  private struct Chain {
    let input: String
    /// The places of its nodes.
    let nodes: [Int]
    let counts: WordCounts
    let output: String
  }

  /// Operators that only change the shape of a batch of texts.
  private static let shaping: Set<String> = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"]
  private static let vectorizer = "TfIdfVectorizer"
  private static let tokenizer = "com.microsoft.Tokenizer"

  /// Makes the counts of words the inputs of the file in place of texts, where only operators that count words read them.
  ///
  /// - Throws: `unsupported` or `invalidModel` with the node for a division into words that is not read.
  mutating func beginBehindWords(named name: String) throws {
    do { try beginBehindWords() } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: failure.location)
    }
  }

  private mutating func beginBehindWords() throws {
    let chains = try nodes.indices.compactMap { try nodes[$0].kind == Self.vectorizer ? chain(to: $0) : nil }
    for port in inputs {
      let own = chains.filter { $0.input == port.name }
      let removed = Set(own.flatMap(\.nodes))
      let values = Set(removed.flatMap { nodes[$0].outputs } + [port.name])
      let results = Set(own.map(\.output))
      // Nothing else may read the text, or a value between it and the counts.
      guard !own.isEmpty,
        nodes.indices.allSatisfy({ index in
          removed.contains(index) || Set(nodes[index].needs).intersection(values).isSubset(of: results)
        })
      else { continue }
      begin(port, own, without: removed)
      return try beginBehindWords()
    }
  }

  private mutating func begin(_ port: Port, _ chains: [Chain], without removed: Set<Int>) {
    let width = chains.reduce(0) { $0 + $1.counts.width }
    words[port.name] = chains.map(\.counts)
    inputs = inputs.map { other in
      other.name == port.name ? Port(name: port.name, element: 1, dimensions: [nil, width]) : other
    }
    var first = 0
    var parts: [ONNXNode] = []
    for chain in chains where chains.count > 1 {
      var names: [String] = []
      for (role, value) in [("start", first), ("end", first + chain.counts.width), ("axis", 1)] {
        let name = "\(chain.output) \(role) of its words"
        initializers[name] = .integers([Int64(value)])
        names.append(name)
      }
      parts.append(
        ONNXNode(
          name: chain.output, kind: "Slice", inputs: [port.name] + names, outputs: [chain.output],
          attributes: [:]))
      first += chain.counts.width
    }
    let only = chains.count == 1 ? chains[0].output : nil
    nodes =
      parts
      + nodes.indices.filter { !removed.contains($0) }.map { index in
        let node = nodes[index]
        return ONNXNode(
          name: node.name, kind: node.kind, inputs: node.inputs.map { $0 == only ? port.name : $0 },
          outputs: node.outputs, attributes: node.attributes)
      }
  }

  /// The nodes from an input of texts to a vectorizer; nil: it reads something else.
  private func chain(to last: Int) throws -> Chain? {
    let vectorizer = nodes[last]
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    guard opset >= 10, let output = vectorizer.outputs.first, var value = vectorizer.inputs.first else {
      return nil
    }
    var (found, tokenizer, normalizer): ([Int], ONNXNode?, ONNXNode?) = ([last], nil, nil)
    while let index = producers[value], !found.contains(index) {
      let node = nodes[index]
      if node.kind == Self.tokenizer, tokenizer == nil {
        tokenizer = node
      } else if node.kind == "StringNormalizer", tokenizer != nil, normalizer == nil {
        normalizer = node
      } else if !Self.shaping.contains(node.kind) {
        return nil
      }
      found.append(index)
      value = node.inputs.first ?? ""
    }
    guard let tokenizer, let port = inputs.first(where: { $0.name == value }),
      port.element == Network.Input.Element.string.rawValue,
      (port.dimensions ?? []).dropFirst().allSatisfy({ $0 == 1 })
    else { return nil }
    do {
      let counts = try Self.counts(vectorizer, tokenizer, normalizer, opset: opset)
      return Chain(input: value, nodes: found, counts: counts, output: output)
    } catch let failure as Failure {
      throw Failure(
        failure.kind, "node \"\(vectorizer.name)\" (\(vectorizer.kind), opset \(opset)): \(failure.message)",
        at: vectorizer.name)
    }
  }

  private static func counts(_ last: ONNXNode, _ division: ONNXNode, _ normalizer: ONNXNode?, opset: Int)
    throws
    -> WordCounts
  {
    let vectorizer = ONNXEvaluation(node: last, inputs: [], opset: opset)
    let tokenizer = ONNXEvaluation(node: division, inputs: [], opset: opset)
    guard try tokenizer.integer("mark", 0) == 0 else {
      throw Failure.unsupported("its Tokenizer marks the ends of texts (mark = 1); mark = 0 is read")
    }
    var (letters, locale) = (WordCounts.Case.unchanged, "")
    if let normalizer {
      let own = ONNXEvaluation(node: normalizer, inputs: [], opset: opset)
      guard try (own.strings("stopwords") ?? []).isEmpty else {
        throw Failure.unsupported("its StringNormalizer removes whole texts (stopwords), and rows with them")
      }
      guard let named = WordCounts.Case(rawValue: try own.string("case_change_action", "NONE")) else {
        throw own.invalid("attribute \"case_change_action\" is none of LOWER, UPPER, NONE")
      }
      (letters, locale) = (named, try own.string("locale", ""))
    }
    guard let mode = WordCounts.Mode(rawValue: try vectorizer.string("mode", "")) else {
      throw vectorizer.invalid("attribute \"mode\" is none of TF, IDF, TFIDF")
    }
    let (least, most) = (
      try vectorizer.integer("min_gram_length", 1), try vectorizer.integer("max_gram_length", 1)
    )
    guard (1...64).contains(least), (least...64).contains(max(least, most)), most >= least else {
      throw vectorizer.unsupported("counts n-grams of \(least) to \(most) words; 1 to 64 are counted")
    }
    return try WordCounts(
      rule: rule(tokenizer), leastCharacters: tokenizer.integer("mincharnum", 1), letters: letters,
      locale: locale, mode: mode, lengths: least...most,
      mostSkipped: vectorizer.integer("max_skip_count", 0), ngrams: ngrams(vectorizer),
      weights: vectorizer.floats("weights") ?? [])
  }

  private static func rule(_ tokenizer: ONNXEvaluation) throws -> WordDivision.Rule {
    if let separators = try tokenizer.strings("separators"), !separators.isEmpty {
      return separators == [""] ? .characters : .between(separators)
    }
    let expression = try tokenizer.string("tokenexp", "")
    guard !expression.isEmpty else {
      throw tokenizer.invalid("has neither separators nor an expression of words (tokenexp)")
    }
    return expression == "." ? .characters : .matches(expression)
  }

  /// The pool holds all n-grams of one word, then those of two, and so on; `ngram_counts` are their starts.
  private static func ngrams(_ vectorizer: ONNXEvaluation) throws -> [(words: [String], place: Int)] {
    guard let pool = try vectorizer.strings("pool_strings"),
      let starts = try vectorizer.integers("ngram_counts"),
      let places = try vectorizer.integers("ngram_indexes")
    else { throw vectorizer.unsupported("counts numbers, not words (pool_strings)") }
    var result: [(words: [String], place: Int)] = []
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : pool.count
      guard start >= 0, start <= end, end <= pool.count, (end - start) % (index + 1) == 0 else {
        throw vectorizer.invalid("its ngram_counts do not divide a pool of \(pool.count) words")
      }
      for first in stride(from: start, to: end, by: index + 1) {
        guard result.count < places.count else { throw vectorizer.invalid("has too few ngram_indexes") }
        result.append((Array(pool[first..<(first + index + 1)]), places[result.count]))
      }
    }
    guard result.count == places.count else { throw vectorizer.invalid("has too many ngram_indexes") }
    return result
  }
}

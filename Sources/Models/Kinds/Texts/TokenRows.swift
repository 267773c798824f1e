import Engine
import Platform
import Tokenizers

/// The tokens of a dataset's texts as inputs of a network: one sequence after another, without padding. A row
/// is a text, or a window of one.
package struct TokenRows: @unchecked Sendable {
  let packed: PackedTokens
  package let rows: Int
  /// The number of tokens of each row. The buffer may be longer than the number of rows.
  package let lengths: Buffer<Int32>
  package let longest: Int
  /// The kind of data of each input of the network.
  private let inputs: [Input]
  private var hiddenInput: Int? { inputs.firstIndex(of: .ids) }
  /// The position number of a text's first token.
  private let firstPosition: Int

  /// The number of texts; smaller than the number of rows if some texts are divided into windows.
  package let texts: Int
  let combination: Combination

  /// How the outputs of a text's rows are combined.
  package enum Combination {
    /// Over windows.
    case mean, maximum
    /// The logarithm of the text's probability, from the means over the tokens of each row.
    case likelihood
  }

  /// For masked language models: the rows are copies of sequences.
  let copies: MaskedCopies?

  /// The outputs of frozen layers for each token, (tokens, width), if only these are still read.
  private var computed: (values: Buffer<Float>, width: Int)?

  /// What an input of the network is filled with.
  enum Input {
    case ids, types, positions, targets
  }

  /// The kind of data of each input of a network.
  ///
  /// - Throws: `unsupported` if the network has an input that texts do not provide.
  static func inputs(of graph: Graph) throws -> [Input] {
    try graph.inputs.map { id in
      switch graph[id].name {
      case "input_ids": .ids
      case "token_type_ids": .types
      case "position_ids": .positions
      case "target_ids": .targets
      default:
        throw Failure.unsupported(
          "the network reads \"\(graph[id].name)\"; input_ids, token_type_ids and position_ids are known")
      }
    }
  }

  /// - Throws: `unsupported` if the network has an input that texts do not provide.
  package init(
    _ packed: PackedTokens, of texts: Int, for graph: Graph, firstPosition: Int,
    combination: Combination = .mean, copies: MaskedCopies? = nil
  ) throws {
    self.init(
      packed, of: texts, inputs: try Self.inputs(of: graph), firstPosition: firstPosition,
      combination: combination, copies: copies,
      lengths: try Buffer(count: copies?.count ?? packed.count, for: "text lengths"))
  }

  /// - Parameter lengths: room for the number of tokens of each row.
  init(
    _ packed: PackedTokens, of texts: Int, inputs: [Input], firstPosition: Int, combination: Combination,
    copies: MaskedCopies? = nil, lengths: Buffer<Int32>
  ) {
    self.packed = packed
    self.inputs = inputs
    self.lengths = lengths
    self.texts = texts
    self.combination = combination
    self.copies = copies
    self.firstPosition = firstPosition
    rows = copies?.count ?? packed.count
    var longest = 0
    for row in 0..<rows {
      let length = packed.tokens(copies.map { Int($0.sources.pointer[row]) } ?? row).count
      lengths.pointer[row] = Int32(clamping: length)
      longest = max(longest, length)
    }
    self.longest = longest
  }

  /// The sequence of a row; for a masked copy, the sequence that was copied.
  @inline(__always)
  private func sequence(of row: Int) -> Int { copies.map { Int($0.sources.pointer[row]) } ?? row }

  package func text(of row: Int) -> Int { Int(packed.texts.pointer[sequence(of: row)]) }

  /// Writes the tokens of one row at index `token`, and advances it.
  @inline(__always)
  package func write(_ row: Int, _ targets: [UnsafeMutablePointer<Float>], at token: inout Int) {
    let tokens = packed.tokens(sequence(of: row))
    if let computed {
      let width = computed.width
      (targets[0] + token * width).update(
        from: computed.values.pointer + tokens.lowerBound * width, count: tokens.count * width)
      token += tokens.count
      return
    }
    for (input, target) in zip(inputs, targets) {
      let target = target + token
      switch input {
      case .ids:
        for place in 0..<tokens.count { target[place] = Float(packed.ids.pointer[tokens.lowerBound + place]) }
      case .types:
        for place in 0..<tokens.count {
          target[place] = Float(packed.typeIDs.pointer[tokens.lowerBound + place])
        }
      case .positions: for place in 0..<tokens.count { target[place] = Float(firstPosition + place) }
      case .targets:
        // The target of a masked copy is its masked token; otherwise each token's target is the next token.
        for place in 0..<tokens.count {
          target[place] =
            copies == nil && place + 1 < tokens.count
            ? Float(packed.ids.pointer[tokens.lowerBound + place + 1]) : -1
        }
        if let copies {
          let place = Int(copies.places.pointer[row])
          target[place] = Float(packed.ids.pointer[tokens.lowerBound + place])
        }
      }
    }
    if let copies, let ids = hiddenInput {
      targets[ids][token + Int(copies.places.pointer[row])] = Float(copies.mask)
    }
    token += tokens.count
  }

  /// The same texts after the frozen part of the network: `predictor`'s outputs of each token.
  package func computed(by predictor: Predictor) throws -> TokenRows {
    let width = predictor.graph.outputWidth
    let values = try Buffer<Float>(count: packed.tokenCount * width, for: "the frozen layers' outputs")
    try predictor.run(rows: rows, lengths: lengths.pointer, fill: fill) { range, outputs in
      guard let first = range.first, let last = range.last else { return }
      let tokens = packed.tokens(first).lowerBound..<packed.tokens(last).upperBound
      (values.pointer + tokens.lowerBound * width).update(from: outputs, count: tokens.count * width)
    }
    var copy = self
    copy.computed = (values, width)
    return copy
  }

  package func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    var token = 0
    for row in range { write(row, inputs, at: &token) }
  }

  package func gather(_ rows: UnsafePointer<Int64>, count: Int, _ inputs: [UnsafeMutablePointer<Float>]) {
    var token = 0
    for place in 0..<count { write(Int(rows[place]), inputs, at: &token) }
  }

  /// Whether there is one row per text, so that the outputs need not be combined.
  package var areTexts: Bool { rows == texts && combination != .likelihood }

  /// Combines the outputs of rows, (rows, width), to outputs of texts, (texts, width).
  ///
  /// - Parameter areShares: whether a row's outputs are probabilities with the sum 1; the result has the sum
  ///   1 too.
  package func combined(_ values: Buffer<Float>, areShares: Bool) throws -> Buffer<Float> {
    if combination == .likelihood { return try likelihoods(values) }
    guard rows != texts, rows > 0 else { return values }
    let width = values.count / rows
    let result = try Buffer<Float>(count: texts * width, for: "scores")
    var row = 0
    for text in 0..<texts {
      let (line, start) = (result.pointer + text * width, row)
      while row < rows, Int(packed.texts.pointer[row]) == text {
        for index in 0..<width {
          let value = values.pointer[row * width + index]
          line[index] =
            combination == .mean ? line[index] + value : row == start ? value : max(line[index], value)
        }
        row += 1
      }
      var total: Float = combination == .mean ? Float(row - start) : 1
      if combination == .maximum, areShares {
        total = (0..<width).reduce(0) { $0 + line[$1] }
      }
      if total > 0 { for index in 0..<width { line[index] /= total } }
    }
    return result
  }

  /// The maximum size of a batch of `rows` of these texts.
  package func capacity(rows: Int) -> Capacity {
    let most = lengths.elements.prefix(self.rows).sorted(by: >).prefix(rows).reduce(0) { $0 + Int($1) }
    return Capacity(rows: rows, tokens: most, longest: longest)
  }
}

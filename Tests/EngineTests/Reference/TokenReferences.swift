@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

let tokenReferences: [String: Reference] = [
  Embedding.kind: { _, operands, _ in
    let table = operands[1]
    let width = table.shape[1]
    return operands[0].numbers.flatMap { index -> [Double] in
      let row = index < 0 ? table.shape[0] + Int(index) : Int(index)
      return Array(table.numbers[row * width..<(row + 1) * width])
    }
  },
  ParameterValue.kind: { _, operands, _ in operands[0].numbers },
  EmptyTexts.kind: { _, operands, run in
    run.texts.enumerated().flatMap { row, text in
      text.isEmpty ? Array(repeating: 0, count: operands[0].width) : operands[0][row]
    }
  },
  TokenPooling.kind: defined {
    (it: TokenPooling, operands: [ReferenceValue], run: ReferenceRun) -> [Double] in
    let x = operands[0]
    return run.texts.flatMap { text -> [Double] in
      (0..<x.width).map { (column: Int) -> Double in
        let numbers = text.map { x[$0][column] }
        guard let first = numbers.first, let last = numbers.last else { return 0 }
        switch it.function {
        case .first: return first
        case .last: return last
        case .mean: return numbers.reduce(0, +) / Double(numbers.count)
        case .maximum: return numbers.max() ?? first
        }
      }
    }
  },
  TokenLikelihood.kind: { _, operands, _ in
    let (x, targets, table) = (operands[0], operands[1].numbers, operands[2])
    let (vocabulary, width) = (table.shape[0], table.shape[1])
    return targets.enumerated().map { (token: Int, target: Double) -> Double in
      guard target >= 0 else { return 0 }
      let own = x[token]
      let logits = (0..<vocabulary).map { (word: Int) -> Double in
        var sum = operands.count > 3 ? operands[3].numbers[word] : 0
        for column in 0..<width { sum += own[column] * table.numbers[word * width + column] }
        return sum
      }
      return logits[Int(target)] - log(logits.reduce(0) { $0 + exp($1) })
    }
  },
]

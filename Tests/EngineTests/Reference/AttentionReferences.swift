@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

// Without dropout of the probabilities.
let attentionReferences: [String: Reference] = [
  Attention.kind: defined {
    (attention: Attention, operands: [ReferenceValue], run: ReferenceRun) -> [Double] in
    let (q, k, v) = (operands[0], operands[1], operands[2])
    let prefix = operands.count == 5 ? operands[3].shape[0] : 0
    let size = q.width / attention.heads
    let perText = q.lines != k.lines
    return run.texts.enumerated().flatMap { number, text in
      (perText ? number..<number + 1 : text).flatMap { query -> [Double] in
        (0..<attention.heads).flatMap { head -> [Double] in
          func part(_ line: [Double]) -> ArraySlice<Double> { line[head * size..<(head + 1) * size] }
          func rows(_ value: ReferenceValue, before: Int) -> [ArraySlice<Double>] {
            let own = text.filter { !attention.causal || perText || $0 <= query }.map { part(value[$0]) }
            guard prefix > 0 else { return own }
            let table = operands[before].numbers
            let before = (0..<prefix).map { part(Array(table[$0 * q.width..<($0 + 1) * q.width])) }
            return before + own
          }
          let scores = rows(k, before: 3).map { (key: ArraySlice<Double>) -> Double in
            let dot = zip(part(q[query]), key).reduce(0.0) { $0 + $1.0 * $1.1 }
            return Double(attention.scale) * dot
          }
          return weighted(rows(v, before: 4), by: scores, size)
        }
      }
    }
  },
  DisentangledAttention.kind: defined {
    (attention: DisentangledAttention, operands: [ReferenceValue], run: ReferenceRun) -> [Double] in
    let (q, k, v) = (operands[0], operands[1], operands[2])
    let size = q.width / attention.heads
    return run.texts.flatMap { text in
      text.flatMap { query -> [Double] in
        (0..<attention.heads).flatMap { head -> [Double] in
          func dot(_ a: [Double], _ b: [Double]) -> Double {
            (head * size..<(head + 1) * size).reduce(0) { $0 + a[$1] * b[$1] }
          }
          let scores = text.map { key -> Double in
            var score = dot(q[query], k[key])
            for (place, term) in attention.terms.enumerated() {
              let table = operands[3 + place]
              let row = Int(attention.positions.rows[attention.positions.longest - 1 + query - key])
              let line = Array(table.numbers[row * q.width..<(row + 1) * q.width])
              score += dot(term == .contentToPosition ? q[query] : k[key], line)
            }
            return Double(attention.scale) * score
          }
          return weighted(text.map { v[$0][head * size..<(head + 1) * size] }, by: scores, size)
        }
      }
    }
  },
]

/// Σ softmax(scores) · rows.
private func weighted(_ rows: [ArraySlice<Double>], by scores: [Double], _ size: Int) -> [Double] {
  let most = scores.max() ?? 0
  let total = scores.reduce(0) { $0 + exp($1 - most) }
  return (0..<size).map { (column: Int) -> Double in
    var sum = 0.0
    for (row, score) in zip(rows, scores) { sum += row[row.startIndex + column] * exp(score - most) / total }
    return sum
  }
}

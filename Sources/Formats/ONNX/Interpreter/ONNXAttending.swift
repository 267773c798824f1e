import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The operator Attention (operator sets 23 and 24; Vaswani et al. 2017, equation 1), without cached keys and
/// values.
enum ONNXAttending {
  static let table: [String: ONNXInterpreted.Function] = ["Attention": attention]

  // q (texts, heads, tokens, width), k and v (texts, groups of heads, other tokens, width), or with the heads
  // concatenated in the last dimension → y in the form of q, with the width of v
  private static func attention(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    guard (4..<7).allSatisfy({ call.optional($0) == nil }), call.node.outputs.count == 1 else {
      throw call.unsupported("keeps keys and values, or gives scores")
    }
    let isFlat = try call.input(0).rank == 3
    let q = try heads(call, call.input(0), "q_num_heads")
    let k = try heads(call, call.input(1), "kv_num_heads")
    let v = try heads(call, call.input(2), "kv_num_heads")
    let (texts, heads, tokens, width) = (q.dimensions[0], q.dimensions[1], q.dimensions[2], q.dimensions[3])
    let (groups, others, outputs) = (k.dimensions[1], k.dimensions[2], v.dimensions[3])
    guard k.dimensions == [texts, groups, others, width], v.dimensions == [texts, groups, others, outputs],
      groups > 0, heads % groups == 0
    else { throw call.invalid("attends with \(q.dimensions), \(k.dimensions) and \(v.dimensions)") }
    try call.limitWork(texts, heads, tokens, others, width + outputs)
    let scale = Double(try call.float("scale", 1 / Float(max(width, 1)).squareRoot()))
    let cap = Double(try call.float("softcap", 0))
    let isCausal = try call.integer("is_causal", 0) != 0
    let mask = try call.optional(3)?.broadcast(to: [texts, heads, tokens, others])
    var y = try ONNXArray([texts, heads, tokens, outputs], q.element)
    var scores = [Double](repeating: 0, count: others)
    for line in 0..<texts * heads * tokens {
      let (head, token) = (line / tokens, line % tokens)
      let group = head / heads * groups + head % heads / (heads / groups)
      for other in 0..<others {
        var score = 0.0
        for column in 0..<width {
          score += q[line * width + column] * k[(group * others + other) * width + column]
        }
        score *= scale
        if cap > 0 { score = cap * tanh(score / cap) }
        if let mask {
          let value = mask[line * others + other]
          score = mask.element == .bool ? (value != 0 ? score : -.infinity) : score + value
        }
        if isCausal, other > token { score = -.infinity }
        scores[other] = score
      }
      let largest = scores.max() ?? 0
      for other in 0..<others { scores[other] = largest == -.infinity ? 0 : exp(scores[other] - largest) }
      let sum = scores.reduce(0, +)
      for column in 0..<outputs {
        var value = 0.0
        for other in 0..<others { value += scores[other] * v[(group * others + other) * outputs + column] }
        y.numbers.pointer[line * outputs + column] = q.element.rounded(sum > 0 ? value / sum : 0)
      }
    }
    if isFlat { y = try y.transposed([0, 2, 1, 3]).reshaped([texts, tokens, heads * outputs]) }
    return [y]
  }

  /// (texts, tokens, heads · width) → (texts, heads, tokens, width); arrays with four dimensions are
  /// unchanged.
  private static func heads(_ call: ONNXEvaluation, _ x: ONNXArray, _ name: String) throws -> ONNXArray {
    if x.rank == 4 { return x }
    let heads = try call.integer(name, 0)
    guard x.rank == 3, heads > 0, x.dimensions[2] % heads == 0 else {
      throw call.invalid("splits \(x.dimensions) among \(heads) heads")
    }
    return try x.reshaped([x.dimensions[0], x.dimensions[1], heads, x.dimensions[2] / heads]).transposed([
      0, 2, 1, 3,
    ])
  }
}

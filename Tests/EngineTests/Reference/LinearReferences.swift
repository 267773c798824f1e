@testable import Engine

let linearReferences: [String: Reference] = [
  Linear.kind: defined { (linear: Linear, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let y = product(operands[0], operands, isInputMajor: linear.weightIsInputMajor)
    return linear.relu ? y.map { max($0, 0) } : y
  },
  ActivatedLinear.kind: defined {
    (fused: ActivatedLinear, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    var x = operands[0]
    x.numbers = x.numbers.map { activated($0, fused.activation.function, Double(fused.activation.alpha)) }
    let y = product(x, operands, isInputMajor: fused.linear.weightIsInputMajor)
    return fused.linear.relu ? y.map { max($0, 0) } : y
  },
]

/// x Wᵀ + b over the last axis of x.
private func product(_ x: ReferenceValue, _ operands: [ReferenceValue], isInputMajor: Bool) -> [Double] {
  let weight = operands[1]
  let (inputs, outputs) = (weight.shape[isInputMajor ? 0 : 1], weight.shape[isInputMajor ? 1 : 0])
  var y: [Double] = []
  for line in 0..<x.numbers.count / inputs {
    for output in 0..<outputs {
      var sum = operands.count > 2 ? operands[2].numbers[output] : 0
      for input in 0..<inputs {
        let place = isInputMajor ? input * outputs + output : output * inputs + input
        sum += x.numbers[line * inputs + input] * weight.numbers[place]
      }
      y.append(sum)
    }
  }
  return y
}

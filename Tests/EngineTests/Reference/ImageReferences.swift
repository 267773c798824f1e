@testable import Engine

/// Images have the channels last.
let imageReferences: [String: Reference] = [
  Convolution.kind: defined(convolution), TransposedConvolution.kind: defined(transposedConvolution),
  Pooling.kind: defined(pooling),
]

/// Where windows slide: the number of them, and the element of the image that a tap of one reads.
private struct Sliding {
  let image: [Int]
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let padding: [Int]

  /// The number of windows along an axis of `size` elements.
  func count(_ size: Int, _ axis: Int) -> Int {
    let span: Int = (kernel[axis] - 1) * dilations[axis] + 1
    let room: Int = size + padding[axis] + padding[axis + 2] - span
    return room / strides[axis] + 1
  }

  /// The element that tap `tap` of window `window` reads; it may be outside the image.
  func element(_ window: [Int], _ tap: [Int]) -> [Int] {
    (0..<2).map { (axis: Int) -> Int in
      window[axis] * strides[axis] - padding[axis] + tap[axis] * dilations[axis]
    }
  }

  func contains(_ element: [Int]) -> Bool {
    element[0] >= 0 && element[0] < image[0] && element[1] >= 0 && element[1] < image[1]
  }
}

private func convolution(
  _ it: Convolution, _ operands: [ReferenceValue], _ run: ReferenceRun
) -> [Double] {
  let (x, weight) = (operands[0], operands[1])
  let (outputs, perGroup) = (weight.shape[0], weight.shape[1])
  let sliding = Sliding(
    image: x.shape, kernel: Array(weight.shape.suffix(2)), strides: it.strides, dilations: it.dilations,
    padding: it.padding)
  var y: [Double] = []
  for line in 0..<x.lines {
    let own = x[line]
    for place in places([sliding.count(x.shape[0], 0), sliding.count(x.shape[1], 1), outputs]) {
      let group = place[2] / (outputs / it.groups)
      var sum = operands.count > 2 ? operands[2].numbers[place[2]] : 0
      for tap in places([perGroup] + sliding.kernel) {
        let element = sliding.element(place, Array(tap.dropFirst()))
        guard sliding.contains(element) else { continue }
        let number = own[offset(element + [group * perGroup + tap[0]], x.shape)]
        sum += number * weight.numbers[offset([place[2]] + tap, weight.shape)]
      }
      y.append(it.relu ? max(sum, 0) : sum)
    }
  }
  return y
}

private func transposedConvolution(
  _ it: TransposedConvolution, _ operands: [ReferenceValue], _ run: ReferenceRun
) -> [Double] {
  let (x, weight) = (operands[0], operands[1])
  let (channels, perGroup, kernel) = (weight.shape[0], weight.shape[1], Array(weight.shape.suffix(2)))
  var shape: [Int] = []
  for axis in 0..<2 {
    let grown: Int = (x.shape[axis] - 1) * it.strides[axis] + (kernel[axis] - 1) * it.dilations[axis] + 1
    shape.append(grown + it.extra[axis] - it.padding[axis] - it.padding[axis + 2])
  }
  shape.append(perGroup * it.groups)
  let sliding = Sliding(
    image: shape, kernel: kernel, strides: it.strides, dilations: it.dilations, padding: it.padding)
  var all: [Double] = []
  for line in 0..<x.lines {
    let own = x[line]
    var y: [Double] = []
    for place in places(shape) { y.append(operands.count > 2 ? operands[2].numbers[place[2]] : 0) }
    for place in places(x.shape) {
      let group = place[2] / (channels / it.groups)
      for tap in places([perGroup] + kernel) {
        let element = sliding.element(place, Array(tap.dropFirst()))
        guard sliding.contains(element) else { continue }
        let factor = weight.numbers[offset([place[2]] + tap, weight.shape)]
        y[offset(element + [group * perGroup + tap[0]], shape)] += own[offset(place, x.shape)] * factor
      }
    }
    all += y
  }
  return all
}

private func pooling(_ it: Pooling, _ operands: [ReferenceValue], _ run: ReferenceRun) -> [Double] {
  let x = operands[0]
  let sliding = Sliding(
    image: x.shape, kernel: it.kernel, strides: it.strides, dilations: it.dilations, padding: it.padding)
  var y: [Double] = []
  for line in 0..<x.lines {
    let own = x[line]
    for place in places([sliding.count(x.shape[0], 0), sliding.count(x.shape[1], 1), x.shape[2]]) {
      var inside: [Double] = []
      for tap in places(it.kernel) {
        let element = sliding.element(place, tap)
        if sliding.contains(element) { inside.append(own[offset(element + [place[2]], x.shape)]) }
      }
      switch it.function {
      case .maximum: y.append(inside.max() ?? 0)
      case .average:
        let count = it.countsPadding ? it.kernel[0] * it.kernel[1] : max(inside.count, 1)
        y.append(inside.reduce(0, +) / Double(count))
      }
    }
  }
  return y
}

@testable import Engine

let shapeReferences: [String: Reference] = [
  Columns.kind: defined { (it: Columns, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    eachLast(operands[0]) { Array($0[it.range]) }
  },
  Concatenation.kind: defined {
    (it: Concatenation, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let axis = it.axis
    let at = axis < 0 ? operands[0].shape.count + axis : axis
    let outer = operands[0].shape[..<at].reduce(1, *)
    return (0..<(operands.map(\.lines).max() ?? 1)).flatMap { line in
      (0..<outer).flatMap { part in
        operands.flatMap { operand -> [Double] in
          let (own, count) = (operand[operand.lines == 1 ? 0 : line], operand.width / outer)
          return Array(own[part * count..<(part + 1) * count])
        }
      }
    }
  },
  Transpose.kind: defined { (it: Transpose, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let order = it.order
    let x = operands[0]
    return (0..<x.lines).flatMap { line in
      places(order.map { x.shape[$0] }).map { (place: [Int]) -> Double in
        var source = place
        for (new, old) in order.enumerated() { source[old] = place[new] }
        return x[line][offset(source, x.shape)]
      }
    }
  },
  Resampling.kind: defined {
    (resampling: Resampling, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let (x, axis, taps) = (operands[0], resampling.axis, resampling.taps)
    var shape = x.shape
    shape[axis] = resampling.places.count / taps
    return (0..<x.lines).flatMap { line in
      places(shape).map { (place: [Int]) -> Double in
        let read = (place[axis] * taps..<(place[axis] + 1) * taps).filter { resampling.places[$0] >= 0 }
        guard !read.isEmpty else { return Double(resampling.fill) }
        return read.reduce(0.0) { (sum: Double, tap: Int) -> Double in
          var source = place
          source[axis] = Int(resampling.places[tap])
          return sum + Double(resampling.weights?[tap] ?? 1) * x[line][offset(source, x.shape)]
        }
      }
    }
  },
  Reduction.kind: defined { (reduction: Reduction, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let (x, axes) = (operands[0], reduction.axes)
    let rest = x.shape[..<axes.lowerBound] + x.shape[axes.upperBound...]
    return (0..<x.lines).flatMap { line in
      places(Array(rest)).map { (place: [Int]) -> Double in
        let (before, after) = (Array(place[..<axes.lowerBound]), Array(place[axes.lowerBound...]))
        let numbers = places(Array(x.shape[axes])).map { (own: [Int]) -> Double in
          x[line][offset(before + own + after, x.shape)]
        }
        switch reduction.function {
        case .sum: return numbers.reduce(0, +)
        case .mean: return numbers.reduce(0, +) / Double(numbers.count)
        case .maximum: return numbers.max() ?? .nan
        case .minimum: return numbers.min() ?? .nan
        }
      }
    }
  },
]

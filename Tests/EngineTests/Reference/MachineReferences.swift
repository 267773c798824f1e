@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

let machineReferences: [String: Reference] = [
  KernelMachine.kind: defined {
    (machine: KernelMachine, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let (x, coefficients, intercepts) = (operands[0], operands[1].numbers, operands[2].numbers)
    let vectors = machine.vectors.array.map(Double.init)
    let (gamma, constant, degree) = (
      Double(machine.gamma), Double(machine.constant), Double(machine.degree)
    )
    func kernel(_ vector: Int, _ row: [Double]) -> Double {
      let v = (0..<machine.features).map { vectors[$0 * machine.count + vector] }
      let dot = zip(v, row).reduce(0.0) { $0 + $1.0 * $1.1 }
      let square = zip(v, row).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      switch machine.kernel {
      case .linear: return dot
      case .polynomial: return pow(gamma * dot + constant, degree)
      case .radial: return exp(-gamma * square)
      case .sigmoid: return tanh(gamma * dot + constant)
      }
    }
    return (0..<x.lines).flatMap { line -> [Double] in
      let kernels = (0..<machine.count).map { kernel($0, x[line]) }
      guard !machine.classCounts.isEmpty else {
        return [zip(kernels, coefficients).reduce(intercepts[0]) { $0 + $1.0 * $1.1 }]
      }
      // Class i's vectors have their coefficients against class j in row j − 1 if j > i, else in row j.
      let starts = machine.classCounts.indices.map { machine.classCounts[..<$0].reduce(0, +) }
      var result: [Double] = []
      for i in machine.classCounts.indices {
        for j in machine.classCounts.indices where j > i {
          var sum = intercepts[result.count]
          for (own, row) in [(i, j - 1), (j, i)] {
            for vector in starts[own]..<starts[own] + machine.classCounts[own] {
              sum += kernels[vector] * coefficients[row * machine.count + vector]
            }
          }
          result.append(sum)
        }
      }
      return result
    }
  },
  // The minimum under Σ p = 1 by the linear system of its conditions (Wu, Lin and Weng 2004, equation 21).
  PairwiseCoupling.kind: defined {
    (it: PairwiseCoupling, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let (classes, x) = (it.classes, operands[0])
    return (0..<x.lines).flatMap { line -> [Double] in
      var r = Array(repeating: Array(repeating: 0.0, count: classes), count: classes)
      var pair = 0
      for i in 0..<classes {
        for j in i + 1..<classes {
          r[i][j] = 1 / (1 + exp(-x[line][pair]))
          r[j][i] = 1 - r[i][j]
          pair += 1
        }
      }
      var system = (0...classes).map { _ in Array(repeating: 0.0, count: classes + 2) }
      for i in 0..<classes {
        for j in 0..<classes where i != j {
          system[i][i] += r[j][i] * r[j][i]
          system[i][j] = -r[j][i] * r[i][j]
        }
        (system[i][classes], system[classes][i]) = (1, 1)
      }
      system[classes][classes + 1] = 1
      return solved(system).prefix(classes).map { log($0) }
    }
  },
]

/// A linear system with its right side in the last column, by Gaussian elimination with pivots.
private func solved(_ system: [[Double]]) -> [Double] {
  var rows = system
  let count = rows.count
  for column in 0..<count {
    let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
    rows.swapAt(column, pivot)
    for row in 0..<count where row != column {
      let factor = rows[row][column] / rows[column][column]
      for place in column...count { rows[row][place] -= factor * rows[column][place] }
    }
  }
  return (0..<count).map { rows[$0][count] / rows[$0][$0] }
}

import Engine
import Platform
import Testing

extension Trainer {
  /// Compares the gradients of the last backward run with central differences of the loss along four random
  /// directions through all weights.
  ///
  /// - Parameters:
  ///   - step: the step of each weight, in units of a normal number.
  ///   - loss: runs the network with the current weights.
  func expectDerivatives(step: Float, of loss: () -> Double) {
    let (gradients, weights) = (gradients.array, weights.array)
    for seed: UInt64 in 1...4 {
      var random = RandomStream(seed: seed)
      let direction = gradients.map { _ in Float(random.normal()) }
      let predicted = zip(gradients, direction).reduce(0) { $0 + Double($1.0 * $1.1) }
      func moved(_ step: Float) -> Double {
        for index in weights.indices {
          self.weights.pointer[index] = weights[index] + step * direction[index]
        }
        return loss()
      }
      let measured = (moved(step) - moved(-step)) / Double(2 * step)
      _ = moved(0)
      #expect(abs(measured - predicted) < 2e-2 * max(1, abs(predicted)), "\(measured) \(predicted)")
    }
  }
}

import Engine
import Platform
import Testing

extension Trainer {
  /// Expects the gradients of the last backward run to be the loss's central differences along four random
  /// directions through all weights at once.
  ///
  /// - Parameters:
  ///   - step: of each weight, in units of a normal number.
  ///   - loss: a run with the weights as they are.
  func expectDerivatives(step: Float, of loss: () throws -> Double) throws {
    let (gradients, weights) = (gradients.array, weights.array)
    for seed: UInt64 in 1...4 {
      var random = RandomStream(seed: seed)
      let direction = gradients.map { _ in Float(random.normal()) }
      let predicted = zip(gradients, direction).reduce(0) { $0 + Double($1.0 * $1.1) }
      func moved(_ step: Float) throws -> Double {
        for index in weights.indices {
          self.weights.pointer[index] = weights[index] + step * direction[index]
        }
        return try loss()
      }
      let measured = (try moved(step) - (try moved(-step))) / Double(2 * step)
      _ = try moved(0)
      #expect(abs(measured - predicted) < 2e-2 * max(1, abs(predicted)), "\(measured) \(predicted)")
    }
  }
}

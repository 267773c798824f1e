import Configurations
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A density over one coordinate of a search space, estimated from observed points and a uniform prior.
enum CoordinateDensity {
  case choices(ChoiceDensity)
  case positions(PositionDensity)

  init(_ values: SearchValues, _ seen: [SearchPoint.Coordinate]) {
    switch values {
    case .list(let list):
      self = .choices(
        ChoiceDensity(
          seen.compactMap { if case .choice(let index) = $0 { index } else { nil } }, of: list.count))
    case .range:
      self = .positions(
        PositionDensity(seen.compactMap { if case .position(let position) = $0 { position } else { nil } }))
    }
  }

  func drawn(_ stream: inout RandomStream) -> SearchPoint.Coordinate {
    switch self {
    case .choices(let density): .choice(density.drawn(&stream))
    case .positions(let density): .position(density.drawn(&stream))
    }
  }

  /// The logarithm of the density.
  func logarithm(_ coordinate: SearchPoint.Coordinate) -> Double {
    switch (self, coordinate) {
    case (.choices(let density), .choice(let index)): density.logarithm(index)
    case (.positions(let density), .position(let position)): density.logarithm(position)
    default: -.infinity
    }
  }
}

/// Probabilities of choices: (observations + 1) / (all observations + choices).
struct ChoiceDensity {
  private let shares: [Double]

  init(_ seen: [Int], of count: Int) {
    var counts = [Double](repeating: 1, count: max(count, 1))
    for index in seen where counts.indices.contains(index) { counts[index] += 1 }
    let total = counts.reduce(0, +)
    shares = counts.map { $0 / total }
  }

  func drawn(_ stream: inout RandomStream) -> Int {
    var rest = stream.uniform()
    for (index, share) in shares.enumerated() {
      rest -= share
      if rest < 0 { return index }
    }
    return shares.count - 1
  }

  func logarithm(_ index: Int) -> Double { shares.indices.contains(index) ? log(shares[index]) : -.infinity }
}

/// A mixture of normal distributions on 0...1: one around each observation, as wide as the larger distance to its
/// neighbours, and a wide one for the prior.
struct PositionDensity {
  private struct Kernel {
    let center: Double
    let width: Double
    /// The part of the normal distribution between 0 and 1.
    let mass: Double

    init(_ center: Double, width: Double) {
      self.center = center
      self.width = width
      mass = Self.cumulative((1 - center) / width) - Self.cumulative(-center / width)
    }

    func density(_ position: Double) -> Double {
      let distance = (position - center) / width
      return exp(-distance * distance / 2) / (width * (2 * Double.pi).squareRoot() * max(mass, 1e-12))
    }

    private static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }
  }

  private let kernels: [Kernel]

  init(_ seen: [Double]) {
    let sorted = seen.sorted()
    // No kernel is narrower, so that a few observations do not end the search for better positions.
    let narrowest = 1 / Double(min(100, sorted.count + 2))
    let observed = sorted.enumerated().map { index, center in
      let below = index > 0 ? center - sorted[index - 1] : center
      let above = index + 1 < sorted.count ? sorted[index + 1] - center : 1 - center
      return Kernel(center, width: min(max(max(below, above), narrowest), 1))
    }
    kernels = observed + [Kernel(0.5, width: 1)]
  }

  func drawn(_ stream: inout RandomStream) -> Double {
    let kernel = kernels[stream.below(kernels.count)]
    for _ in 0..<100 {
      let position = kernel.center + kernel.width * stream.normal()
      if (0...1).contains(position) { return position }
    }
    return kernel.center
  }

  func logarithm(_ position: Double) -> Double {
    log(kernels.reduce(0) { $0 + $1.density(position) } / Double(kernels.count))
  }
}

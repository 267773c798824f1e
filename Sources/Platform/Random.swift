#if canImport(Glibc)
  import Glibc
#endif

/// A reproducible random stream (SplitMix64: Steele, Lea and Flood 2014, figure 17): the same seed gives the
/// same numbers on every machine and in every version of the library.
public struct RandomStream: RandomNumberGenerator, Sendable {
  public private(set) var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// A separate stream for each purpose, derived from one seed.
  public init(seed: UInt64, purpose: String) {
    // FNV-1a over the purpose, so that the streams do not overlap.
    state = purpose.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    _ = next()
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Uniform in [0, 1) with 53 bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Normally distributed, with mean 0 and variance 1 (Box and Muller 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Uniform in 0..<bound; `bound` must be at least 1. The bias is at most 2⁻⁶⁴ (Lemire 2019, without
  /// rejection).
  public mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: max(bound, 1))).high)
  }

  /// Shuffles `values` (Fisher and Yates).
  public mutating func shuffle<Element>(_ values: inout [Element]) {
    guard values.count > 1 else { return }
    values.withUnsafeMutableBufferPointer { buffer in
      for index in stride(from: buffer.count - 1, to: 0, by: -1) {
        buffer.swapAt(index, below(index + 1))
      }
    }
  }
}

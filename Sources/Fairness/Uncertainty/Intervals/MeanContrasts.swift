#if canImport(Glibc)
  import Glibc
#endif

/// The distances of estimates from their weighted mean, as contrasts ±(xᵢ − Σ wⱼ xⱼ). Their standard errors
/// account for the group being a part of the whole: Var = (1 − wᵢ)² σᵢ² + Σⱼ≠ᵢ wⱼ² σⱼ².
///
/// The true largest distance θ is the maximum of the contrasts' expectations; it is tested as such
/// (Chernozhukov, Lee and Rosen 2013, "Intersection bounds"):
///
/// - Lower limit: the observed maximum is compared with draws. In a draw, contrasts within √(ln n) standard
///   errors of the maximum (n rows) are tied with it, and the others keep their distance (generalized moment
///   selection with the κ of Andrews and Soares 2010).
/// - Upper limit: θ is too large if every contrast alone rejects it (an intersection-union test, Berger
///   1982); this needs no knowledge of the other contrasts.
struct MeanContrasts {
  private struct Estimate {
    var error: Double
    var share: Double
    /// x − mean, and its standard error.
    var distance: Double
    var contrastError: Double
    /// The distance of the upward and the downward contrast to the largest one, in units of the largest.
    var above: Double
    var below: Double
  }

  private var families: [[Estimate]] = []

  /// - Parameter observed: the largest distance over all families.
  /// - Returns: nil for a family without shares.
  init?(_ given: [RangeInterval.Family], observed: Double) {
    let tieWidth = log(max(3, given.map(\.rows).max() ?? 0)).squareRoot()
    for family in given {
      guard let shares = family.shares, shares.count == family.values.count,
        shares.count == family.errors.count
      else { return nil }
      let mean = zip(family.values, shares).reduce(0) { $0 + $1.0 * $1.1 }
      let variance = zip(family.errors, shares).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 }
      families.append(
        zip(zip(family.values, family.errors), shares).map { estimate, share in
          let (distance, error) = (estimate.0 - mean, estimate.1)
          let contrastError = max(0, variance + (1 - 2 * share) * error * error).squareRoot()
          // The contrast opposite to the largest one is certainly below it.
          func slack(_ signed: Double) -> Double {
            let missing = observed - signed
            guard observed > 0 else { return 0 }
            return signed > -observed * (1 - 1e-9) && missing < tieWidth * contrastError
              ? 0 : missing / observed
          }
          return Estimate(
            error: error, share: share, distance: distance, contrastError: contrastError,
            above: slack(distance), below: slack(-distance))
        })
    }
  }

  /// The largest distance of a draw if the true one is `theta`.
  ///
  /// - Parameter normals: standard normal numbers; those of this draw begin at `start`.
  func drawn(_ theta: Double, _ normals: UnsafeBufferPointer<Double>, _ start: Int) -> Double {
    var place = start
    var largest = -Double.infinity
    for family in families {
      let first = place
      var mean = 0.0
      for estimate in family where normals.indices.contains(place) {
        mean += estimate.share * estimate.error * normals[place]
        place += 1
      }
      for (index, estimate) in family.enumerated() where normals.indices.contains(first + index) {
        let noise = estimate.error * normals[first + index] - mean
        largest = max(largest, noise - estimate.above * theta, -noise - estimate.below * theta)
      }
    }
    return theta + largest
  }

  /// The largest θ that not all contrasts reject at `critical` standard errors.
  func upperLimit(_ critical: Double) -> Double {
    var limit = 0.0
    for family in families {
      for estimate in family {
        limit = max(limit, abs(estimate.distance) + critical * estimate.contrastError)
      }
    }
    return limit
  }
}

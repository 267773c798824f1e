import Platform

/// Idle encoders, which later calls reuse.
final class EncoderPool: @unchecked Sendable {
  private let lock = Lock()
  private var plain: [Encoder] = []
  private var placing: [Encoder] = []
  /// The maximum number of idle encoders; more are released.
  private static let most = 64

  func take(findsPlaces: Bool, _ pipeline: Pipeline) throws -> Encoder {
    let waiting = lock.withLock { findsPlaces ? placing.popLast() : plain.popLast() }
    return try waiting ?? Encoder(pipeline, findsPlaces: findsPlaces)
  }

  /// Makes the encoders for `count` concurrent parts in advance, so that later calls allocate nothing however their parts
  /// overlap.
  func prepare(_ count: Int, findsPlaces: Bool, _ pipeline: Pipeline) throws {
    while lock.withLock({ (findsPlaces ? placing.count : plain.count) < min(count, Self.most) }) {
      give(try Encoder(pipeline, findsPlaces: findsPlaces), findsPlaces: findsPlaces)
    }
  }

  func give(_ encoder: Encoder, findsPlaces: Bool) {
    lock.withLock {
      if findsPlaces {
        if placing.count < Self.most { placing.append(encoder) }
      } else if plain.count < Self.most {
        plain.append(encoder)
      }
    }
  }
}

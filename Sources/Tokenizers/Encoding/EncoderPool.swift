import Platform

/// Idle encoders, which later calls reuse.
final class EncoderPool: @unchecked Sendable {
  private let lock = Lock()
  private var plain: [Encoder] = []
  private var placing: [Encoder] = []
  private var parts: [PackedTokens] = []
  /// The maximum number of idle encoders; more are released.
  private static let most = 64

  func take(findsPlaces: Bool, _ pipeline: Pipeline) throws -> Encoder {
    let waiting = lock.withLock { findsPlaces ? placing.popLast() : plain.popLast() }
    return try waiting ?? Encoder(pipeline, findsPlaces: findsPlaces)
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

  func takePart(findsPlaces: Bool) throws -> PackedTokens {
    let part = try lock.withLock { parts.popLast() } ?? PackedTokens()
    try part.clear(findsPlaces: findsPlaces)
    return part
  }

  func give(_ part: PackedTokens) {
    lock.withLock { if parts.count < Self.most { parts.append(part) } }
  }
}

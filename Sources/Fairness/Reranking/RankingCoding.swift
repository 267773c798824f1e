import Platform

extension RankingByGroup: RecordedChange {
  static let method = "reranking"

  var members: [JSONValue.Member] { [.init("rule", json)] }

  init(_ record: AdjustmentRecord) throws {
    try record.requireOneScore(hasAttribute: true)
    try self.init(json: record.json["rule"] ?? .null, count: record.groupCount)
  }

  private var json: JSONValue {
    switch rule {
    case .shares(let algorithm, let targets):
      ["algorithm": .string(algorithm.rawValue), "shares": targets.map { .numbers($0) } ?? .null]
    case .minimums(let minimums, let isProtected):
      [
        "algorithm": "fa_ir", "minimums": .array(minimums.map { .integer($0) }),
        "protected": .array(isProtected.map { .bool($0) }),
      ]
    case .tests(let tests):
      [
        "algorithm": "fa_ir_groups", "shares": .numbers(tests.shares),
        "significance": .number(tests.significance), "k": .integer(tests.count),
      ]
    case .exposure(let reranking, let isProtected, let seed):
      [
        "algorithm": "exposure", "merit": .string(reranking.merit.rawValue),
        "tolerance": .number(reranking.tolerance), "protected": .array(isProtected.map { .bool($0) }),
        "seed": .integer(Int64(bitPattern: seed)),
      ]
    }
  }

  /// - Parameter count: the number of groups.
  /// - Throws: `invalidModel` for JSON that is not such a rule.
  private init(json: JSONValue, count: Int) throws {
    func broken(_ key: String) -> Failure {
      .invalidModel("the ranking of its decision has no valid \"\(key)\"")
    }
    func protected() throws -> [Bool] {
      guard let values = json["protected"]?.array?.map(\.bool), values.count == count,
        values.allSatisfy({ $0 != nil })
      else { throw broken("protected") }
      return values.compactMap { $0 }
    }
    switch json["algorithm"]?.string {
    case "fa_ir"?:
      let minimums = (json["minimums"]?.array ?? []).compactMap(\.int)
      guard minimums.count == json["minimums"]?.array?.count, minimums.count <= 1000,
        minimums.allSatisfy({ (0...1000).contains($0) })
      else { throw broken("minimums") }
      rule = .minimums(minimums, isProtected: try protected())
    case "fa_ir_groups"?:
      let shares = (json["shares"]?.array ?? []).compactMap(\.double)
      guard shares.count == count, shares.allSatisfy({ (0...1).contains($0) }), shares.reduce(0, +) < 1 else {
        throw broken("shares")
      }
      guard let significance = json["significance"]?.double, (0...1).contains(significance) else {
        throw broken("significance")
      }
      guard let places = json["k"]?.int, (1...FairTopKGroups.most).contains(places) else { throw broken("k") }
      rule = .tests(FairTopKGroups(shares: shares, significance: significance, count: places))
    case "exposure"?:
      guard let merit = (json["merit"]?.string).flatMap(ExposureReranking.Merit.init) else {
        throw broken("merit")
      }
      guard let tolerance = json["tolerance"]?.double, (0...1).contains(tolerance) else {
        throw broken("tolerance")
      }
      guard case .integer(let seed)? = json["seed"] else { throw broken("seed") }
      rule = .exposure(
        ExposureReranking(merit, tolerance: tolerance), isProtected: try protected(),
        seed: UInt64(bitPattern: seed))
    case let name?:
      guard let algorithm = GreedyReranking(rawValue: name) else { throw broken("algorithm") }
      guard let listed = json["shares"], listed != .null else {
        rule = .shares(algorithm, nil)
        return
      }
      let shares = (listed.array ?? []).compactMap(\.double)
      guard shares.count == count, shares.allSatisfy({ (0...1).contains($0) }) else { throw broken("shares") }
      rule = .shares(algorithm, shares)
    case nil: throw broken("algorithm")
    }
  }
}

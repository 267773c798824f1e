import Platform

extension AttributeUncertainty {
  /// The tests of all metrics: rates are tested by their counts, other metrics by the spread of their
  /// replicates; permutation tests are added if requested.
  func tests(_ notes: inout [String]) throws -> [EqualityTest] {
    var found: [EqualityTest] = []
    var missing: [String] = []
    let permuted = try permutationTests()
    try HostCall.check()
    for (index, metric) in quantities.metrics.enumerated() where metric.isEstimate {
      if let test = permuted?[index] {
        found.append(test)
      } else if let test = test(index, metric) {
        found.append(test)
      } else {
        missing.append(metric.name)
      }
    }
    if !missing.isEmpty {
      notes.append(
        "\(frame.attribute): no test of \(missing.joined(separator: ", ")): too few groups have rows that vary"
      )
    }
    if options.permutations > 0, permuted == nil {
      notes.append(
        "\(frame.attribute): groups are permuted only for decisions without weights; the other tests stand")
    }
    return found
  }

  private func test(_ index: Int, _ metric: Metric) -> EqualityTest? {
    if countsRows, let share = metric.share, !share.isBinary || frame.classes.isEmpty {
      return EqualityTest.rates(metric.name, frame.groups.compactMap(share.counts), seed: options.seed)
    }
    let estimates = frame.groups.indices.compactMap { group -> (value: Double, error: Double)? in
      let place = quantities.group(group, index)
      guard observed[place].isFinite else { return nil }
      return (observed[place], error(place) ?? .nan)
    }
    return EqualityTest.wald(metric.name, estimates)
  }

  /// Permutation tests: groups are randomly reassigned to rows, whose labels and decisions stay. The p value
  /// is (1 + hits) / (1 + permutations), where a hit has a difference at least as large as the observed one
  /// (Phipson and Smyth 2010). Only the counts of a permutation are drawn, from the hypergeometric
  /// distribution.
  ///
  /// - Returns: one test per metric; nil for a metric whose counts no permutation changes, or if there are no
  ///   tests.
  private func permutationTests() throws -> [EqualityTest?]? {
    guard options.permutations > 0, countsRows, let classes = frame.overall.confusion?.classes else {
      return nil
    }
    let cells = classes * classes
    let sizes = frame.groups.map { Double($0.rows) }
    let totals = frame.overall.confusion?.weights ?? []
    let metrics = quantities.metrics
    func differences(_ groups: [GroupSums]) -> [Double] {
      metrics.map { metric in
        let values = groups.map { metric.value($0).number(frame.zeroDivision) }
        return Gaps(values, overall: nil).difference.number(frame.zeroDivision) ?? .nan
      }
    }
    let observed = differences(frame.groups)
    let shards = WorkerPool.shards(of: options.permutations, minimum: 16)
    let cancel = HostCall.cancelFlag
    var hits = [[Int]](repeating: [Int](repeating: 0, count: metrics.count), count: shards.count)
    hits.withUnsafeMutableBufferPointer { hits in
      WorkerPool.run(shards: shards.count) { shard in
        guard shards.indices.contains(shard) else { return }
        for permutation in shards[shard] {
          // The caller throws after this return.
          if cancel?.isRequested == true { return }
          var mixed = RandomStream(
            seed: options.seed &+ UInt64(truncatingIfNeeded: permutation) &* 0xd134_2543_de82_ef95)
          var stream = RandomStream(seed: mixed.next(), purpose: "permutations")
          var left = totals
          let groups = sizes.map { size -> GroupSums in
            var table = [Double](repeating: 0, count: cells)
            var wanted = size
            var rest = left.reduce(0, +)
            for cell in 0..<min(cells, left.count) where wanted > 0 {
              rest -= left[cell]
              table[cell] = stream.hypergeometric(marked: left[cell], others: max(0, rest), draws: wanted)
              wanted -= table[cell]
              left[cell] -= table[cell]
            }
            return GroupSums(
              rows: Int(exactly: size) ?? 0, confusion: ConfusionSums(classes: classes, weights: table))
          }
          for (metric, difference) in differences(groups).enumerated()
          where difference >= observed[metric] - 1e-12 {
            hits[shard][metric] += 1
          }
        }
      }
    }
    return metrics.enumerated().map { index, metric in
      guard observed[index].isFinite, frame.groups.count > 1,
        [.confusion, .binaryConfusion, .multiclassConfusion].contains(metric.input)
      else { return nil }
      let count = hits.reduce(0) { $0 + $1[index] }
      return EqualityTest(
        metric: metric.name, method: "permutation", statistic: observed[index], degreesOfFreedom: nil,
        pValue: Double(1 + count) / Double(1 + options.permutations))
    }
  }
}

import Platform

/// Rows of given cells from a trained generator.
///
/// A generator's shares of categories, given label and group, differ from those of the rows, and go up and down during
/// training. Several candidates are therefore generated for each row, and drawn such that each column has the
/// shares of its bins in the cell's rows (`Raking`), blended with the candidates' shares if the cell has few rows.
struct ConditionalRows {
  let training: AdversarialTraining
  let bins: TableBins
  /// The rows of each cell to learn from.
  let members: [[Int]]
  /// How often candidates are generated again if they claim another cell.
  let tries: Int
  /// The candidates per row, and the largest number of rows that are drawn at once.
  private static let candidates = 5
  private static let block = 2000
  /// The shares of n rows count n, those of the candidates this number.
  private static let prior = 5.0

  /// A row for each of `cells`.
  ///
  /// - Returns: the values of each row, and the number of rows that claim another cell in every try.
  func rows(of cells: [Int], _ random: inout RandomStream) throws -> (values: [[SyntheticValue]], others: Int)
  {
    var values = [[SyntheticValue]](repeating: [], count: cells.count)
    var others = 0
    var places = [[Int]](repeating: [], count: members.count)
    for (place, cell) in cells.enumerated() { places[cell].append(place) }
    for (cell, own) in places.enumerated() {
      for start in stride(from: 0, to: own.count, by: Self.block) {
        let part = own[start..<min(start + Self.block, own.count)]
        let made = try rows(part.count, of: cell, &random)
        others += made.others
        for (place, row) in zip(part, made.values) { values[place] = row }
      }
    }
    return (values, others)
  }

  private func rows(_ wanted: Int, of cell: Int, _ random: inout RandomStream) throws -> (
    values: [[SyntheticValue]], others: Int
  ) {
    var (pool, others) = ([[SyntheticValue]](), [[SyntheticValue]]())
    let goal = max(Self.candidates * wanted, training.generator.rows)
    for attempt in 0..<tries * ((goal - 1) / training.generator.rows + 1) where pool.count < goal {
      try HostCall.check()
      // Later tries only look for the rows that are wanted.
      if attempt * training.generator.rows >= goal, pool.count >= wanted { break }
      let cells = [Int](repeating: cell, count: training.generator.rows)
      for made in training.generate(ofCells: cells, &random) {
        if made.cell == cell {
          pool.append(made.values)
        } else if others.count < wanted {
          others.append(made.values)
        }
      }
    }
    let found = min(wanted, pool.count)
    let codes = bins.codes(of: pool)
    let probabilities = Raking.probabilities(
      codes, shares: shares(of: cell, codes), candidates: pool.count, wanted: found)
    let chosen = Raking.draw(probabilities, wanted: found, &random).map { pool[$0] }
    return (chosen + others.prefix(wanted - found), wanted - found)
  }

  /// The shares of each column's bins that the rows of a cell should have.
  private func shares(of cell: Int, _ candidates: [[Int32]]) -> [[Double]] {
    let real = bins.codes(of: members[cell])
    return bins.counts.indices.map { column in
      let (own, made) = (real[column], candidates[column])
      var shares = [Double](repeating: 0, count: bins.counts[column])
      let all = Double(own.count) + Self.prior
      for code in own { shares[Int(code)] += 1 / all }
      for code in made { shares[Int(code)] += Self.prior / all / Double(made.count) }
      return shares
    }
  }
}

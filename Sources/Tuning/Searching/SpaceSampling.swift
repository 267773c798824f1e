import Configurations
import Platform

// Points of a search space, and their values.
extension SearchSpace {
  /// The values of a point.
  func values(at point: SearchPoint) -> [Trial.Value] {
    guard alternatives.indices.contains(point.alternative) else { return [] }
    return zip(alternatives[point.alternative], point.coordinates).compactMap { entry, coordinate in
      switch (entry.values, coordinate) {
      case (.list(let values), .choice(let index)):
        values.indices.contains(index) ? (entry.pointer, values[index]) : nil
      case (.range(let range), .position(let position)): (entry.pointer, range.value(at: position))
      default: nil
      }
    }
  }

  /// The number of combinations in the grids of all spaces.
  var combinations: Int {
    alternatives.reduce(0) { sum, entries in
      let product = entries.reduce(1) { product, entry in
        let (value, overflow) = product.multipliedReportingOverflow(by: entry.values.grid.count)
        return overflow ? Int.max / 2 : value
      }
      let (value, overflow) = sum.addingReportingOverflow(product)
      return overflow ? Int.max / 2 : value
    }
  }

  /// The points of the grid with the numbers 0 ..< count; the last key varies fastest.
  func grid(first count: Int) -> [SearchPoint] {
    var points: [SearchPoint] = []
    for (alternative, entries) in alternatives.enumerated() {
      let sizes = entries.map(\.values.grid.count)
      var digits = [Int](repeating: 0, count: sizes.count)
      var isFinished = false
      while !isFinished, points.count < count {
        points.append(
          SearchPoint(
            alternative: alternative,
            coordinates: zip(entries, digits).map { $0.values.gridCoordinate($1) }))
        var place = digits.count - 1
        while place >= 0 {
          digits[place] += 1
          if digits[place] < sizes[place] { break }
          digits[place] = 0
          place -= 1
        }
        isFinished = place < 0
      }
    }
    return points
  }

  /// A uniformly drawn point: first a space, then its coordinates.
  func drawn(_ stream: inout RandomStream) -> SearchPoint {
    let alternative = stream.below(max(alternatives.count, 1))
    return SearchPoint(
      alternative: alternative,
      coordinates: alternatives[alternative].map { entry in
        switch entry.values {
        case .list(let values): .choice(stream.below(values.count))
        case .range: .position(stream.uniform())
        }
      })
  }
}

extension SearchValues {
  /// The coordinate of a value of the grid.
  fileprivate func gridCoordinate(_ index: Int) -> SearchPoint.Coordinate {
    switch self {
    case .list: return .choice(index)
    case .range(let range):
      let count = grid.count
      // Equal integers occur only once, so that the positions of the others are computed again.
      guard count == range.steps else {
        let values = grid
        let position = (0..<range.steps).map { range.steps > 1 ? Double($0) / Double(range.steps - 1) : 0.5 }
          .first { values.indices.contains(index) && range.value(at: $0) == values[index] }
        return .position(position ?? 0)
      }
      return .position(range.steps > 1 ? Double(index) / Double(range.steps - 1) : 0.5)
    }
  }
}

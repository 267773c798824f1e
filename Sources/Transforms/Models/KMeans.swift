import Neighbours
import Platform

/// Clusters points by Lloyd's k-means (1982), initialized by k-means++ (Arthur and Vassilvitskii 2007).
struct KMeans {
  private(set) var centres: Buffer<Float>
  /// The indices of each cluster's points.
  private(set) var members: [[Int]] = []
  private let clusters: Int
  private let width: Int

  /// - Parameters:
  ///   - points: row-major (rows, width).
  ///   - clusters: at least 1, at most `rows`.
  init(
    _ points: Buffer<Float>, rows: Int, width: Int, clusters: Int, iterations: Int,
    _ random: inout RandomStream
  ) throws {
    (self.clusters, self.width) = (clusters, width)
    centres = try Buffer<Float>(count: clusters * width, for: "clusters")
    try start(points, rows: rows, &random)
    var assigned = [Int32](repeating: -1, count: rows)
    for _ in 0..<iterations {
      try HostCall.check()
      let found = try EncodedRows(centres, rows: clusters, width: width).nearest(1, to: points).neighbours
      if found == assigned { break }
      assigned = found
      try move(points, assigned)
    }
    members = [[Int]](repeating: [], count: clusters)
    for (row, cluster) in assigned.enumerated() where cluster >= 0 { members[Int(cluster)].append(row) }
  }

  /// Chooses points as initial centres; the probability of a point is proportional to its squared distance
  /// from the earlier centres.
  private mutating func start(_ points: Buffer<Float>, rows: Int, _ random: inout RandomStream) throws {
    var squares = try [Double].filled(with: .infinity, count: rows, for: "clusters")
    var chosen = random.below(rows)
    for cluster in 0..<clusters {
      if cluster % 64 == 0 { try HostCall.check() }
      (centres.pointer + cluster * width).update(from: points.pointer + chosen * width, count: width)
      var total = 0.0
      let (place, count) = (chosen, width)
      squares.withUnsafeMutableBufferPointer { squares in
        for row in 0..<rows {
          var sum = Float(0)
          for j in 0..<count {
            let difference = points.pointer[row * count + j] - points.pointer[place * count + j]
            sum += difference * difference
          }
          squares[row] = min(squares[row], Double(sum))
          total += squares[row]
        }
      }
      var rest = random.uniform() * total
      chosen = random.below(rows)
      for row in 0..<rows where total > 0 {
        rest -= squares[row]
        if rest < 0 {
          chosen = row
          break
        }
      }
    }
  }

  /// Moves each centre to the mean of its points; a centre without points stays.
  private mutating func move(_ points: Buffer<Float>, _ assigned: [Int32]) throws {
    var sums = try [Double].filled(with: 0, count: clusters * width, for: "clusters")
    var counts = [Int](repeating: 0, count: clusters)
    for (row, cluster) in assigned.enumerated() where cluster >= 0 {
      counts[Int(cluster)] += 1
      for j in 0..<width { sums[Int(cluster) * width + j] += Double(points.pointer[row * width + j]) }
    }
    let moved = try Buffer<Float>(count: clusters * width, for: "clusters")
    for cluster in 0..<clusters {
      for j in 0..<width {
        moved.pointer[cluster * width + j] =
          counts[cluster] > 0
          ? Float(sums[cluster * width + j] / Double(counts[cluster])) : centres.pointer[cluster * width + j]
      }
    }
    centres = moved
  }

  /// For each cluster, the point nearest to its centre that no earlier cluster has taken.
  func nearestRows(_ points: Buffer<Float>, rows: Int) throws -> [Int] {
    let set = try EncodedRows(points, rows: rows, width: width)
    let few = min(8, rows)
    let found = try set.nearest(few, to: centres).neighbours
    var taken = Set<Int>()
    var chosen: [Int] = []
    for cluster in 0..<clusters {
      let candidates = found[cluster * few..<cluster * few + few].map { Int($0) }
      guard
        let row = candidates.first(where: { !taken.contains($0) })
          ?? (0..<rows).first(where: { !taken.contains($0) })
      else { continue }
      taken.insert(row)
      chosen.append(row)
    }
    return chosen
  }
}

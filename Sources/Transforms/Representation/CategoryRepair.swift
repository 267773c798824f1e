import Datasets
import Platform

/// The shares of a column's categories by group, and the target shares of all groups: the mean over the
/// groups.
struct CategoryRepair {
  let name: String
  let categories: [String]
  /// (groups, categories); the shares of each group sum to 1.
  let shares: [Double]

  init(_ column: Column, _ groups: [[Int]]) throws {
    name = column.name
    let found = try column.categories()
    categories = found.names
    var shares = try [Double].filled(
      with: 0, count: groups.count * max(1, categories.count), for: "categories")
    for (group, rows) in groups.enumerated() {
      var present = 0.0
      for row in rows where found.codes.pointer[row] >= 0 {
        shares[group * categories.count + Int(found.codes.pointer[row])] += 1
        present += 1
      }
      for place in 0..<categories.count where present > 0 {
        shares[group * categories.count + place] /= present
      }
    }
    self.shares = shares
  }

  /// The new category of a row: depending on the random draw, its own or one that is too rare in the group.
  func repaired(_ category: Int, group: Int, level: Double, draw: Double) -> Int {
    let count = categories.count
    let groups = shares.count / max(1, count)
    func wanted(_ place: Int) -> Double {
      let mean = (0..<groups).reduce(0) { $0 + shares[$1 * count + place] } / Double(groups)
      return (1 - level) * shares[group * count + place] + level * mean
    }
    let own = shares[group * count + category]
    let surplus = own - wanted(category)
    guard surplus > 0, own > 0, draw < surplus / own else { return category }
    // The position of the draw within the surplus selects one of the categories with a deficit.
    let lacking = (0..<count).map { max(0, wanted($0) - shares[group * count + $0]) }
    var rest = draw / (surplus / own) * lacking.reduce(0, +)
    for (place, lack) in lacking.enumerated() where lack > 0 {
      if rest < lack { return place }
      rest -= lack
    }
    return lacking.lastIndex { $0 > 0 } ?? category
  }

  func write(to writer: inout ByteWriter) {
    writer.write(name)
    writer.write(categories)
    writer.write(shares)
  }

  init(from reader: inout ByteReader, groups: Int) throws {
    name = try reader.text()
    categories = try reader.texts()
    shares = try reader.doubles()
    let (cells, overflow) = groups.multipliedReportingOverflow(by: max(1, categories.count))
    guard !overflow, cells == shares.count, shares.allSatisfy({ (0...1).contains($0) }),
      categories.allSatisfy({ !$0.utf8.contains(0) })
    else { throw reader.malformed("\(shares.count) shares are not of \(categories.count) categories") }
  }
}

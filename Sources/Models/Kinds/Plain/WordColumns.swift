import Datasets
import Formats
import Platform

/// Turns columns of texts into the counts of their words, which a network reads in their place.
struct WordColumns: Sendable {
  private let inputs: [PlainInput]
  /// For each input, how its text is counted; none for inputs of numbers.
  private let parts: [[WordCounts]]
  let isEmpty: Bool

  init(_ network: Network) {
    (inputs, parts) = (network.plainInputs, network.wordCounts)
    isEmpty = parts.allSatisfy(\.isEmpty)
  }

  /// The dataset with a tensor of counts in place of each column of texts.
  ///
  /// - Parameter columns: the names, in the order of the network's inputs.
  /// - Throws: `invalidData` for a column that is no text, and for a text that takes too many steps.
  func counted(_ dataset: Dataset, columns: [String]) throws -> Dataset {
    guard !isEmpty, !columns.isEmpty else { return dataset }
    let result = try Dataset(rows: dataset.rows)
    var place = 0
    var added = Set<String>()
    for (input, own) in zip(inputs, parts) {
      // A tensor is one column for all numbers of an input.
      var missing = input.columns
      while missing > 0, columns.indices.contains(place) {
        let name = columns[place]
        place += 1
        missing -= 1
        guard dataset.contains(name), added.insert(name).inserted else { continue }
        let column = try dataset.column(name)
        if case .tensor(_, let shape) = column.values { missing -= shape.reduce(1, *) - 1 }
        try result.add(own.isEmpty ? column : counts(of: column, own, width: input.width))
      }
    }
    return result
  }

  private func counts(of column: Column, _ parts: [WordCounts], width: Int) throws -> Column {
    guard !column.isNumeric else {
      throw Failure.invalidColumn(column.name, "holds numbers, where the model counts the words of texts")
    }
    let found = try column.categories()
    let (size, overflow) = column.rows.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: .max, for: "counts of words") }
    let values = try Buffer<Float>(count: size, for: "counts of words")
    // The first row with each text, whose numbers the others share.
    var first = [Int?](repeating: nil, count: found.names.count)
    for row in 0..<column.rows {
      let target = values.pointer + row * width
      let code = Int(found.codes.pointer[row])
      let isText = found.names.indices.contains(code)
      if isText, let other = first[code] {
        target.update(from: values.pointer + other * width, count: width)
        continue
      }
      var offset = 0
      for part in parts {
        do {
          // A missing text is the empty one.
          try part.count(isText ? found.names[code] : "", into: target + offset)
        } catch let failure as Failure where failure.kind == .invalidData {
          throw Failure.invalidColumn(column.name, "row \(row): \(failure.message)")
        }
        offset += part.width
      }
      if isText { first[code] = row }
    }
    return try Column(name: column.name, values: .tensor(values, shape: [width]))
  }
}

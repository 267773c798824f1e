import Datasets
import Platform

/// Replaces inputs by their membership probabilities of prototypes.
struct PrototypeColumns: FittedStep {
  let parts: [FeatureMatrix.Part]
  let model: PrototypeModel
  let loss: Double
  let changesInputs = true

  init(parts: [FeatureMatrix.Part], model: PrototypeModel, loss: Double) {
    self.parts = parts
    self.model = model
    self.loss = loss
  }

  func apply(_ rows: inout TransformRows) throws {
    let features = try FeatureMatrix(parts.map { try rows.dataset.column($0.column) }, as: parts)
    let columns = try (0..<model.count).map { _ in
      try Buffer<Double>(count: rows.count, for: "a representation")
    }
    let shards = WorkerPool.shards(of: rows.count, minimum: 1024)
    WorkerPool.run(shards: shards.count) { shard in
      var own = [Double](repeating: 0, count: model.count)
      for row in shards[shard] {
        model.probabilities(features.values.pointer + row * features.width, &own)
        for k in 0..<model.count { columns[k].pointer[row] = own[k] }
      }
    }
    try rows.remove(columns: parts.map(\.column))
    try rows.add(
      columns: columns.enumerated().map {
        try Column(name: "\(LearnedRepresentation.prefix)\($0 + 1)", values: .float64($1))
      })
  }

  var learnt: JSONValue {
    [
      "columns": .strings(parts.map(\.column)), "loss": .finite(loss),
      "outcomes": .numbers((0..<model.count).map { model.outcome($0) }),
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(parts.count)
    for part in parts {
      writer.write(part.column)
      writer.write(part.scale != nil)
      writer.write([part.scale?.mean ?? 0, part.scale?.deviation ?? 1])
      writer.write(part.categories)
    }
    writer.write(model.count)
    writer.write(model.parameters)
    writer.write(loss)
  }

  init(from reader: inout ByteReader) throws {
    parts = try (0..<(try reader.count(of: 8))).map { _ in
      let name = try reader.text()
      let isNumber = try reader.flag()
      let numbers = try reader.doubles()
      let categories = try reader.texts()
      guard numbers.count == 2, numbers[1] != 0, numbers.allSatisfy(\.isFinite),
        isNumber || !categories.isEmpty
      else {
        throw reader.malformed("an input of the representation has no scale")
      }
      return FeatureMatrix.Part(
        column: name, scale: isNumber ? (numbers[0], numbers[1]) : nil, categories: isNumber ? [] : categories
      )
    }
    let count = try reader.natural()
    let parameters = try reader.doubles()
    loss = try reader.double()
    let width = parts.reduce(0) { $0 + $1.width }
    guard width > 0, (2...500).contains(count), parameters.count == count * width + width + count,
      parameters.allSatisfy(\.isFinite)
    else { throw reader.malformed("\(parameters.count) numbers are not \(count) prototypes") }
    var model = PrototypeModel(width: width, count: count)
    model.parameters = parameters
    self.model = model
  }
}

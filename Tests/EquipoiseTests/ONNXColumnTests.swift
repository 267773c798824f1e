import Datasets
import Engine
import Formats
import Platform
import Testing

@testable import Equipoise
@testable import Models

/// Tests/Interchange/columns.py runs these files in other runtimes.
@Suite("ONNX files that read a table's columns")
struct ONNXColumnTests {
  static func table() throws -> Dataset {
    let table = try Dataset(rows: 40)
    let ages = (0..<40).map { $0 % 7 == 0 ? Float.nan : Float(20 + $0) }
    try table.add(Column(name: "age", values: .float32(Buffer(copying: ages))))
    try table.add(Column(name: "work", texts: (0..<40).map { $0 % 5 == 0 ? nil : "job \($0 % 3)" }))
    // An input with the same name as the network's output.
    try table.add(Column(name: "output", integers: (0..<40).map { Int64($0 * $0 % 11) }))
    try table.add(Column(name: "hired", texts: (0..<40).map { $0 % 3 == 1 || $0 > 30 ? "yes" : "no" }))
    return table
  }

  static let config =
    #"{"data": {"label": "hired", "positive": "yes", "include": ["age", "work", "output"]}, "threshold": 0.4, "#
    + #""train": {"epochs": 20, "batch_size": 8}, "encoding": {"scale": "piecewise", "pieces": 4}}"#

  @Test(
    "are opened again with the same predictions, threshold and labels", arguments: ["auto", "encoded"])
  func openedAgain(inputs: String) throws {
    let table = try Self.table()
    let (model, _) = try Model.make(ArchitectureConfig()).tuned(on: table, Self.config)
    let folder = try TemporaryDirectory()
    let options = try SaveOptions.decoded(JSONValue.parse(#"{"inputs": "\#(inputs)"}"#), at: "")
    try model.save(path: folder.path + "/first.onnx", options: options)
    let first = try Model.load(path: folder.path + "/first.onnx")
    try first.save(path: folder.path + "/second.onnx", options: options)
    let second = try Model.load(path: folder.path + "/second.onnx")
    for loaded in [first, second] {
      #expect(loaded.threshold == 0.4 && loaded.inputNames == ["age", "work", "output"])
      #expect(try loaded.predicted(on: table) == model.predicted(on: table))
      #expect(
        try loaded.predict(table).column("label").categories().codes.array
          == model.predict(table).column("label").categories().codes.array)
    }
  }

  /// 3 + 2 numbers: an age, whether it is missing, and a 1 for "a"; a 1 for "b", a 1 for a missing text.
  private static func twoInputs(_ table: Dataset) throws -> Model {
    var builder = GraphBuilder()
    let inputs = [builder.input("first", Shape(width: 3)), builder.input("second", Shape(width: 2))]
    let joined = try builder.apply(Concatenation(axis: 0), to: inputs, name: "joined")
    let weight = builder.parameter(try Tensor(name: "w", dimensions: [1, 5], values: [1, 2, 4, 8, 16]))
    let output = try builder.apply(Linear(), to: [joined, weight], name: "z")
    var options = EncoderOptions()
    options.scale = .none
    let encoder = try TableEncoder.fit(table, columns: ["x", "t"], options: options)
    let network = try Network(graph: builder.finish(output: output), link: .identity)
    return try Model(
      network, reader: TableReader(encoder, network), ModelRecord(kind: "onnx", task: .regression))
  }

  @Test("A network of several inputs reads the encoded columns one after another, by table and by features")
  func severalInputs() throws {
    let table = try Dataset(rows: 4)
    try table.add(Column(name: "x", values: .float32(Buffer(copying: [1, .nan, 3, 5]))))
    try table.add(Column(name: "t", texts: ["a", "b", nil, "b"]))
    let model = try Self.twoInputs(table)
    // The mean of 1, 3 and 5 for the missing number: 1 + 4, 3 + 2 + 8, 3 + 16, 5 + 8.
    let expected: [Float] = [5, 13, 19, 13]
    #expect(try model.predicted(on: table) == expected)
    var scores = [Float](repeating: 0, count: 4)
    try model.predict(
      features: [1, 0, .nan, 1, 3, .nan, 5, 1], rows: 4, columns: 2, scores: &scores, scoreCount: 4)
    #expect(scores == expected)
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/two.onnx")
    #expect(try Model.load(path: folder.path + "/two.onnx").predicted(on: table) == expected)
  }

  @Test("Columns of a model without encoders, and a file without the columns' position, are refused")
  func refused() throws {
    let folder = try TemporaryDirectory()
    let table = try Self.table()
    let (model, _) = try Model.make(ArchitectureConfig()).tuned(on: table, Self.config)
    let path = folder.path + "/model.onnx"
    try model.save(path: path)
    let file = try MappedFile(path: path)
    var bytes = withExtendedLifetime(file) { Array(file.bytes) }
    // A member of the metadata, misspelt, that names the beginning of the network.
    let key = Array("equipoise_encoded".utf8)
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: key) })
    let member = try #require(
      bytes.indices.first { $0 > start && bytes[$0...].starts(with: Array("name".utf8)) })
    bytes[member] = UInt8(ascii: "f")
    try AtomicFile.write(to: path) { write in try bytes.withUnsafeBytes { try write($0) } }
    let broken = #expect(throws: Failure.self) { try Model.load(path: path) }
    #expect(broken?.kind == .invalidModel && broken?.location == path)

    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 2))
    let output = try builder.apply(Unary(.negate), to: [x], name: "y")
    let network = try Network(graph: builder.finish(output: output), link: .identity)
    let plain = try Model(
      network, reader: PlainReader(network, include: []), ModelRecord(kind: "onnx"))
    var options = SaveOptions()
    options.inputs = .columns
    let refusal = #expect(throws: Failure.self) { try plain.save(path: path, options: options) }
    #expect(refusal?.location == "/inputs")
  }
}

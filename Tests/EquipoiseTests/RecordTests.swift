import Datasets
import Platform
import Testing

@testable import Equipoise
@testable import Models

@Suite("The record of a model")
struct RecordTests {
  private static func tuned() throws -> (model: Model, table: Dataset) {
    let table = try SyntheticTable.biased(rows: 120)
    let (model, _) = try Model.make(#"{"hidden": [4]}"#).tuned(
      on: table, #"{"data": {"label": "y", "sensitive": ["sex"]}, "threshold": 0.4, "train": {"epochs": 1}}"#)
    return (model, table)
  }

  private static func record(of model: Model, in folder: String) throws -> JSONValue {
    try model.save(path: folder)
    let file = try MappedFile(path: folder + "/equipoise.json")
    return try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
  }

  private static func replace(_ record: JSONValue, in folder: String) throws {
    try AtomicFile.write(record.text(), to: folder + "/equipoise.json")
  }

  /// The record in the form of version 1: threshold, encoder, architecture, layers and embedding side by
  /// side.
  private static func firstVersion(_ record: JSONValue) -> JSONValue {
    var members = (record.members ?? []).filter { !["reader", "decision", "version"].contains($0.key) }
    members.append(.init("version", 1))
    members.append(.init("threshold", record["decision"]?["threshold"] ?? .null))
    for key in ["encoder", "architecture", "layers", "embedding"] {
      members.append(.init(key, record["reader"]?[key] ?? .null))
    }
    return .object(members)
  }

  @Test("A record of version 1 is read: the model reads, predicts and decides as before")
  func versionOne() throws {
    let (model, table) = try Self.tuned()
    let folder = try TemporaryDirectory()
    let record = try Self.record(of: model, in: folder.path + "/model")
    #expect(record["version"] == 2 && record["reader"]?["kind"] == "table")
    try Self.replace(Self.firstVersion(record), in: folder.path + "/model")
    let loaded = try Model.load(path: folder.path + "/model")
    #expect(loaded.threshold == 0.4 && loaded.inputNames == model.inputNames)
    #expect(try loaded.predicted(on: table) == model.predicted(on: table))
    #expect(try loaded.predicted("label", on: table) == model.predicted("label", on: table))
    #expect(try Self.record(of: loaded, in: folder.path + "/again")["reader"] == record["reader"])

    let untrained = try Model.make(#"{"hidden": [3]}"#)
    let new = try Self.record(of: untrained, in: folder.path + "/new")
    #expect(new["reader"]?["kind"] == "new")
    try Self.replace(Self.firstVersion(new), in: folder.path + "/new")
    #expect(try Model.load(path: folder.path + "/new").describe()["architecture"]?["hidden"] == [3])
  }

  @Test(
    "An unknown member is an error at any depth",
    arguments: [("", "colour"), ("decision", "thresholds"), ("reader", "architecture")], [1, 2])
  func unknownMember(place: (object: String, key: String), version: Int) throws {
    guard version == 2 || place.object.isEmpty else { return }
    let (model, _) = try Self.tuned()
    let folder = try TemporaryDirectory()
    var record = try Self.record(of: model, in: folder.path + "/model")
    if version == 1 { record = Self.firstVersion(record) }
    let stranger = JSONValue.Member(place.key, 1)
    if place.object.isEmpty {
      record = .object((record.members ?? []) + [stranger])
    } else {
      record = .object(
        (record.members ?? []).map { member in
          member.key == place.object
            ? .init(member.key, .object((member.value.members ?? []) + [stranger])) : member
        })
    }
    try Self.replace(record, in: folder.path + "/model")
    let failure = #expect(throws: Failure.self) { try Model.load(path: folder.path + "/model") }
    #expect(failure?.kind == .invalidModel && failure?.message.contains("\"\(place.key)\"") == true)
  }

  @Test("A reader that no kind of model has is an error")
  func unknownKind() throws {
    let (model, _) = try Self.tuned()
    let folder = try TemporaryDirectory()
    let record = try Self.record(of: model, in: folder.path + "/model")
    let members = (record.members ?? []).map { member in
      member.key == "reader" ? JSONValue.Member("reader", ["kind": "sounds"]) : member
    }
    try Self.replace(.object(members), in: folder.path + "/model")
    let failure = #expect(throws: Failure.self) { try Model.load(path: folder.path + "/model") }
    #expect(failure?.kind == .invalidModel)
  }
}

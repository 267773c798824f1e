import Foundation
import Platform
import Testing

@testable import Formats

/// Weights of an ONNX file that are in another file.
@Suite("Weights in other files", .serialized)
final class ExternalWeightsTests {
  private typealias Message = ProtobufBytes
  private let directory = "/tmp/equipoise-weights-\(getpid())"

  init() throws {
    try? FileManager.default.removeItem(atPath: directory)
    for folder in ["/model", "/elsewhere"] {
      try FileManager.default.createDirectory(atPath: directory + folder, withIntermediateDirectories: true)
    }
    // y = x · w, where w (3, 1) is 12 bytes of another file.
    let place = Message.field(13, Message.field(1, "location") + Message.field(2, "weights.bin"))
    let tensor =
      Message.field(1, 3) + Message.field(1, 1) + Message.field(2, 1) + Message.field(8, "w") + place
      + Message.field(14, 1)
    let node =
      Message.field(1, "x") + Message.field(1, "w") + Message.field(2, "y") + Message.field(4, "MatMul")
    let graph =
      Message.field(1, node) + Message.field(2, "g") + Message.onnxRows + Message.field(5, tensor)
      + Message.field(12, Message.field(1, "y"))
    let model = Message.field(1, 8) + Message.field(7, graph) + Message.field(8, Message.field(2, 17))
    try Data(model).write(to: URL(fileURLWithPath: directory + "/model/model.onnx"))
    try Data([0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64])
      .write(to: URL(fileURLWithPath: directory + "/elsewhere/weights.bin"))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func failure(followsLinks: Bool = false, _ name: String = "/model/model.onnx") -> Failure? {
    do {
      _ = try ONNXReader.open(path: directory + name, followsLinks: followsLinks)
      return nil
    } catch { return error as? Failure ?? Failure(.internal, "\(error)") }
  }

  private func link(_ target: String, _ name: String) throws {
    try FileManager.default.createSymbolicLink(atPath: directory + name, withDestinationPath: target)
  }

  @Test("A link to weights outside the model's folder is refused, unless it is asked for")
  func outside() throws {
    try link("../elsewhere/weights.bin", "/model/weights.bin")
    #expect(failure()?.kind == .invalidModel)
    #expect(failure()?.message.contains("\"follow_links\"") == true)
    #expect(failure(followsLinks: true) == nil)
  }

  @Test("Links are followed within the folder, and where the model is a link into the folder of the weights")
  func inside() throws {
    try FileManager.default.copyItem(
      atPath: directory + "/elsewhere/weights.bin", toPath: directory + "/model/stored")
    try link("stored", "/model/weights.bin")
    #expect(failure() == nil)
    // The layout of download caches: names in one folder, contents in another.
    try FileManager.default.createDirectory(
      atPath: directory + "/snapshot", withIntermediateDirectories: true)
    try link("../model/model.onnx", "/snapshot/model.onnx")
    try link("../model/stored", "/snapshot/weights.bin")
    #expect(failure("/snapshot/model.onnx") == nil)
  }

  @Test("A pipe in the place of weights is an error at once")
  func pipe() {
    #expect(mkfifo(directory + "/model/weights.bin", 0o644) == 0)
    #expect(failure()?.kind == .io)
    #expect(failure()?.message.contains("not a regular file") == true)
  }
}

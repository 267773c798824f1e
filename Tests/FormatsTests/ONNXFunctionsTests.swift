import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("ONNX files with functions, branches, and what only the interpreter computes")
struct ONNXFunctionsTests {
  /// functions.onnx has nested functions with attributes, and an If whose condition follows from a weight's
  /// shape. interpreted.onnx has the two largest numbers of a row, their cumulative sum and its square.
  @Test(
    "Functions and constant branches are tuned like any graph; the rest predicts; both as onnxruntime does")
  func functions() throws {
    for entry in try json(resource("functions.json")).array ?? [] {
      let file = try #require(entry["file"]?.string)
      let network = try ONNXReader.load(path: resource(file))
      #expect(
        try worstDifference(predictions(network, matrix(entry["rows"])), matrix(entry["expected"])) < 1e-6)
      if file == "functions.onnx" {
        #expect(network.interpretedBecause == nil && network.trainable.contains(true))
      } else {
        #expect(network.interpretedBecause?.hasSuffix("this operator is not supported") == true)
        // It is saved as it was, byte by byte.
        let path = temporaryPath("onnx")
        try ONNXWriter.write(network, to: path)
        let (saved, original) = (try MappedFile(path: path), try MappedFile(path: resource(file)))
        #expect(saved.bytes.elementsEqual(original.bytes))
      }
    }
  }

  @Test("A decoder from PyTorch's dynamo exporter gives PyTorch's logits to 1e-5")
  func decoder() throws {
    let network = try ONNXReader.load(path: resource("decoder-dynamo.onnx"))
    let reference = try json(resource("decoder.json"))
    let found = try predictions(network, matrix(reference["rows"]))
    #expect(worstDifference(found, matrix(reference["expected"])) < 1e-5)
  }
}

import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Safetensors")
struct SafetensorsTests {
  func bytes(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
  }

  func read(_ bytes: [UInt8]) throws -> [String: Tensor] {
    try bytes.withUnsafeBytes { try Safetensors.read(bytes: $0, named: "model.safetensors").tensors() }
  }

  @Test("Written tensors are read back bit by bit, from the mapped file itself")
  func roundTrip() throws {
    let path = temporaryPath("safetensors")
    defer { unlink(path) }
    let tensors = [
      try OperatorGraphs.tensor("bert.pooler.weight", [3, 5]), try OperatorGraphs.tensor("größe \"x\"", [4]),
      try Tensor(name: "one", dimensions: [], values: [-0.0]),
      try Tensor(name: "none", dimensions: [0, 3], values: []),
    ]
    try Safetensors.write(tensors, metadata: [("format", "pt"), ("note", "a\nb")], to: path)
    let file = try Safetensors(path: path)
    #expect(file.metadata.map(\.key) == ["format", "note"] && file.metadata[1].value == "a\nb")
    for tensor in tensors {
      let again = try file.tensor(tensor.name)
      #expect(again.shape == tensor.shape)
      #expect(try again.values.array.map(\.bitPattern) == tensor.values.array.map(\.bitPattern))
    }
    #expect(try file.tensor("one").values.pointer == file.tensor("one").values.pointer)
    #expect(throws: Failure.self) { try file.tensor("two") }
    #expect(throws: Failure.self) { try Safetensors.write([tensors[0], tensors[0]], to: path) }
  }

  @Test("Weights keep their types: written, mapped again, and written again with the same bytes")
  func types() throws {
    let (path, other) = (temporaryPath("safetensors"), temporaryPath("safetensors"))
    defer {
      unlink(path)
      unlink(other)
    }
    let whole = try Buffer(copying: [Int8](arrayLiteral: 127, -64, 0, 1, -127, 5))
    let tensors = try [
      Tensor(
        name: "rows", shape: Shape([3, 2]),
        storage: .int8(whole, scales: Buffer(copying: [0.5, 0, 2]), axis: 0)),
      Tensor(
        name: "columns", shape: Shape([3, 2]),
        storage: .int8(whole, scales: Buffer(copying: [0.5, 2]), axis: 1)),
      Tensor(name: "half", shape: Shape([3]), storage: .float16(Buffer(copying: [0x3c00, 0xc000, 1]))),
      Tensor(name: "brain", shape: Shape([1]), storage: .bfloat16(Buffer(copying: [0x4049]))),
      OperatorGraphs.tensor("float", [5]),
    ]
    try Safetensors.write(tensors, to: path)
    let file = try Safetensors(path: path)
    let again = try tensors.map { try file.tensor($0.name) }
    #expect(again.map(\.element) == [.int8, .int8, .float16, .bfloat16, .float32])
    for (one, two) in zip(tensors, again) { #expect(try one.values.array == two.values.array) }
    #expect(try again[0].values.array == [63.5, -32, 0, 0, -254, 10])
    #expect(try again[1].values.array == [63.5, -128, 0, 2, -63.5, 10])
    try Safetensors.write(again, to: other)
    let bytes = try [path, other].map { path in
      let file = try MappedFile(path: path)
      return withExtendedLifetime(file) { Array(file.bytes) }
    }
    #expect(bytes[0] == bytes[1])
  }

  @Test("Scales that are not finite, or negative, are an error; I8 without scales is float32")
  func scales() throws {
    func tensors(_ scale: Float, _ shape: String = "[1,1]") throws -> [String: Tensor] {
      try read(
        bytes(
          """
          {"x.scales":{"dtype":"F32","shape":\(shape),"data_offsets":[0,4]},
          "x":{"dtype":"I8","shape":[1,2],"data_offsets":[4,6]}}
          """, withUnsafeBytes(of: scale.bitPattern.littleEndian) { Array($0) } + [2, 0xff]))
    }
    #expect(try tensors(0.5)["x"]?.element == .int8)
    #expect(try tensors(0.5)["x"]?.values.array == [1, -0.5])
    for wrong in [Float.nan, -1, .infinity] { #expect(throws: Failure.self) { try tensors(wrong) } }
    #expect(try tensors(0.5, "[1]")["x"]?.element == .float32)
  }

  @Test("Half precision by the bit patterns of IEEE 754 and bfloat16, and whole numbers")
  func conversions() throws {
    // 1, -2, 65504 (largest), 2⁻²⁴ (smallest subnormal), -∞; 1, -2, 3.140625
    let halves: [UInt16] = [0x3c00, 0xc000, 0x7bff, 0x0001, 0xfc00]
    let brains: [UInt16] = [0x3f80, 0xc000, 0x4049]
    let floats: [UInt8] = (halves + brains).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let whole: [UInt8] = [1] + [UInt8](repeating: 0xff, count: 8)
    let data = floats + whole
    let tensors = try read(
      bytes(
        """
        {"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[10,16]},
        "t":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]},"i":{"dtype":"I64","shape":[],"data_offsets":[17,25]}}
        """, data))
    #expect(try tensors["h"]?.values.array == [1, -2, 65504, 0x1p-24, -.infinity])
    #expect(try tensors["b"]?.values.array == [1, -2, 3.140625])
    #expect(try tensors["t"]?.values.array == [1])
    #expect(try tensors["i"]?.values.array == [-1])
  }

  @Test("A wrong header is an error with its location")
  func lies() throws {
    let claim = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1073741824],\"data_offsets\":[0,4294967296]}}"
    #expect {
      try read(bytes(claim, [0, 0, 0, 0]))
    } throws: {
      let file = 8 + claim.utf8.count
      return ($0 as? Failure)?.message
        == "model.safetensors:\(file): tensor \"x\" claims bytes 0 to 4294967296 of a file of \(file + 4)"
    }
    func entry(_ name: String, _ shape: String, _ offsets: String, _ type: String = "F32") -> String {
      "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let four: [UInt8] = [0, 0, 0, 0]
    for (header, data) in [
      ("{\(entry("x", "[2]", "[0,4]"))}", four),  // too few bytes
      ("{\(entry("x", "[1]", "[4,0]"))}", four),  // backwards
      ("{\(entry("x", "[-1]", "[0,4]"))}", four),
      ("{\(entry("x", "[4611686018427387904,4]", "[0,4]"))}", four),
      ("{\(entry("x", "[1]", "[0,4]", "F8"))}", four),
      ("{\(entry("x", "[1]", "[0,4]")),\(entry("y", "[1]", "[0,4]"))}", four),  // overlap
      ("{\(entry("x", "[1]", "[0,4]")),\(entry("y", "[1]", "[8,12]"))}", four + four + four),  // gap
      ("{\(entry("x", "[1]", "[0,4]"))}", four + four),  // rest
      ("[]", []), ("{", []), ("{\"x\":1}", []), ("{\"__metadata__\":{\"a\":1}}", []),
    ] {
      #expect(throws: Failure.self, "\(header)") { try read(bytes(header, data)) }
    }
    #expect(throws: Failure.self) { try read([]) }
    #expect(throws: Failure.self) { try read([255, 255, 255, 255, 255, 255, 255, 255, 123, 125]) }
  }
}

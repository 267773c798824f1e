import Engine
import Platform

/// Reads the model files of LIBSVM (Chang and Lin 2011): regression, and two classes with or without probabilities.
public enum LIBSVMReader {
  /// The key under which a network's metadata keep the machine's type.
  static let key = "libsvm.svm_type"
  /// The parameters of Platt's scaling, and the type's own names.
  static let (slope, offset) = ("prob_a", "prob_b")
  static let kernels: [(name: String, kernel: KernelMachine.Kernel)] = [
    ("linear", .linear), ("polynomial", .polynomial), ("rbf", .radial), ("sigmoid", .sigmoid),
  ]

  /// - Throws: `io`; `invalidModel` at `path:line`; `unsupported` naming the type of machine.
  public static func load(path: String) throws -> Network {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) { try read(bytes: file.bytes, named: path) }
  }

  public static func read(bytes: UnsafeRawBufferPointer, named name: String) throws -> Network {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure.invalidModel("the text is not UTF-8", at: name)
    }
    var header: [Substring: [Substring]] = [:]
    var coefficients: [Float] = []
    var cells: [[(feature: Int, value: Float)]] = []
    var (line, features, isHeader) = (0, 0, true)
    for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      line += 1
      let words = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }.map(Substring.init)
      func invalid(_ message: String) -> Failure { .invalidModel(message, at: "\(name):\(line)") }
      guard let first = words.first else { continue }
      if isHeader {
        if first == "SV" { isHeader = false } else { header[first] = Array(words.dropFirst()) }
        continue
      }
      guard let coefficient = Float(first), coefficient.isFinite else {
        throw invalid("\"\(first)\" is no coefficient")
      }
      coefficients.append(coefficient)
      cells.append(
        try words.dropFirst().map { word in
          let parts = word.split(separator: ":")
          guard parts.count == 2, let index = Int(parts[0]), (1...(1 << 20)).contains(index),
            let value = Float(parts[1]), value.isFinite
          else { throw invalid("\"\(word)\" is not index:value (after one coefficient)") }
          features = max(features, index)
          return (index - 1, value)
        })
    }
    let (count, overflow) = cells.count.multipliedReportingOverflow(by: features)
    guard !isHeader, count > 0, !overflow, count <= 1 << 28 else {
      throw Failure.invalidModel("holds no support vectors, or more than are read", at: "\(name):\(line)")
    }
    let vectors = try Buffer<Float>(count: count, for: "support vectors")
    for (vector, own) in cells.enumerated() {
      for cell in own { vectors.pointer[cell.feature * cells.count + vector] = cell.value }
    }
    do {
      return try network(header, coefficients, vectors, features)
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: name)
    }
  }

  private static func network(
    _ header: [Substring: [Substring]], _ coefficients: [Float], _ vectors: Buffer<Float>, _ features: Int
  ) throws -> Network {
    func numbers(_ key: Substring) throws -> [Float] {
      let words = header[key] ?? []
      let numbers = words.compactMap { Float($0) }
      guard numbers.count == words.count, numbers.allSatisfy(\.isFinite) else {
        throw Failure.invalidModel("\(key) has something that is not a number")
      }
      return numbers
    }
    let type = header["svm_type"]?.first ?? ""
    let isRegression = type == "epsilon_svr" || type == "nu_svr"
    guard isRegression || type == "c_svc" || type == "nu_svc" else {
      throw Failure.unsupported(
        "machines of type \"\(type)\" are not supported; c_svc, nu_svc, epsilon_svr and nu_svr are")
    }
    let name = header["kernel_type"]?.first ?? ""
    guard let kernel = kernels.first(where: { $0.name == name })?.kernel else {
      throw Failure.unsupported(
        "the kernel \"\(name)\" is not supported; linear, polynomial, rbf and sigmoid are")
    }
    let labels = (header["label"] ?? []).map(String.init)
    if !isRegression, labels.count != 2 || labels[0] == labels[1] {
      throw Failure.unsupported(
        "a machine of \(labels.count) classes, one against one, is not supported; one of 2 is")
    }
    guard let rho = try numbers("rho").first else { throw Failure.invalidModel("has no rho") }
    var builder = GraphBuilder()
    let x = builder.input("features", Shape(width: features))
    func parameter(_ name: String, _ values: [Float]) throws -> Graph.ValueID {
      builder.parameter(try Tensor(name: name, dimensions: [values.count], values: values))
    }
    let machine = try KernelMachine(
      kernel, gamma: numbers("gamma").first ?? 1, constant: numbers("coef0").first ?? 0,
      degree: numbers("degree").first ?? 1, features: features, vectors: vectors)
    var output = try builder.apply(
      machine, to: [x, parameter("coefficients", coefficients), parameter("intercept", [-rho])],
      name: "machine")
    guard !isRegression else {
      var network = Network(graph: try builder.finish(output: output), link: .identity, producer: "LIBSVM")
      network.isRegression = true
      network.metadata = [(key, String(type))]
      return network
    }
    // f is of the first label, whose probability is 1 / (1 + e^(A f + B)); the later of the labels is the positive one.
    let (a, b) = (try numbers("probA").first ?? -1, try numbers("probB").first ?? 0)
    let isTurned = (Double(labels[0]) ?? 0) > (Double(labels[1]) ?? 0)
    let sign: Float = isTurned ? -1 : 1
    output = try builder.apply(
      Arithmetic(.multiply), to: [output, parameter(slope, [sign * a])], name: "scaled")
    output = try builder.apply(Arithmetic(.add), to: [output, parameter(offset, [sign * b])], name: "logit")
    var network = Network(
      graph: try builder.finish(output: output), link: header["probA"] == nil ? .logits : .sigmoid,
      classLabels: isTurned ? labels.reversed() : labels, fixedParameters: [slope, offset], producer: "LIBSVM"
    )
    network.metadata = [(key, String(type))]
    return network
  }
}

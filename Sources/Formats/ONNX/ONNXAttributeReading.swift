import Platform

/// Reads a node's attributes, with errors that name the node.
protocol ONNXAttributeReading {
  var node: ONNXNode { get }
  var opset: Int { get }
}

extension ONNXAttributeReading {
  func integer(_ name: String, _ fallback: Int) throws -> Int {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .integer(let value) = attribute else {
      throw invalid("attribute \"\(name)\" is not a whole number")
    }
    return try narrow(value)
  }

  func float(_ name: String, _ fallback: Float) throws -> Float {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .float(let value) = attribute else { throw invalid("attribute \"\(name)\" is not a number") }
    return value
  }

  func string(_ name: String, _ fallback: String) throws -> String {
    guard let attribute = node.attributes[name] else { return fallback }
    guard case .string(let value) = attribute else { throw invalid("attribute \"\(name)\" is not text") }
    return value
  }

  func integers(_ name: String) throws -> [Int]? {
    guard let attribute = node.attributes[name] else { return nil }
    guard case .integers(let values) = attribute else {
      throw invalid("attribute \"\(name)\" is not a list of whole numbers")
    }
    return try values.map(narrow)
  }

  func floats(_ name: String) throws -> [Float]? {
    guard let attribute = node.attributes[name] else { return nil }
    guard case .floats(let values) = attribute else {
      throw invalid("attribute \"\(name)\" is not a list of numbers")
    }
    return values
  }

  func strings(_ name: String) throws -> [String]? {
    guard let attribute = node.attributes[name] else { return nil }
    guard case .strings(let values) = attribute else {
      throw invalid("attribute \"\(name)\" is not a list of text")
    }
    return values
  }

  /// Limits axes and sizes, so that sums of a few cannot overflow.
  func narrow(_ value: Int64) throws -> Int {
    // A slice to the end has the writer's largest integer as its end.
    Int(Swift.min(Swift.max(value, -(1 << 40)), 1 << 40))
  }

  func invalid(_ message: String) -> Failure { Failure(.invalidModel, message, at: node.name) }
  func unsupported(_ message: String) -> Failure { Failure(.unsupported, message, at: node.name) }
}

import Engine
import Platform

/// Each operator's own settings as JSON, and back. A new operator is a line in each of the two lists.
enum OperatorDescription {
  static let decoders: [String: (Reader) throws -> any Operator] = [
    Activation.kind: { Activation(try $0.choice("function"), alpha: try $0.float("alpha", 0)) },
    Arithmetic.kind: { Arithmetic(try $0.choice("function")) },
    BatchNorm.kind: {
      BatchNorm(
        epsilon: try $0.float("epsilon"), momentum: try $0.float("momentum"),
        usesBatchStatistics: try $0.flag("uses_batch_statistics"))
    },
    Columns.kind: { Columns(try $0.range("columns")) },
    Concatenation.kind: { Concatenation(axis: try $0.integer("axis")) },
    Dropout.kind: {
      Dropout(rate: try $0.float("rate"), stream: UInt64(bitPattern: Int64(try $0.integer("stream"))))
    },
    Embedding.kind: { _ in Embedding() },
    LayerNorm.kind: { LayerNorm(epsilon: try $0.float("epsilon")) },
    Linear.kind: { Linear(weightIsInputMajor: try $0.flag("weight_is_input_major")) },
    Reduction.kind: {
      Reduction(try $0.choice("function"), axes: try $0.range("axes"), keepsAxes: try $0.flag("keeps_axes"))
    },
    Softmax.kind: { _ in Softmax() },
    TreeEnsemble.kind: {
      TreeEnsemble(
        try TreeLayout(TreeDescription.trees($0.json["ensemble"], at: $0.pointer + "/ensemble")),
        try $0.choice("aggregate"), factor: try $0.float("factor"))
    },
    Unary.kind: { Unary(try $0.choice("function")) },
  ]

  static func attributes(_ operation: any Operator) -> [JSONValue.Member] {
    func range(_ range: Range<Int>) -> JSONValue { [.integer(range.lowerBound), .integer(range.upperBound)] }
    switch operation {
    case let it as Activation:
      return [.init("function", .string(it.function.rawValue)), .init("alpha", .finite(it.alpha))]
    case let it as Arithmetic: return [.init("function", .string(it.function.rawValue))]
    case let it as BatchNorm:
      return [
        .init("epsilon", .finite(it.epsilon)), .init("momentum", .finite(it.momentum)),
        .init("uses_batch_statistics", .bool(it.usesBatchStatistics)),
      ]
    case let it as Columns: return [.init("columns", range(it.range))]
    case let it as Concatenation: return [.init("axis", .integer(it.axis))]
    case let it as Dropout:
      return [.init("rate", .finite(it.rate)), .init("stream", .integer(Int64(bitPattern: it.stream)))]
    case let it as LayerNorm: return [.init("epsilon", .finite(it.epsilon))]
    case let it as Linear: return [.init("weight_is_input_major", .bool(it.weightIsInputMajor))]
    case let it as Reduction:
      return [
        .init("function", .string(it.function.rawValue)), .init("axes", range(it.axes)),
        .init("keeps_axes", .bool(it.keepsAxes)),
      ]
    case let it as TreeEnsemble:
      return [
        .init("aggregate", .string(it.sums.aggregate.rawValue)), .init("factor", .finite(it.sums.factor)),
        .init("ensemble", TreeDescription.json(it.trees)),
      ]
    case let it as Unary: return [.init("function", .string(it.function.rawValue))]
    default: return []
    }
  }

  /// One node's settings, each checked as it is read.
  struct Reader {
    let json: JSONValue
    let pointer: String

    func float(_ key: String, _ fallback: Float? = nil) throws -> Float {
      guard let value = json[key] else {
        if let fallback { return fallback }
        throw GraphDescription.invalid("is missing", "\(pointer)/\(key)")
      }
      guard let number = value.double, Float(number).isFinite else {
        throw GraphDescription.invalid("\(value.text()) is not a number", "\(pointer)/\(key)")
      }
      return Float(number)
    }

    func integer(_ key: String) throws -> Int {
      guard let number = json[key]?.int else {
        throw GraphDescription.invalid("a whole number is needed", "\(pointer)/\(key)")
      }
      return number
    }

    func flag(_ key: String) throws -> Bool {
      guard let flag = json[key]?.bool else {
        throw GraphDescription.invalid("true or false is needed", "\(pointer)/\(key)")
      }
      return flag
    }

    func range(_ key: String) throws -> Range<Int> {
      guard let list = json[key]?.array, list.count == 2, let start = list[0].int, let end = list[1].int,
        (0...GraphDescription.maximumWidth).contains(start),
        (start...GraphDescription.maximumWidth).contains(end)
      else {
        throw GraphDescription.invalid("two whole numbers are needed, start and end", "\(pointer)/\(key)")
      }
      return start..<end
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice
    where Choice.RawValue == String {
      let word = json[key]?.string ?? ""
      guard let choice = Choice(rawValue: word) else {
        throw GraphDescription.invalid(
          "\"\(word)\" is not one\(Suggestion.phrase(for: word, among: Choice.allCases.map(\.rawValue)))",
          "\(pointer)/\(key)")
      }
      return choice
    }
  }
}

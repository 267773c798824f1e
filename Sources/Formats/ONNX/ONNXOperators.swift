import Engine
import Platform

/// The operators that are read, one line each.
enum ONNXOperators {
  typealias Importer = (ONNXCall) throws -> [ONNXSymbol]

  static func evaluate(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let known = call.operands.allSatisfy {
      switch $0 {
      case .constant, nil: true
      default: false
      }
    }
    if known, let fold = ONNXFolding.table[call.node.kind] {
      return try fold(call).map { tensor in
        guard tensor.isPlain else { throw call.unsupported("makes a constant of shape \(tensor.dimensions)") }
        return .constant(tensor)
      }
    }
    guard let importer = table[call.node.kind] else {
      throw call.unsupported("this operator is not supported")
    }
    return try importer(call)
  }

  static let table: [String: Importer] = [
    "Gemm": ONNXLinear.gemm,
    "MatMul": ONNXLinear.matMul,

    "Add": ONNXElementwise.arithmetic(.add),
    "Sum": ONNXElementwise.arithmetic(.add),
    "Sub": ONNXElementwise.arithmetic(.subtract),
    "Mul": ONNXElementwise.arithmetic(.multiply),
    "Div": ONNXElementwise.arithmetic(.divide),
    "Pow": ONNXElementwise.arithmetic(.power),
    "Max": ONNXElementwise.arithmetic(.maximum),
    "Min": ONNXElementwise.arithmetic(.minimum),
    "Neg": ONNXElementwise.unary(.negate),
    "Abs": ONNXElementwise.unary(.absolute),
    "Sqrt": ONNXElementwise.unary(.squareRoot),
    "Exp": ONNXElementwise.unary(.exponential),
    "Log": ONNXElementwise.unary(.logarithm),
    "Reciprocal": ONNXElementwise.unary(.reciprocal),
    "Erf": ONNXElementwise.unary(.errorFunction),
    "Not": ONNXElementwise.not,
    "Clip": ONNXElementwise.clip,

    "Relu": ONNXActivation.plain(.relu),
    "LeakyRelu": ONNXActivation.scaled(.leakyReLU, alpha: 0.01),
    "Elu": ONNXActivation.scaled(.elu, alpha: 1),
    "Selu": ONNXActivation.selu,
    "PRelu": ONNXActivation.pRelu,
    "Gelu": ONNXActivation.gelu,
    "Tanh": ONNXActivation.plain(.tanh),
    "Sigmoid": ONNXActivation.plain(.sigmoid),
    "HardSigmoid": ONNXActivation.hardSigmoid,
    "Softplus": ONNXActivation.plain(.softplus),
    "Greater": ONNXActivation.greater,
    "Where": ONNXActivation.linearAbove,
    "Swish": ONNXActivation.swish,
    "Softmax": ONNXActivation.softmax,
    "LogSoftmax": ONNXActivation.logSoftmax,

    "LayerNormalization": ONNXNormalization.layer,
    "BatchNormalization": ONNXNormalization.batch,
    "Dropout": ONNXNormalization.dropout,

    "Identity": ONNXShape.identity,
    "Cast": ONNXShape.cast,
    "Shape": ONNXShape.shape,
    "Reshape": ONNXShape.reshape,
    "Flatten": ONNXShape.flatten,
    "Squeeze": ONNXShape.squeeze,
    "Unsqueeze": ONNXShape.unsqueeze,
    "Transpose": ONNXShape.transpose,

    "Concat": ONNXSelection.concat,
    "Slice": ONNXSelection.slice,
    "Split": ONNXSelection.split,
    "Gather": ONNXSelection.gather,

    "ReduceSum": ONNXReduction.reduce(.sum),
    "ReduceMean": ONNXReduction.reduce(.mean),
    "ReduceMax": ONNXReduction.reduce(.maximum),
    "ReduceMin": ONNXReduction.reduce(.minimum),
    "GlobalAveragePool": ONNXReduction.globalAverage,

    "ai.onnx.ml.Scaler": ONNXClassical.scaler,
    "ai.onnx.ml.LinearClassifier": ONNXClassical.linearClassifier,
    "ai.onnx.ml.LinearRegressor": ONNXClassical.linearRegressor,
    "ai.onnx.ml.TreeEnsemble": ONNXTrees.ensemble,
    "ai.onnx.ml.TreeEnsembleClassifier": ONNXTrees.classifier,
    "ai.onnx.ml.TreeEnsembleRegressor": ONNXTrees.regressor,
    "ai.onnx.ml.Normalizer": ONNXClassical.normalizer,
    "ai.onnx.ml.ArrayFeatureExtractor": ONNXClassical.arrayFeatureExtractor,
    "ai.onnx.ml.FeatureVectorizer": ONNXClassical.featureVectorizer,
    "ai.onnx.ml.ZipMap": ONNXClassical.zipMap,
  ]
}

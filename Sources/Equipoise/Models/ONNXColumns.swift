import Datasets
import Fairness
import Formats
import Platform

extension Model {
  /// The columns that an ONNX file of the model takes, or none where it takes the network's inputs.
  ///
  /// - Throws: `invalidConfig` where columns are asked for and the model has no encoder.
  func onnxColumns(_ form: SaveOptions.Inputs) throws -> [ONNXColumn] {
    guard let encoder else {
      guard form != .columns else {
        throw Failure.invalidConfig(
          "the model has no encoder, its inputs are the network's own; \"auto\" and \"encoded\" are accepted",
          at: "/inputs")
      }
      return []
    }
    switch form {
    case .encoded: return []
    // What called the network before calls it again.
    case .auto where kind == LoadOptions.Format.onnx.rawValue && encoder.passesNumbers: return []
    case .auto, .columns: break
    }
    return encoder.slots.map { slot in
      switch slot.encoding {
      case .number(let number):
        return ONNXColumn(
          name: slot.name,
          encoding: .number(
            shift: number.shift, inverseScale: 1 / number.scale, fill: number.fill,
            indicator: number.indicator, edges: number.edges.array))
      case .category(let category):
        var (texts, places) = (category.categories, Array(category.categories.indices))
        if !texts.contains("") {
          texts.append("")
          places.append(category.missingPlace)
        } else if category.missingPlace != category.unseenPlace {
          Log.write(
            .warning,
            "column \"\(slot.name)\": the empty text is one of its categories, so that the ONNX file has no text "
              + "for a missing one")
        }
        return ONNXColumn(
          name: slot.name,
          encoding: .category(
            texts: texts, places: places, unseen: category.unseenPlace,
            slots: category.isIndex ? nil : category.width))
      }
    }
  }

  /// How an ONNX file of the model decides, where tuning said what its classes are.
  var onnxDecision: ONNXDecision? {
    guard data != nil, !classLabels.isEmpty else { return nil }
    switch task {
    case .binary: return .threshold(DecisionRule(threshold: threshold).threshold)
    case .multiclass: return .likeliest
    case .regression, nil: return nil
    }
  }
}

extension TableEncoder {
  /// Whether a row's inputs are its columns' numbers.
  fileprivate var passesNumbers: Bool {
    slots.allSatisfy { slot in
      guard case .number(let number) = slot.encoding else { return false }
      return number.shift == 0 && number.scale == 1 && number.width == 1
    }
  }
}

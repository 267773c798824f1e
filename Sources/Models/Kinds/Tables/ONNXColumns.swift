import Configurations
import Datasets
import Fairness
import Formats
import Platform

extension TableReader {
  func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn] {
    switch form {
    case .encoded: return []
    // The programs that call the original network can call this one too.
    case .auto where model.kind == LoadOptions.Format.onnx.rawValue && encoder.passesNumbers: return []
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
              + "for a missing value")
        }
        return ONNXColumn(
          name: slot.name,
          encoding: .category(
            texts: texts, places: places, unseen: category.unseenPlace,
            slots: category.isIndex ? nil : category.width))
      }
    }
  }

}

extension TableEncoder {
  /// Whether the encoded inputs are the unchanged numbers of the columns.
  fileprivate var passesNumbers: Bool {
    slots.allSatisfy { slot in
      guard case .number(let number) = slot.encoding else { return false }
      return number.shift == 0 && number.scale == 1 && number.width == 1
    }
  }
}

import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Whether activations are recomputed in backward: true, false, or "auto".
public enum RecomputeChoice: ConfigValue, Equatable, Sendable {
  case always, never, auto

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> RecomputeChoice {
    switch json {
    case .bool(true): return .always
    case .bool(false): return .never
    case .string("auto"): return .auto
    default:
      throw Failure.invalidConfig(
        "\(json.kindName) stands where true, false or \"auto\" is accepted", at: pointer)
    }
  }

  public var encoded: JSONValue {
    switch self {
    case .always: true
    case .never: false
    case .auto: "auto"
    }
  }

  public static var schema: JSONValue {
    ["anyOf": [["type": "boolean"], ["type": "string", "enum": ["auto"]]]]
  }
}

extension RecomputeChoice {
  /// - Throws: `unsupported` for a network whose layers are unknown.
  ///
  /// - Parameter memoryLimit: in megabytes; nil: three quarters of the machine's memory.
  package func recomputation(ofTexts: Bool, memoryLimit: Int?) throws -> Recomputation {
    switch self {
    case .never: return .never
    case .always:
      guard ofTexts else {
        throw Failure.unsupported(
          "layers are known for text models only", at: "/train/recompute")
      }
      return .always
    case .auto:
      guard ofTexts else { return .never }
      if let memoryLimit { return .above(bytes: memoryLimit * 1_000_000) }
      let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
        by: sysconf(Int32(_SC_PAGESIZE)))
      return overflow || bytes <= 0 ? .never : .above(bytes: bytes / 4 * 3)
    }
  }
}

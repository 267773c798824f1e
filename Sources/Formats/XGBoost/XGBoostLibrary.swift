import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// XGBoost's C library, loaded when it is first needed; this library is not linked to it. Versions from 1.7
/// on.
public struct XGBoostLibrary {
  typealias Handle = UnsafeMutableRawPointer
  typealias Result = UnsafeMutablePointer<Handle?>
  typealias Text = UnsafePointer<CChar>

  let lastError: @convention(c) () -> Text?
  let createMatrix: @convention(c) (UnsafePointer<Float>, UInt64, UInt64, Float, Result) -> Int32
  let freeMatrix: @convention(c) (Handle) -> Int32
  let setFeatures: @convention(c) (Handle, Text, UnsafePointer<Text?>, UInt64) -> Int32
  let create: @convention(c) (UnsafePointer<Handle?>, UInt64, Result) -> Int32
  let free: @convention(c) (Handle) -> Int32
  let setParameter: @convention(c) (Handle, Text, Text) -> Int32
  /// Takes gradient and curvature as the JSON of numpy's array interface; nil before version 2.1, which has
  /// `boost`.
  let train: (@convention(c) (Handle, Handle, Int32, Text, Text) -> Int32)?
  let boost:
    (
      @convention(c) (Handle, Handle, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UInt64) ->
        Int32
    )?
  let predict:
    @convention(c) (
      Handle, Handle, Text, UnsafeMutablePointer<UnsafePointer<UInt64>?>, UnsafeMutablePointer<UInt64>,
      UnsafeMutablePointer<UnsafePointer<Float>?>
    ) -> Int32
  let save:
    @convention(c) (
      Handle, Text, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UnsafePointer<CChar>?>
    ) -> Int32

  /// The file names in installations.
  private static let names = ["libxgboost.so", "libxgboost.so.0"]
  /// The environment variable with the library's path. Configurations must not set this path, because they
  /// may come from untrusted users; the environment belongs to the host.
  static let variable = "EQUIPOISE_XGBOOST_LIBRARY"
  private static let chosen = ChosenPath()

  /// The path set by `eqp_set_library`, which takes precedence over the environment.
  private final class ChosenPath: @unchecked Sendable {
    private let lock = Lock()
    private var path: String?

    var value: String? { lock.withLock { path } }
    func set(_ path: String?) { lock.withLock { self.path = path } }
  }

  /// Sets the library's path; nil: from the environment, or found by the system's loader.
  public static func setPath(_ path: String?) { chosen.set(path) }

  /// Whether the library is found; it then stays loaded.
  public static var isInstalled: Bool { (try? XGBoostLibrary()) != nil }

  /// - Throws: `unsupported` with the paths that were tried.
  init() throws {
    let path = Self.chosen.value ?? getenv(Self.variable).map { String(cString: $0) }
    var reasons: [String] = []
    var opened: Handle?
    for name in path.map({ [$0] }) ?? Self.names where opened == nil {
      // The library stays loaded, because its threads continue to run.
      opened = dlopen(name, RTLD_NOW | RTLD_LOCAL)
      if opened == nil { reasons.append(dlerror().map { String(cString: $0) } ?? name) }
    }
    guard let library = opened else {
      throw Failure.unsupported(
        "trees are grown by XGBoost's C library, which was not found (\(reasons.joined(separator: "; "))); install "
          + "Debian's libxgboost0, or the Python package xgboost-cpu and give eqp_set_library or \(Self.variable) the "
          + "path of its xgboost/lib/libxgboost.so")
    }
    func find(_ name: String) throws -> Handle {
      guard let symbol = dlsym(library, name) else {
        throw Failure.unsupported(
          "\(path ?? Self.names[0]) has no \(name); version 1.7 of XGBoost or newer has")
      }
      return symbol
    }
    lastError = unsafeBitCast(try find("XGBGetLastError"), to: (@convention(c) () -> Text?).self)
    createMatrix = unsafeBitCast(
      try find("XGDMatrixCreateFromMat"),
      to: (@convention(c) (UnsafePointer<Float>, UInt64, UInt64, Float, Result) -> Int32).self)
    freeMatrix = unsafeBitCast(try find("XGDMatrixFree"), to: (@convention(c) (Handle) -> Int32).self)
    setFeatures = unsafeBitCast(
      try find("XGDMatrixSetStrFeatureInfo"),
      to: (@convention(c) (Handle, Text, UnsafePointer<Text?>, UInt64) -> Int32).self)
    create = unsafeBitCast(
      try find("XGBoosterCreate"),
      to: (@convention(c) (UnsafePointer<Handle?>, UInt64, Result) -> Int32).self)
    free = unsafeBitCast(try find("XGBoosterFree"), to: (@convention(c) (Handle) -> Int32).self)
    setParameter = unsafeBitCast(
      try find("XGBoosterSetParam"), to: (@convention(c) (Handle, Text, Text) -> Int32).self)
    train = dlsym(library, "XGBoosterTrainOneIter").map {
      unsafeBitCast($0, to: (@convention(c) (Handle, Handle, Int32, Text, Text) -> Int32).self)
    }
    boost =
      train != nil
      ? nil
      : unsafeBitCast(
        try find("XGBoosterBoostOneIter"),
        to: (@convention(c) (
          Handle, Handle, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UInt64
        ) -> Int32).self)
    predict = unsafeBitCast(
      try find("XGBoosterPredictFromDMatrix"),
      to: (@convention(c) (
        Handle, Handle, Text, UnsafeMutablePointer<UnsafePointer<UInt64>?>, UnsafeMutablePointer<UInt64>,
        UnsafeMutablePointer<UnsafePointer<Float>?>
      ) -> Int32).self)
    save = unsafeBitCast(
      try find("XGBoosterSaveModelToBuffer"),
      to: (@convention(c) (
        Handle, Text, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UnsafePointer<CChar>?>
      ) -> Int32).self)
  }

  /// - Throws: `unsupported` with XGBoost's message if a call failed.
  func check(_ status: Int32) throws {
    guard status != 0 else { return }
    // The message is followed by a stack trace on further lines.
    let words = lastError().map { String(cString: $0) } ?? "no reason given"
    let lines = words.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    throw Failure.unsupported("XGBoost: \(lines.first.map { String(Substring($0)) } ?? words)")
  }
}

// swift-tools-version: 6.0
import PackageDescription

// Modules that work once per call or report, without loops over rows or weights, are optimized for size instead
// of speed.
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

// C is also optimized for the tests, most of whose time would otherwise be spent in its loops.
let optimized: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]

let package = Package(
  name: "Equipoise",
  products: [
    .library(name: "equipoise", type: .dynamic, targets: ["EquipoiseABI"]),
    .library(name: "Equipoise", targets: ["Equipoise", "Reporting"]),
  ],
  targets: [
    // The C interface, and the libraries of the system.
    .systemLibrary(name: "CEquipoise", path: "include/equipoise"),
    .target(
      name: "COneDNN", path: "Sources/System/COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(
      name: "CCSV", path: "Sources/System/CCSV", providers: [.apt(["libcsv-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CSodium", path: "Sources/System/CSodium", pkgConfig: "libsodium",
      providers: [.apt(["libsodium-dev"])]),
    .target(
      name: "COnnx", path: "Sources/System/COnnx",
      linkerSettings: [.linkedLibrary("protobuf-c")]),
    .target(
      name: "CImages", path: "Sources/System/CImages",
      linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("turbojpeg")]),

    // C: the loops that need vector code, by the module that owns them.
    .target(name: "PlatformKernels", cSettings: [.define("_GNU_SOURCE")] + optimized),
    .target(name: "EngineKernels", dependencies: ["PlatformKernels"], cSettings: optimized),
    .target(name: "FairnessKernels", dependencies: ["PlatformKernels"], cSettings: optimized),
    .target(
      name: "TableKernels", dependencies: ["PlatformKernels"], cSettings: optimized,
      linkerSettings: [.linkedLibrary("csv")]),
    .target(
      name: "TextKernels", dependencies: ["PlatformKernels"],
      cSettings: [.define("_GNU_SOURCE")] + optimized,
      linkerSettings: [.linkedLibrary("utf8proc"), .linkedLibrary("pcre2-8")]),

    // The library, from the lowest layer to the highest.
    .target(name: "Platform", dependencies: ["CZlib", "CSodium", "PlatformKernels"]),
    .target(name: "Engine", dependencies: ["Platform", "PlatformKernels", "EngineKernels", "COneDNN"]),
    .target(name: "Neighbours", dependencies: ["Platform", "EngineKernels"]),
    .target(
      name: "Fairness",
      dependencies: ["Neighbours", "Platform", "PlatformKernels", "EngineKernels", "FairnessKernels"]),
    .target(
      name: "Datasets",
      dependencies: [
        "Platform", "PlatformKernels", "TableKernels", "CCSV", "CZlib", "CImages", "CEquipoise",
      ]),
    .target(
      name: "Transforms",
      dependencies: ["Datasets", "Neighbours", "Engine", "Platform", "EngineKernels", "TableKernels"]),
    .target(name: "Tokenizers", dependencies: ["Platform", "PlatformKernels", "TextKernels"]),
    .target(name: "Formats", dependencies: ["Engine", "Tokenizers", "Platform", "EngineKernels", "COnnx"]),
    .target(name: "Reporting", dependencies: ["Platform"], swiftSettings: small),
    .target(
      name: "Configurations",
      dependencies: ["Engine", "Fairness", "Datasets", "Transforms", "Tokenizers", "Formats", "Platform"],
      swiftSettings: small),
    .target(
      name: "Models",
      dependencies: [
        "Configurations", "Engine", "Fairness", "Datasets", "Transforms", "Tokenizers", "Formats", "Platform",
        "PlatformKernels", "EngineKernels", "TableKernels",
      ]),
    .target(
      name: "Prediction",
      dependencies: [
        "Models", "Configurations", "Engine", "Fairness", "Datasets", "Formats", "Platform",
      ]),
    .target(
      name: "Auditing",
      dependencies: [
        "Prediction", "Models", "Configurations", "Fairness", "Neighbours", "Datasets", "Tokenizers",
        "Platform",
      ]),
    .target(
      name: "Tuning",
      dependencies: [
        "Auditing", "Prediction", "Models", "Configurations", "Transforms", "Engine", "Fairness", "Datasets",
        "Formats", "Platform", "EngineKernels",
      ]),
    // The module that Swift programs import.
    .target(
      name: "Equipoise",
      dependencies: [
        "Tuning", "Auditing", "Prediction", "Models", "Configurations", "Datasets", "Formats", "Platform",
      ]),
    .target(
      name: "EquipoiseABI",
      dependencies: [
        "Equipoise", "CEquipoise", "Datasets", "Engine", "Reporting", "Platform", "PlatformKernels",
      ]),
    .executableTarget(name: "ConfigurationReference", dependencies: ["Equipoise"]),
    .executableTarget(
      name: "TokenizeTexts", dependencies: ["Tokenizers"], path: "benchmarks/tokenizers",
      exclude: ["compare.py", "directories.py", "texts.py"],
      sources: ["TokenizeTexts.swift"]),

    .testTarget(name: "PlatformTests", dependencies: ["Platform", "PlatformKernels"]),
    // Its naive definitions of operators are slow otherwise.
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "EngineKernels"],
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .testTarget(
      name: "FairnessTests", dependencies: ["Fairness", "Neighbours", "Platform", "EngineKernels"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets"], exclude: ["Resources"]),
    .testTarget(name: "TransformsTests", dependencies: ["Equipoise", "Transforms", "Datasets", "Platform"]),
    .testTarget(
      name: "TokenizersTests", dependencies: ["Tokenizers", "Platform"],
      exclude: ["Samples", "samples.py"]),
    .testTarget(name: "FormatsTests", dependencies: ["Formats", "Engine", "CZlib"], exclude: ["Resources"]),
    .testTarget(
      name: "EquipoiseTests",
      dependencies: ["Equipoise", "Tuning", "Auditing", "Prediction", "Models", "Configurations"],
      exclude: ["Resources"]),
  ],
  swiftLanguageModes: [.v5]
)

// swift-tools-version: 6.0
import PackageDescription

// Modules that work once per model or report are optimized for size instead of speed. So are modules whose
// loops over rows are in the kernels.
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

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
    .target(
      name: "Kernels", path: "Sources/Kernels",
      cSettings: [.define("_GNU_SOURCE")],
      linkerSettings: [.linkedLibrary("csv"), .linkedLibrary("utf8proc")]),

    // The library, from the lowest layer to the highest.
    .target(name: "Platform", dependencies: ["CZlib", "CSodium", "Kernels"]),
    .target(name: "Engine", dependencies: ["Platform", "Kernels", "COneDNN"]),
    .target(name: "Neighbours", dependencies: ["Platform", "Kernels"]),
    .target(name: "Fairness", dependencies: ["Neighbours", "Platform", "Kernels"]),
    .target(
      name: "Datasets", dependencies: ["Platform", "Kernels", "CCSV", "CZlib", "CImages", "CEquipoise"]),
    .target(name: "Transforms", dependencies: ["Datasets", "Neighbours", "Platform", "Kernels"]),
    .target(name: "Tokenizers", dependencies: ["Platform", "Kernels"]),
    .target(name: "Formats", dependencies: ["Engine", "Platform", "COnnx"], swiftSettings: small),
    .target(name: "Reporting", dependencies: ["Platform"], swiftSettings: small),
    .target(
      name: "Configurations",
      dependencies: ["Engine", "Fairness", "Datasets", "Transforms", "Tokenizers", "Platform"],
      swiftSettings: small),
    .target(
      name: "Models",
      dependencies: [
        "Configurations", "Engine", "Fairness", "Datasets", "Transforms", "Tokenizers", "Formats", "Platform",
        "Kernels",
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
        "Formats", "Platform", "Kernels",
      ]),
    // The module that Swift programs import.
    .target(
      name: "Equipoise",
      dependencies: [
        "Tuning", "Auditing", "Prediction", "Models", "Configurations", "Datasets", "Formats", "Platform",
      ]),
    .target(
      name: "EquipoiseABI",
      dependencies: ["Equipoise", "CEquipoise", "Datasets", "Engine", "Reporting", "Platform", "Kernels"]),
    .executableTarget(name: "ConfigurationReference", dependencies: ["Equipoise"]),
    .executableTarget(
      name: "TokenizeTexts", dependencies: ["Tokenizers"], path: "benchmarks/tokenizers",
      exclude: ["compare.py", "directories.py", "texts.py"],
      sources: ["TokenizeTexts.swift"]),

    .testTarget(name: "PlatformTests", dependencies: ["Platform", "Kernels"]),
    .testTarget(name: "EngineTests", dependencies: ["Engine"]),
    .testTarget(name: "FairnessTests", dependencies: ["Fairness", "Neighbours", "Platform"]),
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

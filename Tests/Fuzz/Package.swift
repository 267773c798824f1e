// swift-tools-version: 6.0
import PackageDescription

// Apart from the library's own package, because it links only where libFuzzer is (see run.sh).
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "Equipoise", path: "../..")],
  targets: [
    .systemLibrary(name: "CLibFuzzer"),
    .executableTarget(
      name: "Fuzzers", dependencies: ["CLibFuzzer", .product(name: "Equipoise", package: "Equipoise")]),
  ],
  swiftLanguageModes: [.v5]
)

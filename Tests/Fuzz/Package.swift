// swift-tools-version: 6.0
import PackageDescription

// A separate package, because it can be linked only where libFuzzer is installed (see run.sh).
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

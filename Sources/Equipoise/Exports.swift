// The modules that a Swift program gets with `import Equipoise`.
@_exported import Auditing
@_exported import Configurations
@_exported import Models
@_exported import Prediction
@_exported import Tuning

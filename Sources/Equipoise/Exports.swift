// What a Swift program imports: the modules that the library is made of.
@_exported import Auditing
@_exported import Configurations
@_exported import Models
@_exported import Prediction
@_exported import Tuning

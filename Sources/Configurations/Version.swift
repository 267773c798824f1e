/// The library's version; equal to the header's EQP_VERSION_*.
public let libraryVersion = "0.1.0"

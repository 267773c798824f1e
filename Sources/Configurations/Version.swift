/// The library's version, as the header's EQP_VERSION_* say it.
public let libraryVersion = "0.1.0"

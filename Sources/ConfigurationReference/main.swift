import Equipoise

// Writes the reference page of every configuration; `make docs` keeps it in docs/configuration.md.
print(ConfigurationIndex.referencePage, terminator: "")

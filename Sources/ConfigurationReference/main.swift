import Equipoise

// Prints the reference page of every configuration; `make docs` writes it to docs/configuration.md.
print(ConfigurationIndex.referencePage, terminator: "")

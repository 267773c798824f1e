import Engine
import Platform
struct SFile { var metadata: [(key: String, value: String)] = []; var tensors: [Tensor] = [] }
enum Safetensors { static func write(_ t: [Tensor], metadata: [(String,String)], to: String) throws {}
 static func load(path: String) throws -> SFile { SFile() } }
enum GraphDescription { static func json(of: Graph) -> JSONValue { .null }
 static func graph(from: JSONValue, tensors: [String: Tensor]) throws -> Graph { throw Failure.internal("") } }

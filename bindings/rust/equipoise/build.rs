//! Lets the tests and examples of this package find the library with which they were linked.

use std::env;

fn main() {
    // Set by the build script of equipoise-sys. A program that depends on this crate sets its own
    // run path, or has the library in one of the system's folders.
    if let Ok(folder) = env::var("DEP_EQUIPOISE_LIB_DIR") {
        println!("cargo:rustc-link-arg-tests=-Wl,-rpath,{folder}");
        println!("cargo:rustc-link-arg-examples=-Wl,-rpath,{folder}");
    }
}

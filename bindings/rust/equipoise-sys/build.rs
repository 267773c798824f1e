//! Finds the library: in the folder EQUIPOISE_LIB_DIR, otherwise by pkg-config, otherwise in the
//! linker's own folders.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=EQUIPOISE_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rustc-link-lib=dylib=equipoise");
    if let Some(folder) = library_folder() {
        println!("cargo:rustc-link-search=native={folder}");
        // For the build scripts of dependents, as DEP_EQUIPOISE_LIB_DIR.
        println!("cargo:lib_dir={folder}");
        println!("cargo:rustc-link-arg-tests=-Wl,-rpath,{folder}");
    }
}

fn library_folder() -> Option<String> {
    if let Ok(folder) = env::var("EQUIPOISE_LIB_DIR") {
        // Cargo runs this script in the package's folder, so a relative path would not be
        // relative to the user's folder.
        assert!(
            Path::new(&folder).is_absolute(),
            "EQUIPOISE_LIB_DIR is \"{folder}\"; an absolute path is accepted"
        );
        return Some(folder);
    }
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned());
    let answer = Command::new(program)
        .args(["--variable=libdir", "equipoise"])
        .output()
        .ok()?;
    let folder = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (answer.status.success() && !folder.is_empty()).then_some(folder)
}

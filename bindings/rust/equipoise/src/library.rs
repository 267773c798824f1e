//! The loaded library itself: versions, threads, schemas.

use crate::error::{call, Error, Result, Status};
use crate::text::{borrowed, c_path, c_text, taken, taken_or_out_of_memory};
use equipoise_sys as sys;
use std::path::Path;
use std::ptr;

/// The version of the loaded library, such as "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: the text is valid for ever.
    unsafe { borrowed(sys::eqp_version()) }.unwrap_or("")
}

/// The ABI version of the loaded library.
pub fn abi_version() -> i32 {
    // SAFETY: there are no requirements.
    unsafe { sys::eqp_abi_version() }
}

/// Fails if the ABI version of the loaded library differs from the one that this crate declares.
pub fn require_abi() -> Result<()> {
    let found = abi_version();
    if found == sys::EQP_ABI_VERSION {
        return Ok(());
    }
    Err(Error::new(
        Status::Unsupported,
        format!(
            "the loaded library has binary interface {found}; this program needs {}",
            sys::EQP_ABI_VERSION
        ),
    ))
}

/// JSON: version, compute library, instruction set, threads, and the optional parts found.
pub fn build_info() -> Result<String> {
    // SAFETY: we own the text and release it.
    unsafe { taken_or_out_of_memory(sys::eqp_build_info()) }
}

/// Sets the number of worker threads of each call, for the whole process; 0 for all processors
/// that it may use.
pub fn set_threads(threads: u32) -> Result<()> {
    let threads = i32::try_from(threads).unwrap_or(i32::MAX);
    // SAFETY: there are no requirements.
    call(|error| unsafe { sys::eqp_set_threads(threads, error) })
}

/// Sets the path of an optional library ("xgboost"), before it is first needed; with `None` the
/// environment and the system's loader decide.
pub fn set_library(name: &str, path: Option<&Path>) -> Result<()> {
    let name = c_text(name, "name")?;
    let path = path.map(c_path).transpose()?;
    let place = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
    // SAFETY: the texts live.
    call(|error| unsafe { sys::eqp_set_library(name.as_ptr(), place, error) })
}

/// Restricts files named in configurations to a folder, for the whole process; `None` for no
/// restriction.
pub fn set_root(path: Option<&str>) -> Result<()> {
    let path = path.map(|path| c_text(path, "path")).transpose()?;
    let path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
    // SAFETY: the text lives during the call.
    call(|error| unsafe { sys::eqp_set_root(path, error) })
}

/// The JSON Schema of a configuration ("finetune", "audit", ...); `None` for an unknown name.
pub fn config_schema(name: &str) -> Option<String> {
    let name = c_text(name, "name").ok()?;
    // SAFETY: we own the text and release it.
    unsafe { taken(sys::eqp_config_schema(name.as_ptr())) }
}

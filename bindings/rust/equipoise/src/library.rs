//! The loaded library itself: versions, threads, schemas.

use crate::error::{call, Error, Result, Status};
use crate::text::{borrowed, c_path, c_text, taken, taken_or_out_of_memory};
use equipoise_sys as sys;
use std::path::Path;
use std::ptr;

/// The version of the loaded library, such as "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: the text lives for ever.
    unsafe { borrowed(sys::eqp_version()) }.unwrap_or("")
}

/// The binary interface of the loaded library.
pub fn abi_version() -> i32 {
    // SAFETY: asks for nothing.
    unsafe { sys::eqp_abi_version() }
}

/// Fails if the loaded library has another binary interface than this crate declares.
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

/// JSON: version, compute library, instruction set, threads, optional parts found.
pub fn build_info() -> Result<String> {
    // SAFETY: the text is ours to release.
    unsafe { taken_or_out_of_memory(sys::eqp_build_info()) }
}

/// Worker threads of each call, for the whole process; 0: the processors that it may use.
pub fn set_threads(threads: u32) -> Result<()> {
    let threads = i32::try_from(threads).unwrap_or(i32::MAX);
    // SAFETY: asks for nothing.
    call(|error| unsafe { sys::eqp_set_threads(threads, error) })
}

/// Says where an optional library is ("xgboost"), before it is first needed; `None` leaves it to
/// the environment and the system's loader.
pub fn set_library(name: &str, path: Option<&Path>) -> Result<()> {
    let name = c_text(name, "name")?;
    let path = path.map(c_path).transpose()?;
    let place = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
    // SAFETY: the texts live.
    call(|error| unsafe { sys::eqp_set_library(name.as_ptr(), place, error) })
}

/// Bounds the files that configurations name to a folder, for the whole process; `None`: no bound.
pub fn set_root(path: Option<&str>) -> Result<()> {
    let path = path.map(|path| c_text(path, "path")).transpose()?;
    let path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
    // SAFETY: the text lives during the call.
    call(|error| unsafe { sys::eqp_set_root(path, error) })
}

/// The JSON Schema of a configuration ("finetune", "audit", ...), if there is one of that name.
pub fn config_schema(name: &str) -> Option<String> {
    let name = c_text(name, "name").ok()?;
    // SAFETY: the text is ours to release.
    unsafe { taken(sys::eqp_config_schema(name.as_ptr())) }
}

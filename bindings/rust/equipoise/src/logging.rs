//! Where the library's messages go.

use crate::text::borrowed;
use equipoise_sys as sys;
use std::ffi::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::{Arc, PoisonError, RwLock};

/// The level of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum LogLevel {
    /// Something failed.
    Error = 0,
    /// Something may not be as intended.
    Warning = 1,
    /// What is being done.
    Info = 2,
    /// Details for debugging.
    Debug = 3,
}

type LogFunction = dyn Fn(LogLevel, &str) + Send + Sync;

// Shared with the calls that are running the function, so that replacing it never drops it while
// another thread is in it.
static CURRENT: RwLock<Option<Arc<LogFunction>>> = RwLock::new(None);

/// Sends messages up to `level` to `function`, for the whole process. It is called on the thread
/// that called the library, possibly on several threads at the same time. Its panics are ignored.
pub fn set_log(level: LogLevel, function: impl Fn(LogLevel, &str) + Send + Sync + 'static) {
    replace(Some(Arc::new(function)));
    // SAFETY: `receive` is a static function and needs no context.
    unsafe { sys::eqp_set_log(Some(receive), ptr::null_mut(), level as i32) };
}

/// Silences the library, which is also its state at the start.
pub fn silence_log() {
    // SAFETY: there is no function and no context.
    unsafe { sys::eqp_set_log(None, ptr::null_mut(), 0) };
    replace(None);
}

fn replace(function: Option<Arc<LogFunction>>) {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *current, function);
    drop(current);
    // Outside the lock, because the function's captured values may log when they are dropped.
    drop(before);
}

unsafe extern "C" fn receive(_context: *mut c_void, level: i32, message: *const c_char) {
    let function = CURRENT
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let Some(function) = function else { return };
    let level = match level {
        i32::MIN..=0 => LogLevel::Error,
        1 => LogLevel::Warning,
        2 => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    // SAFETY: the message is valid during this call.
    let message = unsafe { borrowed(message) }.unwrap_or("");
    // No panic may cross the C functions, and a message that could not be written must not make the
    // work fail.
    let _ = catch_unwind(AssertUnwindSafe(|| function(level, message)));
}

//! What a host may provide to long work: progress, a request to stop, collectives.

use crate::text::borrowed;
use crate::Cancel;
use equipoise_sys as sys;
use std::any::Any;
use std::ffi::{c_char, c_void};
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr;

type ProgressFunction<'a> = Box<dyn FnMut(&str) -> ControlFlow<()> + 'a>;

/// What a host may provide to long work. [`Hooks::default`] provides nothing.
#[derive(Default)]
pub struct Hooks<'a> {
    progress: Option<ProgressFunction<'a>>,
    communicator: Option<&'a sys::eqp_communicator>,
    cancel: Option<&'a Cancel>,
}

impl<'a> Hooks<'a> {
    /// Adds a function that is called on the calling thread with a JSON object: phase, step, steps,
    /// eta_seconds, and in training also epoch, loss, gaps, rows_per_second.
    ///
    /// `ControlFlow::Break(())` stops the work with [`Status::Cancelled`](crate::Status). A panic
    /// also stops it, and is resumed after the library has cleaned up.
    pub fn progress(function: impl FnMut(&str) -> ControlFlow<()> + 'a) -> Hooks<'a> {
        Hooks {
            progress: Some(Box::new(function)),
            communicator: None,
            cancel: None,
        }
    }

    /// Adds a request to stop, which other threads can make.
    pub fn with_cancel(mut self, cancel: &'a Cancel) -> Hooks<'a> {
        self.cancel = Some(cancel);
        self
    }

    /// Adds the collectives of an existing engine.
    ///
    /// # Safety
    /// The functions behave as the header requires with the context they are given, on the calling
    /// thread, and do not unwind.
    pub unsafe fn with_communicator(
        mut self,
        communicator: &'a sys::eqp_communicator,
    ) -> Hooks<'a> {
        self.communicator = Some(communicator);
        self
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hooks")
            .field("progress", &self.progress.is_some())
            .field("communicator", &self.communicator)
            .field("cancel", &self.cancel)
            .finish()
    }
}

/// The context of the C callback.
struct Context<'a> {
    progress: Option<ProgressFunction<'a>>,
    panic: Option<Box<dyn Any + Send>>,
}

/// Makes a call with the hooks in C's form, then resumes the progress function's panic, if there
/// was one.
pub(crate) fn with_hooks<T>(hooks: Hooks<'_>, call: impl FnOnce(*const sys::eqp_hooks) -> T) -> T {
    let has_progress = hooks.progress.is_some();
    let mut context = Context {
        progress: hooks.progress,
        panic: None,
    };
    let context_pointer: *mut Context<'_> = &mut context;
    let raw = sys::eqp_hooks {
        // 40 bytes.
        struct_size: std::mem::size_of::<sys::eqp_hooks>() as u32,
        context: context_pointer.cast(),
        progress: has_progress.then_some(receive as _),
        communicator: hooks.communicator.map_or(ptr::null(), ptr::from_ref),
        cancel: hooks.cancel.map_or(ptr::null(), Cancel::as_ptr),
    };
    let result = call(&raw);
    // SAFETY: the call has ended, and with it every use of the pointer by the library.
    if let Some(panic) = unsafe { (*context_pointer).panic.take() } {
        drop(result);
        resume_unwind(panic);
    }
    result
}

unsafe extern "C" fn receive(context: *mut c_void, event_json: *const c_char) -> i32 {
    // SAFETY: this is the context from `with_hooks`. The library calls on the calling thread, so
    // no other code uses it now. The event is valid during this call.
    let (context, event) = unsafe { (&mut *context.cast::<Context<'_>>(), borrowed(event_json)) };
    let Some(progress) = context.progress.as_mut() else {
        return 0;
    };
    // No panic may cross the C functions: it is stored, and the work is asked to stop.
    match catch_unwind(AssertUnwindSafe(|| progress(event.unwrap_or("{}")))) {
        Ok(ControlFlow::Continue(())) => 0,
        Ok(ControlFlow::Break(())) => 1,
        Err(panic) => {
            context.panic = Some(panic);
            1
        }
    }
}

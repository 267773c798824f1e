//! A request to stop long work.

use crate::error::{call, Error, Result};
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// A request to stop. Any thread may make it; calls that have it then fail with
/// [`Status::Cancelled`](crate::Status).
#[derive(Debug)]
pub struct Cancel {
    handle: NonNull<sys::eqp_cancel>,
}

// SAFETY: the library allows any thread to request, query and reset.
unsafe impl Send for Cancel {}
unsafe impl Sync for Cancel {}

impl Cancel {
    /// A request that has not been made yet.
    pub fn new() -> Result<Cancel> {
        let mut cancel = ptr::null_mut();
        // SAFETY: there are no requirements.
        call(|error| unsafe { sys::eqp_cancel_new(&mut cancel, error) })?;
        NonNull::new(cancel)
            .map(|handle| Cancel { handle })
            .ok_or_else(Error::nothing_given)
    }

    /// Asks the calls to stop.
    pub fn request(&self) {
        // SAFETY: the handle lives.
        unsafe { sys::eqp_cancel_request(self.handle.as_ptr()) }
    }

    /// Whether a stop was asked for.
    pub fn requested(&self) -> bool {
        // SAFETY: the handle lives.
        unsafe { sys::eqp_cancel_requested(self.handle.as_ptr()) != 0 }
    }

    /// Withdraws the request, so that the object can be used again.
    pub fn reset(&self) {
        // SAFETY: the handle lives.
        unsafe { sys::eqp_cancel_reset(self.handle.as_ptr()) }
    }

    /// The handle, for C functions; borrowed from this request.
    pub fn as_ptr(&self) -> *const sys::eqp_cancel {
        self.handle.as_ptr()
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_cancel_free(self.handle.as_ptr()) }
    }
}

//! A request to stop work that takes long.

use crate::error::{call, Error, Result};
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// A request to stop: any thread makes it, and the calls that carry it fail with
/// [`Status::Cancelled`](crate::Status).
#[derive(Debug)]
pub struct Cancel {
    handle: NonNull<sys::eqp_cancel>,
}

// SAFETY: the library lets any thread request, ask and reset.
unsafe impl Send for Cancel {}
unsafe impl Sync for Cancel {}

impl Cancel {
    /// A request that nobody has made yet.
    pub fn new() -> Result<Cancel> {
        let mut cancel = ptr::null_mut();
        // SAFETY: asks for nothing.
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

    /// Takes the request back, so that it serves again.
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
        // SAFETY: the handle is ours, and this is its last use.
        unsafe { sys::eqp_cancel_free(self.handle.as_ptr()) }
    }
}

//! Audits that do not fit one call, or one machine.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{c_text, taken, taken_bytes};
use crate::{Dataset, Model};
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// The sums of an audit, to which batches and other auditors add. Memory does not grow with the
/// rows.
#[derive(Debug)]
pub struct Auditor {
    handle: NonNull<sys::eqp_auditor>,
}

// SAFETY: functions that change an auditor take `&mut self`, and the library allows functions that
// take a const handle in any number of threads.
unsafe impl Send for Auditor {}
unsafe impl Sync for Auditor {}

impl Auditor {
    /// An auditor without rows.
    pub fn new(config_json: &str) -> Result<Auditor> {
        let config = c_text(config_json, "config_json")?;
        // SAFETY: the text lives during the call.
        Auditor::made_by(|auditor, error| unsafe {
            sys::eqp_auditor_new(config.as_ptr(), auditor, error)
        })
    }

    /// Restores an auditor from the bytes of [`save`](Auditor::save).
    pub fn restore(bytes: &[u8]) -> Result<Auditor> {
        // SAFETY: the count is that of the bytes.
        Auditor::made_by(|auditor, error| unsafe {
            sys::eqp_auditor_restore(bytes.as_ptr().cast(), bytes.len(), auditor, error)
        })
    }

    /// Adds rows.
    pub fn update(&mut self, batch: &Dataset) -> Result<()> {
        self.update_with(batch, Hooks::default())
    }

    /// The same with hooks.
    pub fn update_with(&mut self, batch: &Dataset, hooks: Hooks<'_>) -> Result<()> {
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles and the hooks live, and no one else uses this one.
            call(|error| unsafe {
                sys::eqp_auditor_update(self.handle.as_ptr(), batch.as_ptr(), hooks, error)
            })
        })
    }

    /// Adds the rows of an Arrow stream, batch by batch. The stream is released even if this fails.
    ///
    /// # Safety
    ///
    /// `stream` is null or points to a stream that conforms to the Arrow C stream interface.
    pub unsafe fn update_arrow(&mut self, stream: *mut sys::ArrowArrayStream) -> Result<()> {
        // SAFETY: as the caller promises.
        unsafe { self.update_arrow_with(stream, Hooks::default()) }
    }

    /// The same with hooks.
    ///
    /// # Safety
    ///
    /// The same as for [`update_arrow`](Auditor::update_arrow).
    pub unsafe fn update_arrow_with(
        &mut self,
        stream: *mut sys::ArrowArrayStream,
        hooks: Hooks<'_>,
    ) -> Result<()> {
        with_hooks(hooks, |hooks| {
            call(|error| unsafe {
                sys::eqp_auditor_update_arrow(self.handle.as_ptr(), stream, hooks, error)
            })
        })
    }

    /// Adds rows with a model's decisions on them.
    pub fn update_model(&mut self, model: &Model, batch: &Dataset, hooks: Hooks<'_>) -> Result<()> {
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles and the hooks live, and no one else uses this one.
            call(|error| unsafe {
                sys::eqp_auditor_update_model(
                    self.handle.as_ptr(),
                    model.as_ptr(),
                    batch.as_ptr(),
                    hooks,
                    error,
                )
            })
        })
    }

    /// Subtracts the rows of another auditor, all of which this one must have.
    pub fn subtract(&mut self, other: &Auditor) -> Result<()> {
        // SAFETY: the handles live, and no one else uses this one.
        call(|error| unsafe {
            sys::eqp_auditor_subtract(self.handle.as_ptr(), other.handle.as_ptr(), error)
        })
    }

    /// Adds the rows of another auditor, which must have the same configuration.
    pub fn merge(&mut self, other: &Auditor) -> Result<()> {
        // SAFETY: the handles live, and no one else uses this one.
        call(|error| unsafe {
            sys::eqp_auditor_merge(self.handle.as_ptr(), other.handle.as_ptr(), error)
        })
    }

    /// The sums as bytes that another process or machine can restore.
    pub fn save(&self) -> Result<Vec<u8>> {
        let mut bytes = ptr::null_mut();
        let mut count = 0;
        // SAFETY: the handle lives.
        call(|error| unsafe {
            sys::eqp_auditor_save(self.handle.as_ptr(), &mut bytes, &mut count, error)
        })?;
        // SAFETY: we own the block, the count is its length, and it is released once, after the
        // copy.
        unsafe { Ok(taken_bytes(bytes, count)) }
    }

    /// The report of all rows so far, as JSON.
    pub fn report(&self) -> Result<String> {
        self.report_with(Hooks::default())
    }

    /// The same with hooks.
    pub fn report_with(&self, hooks: Hooks<'_>) -> Result<String> {
        let mut report = ptr::null_mut();
        with_hooks(hooks, |hooks| {
            // SAFETY: the handle and the hooks live.
            call(|error| unsafe {
                sys::eqp_auditor_report(self.handle.as_ptr(), hooks, &mut report, error)
            })
        })?;
        // SAFETY: we own the text and release it.
        Ok(unsafe { taken(report) }.unwrap_or_default())
    }

    fn made_by(
        function: impl FnOnce(*mut *mut sys::eqp_auditor, *mut *mut sys::eqp_error) -> sys::eqp_status,
    ) -> Result<Auditor> {
        let mut auditor = ptr::null_mut();
        call(|error| function(&mut auditor, error))?;
        NonNull::new(auditor)
            .map(|handle| Auditor { handle })
            .ok_or_else(Error::nothing_given)
    }
}

impl Drop for Auditor {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_auditor_free(self.handle.as_ptr()) }
    }
}

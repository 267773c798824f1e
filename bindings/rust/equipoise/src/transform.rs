//! Changes rows before training, to make them fairer.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{c_text, taken, taken_bytes, taken_or_out_of_memory};
use crate::Dataset;
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// Steps that were fitted to rows and can change other rows in the same way.
#[derive(Debug)]
pub struct Transform {
    handle: NonNull<sys::eqp_transform>,
}

// SAFETY: a transform does not change.
unsafe impl Send for Transform {}
unsafe impl Sync for Transform {}

/// The result of [`Transform::fit`].
#[derive(Debug)]
pub struct FittedTransform {
    /// The fitted steps.
    pub transform: Transform,
    /// The changed rows.
    pub rows: Dataset,
    /// The report of the steps, as JSON.
    pub report_json: String,
}

impl Transform {
    /// Fits the steps of a configuration to rows and changes these rows.
    pub fn fit(rows: &Dataset, config_json: &str) -> Result<FittedTransform> {
        Transform::fit_with(rows, config_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn fit_with(
        rows: &Dataset,
        config_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<FittedTransform> {
        let config = c_text(config_json, "config_json")?;
        let mut transform = ptr::null_mut();
        let mut prepared = ptr::null_mut();
        let mut report = ptr::null_mut();
        with_hooks(hooks, |hooks| {
            // SAFETY: the handle, the text and the hooks live during the call.
            call(|error| unsafe {
                sys::eqp_transform_fit(
                    rows.as_ptr(),
                    config.as_ptr(),
                    hooks,
                    &mut transform,
                    &mut prepared,
                    &mut report,
                    error,
                )
            })
        })?;
        // SAFETY: we own the result of a successful call.
        let (transform, rows, report) = unsafe {
            (
                Transform::owned(transform),
                Dataset::from_raw(prepared),
                taken(report),
            )
        };
        Ok(FittedTransform {
            transform: transform?,
            rows: rows.ok_or_else(Error::nothing_given)?,
            report_json: report.unwrap_or_default(),
        })
    }

    /// Restores a transform from the bytes of [`save`](Transform::save).
    pub fn load(bytes: &[u8]) -> Result<Transform> {
        let mut transform = ptr::null_mut();
        // SAFETY: the count is that of the bytes.
        call(|error| unsafe {
            sys::eqp_transform_load(bytes.as_ptr().cast(), bytes.len(), &mut transform, error)
        })?;
        // SAFETY: we own the result of a successful call.
        unsafe { Transform::owned(transform) }
    }

    /// Changes other rows by the fitted steps. Each row stays a row, at the same index.
    pub fn apply(&self, rows: &Dataset) -> Result<Dataset> {
        self.apply_with(rows, Hooks::default())
    }

    /// The same with hooks.
    pub fn apply_with(&self, rows: &Dataset, hooks: Hooks<'_>) -> Result<Dataset> {
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles and the hooks live.
            Dataset::made_by(|applied, error| unsafe {
                sys::eqp_transform_apply(self.as_ptr(), rows.as_ptr(), hooks, applied, error)
            })
        })
    }

    /// The fitted steps as bytes that another process or machine can load.
    pub fn save(&self) -> Result<Vec<u8>> {
        let mut bytes = ptr::null_mut();
        let mut count = 0;
        // SAFETY: the handle lives.
        call(|error| unsafe {
            sys::eqp_transform_save(self.as_ptr(), &mut bytes, &mut count, error)
        })?;
        // SAFETY: we own the block, the count is its length, and it is released once, after the
        // copy.
        unsafe { Ok(taken_bytes(bytes, count)) }
    }

    /// The steps and what they learnt, as JSON.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the handle lives; we own the text and release it.
        unsafe { taken_or_out_of_memory(sys::eqp_transform_describe(self.as_ptr())) }
    }

    /// The handle, which this object still owns.
    pub fn as_ptr(&self) -> *const sys::eqp_transform {
        self.handle.as_ptr()
    }

    unsafe fn owned(transform: *mut sys::eqp_transform) -> Result<Transform> {
        NonNull::new(transform)
            .map(|handle| Transform { handle })
            .ok_or_else(Error::nothing_given)
    }
}

impl Drop for Transform {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_transform_free(self.handle.as_ptr()) }
    }
}

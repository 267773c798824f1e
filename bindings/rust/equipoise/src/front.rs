//! A search for the best candidate, and the models that it found.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{c_text, taken, taken_or_out_of_memory};
use crate::{Dataset, FineTuned, Model};
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// The models of a search that no other candidate dominates, from the best quality to the smallest
/// gaps.
#[derive(Debug)]
pub struct Front {
    handle: NonNull<sys::eqp_front>,
}

// SAFETY: a front does not change.
unsafe impl Send for Front {}
unsafe impl Sync for Front {}

/// The result of [`Front::choose`].
#[derive(Debug)]
pub struct Choice {
    /// The index of the model in the front.
    pub index: i64,
    /// Why it was chosen, with its certificate, as JSON.
    pub report_json: String,
}

impl Front {
    /// Trains the candidates of `config_json`, which has a "search", and gives those that no other
    /// one dominates.
    ///
    /// `validation` has rows for the certificate; without it, a share of `train` is set aside.
    pub fn search(
        base: &Model,
        train: &Dataset,
        validation: Option<&Dataset>,
        config_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<Front> {
        let config = c_text(config_json, "config_json")?;
        let validation = validation.map_or(ptr::null(), Dataset::as_ptr);
        let mut front = ptr::null_mut();
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles, the text and the hooks live during the call.
            call(|error| unsafe {
                sys::eqp_search(
                    base.as_ptr(),
                    train.as_ptr(),
                    validation,
                    config.as_ptr(),
                    hooks,
                    &mut front,
                    error,
                )
            })
        })?;
        // SAFETY: we own the result of a successful call.
        unsafe { Front::owned(front) }
    }

    /// Loads a front from a folder that [`save`](Front::save) wrote, or from the "directory" of a
    /// finished search.
    pub fn load(path: &str, hooks: Hooks<'_>) -> Result<Front> {
        let path = c_text(path, "path")?;
        let mut front = ptr::null_mut();
        with_hooks(hooks, |hooks| {
            // SAFETY: the text and the hooks live during the call.
            call(|error| unsafe { sys::eqp_front_load(path.as_ptr(), hooks, &mut front, error) })
        })?;
        // SAFETY: we own the result of a successful call.
        unsafe { Front::owned(front) }
    }

    /// The number of models, at least 1.
    pub fn count(&self) -> i64 {
        // SAFETY: the handle lives.
        unsafe { sys::eqp_front_count(self.as_ptr()) }
    }

    /// A model, with the report of its training; the first one has the best quality.
    pub fn model(&self, index: i64) -> Result<FineTuned> {
        let mut report = ptr::null_mut();
        // SAFETY: the handle lives.
        let model = Model::made_by(|model, error| unsafe {
            sys::eqp_front_model(self.as_ptr(), index, model, &mut report, error)
        })?;
        // SAFETY: we own the text and release it.
        let report_json = unsafe { taken(report) }.unwrap_or_default();
        Ok(FineTuned { model, report_json })
    }

    /// Chooses a model by a rule, such as `{"rule": "knee"}`.
    pub fn choose(&self, rule_json: &str) -> Result<Choice> {
        let rule = c_text(rule_json, "rule_json")?;
        let mut index = 0;
        let mut report = ptr::null_mut();
        // SAFETY: the handle and the text live.
        call(|error| unsafe {
            sys::eqp_front_choose(self.as_ptr(), rule.as_ptr(), &mut index, &mut report, error)
        })?;
        // SAFETY: we own the text and release it.
        let report_json = unsafe { taken(report) }.unwrap_or_default();
        Ok(Choice { index, report_json })
    }

    /// The goals, the models, all candidates, the choice and its certificate, as JSON.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the handle lives; we own the text and release it.
        unsafe { taken_or_out_of_memory(sys::eqp_front_describe(self.as_ptr())) }
    }

    /// Saves all models to a folder.
    pub fn save(&self, path: &str, hooks: Hooks<'_>) -> Result<()> {
        let path = c_text(path, "path")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the handle, the text and the hooks live.
            call(|error| unsafe { sys::eqp_front_save(self.as_ptr(), path.as_ptr(), hooks, error) })
        })
    }

    /// The handle, which this object still owns.
    pub fn as_ptr(&self) -> *const sys::eqp_front {
        self.handle.as_ptr()
    }

    unsafe fn owned(front: *mut sys::eqp_front) -> Result<Front> {
        NonNull::new(front)
            .map(|handle| Front { handle })
            .ok_or_else(Error::nothing_given)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_front_free(self.handle.as_ptr()) }
    }
}

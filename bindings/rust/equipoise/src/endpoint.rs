//! A model in service, which can be replaced while calls are running.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::model::{columns_of, DecidedBy};
use crate::text::{c_text, TextArray};
use crate::{Dataset, Model};
use equipoise_sys as sys;
use std::ptr::{self, NonNull};

/// Holds the model in service. Any number of threads may predict through it. Calls that are running
/// while the model is replaced finish with the model with which they began.
#[derive(Debug)]
pub struct Endpoint {
    handle: NonNull<sys::eqp_endpoint>,
}

// SAFETY: the library allows any number of threads to use and replace it.
unsafe impl Send for Endpoint {}
unsafe impl Sync for Endpoint {}

impl Endpoint {
    /// Puts a model into service and holds it.
    pub fn new(model: &Model) -> Result<Endpoint> {
        let mut endpoint = ptr::null_mut();
        // SAFETY: the handle lives.
        call(|error| unsafe { sys::eqp_endpoint_new(model.as_ptr(), &mut endpoint, error) })?;
        NonNull::new(endpoint)
            .map(|handle| Endpoint { handle })
            .ok_or_else(Error::nothing_given)
    }

    /// Replaces the model by another one with the same inputs, scores and classes.
    pub fn swap(&self, model: &Model) -> Result<()> {
        // SAFETY: the handles live.
        call(|error| unsafe { sys::eqp_endpoint_swap(self.handle.as_ptr(), model.as_ptr(), error) })
    }

    /// The model in service.
    pub fn model(&self) -> Result<Model> {
        // SAFETY: the handle lives.
        Model::made_by(|model, error| unsafe {
            sys::eqp_endpoint_model(self.as_ptr(), model, error)
        })
    }

    /// Like [`Model::predict_with`].
    pub fn predict(
        &self,
        inputs: &Dataset,
        options_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<Dataset> {
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles, the text and the hooks live.
            Dataset::made_by(|predictions, error| unsafe {
                sys::eqp_endpoint_predict(
                    self.as_ptr(),
                    inputs.as_ptr(),
                    options.as_ptr(),
                    hooks,
                    predictions,
                    error,
                )
            })
        })
    }

    /// Like [`Model::predict_into`].
    pub fn predict_into(&self, features: &[f32], rows: usize, scores: &mut [f32]) -> Result<()> {
        let columns = columns_of(features, rows)?;
        // SAFETY: the handle lives; the counts are those of features and scores.
        call(|error| unsafe {
            sys::eqp_endpoint_predict_f32(
                self.as_ptr(),
                features.as_ptr(),
                rows,
                columns,
                scores.as_mut_ptr(),
                scores.len(),
                error,
            )
        })
    }

    /// Like [`Model::predict_text`].
    pub fn predict_text<T: AsRef<str>>(&self, texts: &[T], scores: &mut [f32]) -> Result<()> {
        let texts = TextArray::new(texts.iter().map(|text| Some(text.as_ref())), "texts")?;
        // SAFETY: the handle and the texts live; the count is that of scores.
        call(|error| unsafe {
            sys::eqp_endpoint_predict_text(
                self.as_ptr(),
                texts.as_ptr(),
                texts.len(),
                scores.as_mut_ptr(),
                scores.len(),
                error,
            )
        })
    }

    /// Like [`Model::decide_into`].
    pub fn decide_into(
        &self,
        features: &[f32],
        rows: usize,
        by: DecidedBy<'_>,
        scores: &mut [f32],
        labels: &mut [i32],
    ) -> Result<()> {
        let columns = columns_of(features, rows)?;
        let (groups, keys) = by.pointers(rows)?;
        // SAFETY: the handle lives; the counts are those of the lists.
        call(|error| unsafe {
            sys::eqp_endpoint_decide_f32(
                self.as_ptr(),
                features.as_ptr(),
                rows,
                columns,
                groups,
                keys,
                scores.as_mut_ptr(),
                scores.len(),
                labels.as_mut_ptr(),
                labels.len(),
                error,
            )
        })
    }

    /// The handle, for C functions; borrowed from this endpoint.
    pub fn as_ptr(&self) -> *const sys::eqp_endpoint {
        self.handle.as_ptr()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_endpoint_free(self.handle.as_ptr()) }
    }
}

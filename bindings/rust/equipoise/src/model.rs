//! A model: load, fine-tune, predict, save.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{c_path, c_text, taken, taken_bytes, taken_or_out_of_memory, TextArray};
use crate::Dataset;
use equipoise_sys as sys;
use std::path::Path;
use std::ptr::{self, NonNull};

/// A model. It never changes: tuning returns a new one, and any number of threads may predict
/// with this one at the same time.
#[derive(Debug)]
pub struct Model {
    handle: NonNull<sys::eqp_model>,
}

// SAFETY: models are immutable, and the library allows functions that take a const handle in any
// number of threads.
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

/// The result of a fine-tuning or an adjustment.
#[derive(Debug)]
pub struct FineTuned {
    /// The new model.
    pub model: Model,
    /// The report, as JSON.
    pub report_json: String,
}

impl Model {
    /// Reads a model from a file or folder in any supported format.
    pub fn load(path: impl AsRef<Path>, options_json: &str) -> Result<Model> {
        Model::load_with(path, options_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn load_with(
        path: impl AsRef<Path>,
        options_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<Model> {
        let path = c_path(path.as_ref())?;
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the texts and the hooks live during the call.
            Model::made_by(|model, error| unsafe {
                sys::eqp_model_load(path.as_ptr(), options.as_ptr(), hooks, model, error)
            })
        })
    }

    /// Reads a model from memory: a file's bytes, or a tar archive of a directory.
    pub fn load_memory(bytes: &[u8], options_json: &str, hooks: Hooks<'_>) -> Result<Model> {
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the count is that of the bytes; text and hooks live during the call.
            Model::made_by(|model, error| unsafe {
                sys::eqp_model_load_memory(
                    bytes.as_ptr().cast(),
                    bytes.len(),
                    options.as_ptr(),
                    hooks,
                    model,
                    error,
                )
            })
        })
    }

    /// An untrained model: `{"kind": "mlp", "hidden": [64, 32]}`, `{"kind": "logistic"}` ...
    pub fn new(architecture_json: &str) -> Result<Model> {
        let architecture = c_text(architecture_json, "architecture_json")?;
        // SAFETY: the text lives during the call.
        Model::made_by(|model, error| unsafe {
            sys::eqp_model_new(architecture.as_ptr(), model, error)
        })
    }

    /// Takes ownership of a handle from the C functions.
    ///
    /// # Safety
    /// `model` is null, or a model that no other code releases.
    pub unsafe fn from_raw(model: *mut sys::eqp_model) -> Option<Model> {
        NonNull::new(model).map(|handle| Model { handle })
    }

    /// Gives up the handle, which the caller must release with `eqp_model_free`.
    pub fn into_raw(self) -> *mut sys::eqp_model {
        let handle = self.handle.as_ptr();
        std::mem::forget(self);
        handle
    }

    /// The handle, for C functions; borrowed from this model.
    pub fn as_ptr(&self) -> *const sys::eqp_model {
        self.handle.as_ptr()
    }

    /// Writes the file atomically: the old one stays until the new one is complete.
    pub fn save(&self, path: impl AsRef<Path>, options_json: &str) -> Result<()> {
        self.save_with(path, options_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn save_with(
        &self,
        path: impl AsRef<Path>,
        options_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<()> {
        let path = c_path(path.as_ref())?;
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the handle, the texts and the hooks live.
            call(|error| unsafe {
                sys::eqp_model_save(self.as_ptr(), path.as_ptr(), options.as_ptr(), hooks, error)
            })
        })
    }

    /// The model as a file's bytes, or a tar archive of the directory that
    /// [`save`](Model::save) writes.
    pub fn save_memory(&self, options_json: &str, hooks: Hooks<'_>) -> Result<Vec<u8>> {
        let options = c_text(options_json, "options_json")?;
        let (mut bytes, mut count) = (ptr::null_mut(), 0);
        with_hooks(hooks, |hooks| {
            // SAFETY: the handle, the text and the hooks live.
            call(|error| unsafe {
                sys::eqp_model_save_memory(
                    self.as_ptr(),
                    options.as_ptr(),
                    hooks,
                    &mut bytes,
                    &mut count,
                    error,
                )
            })
        })?;
        // SAFETY: we own the block, the count is its length, and it is released once, after the
        // copy.
        unsafe { Ok(taken_bytes(bytes, count)) }
    }

    /// JSON: kind, parameters, inputs, outputs, policy, provenance.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the handle lives; we own the text and release it.
        unsafe { taken_or_out_of_memory(sys::eqp_model_describe(self.as_ptr())) }
    }

    /// A new model, tuned on `train` under the constraints of `config_json`. `validation` is used
    /// for early stopping, the best epoch and the report's audits; without it a tenth of `train` is
    /// set aside.
    pub fn finetune(
        &self,
        train: &Dataset,
        validation: Option<&Dataset>,
        config_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<FineTuned> {
        let config = c_text(config_json, "config_json")?;
        let validation = validation.map_or(ptr::null(), Dataset::as_ptr);
        with_hooks(hooks, |hooks| {
            let mut report = ptr::null_mut();
            // SAFETY: the handles, the text and the hooks live during the call.
            let model = Model::made_by(|tuned, error| unsafe {
                sys::eqp_finetune(
                    self.as_ptr(),
                    train.as_ptr(),
                    validation,
                    config.as_ptr(),
                    hooks,
                    tuned,
                    &mut report,
                    error,
                )
            })?;
            // SAFETY: we own the text and release it.
            let report_json = unsafe { taken(report) }.unwrap_or_default();
            Ok(FineTuned { model, report_json })
        })
    }

    /// A new model with the same weights, whose scores and decisions are adjusted by the methods of
    /// `config_json`, learnt from `rows`.
    pub fn adjust(&self, rows: &Dataset, config_json: &str, hooks: Hooks<'_>) -> Result<FineTuned> {
        Model::adjusted(self.as_ptr(), rows, config_json, hooks)
    }

    /// A model without a network that reads another system's scores, which are a column of `rows`,
    /// and decides on them by the methods of `config_json`.
    pub fn adjust_scores(rows: &Dataset, config_json: &str, hooks: Hooks<'_>) -> Result<FineTuned> {
        Model::adjusted(ptr::null(), rows, config_json, hooks)
    }

    fn adjusted(
        model: *const sys::eqp_model,
        rows: &Dataset,
        config_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<FineTuned> {
        let config = c_text(config_json, "config_json")?;
        with_hooks(hooks, |hooks| {
            let mut report = ptr::null_mut();
            // SAFETY: the handles, the text and the hooks live during the call; the model may be
            // null.
            let model = Model::made_by(|adjusted, error| unsafe {
                sys::eqp_model_adjust(
                    model,
                    rows.as_ptr(),
                    config.as_ptr(),
                    hooks,
                    adjusted,
                    &mut report,
                    error,
                )
            })?;
            // SAFETY: we own the text and release it.
            let report_json = unsafe { taken(report) }.unwrap_or_default();
            Ok(FineTuned { model, report_json })
        })
    }

    /// A dataset with the columns score (or score_<class>), label, and those that the options
    /// request.
    pub fn predict(&self, inputs: &Dataset, options_json: &str) -> Result<Dataset> {
        self.predict_with(inputs, options_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn predict_with(
        &self,
        inputs: &Dataset,
        options_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<Dataset> {
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the handles, the text and the hooks live.
            Dataset::made_by(|predictions, error| unsafe {
                sys::eqp_predict(
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

    /// The fast path for services, without allocation after the first calls: from `features`,
    /// row-major (rows, columns) in the model's input order, to `scores` (rows, outputs).
    pub fn predict_into(&self, features: &[f32], rows: usize, scores: &mut [f32]) -> Result<()> {
        let columns = columns_of(features, rows)?;
        // SAFETY: the handle lives; the counts are those of features and scores.
        call(|error| unsafe {
            sys::eqp_predict_f32(
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

    /// Scores and labels without a dataset. `labels` receives the index of each row's label among
    /// the classes of [`describe`](Model::describe), -1 for a row without an answer, or (rows,
    /// outputs) zeros and ones for several labels.
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
            sys::eqp_decide_f32(
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

    /// Writes the values of a parameter, row-major, to `values`, which must have room for all of
    /// them. [`describe`](Model::describe) has the names and shapes.
    pub fn parameter_into(&self, name: &str, values: &mut [f32]) -> Result<()> {
        let name = c_text(name, "name")?;
        // SAFETY: the handle and the name live; the count is that of the values.
        call(|error| unsafe {
            sys::eqp_model_parameter_f32(
                self.as_ptr(),
                name.as_ptr(),
                values.as_mut_ptr(),
                values.len(),
                error,
            )
        })
    }

    /// A model with other values, of the same number, in some parameters. This model does not
    /// change.
    pub fn with_parameters(&self, replacements: &[(&str, &[f32])]) -> Result<Model> {
        let names = TextArray::new(replacements.iter().map(|entry| Some(entry.0)), "names")?;
        let values: Vec<_> = replacements.iter().map(|entry| entry.1.as_ptr()).collect();
        let lengths: Vec<_> = replacements.iter().map(|entry| entry.1.len()).collect();
        // SAFETY: the handle lives; the counts are those of the lists.
        Model::made_by(|changed, error| unsafe {
            sys::eqp_model_with_parameters(
                self.as_ptr(),
                names.as_ptr(),
                values.as_ptr(),
                lengths.as_ptr(),
                names.len(),
                changed,
                error,
            )
        })
    }

    /// Scores of texts (rows, outputs), for models that read text.
    pub fn predict_text<T: AsRef<str>>(&self, texts: &[T], scores: &mut [f32]) -> Result<()> {
        let texts = TextArray::new(texts.iter().map(|text| Some(text.as_ref())), "texts")?;
        // SAFETY: the handle and the texts live; the count is that of scores.
        call(|error| unsafe {
            sys::eqp_predict_text(
                self.as_ptr(),
                texts.as_ptr(),
                texts.len(),
                scores.as_mut_ptr(),
                scores.len(),
                error,
            )
        })
    }

    /// A report, as JSON, of how the model treats the groups of `dataset`.
    pub fn audit(&self, dataset: &Dataset, config_json: &str) -> Result<String> {
        self.audit_with(dataset, None, config_json, Hooks::default())
    }

    /// The same with hooks. With `reference`, the report also says how the rows differ from these.
    pub fn audit_with(
        &self,
        dataset: &Dataset,
        reference: Option<&Dataset>,
        config_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<String> {
        crate::reports::audit_of(self.as_ptr(), dataset, reference, config_json, hooks)
    }

    pub(crate) fn made_by(
        function: impl FnOnce(*mut *mut sys::eqp_model, *mut *mut sys::eqp_error) -> sys::eqp_status,
    ) -> Result<Model> {
        let mut model = ptr::null_mut();
        call(|error| function(&mut model, error))?;
        // SAFETY: we own the result of a successful call.
        unsafe { Model::from_raw(model) }.ok_or_else(Error::nothing_given)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_model_free(self.handle.as_ptr()) }
    }
}

/// The number of columns of a block of rows.
pub(crate) fn columns_of(features: &[f32], rows: usize) -> Result<usize> {
    let columns = match rows {
        0 => 0,
        rows => features.len() / rows,
    };
    if rows.checked_mul(columns) != Some(features.len()) {
        let count = features.len();
        let message = format!("{count} features do not make {rows} rows of equal length");
        return Err(Error::invalid_argument(message, "features"));
    }
    Ok(columns)
}

/// Values, in addition to the scores, on which decisions may depend; [`DecidedBy::default`] has
/// none.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecidedBy<'a> {
    /// The number of each row's group, for models whose decisions differ by group.
    pub groups: Option<&'a [i32]>,
    /// A number that identifies each row, for models with random draws.
    pub keys: Option<&'a [u64]>,
}

impl DecidedBy<'_> {
    pub(crate) fn pointers(&self, rows: usize) -> Result<(*const i32, *const u64)> {
        for (count, name) in [
            (self.groups.map(<[i32]>::len), "groups"),
            (self.keys.map(<[u64]>::len), "keys"),
        ] {
            if let Some(count) = count.filter(|count| *count != rows) {
                let message = format!("{count} {name} are given for {rows} rows");
                return Err(Error::invalid_argument(message, name));
            }
        }
        Ok((
            self.groups.map_or(ptr::null(), <[i32]>::as_ptr),
            self.keys.map_or(ptr::null(), <[u64]>::as_ptr),
        ))
    }
}

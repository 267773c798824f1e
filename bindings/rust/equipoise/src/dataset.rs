//! Named columns of equal length.

use crate::error::{call, Error, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{borrowed, c_path, c_text, taken_or_out_of_memory, TextArray};
use crate::DatasetBuilder;
use equipoise_sys as sys;
use std::path::Path;
use std::ptr::{self, NonNull};

/// Named columns of equal length, which do not change. Created from a file, from an Arrow stream,
/// or column by column with a [`DatasetBuilder`].
#[derive(Debug)]
pub struct Dataset {
    handle: NonNull<sys::eqp_dataset>,
}

// SAFETY: a dataset is immutable here (only the builder, which owns its dataset, adds columns), and
// the library allows functions that take a const handle in any number of threads.
unsafe impl Send for Dataset {}
unsafe impl Sync for Dataset {}

impl Dataset {
    /// Reads a file: .csv, .tsv, .jsonl, each also .gz.
    pub fn open(path: impl AsRef<Path>, options_json: &str) -> Result<Dataset> {
        Dataset::open_with(path, options_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn open_with(
        path: impl AsRef<Path>,
        options_json: &str,
        hooks: Hooks<'_>,
    ) -> Result<Dataset> {
        let path = c_path(path.as_ref())?;
        let options = c_text(options_json, "options_json")?;
        with_hooks(hooks, |hooks| {
            // SAFETY: the texts and the hooks live during the call.
            Dataset::made_by(|dataset, error| unsafe {
                sys::eqp_dataset_open(path.as_ptr(), options.as_ptr(), hooks, dataset, error)
            })
        })
    }

    /// A dataset to which columns of `rows` values are added.
    pub fn builder(rows: usize) -> Result<DatasetBuilder> {
        DatasetBuilder::new(rows)
    }

    /// Takes ownership of an Arrow stream, which is released even if this fails.
    ///
    /// # Safety
    /// `stream` is null or points to a stream that conforms to the Arrow C stream interface.
    pub unsafe fn from_arrow(stream: *mut sys::ArrowArrayStream) -> Result<Dataset> {
        // SAFETY: as the caller promises.
        unsafe { Dataset::from_arrow_with(stream, Hooks::default()) }
    }

    /// The same with hooks.
    ///
    /// # Safety
    /// The same as for [`from_arrow`](Dataset::from_arrow).
    pub unsafe fn from_arrow_with(
        stream: *mut sys::ArrowArrayStream,
        hooks: Hooks<'_>,
    ) -> Result<Dataset> {
        with_hooks(hooks, |hooks| {
            // SAFETY: as the caller promises.
            Dataset::made_by(|dataset, error| unsafe {
                sys::eqp_dataset_from_arrow(stream, hooks, dataset, error)
            })
        })
    }

    /// Fills in `stream`, which the caller must then release.
    ///
    /// # Safety `stream` is null or points to memory for a stream, which holds nothing that must be
    /// released.
    pub unsafe fn to_arrow(&self, stream: *mut sys::ArrowArrayStream) -> Result<()> {
        // SAFETY: as the caller promises.
        call(|error| unsafe { sys::eqp_dataset_to_arrow(self.as_ptr(), stream, error) })
    }

    /// Takes ownership of a handle from the C functions.
    ///
    /// # Safety
    /// `dataset` is null, or a dataset to which no other code adds columns and that no other code
    /// releases.
    pub unsafe fn from_raw(dataset: *mut sys::eqp_dataset) -> Option<Dataset> {
        NonNull::new(dataset).map(|handle| Dataset { handle })
    }

    /// Gives up the handle, which the caller must release with `eqp_dataset_free`.
    pub fn into_raw(self) -> *mut sys::eqp_dataset {
        let handle = self.handle.as_ptr();
        std::mem::forget(self);
        handle
    }

    /// The handle, for C functions; borrowed from this dataset.
    pub fn as_ptr(&self) -> *const sys::eqp_dataset {
        self.handle.as_ptr()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        // SAFETY: the handle lives.
        usize::try_from(unsafe { sys::eqp_dataset_rows(self.as_ptr()) }).unwrap_or(0)
    }

    /// The names of the columns, in order.
    pub fn column_names(&self) -> Vec<&str> {
        // SAFETY: the handle lives, and names live as long as it, which `&self` borrows.
        unsafe {
            (0..sys::eqp_dataset_columns(self.as_ptr()))
                .map(|index| {
                    borrowed(sys::eqp_dataset_column_name(self.as_ptr(), index)).unwrap_or("")
                })
                .collect()
        }
    }

    /// Some of the columns and rows, in the order given; `None` means all of them. A row may occur
    /// several times.
    pub fn select(&self, columns: Option<&[&str]>, rows: Option<&[i64]>) -> Result<Dataset> {
        let names = columns
            .map(|names| TextArray::new(names.iter().map(|name| Some(*name)), "columns"))
            .transpose()?;
        // SAFETY: the handle lives; the counts are those of the lists.
        Dataset::made_by(|selected, error| unsafe {
            sys::eqp_dataset_select(
                self.as_ptr(),
                names.as_ref().map_or(ptr::null(), TextArray::as_ptr),
                names.as_ref().map_or(0, TextArray::len),
                rows.map_or(ptr::null(), <[i64]>::as_ptr),
                rows.map_or(0, <[i64]>::len),
                selected,
                error,
            )
        })
    }

    /// The rows of all parts, one part after another. The parts must have the same columns.
    pub fn concat(parts: &[&Dataset]) -> Result<Dataset> {
        let handles: Vec<_> = parts.iter().map(|part| part.as_ptr()).collect();
        // SAFETY: the handles live, and the count is theirs.
        Dataset::made_by(|whole, error| unsafe {
            sys::eqp_dataset_concat(handles.as_ptr(), handles.len(), whole, error)
        })
    }

    /// JSON: columns, types, missing and distinct values, ranges.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the handle lives; we own the text and release it.
        unsafe { taken_or_out_of_memory(sys::eqp_dataset_describe(self.as_ptr())) }
    }

    /// The values of a column of numbers, NaN for missing ones.
    pub fn column_f32(&self, name: &str) -> Result<Vec<f32>> {
        let mut values = zeros(self.rows(), name)?;
        self.column_f32_into(name, &mut values)?;
        Ok(values)
    }

    /// The same into `values`, which must have room for one value per row, or for the width of a
    /// block per row.
    pub fn column_f32_into(&self, name: &str, values: &mut [f32]) -> Result<()> {
        let name = c_text(name, "name")?;
        // SAFETY: the handle and the name live; the count is that of the values.
        call(|error| unsafe {
            sys::eqp_dataset_column_f32(
                self.as_ptr(),
                name.as_ptr(),
                values.as_mut_ptr(),
                values.len(),
                error,
            )
        })
    }

    /// The values of a column of numbers in double precision, NaN for missing ones.
    pub fn column_f64(&self, name: &str) -> Result<Vec<f64>> {
        let mut values = zeros(self.rows(), name)?;
        self.column_f64_into(name, &mut values)?;
        Ok(values)
    }

    /// The same into `values`, which must have room for one value per row.
    pub fn column_f64_into(&self, name: &str, values: &mut [f64]) -> Result<()> {
        let name = c_text(name, "name")?;
        // SAFETY: the handle and the name live; the count is that of the values.
        call(|error| unsafe {
            sys::eqp_dataset_column_f64(
                self.as_ptr(),
                name.as_ptr(),
                values.as_mut_ptr(),
                values.len(),
                error,
            )
        })
    }

    /// The values of a column of integers. A missing value is an error.
    pub fn column_i64(&self, name: &str) -> Result<Vec<i64>> {
        let mut values = zeros(self.rows(), name)?;
        self.column_i64_into(name, &mut values)?;
        Ok(values)
    }

    /// The same into `values`, which must have room for one value per row.
    pub fn column_i64_into(&self, name: &str, values: &mut [i64]) -> Result<()> {
        let name = c_text(name, "name")?;
        // SAFETY: the handle and the name live; the count is that of the values.
        call(|error| unsafe {
            sys::eqp_dataset_column_i64(
                self.as_ptr(),
                name.as_ptr(),
                values.as_mut_ptr(),
                values.len(),
                error,
            )
        })
    }

    /// The text of a cell; `None` for a missing text, another type, or a column or row that does
    /// not exist.
    pub fn cell_text(&self, name: &str, row: usize) -> Option<&str> {
        let name = c_text(name, "name").ok()?;
        let row = i64::try_from(row).ok()?;
        // SAFETY: the handle lives, and the text lives as long as it, which `&self` borrows.
        unsafe {
            borrowed(sys::eqp_dataset_cell_text(
                self.as_ptr(),
                name.as_ptr(),
                row,
            ))
        }
    }

    /// Writes the rows to a file atomically.
    pub fn write(&self, path: impl AsRef<Path>, options_json: &str) -> Result<()> {
        self.write_with(path, options_json, Hooks::default())
    }

    /// The same with hooks.
    pub fn write_with(
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
                sys::eqp_dataset_write(self.as_ptr(), path.as_ptr(), options.as_ptr(), hooks, error)
            })
        })
    }

    /// Splits into `part_count` parts by `{"fractions": [...]}` or `{"folds": n}`.
    pub fn split(&self, options_json: &str, part_count: usize) -> Result<Vec<Dataset>> {
        let options = c_text(options_json, "options_json")?;
        let mut parts = vec![ptr::null_mut(); part_count];
        // SAFETY: the handle and the text live; there is room for this number of parts.
        call(|error| unsafe {
            sys::eqp_dataset_split(
                self.as_ptr(),
                options.as_ptr(),
                parts.as_mut_ptr(),
                part_count,
                error,
            )
        })?;
        // SAFETY: we own each of these datasets.
        Ok(parts
            .into_iter()
            .filter_map(|part| unsafe { Dataset::from_raw(part) })
            .collect())
    }

    /// The dataset that a call returns through its out-parameter.
    pub(crate) fn made_by(
        function: impl FnOnce(*mut *mut sys::eqp_dataset, *mut *mut sys::eqp_error) -> sys::eqp_status,
    ) -> Result<Dataset> {
        let mut dataset = ptr::null_mut();
        call(|error| function(&mut dataset, error))?;
        // SAFETY: we own the result of a successful call.
        unsafe { Dataset::from_raw(dataset) }.ok_or_else(Error::nothing_given)
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        // SAFETY: we own the handle, and this is its last use.
        unsafe { sys::eqp_dataset_free(self.handle.as_ptr()) }
    }
}

fn zeros<T: Clone + Default>(count: usize, name: &str) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| {
        Error::new(
            crate::Status::OutOfMemory,
            format!("there is no memory for column \"{name}\""),
        )
    })?;
    values.resize(count, T::default());
    Ok(values)
}

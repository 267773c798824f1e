//! A dataset while columns are added to it.

use crate::error::{call, Error, Result};
use crate::text::{c_text, TextArray};
use crate::Dataset;
use equipoise_sys as sys;
use std::ffi::{c_char, CString};

/// A dataset while columns are added to it, until [`build`](DatasetBuilder::build).
///
/// ```no_run
/// # fn main() -> equipoise::Result<()> {
/// let mut builder = equipoise::Dataset::builder(2)?;
/// builder
///     .add("income", &[1.5f32, 2.5])?
///     .add_optional("debt", &[Some(0.5f64), None])?
///     .add_text("sex", &["f", "m"])?;
/// let dataset = builder.build();
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct DatasetBuilder {
    dataset: Dataset,
    rows: usize,
}

mod sealed {
    pub trait Sealed {}
}

/// A type of numbers in columns: `f32`, `f64` or `i64`.
pub trait Number: sealed::Sealed + Copy + Default {
    #[doc(hidden)]
    const ADD: unsafe extern "C" fn(
        *mut sys::eqp_dataset,
        *const c_char,
        *const Self,
        *const u8,
        *mut *mut sys::eqp_error,
    ) -> sys::eqp_status;
}

macro_rules! number {
    ($type:ty, $function:path) => {
        impl sealed::Sealed for $type {}
        impl Number for $type {
            const ADD: unsafe extern "C" fn(
                *mut sys::eqp_dataset,
                *const c_char,
                *const Self,
                *const u8,
                *mut *mut sys::eqp_error,
            ) -> sys::eqp_status = $function;
        }
    };
}

number!(f32, sys::eqp_dataset_add_f32);
number!(f64, sys::eqp_dataset_add_f64);
number!(i64, sys::eqp_dataset_add_i64);

/// Packs booleans into bits in Arrow's order: bit i, least significant first, says whether row i
/// has a value.
pub fn pack_validity(present: impl IntoIterator<Item = bool>) -> Vec<u8> {
    let mut bits = Vec::new();
    for (row, is_present) in present.into_iter().enumerate() {
        if row % 8 == 0 {
            bits.push(0);
        }
        if let (true, Some(byte)) = (is_present, bits.last_mut()) {
            *byte |= 1u8 << (row % 8);
        }
    }
    bits
}

impl DatasetBuilder {
    /// An empty dataset, to which columns of `rows` values are added.
    pub fn new(rows: usize) -> Result<DatasetBuilder> {
        let count = i64::try_from(rows)
            .map_err(|_| Error::invalid_argument(format!("{rows} rows are too many"), "rows"))?;
        // SAFETY: there are no requirements.
        let dataset = Dataset::made_by(|dataset, error| unsafe {
            sys::eqp_dataset_new(count, dataset, error)
        })?;
        Ok(DatasetBuilder { dataset, rows })
    }

    /// Adds a column of numbers, one for each row; NaN means missing.
    pub fn add<N: Number>(&mut self, name: &str, values: &[N]) -> Result<&mut Self> {
        self.add_numbers(name, values, None)
    }

    /// Adds a column of numbers with missing values: bit i of `validity`, least significant first,
    /// says whether row i has a value.
    pub fn add_with_validity<N: Number>(
        &mut self,
        name: &str,
        values: &[N],
        validity: &[u8],
    ) -> Result<&mut Self> {
        self.add_numbers(name, values, Some(validity))
    }

    /// Adds a column of numbers with missing values.
    pub fn add_optional<N: Number>(
        &mut self,
        name: &str,
        values: &[Option<N>],
    ) -> Result<&mut Self> {
        let validity = pack_validity(values.iter().map(Option::is_some));
        let values: Vec<N> = values
            .iter()
            .map(|value| value.unwrap_or_default())
            .collect();
        self.add_numbers(name, &values, Some(&validity))
    }

    /// Adds a column of texts.
    pub fn add_text<T: AsRef<str>>(&mut self, name: &str, values: &[T]) -> Result<&mut Self> {
        let texts = TextArray::new(values.iter().map(|text| Some(text.as_ref())), "values")?;
        self.add_pointers(name, &texts)
    }

    /// Adds a column of texts with missing values.
    pub fn add_optional_text<T: AsRef<str>>(
        &mut self,
        name: &str,
        values: &[Option<T>],
    ) -> Result<&mut Self> {
        let texts = values.iter().map(|text| text.as_ref().map(AsRef::as_ref));
        self.add_pointers(name, &TextArray::new(texts, "values")?)
    }

    /// Adds a block of `shape` for each row: component j of row i at `values[i * width + j]`,
    /// where width is the product of `shape`.
    pub fn add_tensor(&mut self, name: &str, values: &[f32], shape: &[i64]) -> Result<&mut Self> {
        let wanted = shape.iter().try_fold(self.rows, |count, extent| {
            let extent = usize::try_from(*extent).ok().filter(|extent| *extent > 0)?;
            count.checked_mul(extent)
        });
        let wanted = wanted.ok_or_else(|| {
            let message = format!("{shape:?} is no shape; extents of at least 1 are accepted");
            Error::invalid_argument(message, "shape")
        })?;
        require_count(values.len(), wanted)?;
        let name = c_text(name, "name")?;
        // SAFETY: only we use the handle; the number of values fits the shape.
        call(|error| unsafe {
            sys::eqp_dataset_add_tensor(
                self.as_mut_ptr(),
                name.as_ptr(),
                values.as_ptr(),
                shape.as_ptr(),
                shape.len(),
                error,
            )
        })?;
        Ok(self)
    }

    /// Finishes the dataset, to which nothing can be added any more.
    pub fn build(self) -> Dataset {
        self.dataset
    }

    fn add_numbers<N: Number>(
        &mut self,
        name: &str,
        values: &[N],
        validity: Option<&[u8]>,
    ) -> Result<&mut Self> {
        require_count(values.len(), self.rows)?;
        if validity.is_some_and(|bits| bits.len() < self.rows.div_ceil(8)) {
            let message = "the validity has fewer bits than there are rows";
            return Err(Error::invalid_argument(message, "validity"));
        }
        let name: CString = c_text(name, "name")?;
        // SAFETY: only we use the handle; there is a value and, if there are bits, a bit for each
        // row.
        call(|error| unsafe {
            N::ADD(
                self.as_mut_ptr(),
                name.as_ptr(),
                values.as_ptr(),
                validity.map_or(std::ptr::null(), <[u8]>::as_ptr),
                error,
            )
        })?;
        Ok(self)
    }

    fn add_pointers(&mut self, name: &str, texts: &TextArray) -> Result<&mut Self> {
        require_count(texts.len(), self.rows)?;
        let name = c_text(name, "name")?;
        // SAFETY: only we use the handle; there is a text for each row.
        call(|error| unsafe {
            sys::eqp_dataset_add_text(self.as_mut_ptr(), name.as_ptr(), texts.as_ptr(), error)
        })?;
        Ok(self)
    }

    fn as_mut_ptr(&mut self) -> *mut sys::eqp_dataset {
        self.dataset.as_ptr().cast_mut()
    }
}

// The C function has no count of values and reads one for each row, so too few values would be read
// past their end.
fn require_count(found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(Error::invalid_argument(
        format!("{found} values are given; {wanted} are needed"),
        "values",
    ))
}

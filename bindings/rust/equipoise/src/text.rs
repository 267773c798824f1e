//! Texts passed to and from the C functions.

use crate::error::{Error, Result};
use equipoise_sys as sys;
use std::ffi::{c_char, c_void, CStr, CString};
use std::path::Path;

/// A text in C's form, during one call.
pub(crate) fn c_text(text: &str, name: &str) -> Result<CString> {
    CString::new(text).map_err(|_| has_nul(name))
}

/// A path in C's form. The library reads it as UTF-8 and rejects others with a message.
pub(crate) fn c_path(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| has_nul("path"))
}

fn has_nul(name: &str) -> Error {
    Error::invalid_argument(
        format!("{name} holds a NUL character; text without one is accepted"),
        name,
    )
}

/// Texts as C's array of pointers; `None` is a missing text.
pub(crate) struct TextArray {
    pointers: Vec<*const c_char>,
    // The characters to which the pointers point; stored but never read.
    _texts: Vec<Option<CString>>,
}

impl TextArray {
    pub(crate) fn new<'a>(
        texts: impl Iterator<Item = Option<&'a str>>,
        name: &str,
    ) -> Result<TextArray> {
        let texts = texts
            .map(|text| text.map(|text| c_text(text, name)).transpose())
            .collect::<Result<Vec<_>>>()?;
        // The characters are on the heap, so moving the vector does not move them.
        let pointers = texts
            .iter()
            .map(|text| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()))
            .collect();
        Ok(TextArray {
            pointers,
            _texts: texts,
        })
    }

    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    pub(crate) fn len(&self) -> usize {
        self.pointers.len()
    }
}

/// A text that the library owns.
///
/// # Safety
/// `text` is null, or a text that lives as long as `'a`.
pub(crate) unsafe fn borrowed<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises. The library's texts are UTF-8.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

/// Copies a text from the library and releases it; `None` for null.
///
/// # Safety
/// `text` is null, or a text to be released with `eqp_free`, which no other code releases.
pub(crate) unsafe fn taken(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        sys::eqp_free(text.cast());
        Some(copy)
    }
}

/// Copies a block from the library and releases it.
///
/// # Safety
/// `bytes` is null, or `count` bytes to be released with `eqp_free`, which no other code releases.
pub(crate) unsafe fn taken_bytes(bytes: *mut c_void, count: usize) -> Vec<u8> {
    if bytes.is_null() {
        return Vec::new();
    }
    // SAFETY: as the caller promises.
    unsafe {
        let copy = std::slice::from_raw_parts(bytes.cast::<u8>(), count).to_vec();
        sys::eqp_free(bytes);
        copy
    }
}

/// [`taken`] for functions that return null only if memory runs out.
///
/// # Safety
/// The same as for [`taken`].
pub(crate) unsafe fn taken_or_out_of_memory(text: *mut c_char) -> Result<String> {
    // SAFETY: as the caller promises.
    unsafe { taken(text) }.ok_or_else(|| {
        Error::new(
            crate::Status::OutOfMemory,
            "there is no memory for a text".to_owned(),
        )
    })
}

//! The error that a failed call returns.

use crate::text::borrowed;
use equipoise_sys as sys;
use std::fmt;
use std::ptr;

/// The result of every function that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// The kinds of failure.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// An invalid argument: a wrong size, or a name that does not exist.
    InvalidArgument,
    /// An invalid configuration; the location is a JSON pointer.
    InvalidConfig,
    /// Invalid rows or values; the location is file:line or a column.
    InvalidData,
    /// A malformed model file; the location is file:offset.
    InvalidModel,
    /// Well-formed but not supported; the message says what is supported.
    Unsupported,
    /// A failure of the system; the message has its reason and the path.
    Io,
    /// Out of memory; the process can continue.
    OutOfMemory,
    /// The progress function asked to stop.
    Cancelled,
    /// Forbidden by a policy; the location names the rule.
    Refused,
    /// A signature, digest or key that does not match.
    Integrity,
    /// A defect of the library.
    Internal,
    /// A status of a later library that this crate does not know.
    Unknown(i32),
}

impl Status {
    fn from_code(code: sys::eqp_status) -> Status {
        match code {
            sys::EQP_INVALID_ARGUMENT => Status::InvalidArgument,
            sys::EQP_INVALID_CONFIG => Status::InvalidConfig,
            sys::EQP_INVALID_DATA => Status::InvalidData,
            sys::EQP_INVALID_MODEL => Status::InvalidModel,
            sys::EQP_UNSUPPORTED => Status::Unsupported,
            sys::EQP_IO => Status::Io,
            sys::EQP_OUT_OF_MEMORY => Status::OutOfMemory,
            sys::EQP_CANCELLED => Status::Cancelled,
            sys::EQP_REFUSED => Status::Refused,
            sys::EQP_INTEGRITY => Status::Integrity,
            sys::EQP_INTERNAL => Status::Internal,
            other => Status::Unknown(other),
        }
    }

    /// The number that the C functions use.
    pub fn code(self) -> i32 {
        match self {
            Status::InvalidArgument => sys::EQP_INVALID_ARGUMENT,
            Status::InvalidConfig => sys::EQP_INVALID_CONFIG,
            Status::InvalidData => sys::EQP_INVALID_DATA,
            Status::InvalidModel => sys::EQP_INVALID_MODEL,
            Status::Unsupported => sys::EQP_UNSUPPORTED,
            Status::Io => sys::EQP_IO,
            Status::OutOfMemory => sys::EQP_OUT_OF_MEMORY,
            Status::Cancelled => sys::EQP_CANCELLED,
            Status::Refused => sys::EQP_REFUSED,
            Status::Integrity => sys::EQP_INTEGRITY,
            Status::Internal => sys::EQP_INTERNAL,
            Status::Unknown(code) => code,
        }
    }

    /// Its name in the C header, such as `EQP_INVALID_DATA`.
    pub fn name(self) -> &'static str {
        // SAFETY: the text is valid for ever.
        unsafe { borrowed(sys::eqp_status_name(self.code())) }.unwrap_or("unknown status")
    }
}

/// A failure: its kind, one sentence for people, and its location for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    message: String,
    location: String,
}

impl Error {
    pub(crate) fn invalid_argument(message: impl Into<String>, location: &str) -> Error {
        Error {
            status: Status::InvalidArgument,
            message: message.into(),
            location: location.to_owned(),
        }
    }

    pub(crate) fn new(status: Status, message: String) -> Error {
        Error {
            status,
            message,
            location: String::new(),
        }
    }

    /// The error if a call returned success but no result.
    pub(crate) fn nothing_given() -> Error {
        let message = "the library gave no object; this is a defect of it";
        Error::new(Status::Internal, message.to_owned())
    }

    /// The kind of failure.
    pub fn status(&self) -> Status {
        self.status
    }

    /// One sentence: what was wrong, where, and what would be accepted.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A JSON pointer, file:line, file:offset, a column or a parameter; "" if there is none.
    pub fn location(&self) -> &str {
        &self.location
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Makes one call that receives an `eqp_error **`, and converts its failure to an [`Error`].
pub(crate) fn call(
    function: impl FnOnce(*mut *mut sys::eqp_error) -> sys::eqp_status,
) -> Result<()> {
    let mut error: *mut sys::eqp_error = ptr::null_mut();
    let code = function(&mut error);
    // SAFETY: we own the object, if there is one, and it lives until it is freed here.
    unsafe {
        let result = if code == sys::EQP_OK {
            Ok(())
        } else {
            Err(received(code, error))
        };
        sys::eqp_error_free(error);
        result
    }
}

/// # Safety
/// `error` is null or an error that lives.
#[cold]
unsafe fn received(code: sys::eqp_status, error: *const sys::eqp_error) -> Error {
    if error.is_null() {
        // There was no memory even for the error: only the status is known.
        let status = Status::from_code(code);
        return Error::new(status, status.name().to_owned());
    }
    // SAFETY: as the caller promises.
    unsafe {
        Error {
            status: Status::from_code(sys::eqp_error_status(error)),
            message: borrowed(sys::eqp_error_message(error))
                .unwrap_or("unknown failure")
                .to_owned(),
            location: borrowed(sys::eqp_error_location(error))
                .unwrap_or("")
                .to_owned(),
        }
    }
}

//! The header's constants, handles and structures.

use std::ffi::{c_char, c_void};
use std::marker::{PhantomData, PhantomPinned};

/// The major version of the header that this crate declares.
pub const EQP_VERSION_MAJOR: i32 = 0;
/// The minor version of the header that this crate declares.
pub const EQP_VERSION_MINOR: i32 = 1;
/// The patch version of the header that this crate declares.
pub const EQP_VERSION_PATCH: i32 = 0;
/// The binary interface of the header that this crate declares.
pub const EQP_ABI_VERSION: i32 = 1;

/// What a function says of itself; one of the constants below.
pub type eqp_status = i32;
/// Success.
pub const EQP_OK: eqp_status = 0;
/// A NULL, a size, a name that does not exist.
pub const EQP_INVALID_ARGUMENT: eqp_status = 1;
/// Options JSON: location is a JSON pointer.
pub const EQP_INVALID_CONFIG: eqp_status = 2;
/// Rows or values: location is file:line or column.
pub const EQP_INVALID_DATA: eqp_status = 3;
/// A malformed model file: location is file:offset.
pub const EQP_INVALID_MODEL: eqp_status = 4;
/// Well-formed, and not implemented.
pub const EQP_UNSUPPORTED: eqp_status = 5;
/// The system's own reason, with the path.
pub const EQP_IO: eqp_status = 6;
/// No memory.
pub const EQP_OUT_OF_MEMORY: eqp_status = 7;
/// The host asked to stop.
pub const EQP_CANCELLED: eqp_status = 8;
/// A policy forbids it: location names the rule.
pub const EQP_REFUSED: eqp_status = 9;
/// A signature, digest or key does not match.
pub const EQP_INTEGRITY: eqp_status = 10;
/// A defect of the library.
pub const EQP_INTERNAL: eqp_status = 11;

macro_rules! handle {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[repr(C)]
        pub struct $name {
            private: [u8; 0],
            // Neither Send, Sync nor Unpin by itself: the safe layer decides.
            marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    };
}

handle!(
    /// What went wrong.
    eqp_error
);
handle!(
    /// A request to stop.
    eqp_cancel
);
handle!(
    /// Named columns of equal length.
    eqp_dataset
);
handle!(
    /// A model, which never changes.
    eqp_model
);
handle!(
    /// The place of a model in service.
    eqp_endpoint
);
handle!(
    /// Sums of an audit that can be merged.
    eqp_auditor
);
handle!(
    /// Steps that were fitted to rows.
    eqp_transform
);

/// Receives a message of the library.
pub type eqp_log_callback =
    Option<unsafe extern "C" fn(context: *mut c_void, level: i32, message: *const c_char)>;

/// Collectives of an existing engine, supplied by the host.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct eqp_communicator {
    pub struct_size: u32,
    pub rank: i32,
    pub size: i32,
    pub context: *mut c_void,
    pub allreduce_sum_f32:
        Option<unsafe extern "C" fn(context: *mut c_void, values: *mut f32, count: usize) -> i32>,
    pub allreduce_sum_f64:
        Option<unsafe extern "C" fn(context: *mut c_void, values: *mut f64, count: usize) -> i32>,
    pub allreduce_sum_i64:
        Option<unsafe extern "C" fn(context: *mut c_void, values: *mut i64, count: usize) -> i32>,
    pub allgather: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            mine: *const c_void,
            bytes: usize,
            all: *mut c_void,
        ) -> i32,
    >,
    pub allgatherv: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            mine: *const c_void,
            bytes: *const usize,
            all: *mut c_void,
        ) -> i32,
    >,
    pub broadcast: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            bytes: *mut c_void,
            count: usize,
            root: i32,
        ) -> i32,
    >,
}

/// How a host is told of progress, and may stop the work.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct eqp_hooks {
    pub struct_size: u32,
    pub context: *mut c_void,
    pub progress:
        Option<unsafe extern "C" fn(context: *mut c_void, event_json: *const c_char) -> i32>,
    pub communicator: *const eqp_communicator,
    pub cancel: *const eqp_cancel,
}

//! The header's constants, handles and structures.

use std::ffi::{c_char, c_void};
use std::marker::{PhantomData, PhantomPinned};

/// The major version of the header that this crate declares.
pub const EQP_VERSION_MAJOR: i32 = 0;
/// The minor version of the header that this crate declares.
pub const EQP_VERSION_MINOR: i32 = 1;
/// The patch version of the header that this crate declares.
pub const EQP_VERSION_PATCH: i32 = 0;
/// The ABI version of the header that this crate declares.
pub const EQP_ABI_VERSION: i32 = 1;

/// The status that a function returns: one of the constants below.
pub type eqp_status = i32;
/// Success.
pub const EQP_OK: eqp_status = 0;
/// An invalid argument: NULL, a wrong size, or a name that does not exist.
pub const EQP_INVALID_ARGUMENT: eqp_status = 1;
/// An invalid configuration; the location is a JSON pointer.
pub const EQP_INVALID_CONFIG: eqp_status = 2;
/// Invalid rows or values; the location is file:line or a column.
pub const EQP_INVALID_DATA: eqp_status = 3;
/// A malformed model file; the location is file:offset.
pub const EQP_INVALID_MODEL: eqp_status = 4;
/// Well-formed but not supported.
pub const EQP_UNSUPPORTED: eqp_status = 5;
/// A failure of the system; the message has its reason and the path.
pub const EQP_IO: eqp_status = 6;
/// Out of memory.
pub const EQP_OUT_OF_MEMORY: eqp_status = 7;
/// The host asked to stop.
pub const EQP_CANCELLED: eqp_status = 8;
/// Forbidden by a policy; the location names the rule.
pub const EQP_REFUSED: eqp_status = 9;
/// A signature, digest or key that does not match.
pub const EQP_INTEGRITY: eqp_status = 10;
/// A defect of the library.
pub const EQP_INTERNAL: eqp_status = 11;

macro_rules! handle {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[repr(C)]
        pub struct $name {
            private: [u8; 0],
            // Not Send, Sync or Unpin by default; the safe layer decides.
            marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    };
}

handle!(
    /// The error of a failed call.
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
    /// An endpoint, which holds the model in service.
    eqp_endpoint
);
handle!(
    /// An auditor: sums of an audit that can be merged.
    eqp_auditor
);
handle!(
    /// Steps that were fitted to rows.
    eqp_transform
);
handle!(
    /// The models of a search that no other candidate dominates.
    eqp_front
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

/// A host's callback for progress, which may stop the work, and other hooks.
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

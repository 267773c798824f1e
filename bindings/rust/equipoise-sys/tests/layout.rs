//! The structures have the C compiler's layout, and the symbols exist.

use equipoise_sys::*;
use std::ffi::CStr;
use std::mem::{align_of, offset_of, size_of};

#[test]
#[cfg(target_pointer_width = "64")]
fn structures_have_the_sizes_and_offsets_of_c_on_64_bits() {
    // uint32, padding, pointer, function, two pointers.
    assert_eq!(size_of::<eqp_hooks>(), 40);
    assert_eq!(offset_of!(eqp_hooks, struct_size), 0);
    assert_eq!(offset_of!(eqp_hooks, context), 8);
    assert_eq!(offset_of!(eqp_hooks, progress), 16);
    assert_eq!(offset_of!(eqp_hooks, communicator), 24);
    assert_eq!(offset_of!(eqp_hooks, cancel), 32);
    // Three 32-bit numbers, padding, pointer, six functions.
    assert_eq!(size_of::<eqp_communicator>(), 72);
    assert_eq!(offset_of!(eqp_communicator, size), 8);
    assert_eq!(offset_of!(eqp_communicator, context), 16);
    assert_eq!(offset_of!(eqp_communicator, broadcast), 64);
    // Arrow: 9, 10 and 5 fields of 8 bytes.
    assert_eq!(size_of::<ArrowSchema>(), 72);
    assert_eq!(size_of::<ArrowArray>(), 80);
    assert_eq!(size_of::<ArrowArrayStream>(), 40);
    assert_eq!(align_of::<eqp_hooks>(), 8);
}

#[test]
fn handles_are_opaque() {
    assert_eq!(size_of::<eqp_model>(), 0);
    assert_eq!(size_of::<eqp_dataset>(), 0);
}

#[test]
fn the_loaded_library_has_the_declared_binary_interface() {
    unsafe {
        assert_eq!(eqp_abi_version(), EQP_ABI_VERSION);
        let version = CStr::from_ptr(eqp_version()).to_str().unwrap();
        assert_eq!(
            version,
            format!("{EQP_VERSION_MAJOR}.{EQP_VERSION_MINOR}.{EQP_VERSION_PATCH}")
        );
        let name = CStr::from_ptr(eqp_status_name(EQP_INTEGRITY));
        assert_eq!(name.to_str().unwrap(), "EQP_INTEGRITY");
    }
}

#[test]
fn freeing_nothing_is_accepted() {
    unsafe {
        eqp_free(std::ptr::null_mut());
        eqp_error_free(std::ptr::null_mut());
        eqp_dataset_free(std::ptr::null_mut());
        eqp_model_free(std::ptr::null_mut());
        eqp_auditor_free(std::ptr::null_mut());
        eqp_transform_free(std::ptr::null_mut());
        eqp_front_free(std::ptr::null_mut());
        eqp_cancel_free(std::ptr::null_mut());
        eqp_endpoint_free(std::ptr::null_mut());
    }
}

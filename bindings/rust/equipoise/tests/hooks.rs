//! Progress: its events, how it stops the work, and its panics.

mod support;

use equipoise::{audit_with, sys, Cancel, Hooks, Status};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use support::{config, fresh_model, loans};

#[test]
fn progress_is_told_of_every_epoch_on_the_calling_thread() {
    let caller = std::thread::current().id();
    let mut events = 0;
    let hooks = Hooks::progress(|event| {
        assert!(event.contains("\"epoch\""));
        assert_eq!(std::thread::current().id(), caller);
        events += 1;
        ControlFlow::Continue(())
    });
    fresh_model()
        .finetune(&loans(600), None, &config(3), hooks)
        .unwrap();
    assert!(events >= 3);
}

#[test]
fn progress_that_breaks_cancels_the_work() {
    let hooks = Hooks::progress(|_| ControlFlow::Break(()));
    let error = fresh_model()
        .finetune(&loans(600), None, &config(1000), hooks)
        .unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
}

#[test]
fn a_panic_of_progress_stops_the_work_and_goes_on() {
    let model = fresh_model();
    let table = loans(600);
    let mut events = 0;
    let result = catch_unwind(AssertUnwindSafe(|| {
        let hooks = Hooks::progress(|_| {
            events += 1;
            std::panic::resume_unwind(Box::new("the reason")) // a panic without its message
        });
        model.finetune(&table, None, &config(1000), hooks)
    }));
    let panic = result.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the reason"));
    assert_eq!(events, 1);
    // The base model is still usable.
    assert!(model
        .finetune(&table, None, &config(1), Hooks::default())
        .is_ok());
}

unsafe extern "C" fn sum(_: *mut std::ffi::c_void, _: *mut f32, _: usize) -> i32 {
    0
}

#[test]
fn a_communicator_of_one_process_is_passed_through() {
    let mut alone = sys::eqp_communicator {
        struct_size: std::mem::size_of::<sys::eqp_communicator>() as u32,
        rank: 0,
        size: 1,
        context: std::ptr::null_mut(),
        allreduce_sum_f32: Some(sum),
        allreduce_sum_f64: None,
        allreduce_sum_i64: None,
        allgather: None,
        allgatherv: None,
        broadcast: None,
    };
    let table = loans(100);
    let tune = |communicator: &sys::eqp_communicator| {
        // SAFETY: a group of one process needs no functions.
        let hooks = unsafe { Hooks::default().with_communicator(communicator) };
        fresh_model().finetune(&table, None, &config(1), hooks)
    };
    tune(&alone).unwrap();
    alone.rank = 5; // outside 0 to size - 1: the error shows that it was passed on
    assert_eq!(tune(&alone).unwrap_err().status(), Status::InvalidArgument);
}

#[test]
fn a_request_of_another_thread_cancels_the_work_and_serves_again() {
    let cancel = Cancel::new().unwrap();
    let table = loans(600);
    let model = fresh_model();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| cancel.request());
        let hooks = Hooks::default().with_cancel(&cancel);
        model
            .finetune(&table, None, &config(1_000_000), hooks)
            .unwrap_err()
    });
    assert_eq!(error.status(), Status::Cancelled);
    assert!(cancel.requested());
    let hooks = Hooks::default().with_cancel(&cancel);
    let error = audit_with(&table, None, "{}", hooks).unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
    cancel.reset();
    let hooks = Hooks::default().with_cancel(&cancel);
    assert!(model.finetune(&table, None, &config(1), hooks).is_ok());
}

#[test]
fn an_audit_says_how_rows_differ_from_reference_rows() {
    let table = loans(200);
    let config = r#"{"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]}}"#;
    let report = audit_with(&table, Some(&table), config, Hooks::default()).unwrap();
    assert!(report.contains("\"changes\""));
}

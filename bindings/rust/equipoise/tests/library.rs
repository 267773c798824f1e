//! The library itself: versions, threads, log, schemas, names of statuses.

use equipoise::{Dataset, LogLevel, Status};

#[test]
fn the_loaded_library_is_the_declared_one() {
    equipoise::require_abi().unwrap();
    assert_eq!(equipoise::abi_version(), equipoise::sys::EQP_ABI_VERSION);
    assert_eq!(equipoise::version(), env!("CARGO_PKG_VERSION"));
    assert!(equipoise::build_info().unwrap().contains("\"version\""));
}

#[test]
fn every_status_has_the_name_of_the_header() {
    assert_eq!(Status::InvalidConfig.name(), "EQP_INVALID_CONFIG");
    assert_eq!(Status::Internal.code(), 11);
    assert_eq!(Status::Unknown(99).name(), "unknown status");
}

#[test]
fn a_number_of_threads_outside_what_is_accepted_is_refused() {
    equipoise::set_threads(2).unwrap();
    let error = equipoise::set_threads(u32::MAX).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    equipoise::set_threads(0).unwrap();
    assert!(equipoise::set_root(Some("no/such/folder")).is_err());
    equipoise::set_root(Some("/")).unwrap();
    equipoise::set_root(None).unwrap();
}

#[test]
fn schemas_are_given_by_name() {
    let schema = equipoise::config_schema("finetune").unwrap();
    assert!(schema.contains("\"properties\""));
    assert!(equipoise::config_schema("no such configuration").is_none());
    assert!(equipoise::config_schema("a\0b").is_none());
}

#[test]
fn a_log_function_may_panic_be_replaced_and_be_taken_away() {
    equipoise::set_log(LogLevel::Debug, |_, _| panic!("dropped"));
    assert!(Dataset::open("/no/such.csv", "").is_err());
    equipoise::set_log(LogLevel::Info, |_, _| {});
    equipoise::silence_log();
    assert_eq!(Dataset::builder(1).unwrap().build().rows(), 1);
}

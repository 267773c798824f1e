//! The header's functions, in its order. The header says what each does and asks for.
//! Made by packaging/interface/generate.py; do not edit.

#![allow(missing_docs)]

use crate::arrow::ArrowArrayStream;
use crate::types::*;
use std::ffi::{c_char, c_void};

extern "C" {
    pub fn eqp_version() -> *const c_char;
    pub fn eqp_abi_version() -> i32;
    pub fn eqp_build_info() -> *mut c_char;
    pub fn eqp_error_status(error: *const eqp_error) -> eqp_status;
    pub fn eqp_error_message(error: *const eqp_error) -> *const c_char;
    pub fn eqp_error_location(error: *const eqp_error) -> *const c_char;
    pub fn eqp_error_free(error: *mut eqp_error);
    pub fn eqp_status_name(status: eqp_status) -> *const c_char;
    pub fn eqp_free(memory: *mut c_void);
    pub fn eqp_set_log(callback: eqp_log_callback, context: *mut c_void, level: i32);
    pub fn eqp_set_threads(threads: i32, error: *mut *mut eqp_error) -> eqp_status;
    pub fn eqp_set_library(
        name: *const c_char,
        path: *const c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_set_root(path: *const c_char, error: *mut *mut eqp_error) -> eqp_status;
    pub fn eqp_cancel_new(cancel: *mut *mut eqp_cancel, error: *mut *mut eqp_error) -> eqp_status;
    pub fn eqp_cancel_request(cancel: *mut eqp_cancel);
    pub fn eqp_cancel_requested(cancel: *const eqp_cancel) -> i32;
    pub fn eqp_cancel_reset(cancel: *mut eqp_cancel);
    pub fn eqp_cancel_free(cancel: *mut eqp_cancel);
    pub fn eqp_dataset_open(
        path: *const c_char,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        dataset: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_from_arrow(
        stream: *mut ArrowArrayStream,
        hooks: *const eqp_hooks,
        dataset: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_to_arrow(
        dataset: *const eqp_dataset,
        stream: *mut ArrowArrayStream,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_new(
        rows: i64,
        dataset: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_add_f32(
        dataset: *mut eqp_dataset,
        name: *const c_char,
        values: *const f32,
        validity: *const u8,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_add_f64(
        dataset: *mut eqp_dataset,
        name: *const c_char,
        values: *const f64,
        validity: *const u8,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_add_i64(
        dataset: *mut eqp_dataset,
        name: *const c_char,
        values: *const i64,
        validity: *const u8,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_add_text(
        dataset: *mut eqp_dataset,
        name: *const c_char,
        values: *const *const c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_add_tensor(
        dataset: *mut eqp_dataset,
        name: *const c_char,
        values: *const f32,
        shape: *const i64,
        rank: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_rows(dataset: *const eqp_dataset) -> i64;
    pub fn eqp_dataset_describe(dataset: *const eqp_dataset) -> *mut c_char;
    pub fn eqp_dataset_columns(dataset: *const eqp_dataset) -> i64;
    pub fn eqp_dataset_column_name(dataset: *const eqp_dataset, index: i64) -> *const c_char;
    pub fn eqp_dataset_column_f32(
        dataset: *const eqp_dataset,
        name: *const c_char,
        values: *mut f32,
        count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_column_f64(
        dataset: *const eqp_dataset,
        name: *const c_char,
        values: *mut f64,
        count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_column_i64(
        dataset: *const eqp_dataset,
        name: *const c_char,
        values: *mut i64,
        count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_cell_text(
        dataset: *const eqp_dataset,
        name: *const c_char,
        row: i64,
    ) -> *const c_char;
    pub fn eqp_dataset_write(
        dataset: *const eqp_dataset,
        path: *const c_char,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_split(
        dataset: *const eqp_dataset,
        options_json: *const c_char,
        parts: *mut *mut eqp_dataset,
        part_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_select(
        dataset: *const eqp_dataset,
        columns: *const *const c_char,
        column_count: usize,
        rows: *const i64,
        row_count: usize,
        selected: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_concat(
        parts: *const *const eqp_dataset,
        count: usize,
        whole: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_dataset_free(dataset: *mut eqp_dataset);
    pub fn eqp_model_load(
        path: *const c_char,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        model: *mut *mut eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_load_memory(
        bytes: *const c_void,
        count: usize,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        model: *mut *mut eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_new(
        architecture_json: *const c_char,
        model: *mut *mut eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_save(
        model: *const eqp_model,
        path: *const c_char,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_save_memory(
        model: *const eqp_model,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        bytes: *mut *mut c_void,
        count: *mut usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_describe(model: *const eqp_model) -> *mut c_char;
    pub fn eqp_model_parameter_f32(
        model: *const eqp_model,
        name: *const c_char,
        values: *mut f32,
        count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_with_parameters(
        model: *const eqp_model,
        names: *const *const c_char,
        values: *const *const f32,
        lengths: *const usize,
        count: usize,
        changed: *mut *mut eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_free(model: *mut eqp_model);
    pub fn eqp_finetune(
        base: *const eqp_model,
        train: *const eqp_dataset,
        validation: *const eqp_dataset,
        config_json: *const c_char,
        hooks: *const eqp_hooks,
        tuned: *mut *mut eqp_model,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_model_adjust(
        model: *const eqp_model,
        rows: *const eqp_dataset,
        config_json: *const c_char,
        hooks: *const eqp_hooks,
        adjusted: *mut *mut eqp_model,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_predict(
        model: *const eqp_model,
        inputs: *const eqp_dataset,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        predictions: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_predict_f32(
        model: *const eqp_model,
        features: *const f32,
        rows: usize,
        columns: usize,
        scores: *mut f32,
        scores_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_decide_f32(
        model: *const eqp_model,
        features: *const f32,
        rows: usize,
        columns: usize,
        groups: *const i32,
        keys: *const u64,
        scores: *mut f32,
        scores_count: usize,
        labels: *mut i32,
        labels_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_predict_text(
        model: *const eqp_model,
        texts: *const *const c_char,
        rows: usize,
        scores: *mut f32,
        scores_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_audit(
        model: *const eqp_model,
        dataset: *const eqp_dataset,
        reference: *const eqp_dataset,
        config_json: *const c_char,
        hooks: *const eqp_hooks,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_report_render(
        report_json: *const c_char,
        format: *const c_char,
        path: *const c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_report_text(
        report_json: *const c_char,
        format: *const c_char,
        text: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_report_number(
        report_json: *const c_char,
        pointer: *const c_char,
        number: *mut f64,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_report_value(
        report_json: *const c_char,
        pointer: *const c_char,
        text: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_policy_check(report_json: *const c_char, error: *mut *mut eqp_error) -> eqp_status;
    pub fn eqp_config_schema(name: *const c_char) -> *mut c_char;
    pub fn eqp_endpoint_new(
        model: *const eqp_model,
        endpoint: *mut *mut eqp_endpoint,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_swap(
        endpoint: *mut eqp_endpoint,
        model: *const eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_model(
        endpoint: *const eqp_endpoint,
        model: *mut *mut eqp_model,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_predict(
        endpoint: *const eqp_endpoint,
        inputs: *const eqp_dataset,
        options_json: *const c_char,
        hooks: *const eqp_hooks,
        predictions: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_predict_f32(
        endpoint: *const eqp_endpoint,
        features: *const f32,
        rows: usize,
        columns: usize,
        scores: *mut f32,
        scores_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_predict_text(
        endpoint: *const eqp_endpoint,
        texts: *const *const c_char,
        rows: usize,
        scores: *mut f32,
        scores_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_decide_f32(
        endpoint: *const eqp_endpoint,
        features: *const f32,
        rows: usize,
        columns: usize,
        groups: *const i32,
        keys: *const u64,
        scores: *mut f32,
        scores_count: usize,
        labels: *mut i32,
        labels_count: usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_endpoint_free(endpoint: *mut eqp_endpoint);
    pub fn eqp_auditor_new(
        config_json: *const c_char,
        auditor: *mut *mut eqp_auditor,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_update(
        auditor: *mut eqp_auditor,
        batch: *const eqp_dataset,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_update_model(
        auditor: *mut eqp_auditor,
        model: *const eqp_model,
        batch: *const eqp_dataset,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_update_arrow(
        auditor: *mut eqp_auditor,
        stream: *mut ArrowArrayStream,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_merge(
        auditor: *mut eqp_auditor,
        other: *const eqp_auditor,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_subtract(
        auditor: *mut eqp_auditor,
        other: *const eqp_auditor,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_save(
        auditor: *const eqp_auditor,
        bytes: *mut *mut c_void,
        count: *mut usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_restore(
        bytes: *const c_void,
        count: usize,
        auditor: *mut *mut eqp_auditor,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_report(
        auditor: *const eqp_auditor,
        hooks: *const eqp_hooks,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_auditor_free(auditor: *mut eqp_auditor);
    pub fn eqp_transform_fit(
        rows: *const eqp_dataset,
        config_json: *const c_char,
        hooks: *const eqp_hooks,
        transform: *mut *mut eqp_transform,
        prepared: *mut *mut eqp_dataset,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_transform_apply(
        transform: *const eqp_transform,
        rows: *const eqp_dataset,
        hooks: *const eqp_hooks,
        applied: *mut *mut eqp_dataset,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_transform_save(
        transform: *const eqp_transform,
        bytes: *mut *mut c_void,
        count: *mut usize,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_transform_load(
        bytes: *const c_void,
        count: usize,
        transform: *mut *mut eqp_transform,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_transform_describe(transform: *const eqp_transform) -> *mut c_char;
    pub fn eqp_transform_free(transform: *mut eqp_transform);
    pub fn eqp_search(
        base: *const eqp_model,
        train: *const eqp_dataset,
        validation: *const eqp_dataset,
        config_json: *const c_char,
        hooks: *const eqp_hooks,
        front: *mut *mut eqp_front,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_front_count(front: *const eqp_front) -> i64;
    pub fn eqp_front_model(
        front: *const eqp_front,
        index: i64,
        model: *mut *mut eqp_model,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_front_choose(
        front: *const eqp_front,
        rule_json: *const c_char,
        index: *mut i64,
        report_json: *mut *mut c_char,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_front_describe(front: *const eqp_front) -> *mut c_char;
    pub fn eqp_front_save(
        front: *const eqp_front,
        path: *const c_char,
        hooks: *const eqp_hooks,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_front_load(
        path: *const c_char,
        hooks: *const eqp_hooks,
        front: *mut *mut eqp_front,
        error: *mut *mut eqp_error,
    ) -> eqp_status;
    pub fn eqp_front_free(front: *mut eqp_front);
}

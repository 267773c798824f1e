//! Audits of other systems' decisions, and reports as pages.

use crate::error::{call, Result};
use crate::hooks::{with_hooks, Hooks};
use crate::text::{c_path, c_text, taken};
use crate::Dataset;
use equipoise_sys as sys;
use std::path::Path;
use std::ptr;

/// An audit without a model: `config_json` names the columns with another system's decisions
/// ("prediction") or scores ("score").
pub fn audit(dataset: &Dataset, config_json: &str) -> Result<String> {
    audit_of(ptr::null(), dataset, None, config_json, Hooks::default())
}

/// The same with hooks. With `reference`, the report also says how the rows differ from these.
pub fn audit_with(
    dataset: &Dataset,
    reference: Option<&Dataset>,
    config_json: &str,
    hooks: Hooks<'_>,
) -> Result<String> {
    audit_of(ptr::null(), dataset, reference, config_json, hooks)
}

pub(crate) fn audit_of(
    model: *const sys::eqp_model,
    dataset: &Dataset,
    reference: Option<&Dataset>,
    config_json: &str,
    hooks: Hooks<'_>,
) -> Result<String> {
    let config = c_text(config_json, "config_json")?;
    let reference = reference.map_or(ptr::null(), Dataset::as_ptr);
    let mut report = ptr::null_mut();
    with_hooks(hooks, |hooks| {
        // SAFETY: the model is null or lives, as do the datasets, the text and the hooks.
        call(|error| unsafe {
            sys::eqp_audit(
                model,
                dataset.as_ptr(),
                reference,
                config.as_ptr(),
                hooks,
                &mut report,
                error,
            )
        })
    })?;
    // SAFETY: we own the text and release it.
    Ok(unsafe { taken(report) }.unwrap_or_default())
}

/// Writes a report as "html", "markdown", "svg" or "classification_report".
pub fn render_report(report_json: &str, format: &str, path: impl AsRef<Path>) -> Result<()> {
    let report = c_text(report_json, "report_json")?;
    let format = c_text(format, "format")?;
    let path = c_path(path.as_ref())?;
    // SAFETY: the texts live.
    call(|error| unsafe {
        sys::eqp_report_render(report.as_ptr(), format.as_ptr(), path.as_ptr(), error)
    })
}

/// A report as "html", "markdown", "svg" or "classification_report", as a text.
pub fn report_text(report_json: &str, format: &str) -> Result<String> {
    let report = c_text(report_json, "report_json")?;
    let format = c_text(format, "format")?;
    let mut text = ptr::null_mut();
    // SAFETY: the texts live.
    call(|error| unsafe {
        sys::eqp_report_text(report.as_ptr(), format.as_ptr(), &mut text, error)
    })?;
    // SAFETY: we own the text and release it.
    Ok(unsafe { taken(text) }.unwrap_or_default())
}

/// The number at a JSON pointer such as "/overall/accuracy"; NaN if the report has null.
pub fn report_number(report_json: &str, pointer: &str) -> Result<f64> {
    let report = c_text(report_json, "report_json")?;
    let pointer = c_text(pointer, "pointer")?;
    let mut number = 0.0;
    // SAFETY: the texts live.
    call(|error| unsafe {
        sys::eqp_report_number(report.as_ptr(), pointer.as_ptr(), &mut number, error)
    })?;
    Ok(number)
}

/// The value at a JSON pointer: a string without its quotes, anything else as JSON.
pub fn report_value(report_json: &str, pointer: &str) -> Result<String> {
    let report = c_text(report_json, "report_json")?;
    let pointer = c_text(pointer, "pointer")?;
    let mut text = ptr::null_mut();
    // SAFETY: the texts live.
    call(|error| unsafe {
        sys::eqp_report_value(report.as_ptr(), pointer.as_ptr(), &mut text, error)
    })?;
    // SAFETY: we own the text and release it.
    Ok(unsafe { taken(text) }.unwrap_or_default())
}

/// Fails with [`Status::Refused`](crate::Status), with the rule as the location, unless the
/// report's policy is met.
pub fn check_policy(report_json: &str) -> Result<()> {
    let report = c_text(report_json, "report_json")?;
    // SAFETY: the text lives.
    call(|error| unsafe { sys::eqp_policy_check(report.as_ptr(), error) })
}

//! Audits of other systems' decisions, and reports as pages.

use crate::error::{call, Result};
use crate::text::{c_path, c_text, taken};
use crate::Dataset;
use equipoise_sys as sys;
use std::path::Path;
use std::ptr;

/// An audit without a model: `config_json` names the columns that hold another system's decisions
/// ("prediction") or scores ("score").
pub fn audit(dataset: &Dataset, config_json: &str) -> Result<String> {
    audit_of(ptr::null(), dataset, config_json)
}

pub(crate) fn audit_of(
    model: *const sys::eqp_model,
    dataset: &Dataset,
    config_json: &str,
) -> Result<String> {
    let config = c_text(config_json, "config_json")?;
    let mut report = ptr::null_mut();
    // SAFETY: the model is null or lives, as do the dataset and the text.
    call(|error| unsafe {
        sys::eqp_audit(model, dataset.as_ptr(), config.as_ptr(), &mut report, error)
    })?;
    // SAFETY: the text is ours to release.
    Ok(unsafe { taken(report) }.unwrap_or_default())
}

/// Writes a report as "html", "markdown" or "svg".
pub fn render_report(report_json: &str, format: &str, path: impl AsRef<Path>) -> Result<()> {
    let report = c_text(report_json, "report_json")?;
    let format = c_text(format, "format")?;
    let path = c_path(path.as_ref())?;
    // SAFETY: the texts live.
    call(|error| unsafe {
        sys::eqp_report_render(report.as_ptr(), format.as_ptr(), path.as_ptr(), error)
    })
}

//! Equipoise for Rust: fine-tunes an existing model to treat groups of people alike.
//!
//! ```no_run
//! use equipoise::{Dataset, Hooks, Model};
//! use std::ops::ControlFlow;
//!
//! fn main() -> equipoise::Result<()> {
//!     let rows = Dataset::open("people.csv", "")?;
//!     let parts = rows.split(r#"{"fractions": [0.8, 0.2], "stratify": ["sex"]}"#, 2)?;
//!     let model = Model::load("scorer.onnx", "")?;
//!     let config = r#"{"data": {"label": "income", "sensitive": ["sex"]},
//!         "fairness": [{"objective": "demographic_parity", "tolerance": 0.02}]}"#;
//!     let hooks = Hooks::progress(|event| {
//!         println!("{event}");
//!         ControlFlow::Continue(())
//!     });
//!     let tuned = model.finetune(&parts[0], Some(&parts[1]), config, hooks)?;
//!     println!("{}", tuned.report_json);
//!     tuned.model.save("fair.onnx", "")
//! }
//! ```
//!
//! Configurations and reports are JSON texts; an empty text means the defaults. The header
//! `equipoise/equipoise.h` describes the parameters, shapes and mathematics of each function, which
//! also apply here. Invalid files and arguments never cause a panic: failures are [`Error`]s.

mod auditor;
mod cancel;
mod dataset;
mod dataset_builder;
mod endpoint;
mod error;
mod front;
mod hooks;
mod library;
mod logging;
mod model;
mod reports;
mod text;
mod transform;

pub use auditor::Auditor;
pub use cancel::Cancel;
pub use dataset::Dataset;
pub use dataset_builder::{pack_validity, DatasetBuilder, Number};
pub use endpoint::Endpoint;
pub use equipoise_sys as sys;
pub use error::{Error, Result, Status};
pub use front::{Choice, Front};
pub use hooks::Hooks;
pub use library::{
    abi_version, build_info, config_schema, require_abi, set_library, set_root, set_threads,
    version,
};
pub use logging::{set_log, silence_log, LogLevel};
pub use model::{DecidedBy, FineTuned, Model};
pub use reports::{
    audit, audit_with, check_policy, render_report, report_number, report_text, report_value,
};
pub use transform::{FittedTransform, Transform};

//! The functions of `equipoise/equipoise.h` as C sees them, in the header's order.
//!
//! Every function here is `unsafe` to call; the header describes its requirements. Programs should
//! use the crate `equipoise`, which is safe.

#![allow(non_camel_case_types)]

mod arrow;
mod functions;
mod types;

pub use arrow::*;
pub use functions::*;
pub use types::*;

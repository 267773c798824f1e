//! From decisions to a page: audits a table of another system's decisions, judges it by a policy,
//! and writes a page for readers.
//!
//!     audit_page DECISIONS.csv AUDIT.json PAGE
//!
//! The configuration names the columns and the policy: {"data": {"label": "repaid", "prediction":
//! "decision", "sensitive": ["sex"]}, "policy": {"require": ["four_fifths"]}}. PAGE ends in .html,
//! .md or .svg. The exit status is 0 when the policy is met, else 3.

mod json;

use json::Json;
use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [decisions, config, page] = arguments.as_slice() else {
        eprintln!("usage: audit_page DECISIONS.csv AUDIT.json PAGE");
        return Ok(ExitCode::from(2));
    };
    let decisions = equipoise::Dataset::open(decisions, "")?;
    let report = equipoise::audit(&decisions, &std::fs::read_to_string(config)?)?;
    let format = match page.rsplit('.').next() {
        Some("md") => "markdown",
        ending => ending.unwrap_or("html"),
    };
    equipoise::render_report(&report, format, page)?;
    let report = Json::parse(&report).ok_or("the report is no JSON")?;
    let verdict = report.get("verdict");
    for rule in verdict.get("rules").elements() {
        println!(
            "{}: {}",
            rule.get("result").text(),
            rule.get("because").text()
        );
    }
    let result = verdict.get("result").text();
    println!("the verdict is {result}; the page is {page}");
    Ok(ExitCode::from(if result == "pass" { 0 } else { 3 }))
}

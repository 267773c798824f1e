//! Audits any system from a table with its decisions or scores, without a model.
//!
//!     audit_decisions DECISIONS.csv AUDIT.json
//!
//! The configuration names the columns: {"data": {"label": "repaid", "prediction": "decision",
//! "score": "risk", "sensitive": ["sex"]}}. Prints the fairness measures of each attribute.

mod json;

use json::Json;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [decisions, config] = arguments.as_slice() else {
        eprintln!("usage: audit_decisions DECISIONS.csv AUDIT.json");
        std::process::exit(2);
    };
    let decisions = equipoise::Dataset::open(decisions, "")?;
    let report = equipoise::audit(&decisions, &std::fs::read_to_string(config)?)?;
    let report = Json::parse(&report).ok_or("the report is no JSON")?;
    for (name, value) in report.get("overall").members() {
        println!("{name:<46} {:8.4}", value.number());
    }
    for attribute in report.get("attributes").elements() {
        println!("\nby {}", attribute.get("attribute").text());
        for (name, value) in attribute.get("fairness").members() {
            println!("  {name:<44} {:8.4}", value.number());
        }
    }
    Ok(())
}

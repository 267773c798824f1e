//! The graduate admissions of Berkeley in autumn 1973: people's decisions, audited without a model,
//! from rows in this program's memory.
//!
//! Taken together, women were admitted much less often than men; within four of the six largest
//! departments they were admitted more often: Simpson's paradox. The counts are those of Bickel,
//! Hammel and O'Connell, "Sex Bias in Graduate Admissions", Science 187 (4175), 1975.

mod json;

use equipoise::Dataset;
use json::Json;
use std::error::Error;

/// Department, sex, admitted, rejected.
const COUNTS: [(&str, &str, usize, usize); 12] = [
    ("A", "male", 512, 313),
    ("A", "female", 89, 19),
    ("B", "male", 353, 207),
    ("B", "female", 17, 8),
    ("C", "male", 120, 205),
    ("C", "female", 202, 391),
    ("D", "male", 138, 279),
    ("D", "female", 131, 244),
    ("E", "male", 53, 138),
    ("E", "female", 94, 299),
    ("F", "male", 22, 351),
    ("F", "female", 24, 317),
];

const CONFIG: &str = r#"{
    "data": {"label": "admitted", "prediction": "admitted", "positive": "yes",
             "sensitive": ["sex", "department"]},
    "by": ["sex", ["department", "sex"]], "metrics": ["count", "selection_rate"]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut departments, mut sexes, mut decisions) = (vec![], vec![], vec![]);
    for (department, sex, admitted, rejected) in COUNTS {
        for (decision, count) in [("yes", admitted), ("no", rejected)] {
            departments.extend(std::iter::repeat(department).take(count));
            sexes.extend(std::iter::repeat(sex).take(count));
            decisions.extend(std::iter::repeat(decision).take(count));
        }
    }
    let mut builder = Dataset::builder(decisions.len())?;
    builder
        .add_text("department", &departments)?
        .add_text("sex", &sexes)?
        .add_text("admitted", &decisions)?;
    let applications = builder.build();

    let report = equipoise::audit(&applications, CONFIG)?;
    let report = Json::parse(&report).ok_or("the report is no JSON")?;
    println!("Berkeley 1973, {} applications", applications.rows());
    for attribute in report.get("attributes").elements() {
        println!("\nBy {}:", attribute.get("attribute").text());
        for group in attribute.get("groups").elements() {
            let rate = group.get("metrics").get("selection_rate").number();
            println!(
                "  {:<12} {:>5} applied  {:5.1}% admitted",
                group.get("group").text(),
                group.get("count").number(),
                100.0 * rate
            );
        }
        let fairness = attribute.get("fairness");
        println!(
            "  demographic parity difference {:.3}",
            fairness.get("demographic_parity_difference").number()
        );
    }
    Ok(())
}

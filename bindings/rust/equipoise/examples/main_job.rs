//! The main job: takes an existing network, measures how it treats people, makes it fairer, and
//! shows the changes.
//!
//!     main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER
//!
//! A third of the rows is set aside, and both audits use only rows that tuning does not see. FOLDER
//! receives tuned.onnx for any ONNX runtime, tuned.model for this library, and report.json.

mod json;

use equipoise::{Dataset, Hooks, Model};
use json::Json;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

const SPLIT: &str = r#"{"fractions": [0.66, 0.34], "stratify": ["approved", "sex", "group"],
    "seed": 3}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [network, people, finetune, audit, folder] = arguments.as_slice() else {
        eprintln!("usage: main_job NETWORK.onnx PEOPLE.csv FINETUNE.json AUDIT.json FOLDER");
        std::process::exit(2);
    };
    let finetune_json = std::fs::read_to_string(finetune)?;
    let audit_json = std::fs::read_to_string(audit)?;

    let model = Model::load(network, "")?;
    let rows = Dataset::open(people, "")?;
    println!("  {network} on {people}, {} rows", rows.rows());
    let parts = rows.split(SPLIT, 2)?;
    let [train, held_out] = parts.as_slice() else {
        return Err("the split gave other than two parts".into());
    };

    let before = model.audit(held_out, &audit_json)?;
    let hooks = Hooks::progress(|event| {
        show_progress(event);
        ControlFlow::Continue(())
    });
    let tuned = model.finetune(train, None, &finetune_json, hooks)?;
    eprintln!();
    let after = tuned.model.audit(held_out, &audit_json)?;
    print_audits(
        &Json::parse(&before).ok_or("the audit is no JSON")?,
        &Json::parse(&after).ok_or("the audit is no JSON")?,
    );

    // The first rows of the file, as a service would predict those of a request.
    let some = Dataset::open(people, r#"{"max_rows": 5}"#)?;
    let predictions = tuned.model.predict(&some, "")?;
    println!("\n  the tuned model on the first {} rows", some.rows());
    for (row, score) in predictions.column_f32("score")?.iter().enumerate() {
        let label = predictions.cell_text("label", row).unwrap_or("?");
        println!("    row {row}: probability {score:.3}, decision {label}");
    }

    let folder = Path::new(folder);
    tuned.model.save(folder.join("tuned.onnx"), "")?;
    tuned.model.save(folder.join("tuned.model"), "")?;
    std::fs::write(folder.join("report.json"), tuned.report_json)?;
    println!(
        "\n  saved tuned.onnx, tuned.model and report.json in {}",
        folder.display()
    );
    Ok(())
}

/// One line on the terminal, overwritten with every event.
fn show_progress(event: &str) {
    let event = Json::parse(event).unwrap_or(Json::Null);
    let gaps: String = event
        .get("gaps")
        .members()
        .iter()
        .map(|(name, gap)| format!(", {name} {:.3}", gap.number()))
        .collect();
    eprint!(
        "\r\x1b[K  step {} of {}, loss {:.4}{gaps}",
        event.get("step").number(),
        event.get("steps").number(),
        event.get("loss").number()
    );
}

/// Compares both audits: accuracy, then for each attribute its groups' rates and the gaps.
fn print_audits(before: &Json, after: &Json) {
    println!(
        "\n  {:<34} {:>9} {:>9}   {:>8}",
        "on rows that tuning never saw", "before", "after", "change"
    );
    for (title, name) in [("accuracy", "accuracy"), ("area under ROC", "auc")] {
        print_line(
            title,
            before.get("overall").get(name),
            after.get("overall").get(name),
        );
    }
    let attributes = before.get("attributes").elements();
    for (was, is) in attributes.iter().zip(after.get("attributes").elements()) {
        println!("  by {}", was.get("attribute").text());
        let groups = was.get("groups").elements();
        for (was, is) in groups.iter().zip(is.get("groups").elements()) {
            let rate = |group: &Json| group.get("metrics").get("selection_rate").clone();
            let title = format!("    selected of {}", was.get("group").text());
            print_line(&title, &rate(was), &rate(is));
        }
        for (title, name) in [
            (
                "    demographic parity difference",
                "demographic_parity_difference",
            ),
            ("    equalized odds difference", "equalized_odds_difference"),
        ] {
            print_line(
                title,
                was.get("fairness").get(name),
                is.get("fairness").get(name),
            );
        }
    }
}

fn print_line(name: &str, before: &Json, after: &Json) {
    let (before, after) = (before.number(), after.number());
    println!(
        "  {name:<34} {before:9.4} {after:9.4}   {:+8.4}",
        after - before
    );
}

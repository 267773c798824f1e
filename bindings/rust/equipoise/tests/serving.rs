//! Decisions without a dataset, parameters, a model in service, and values read from reports.

mod support;

use equipoise::{
    audit, check_policy, report_number, report_text, report_value, set_library, Auditor, Dataset,
    DecidedBy, Endpoint, Hooks, Model, Status,
};
use support::{fresh_model, loans, tuned_model};

const FEATURES: [f32; 6] = [1.2, 0.1, 0.1, 0.9, 0.7, 0.5];

#[test]
fn columns_are_named_selected_and_put_together() {
    let table = loans(10);
    assert_eq!(table.column_names().len(), 4);
    let names = ["repaid", "income"];
    let part = table.select(Some(&names), Some(&[9, 0])).unwrap();
    assert_eq!(part.column_names(), names);
    assert_eq!(part.rows(), 2);
    let first = table.column_f32("income").unwrap()[0];
    assert_eq!(part.column_f64("income").unwrap()[1], f64::from(first));
    assert_eq!(table.select(None, Some(&[])).unwrap().rows(), 0);
    let all = table.select(Some(&names), None).unwrap();
    assert_eq!(Dataset::concat(&[&all, &part]).unwrap().rows(), 12);
    let error = Dataset::concat(&[&table, &part]).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
}

#[test]
fn a_model_decides_and_another_takes_its_place() {
    let model = tuned_model(&loans(600), 3);
    let (mut scores, mut labels) = ([0.0; 3], [7; 3]);
    model
        .decide_into(&FEATURES, 3, DecidedBy::default(), &mut scores, &mut labels)
        .unwrap();
    for row in 0..3 {
        assert_eq!(labels[row], i32::from(scores[row] >= 0.5));
    }
    let by = DecidedBy {
        groups: Some(&[0]),
        keys: None,
    };
    let error = model
        .decide_into(&FEATURES, 3, by, &mut scores, &mut labels)
        .unwrap_err();
    assert_eq!(error.location(), "groups");

    let mut bias = [0.0];
    model.parameter_into("output.bias", &mut bias).unwrap();
    let surer = model
        .with_parameters(&[("output.bias", &[bias[0] + 100.0])])
        .unwrap();
    let endpoint = Endpoint::new(&model).unwrap();
    let mut served = [0.0; 3];
    endpoint.predict_into(&FEATURES, 3, &mut served).unwrap();
    assert_eq!(served, scores);
    drop(model);
    endpoint.swap(&surer).unwrap();
    endpoint
        .decide_into(&FEATURES, 3, DecidedBy::default(), &mut served, &mut labels)
        .unwrap();
    assert!(served[1] > 0.999 && labels[1] == 1);
    let rows = endpoint.predict(&loans(5), "", Hooks::default()).unwrap();
    assert_eq!(rows.rows(), 5);
    assert!(endpoint.model().unwrap().describe().is_ok());
    assert!(endpoint.predict_text(&["a"], &mut served).is_err());
    assert!(endpoint.swap(&fresh_model()).is_err());
}

#[test]
fn a_model_travels_as_bytes() {
    let model = tuned_model(&loans(600), 1);
    let (mut scores, mut others) = ([0.0; 3], [1.0; 3]);
    model.predict_into(&FEATURES, 3, &mut scores).unwrap();
    for options in ["", r#"{"format": "onnx"}"#] {
        let bytes = model.save_memory(options, Hooks::default()).unwrap();
        let again = Model::load_memory(&bytes, "", Hooks::default()).unwrap();
        again.predict_into(&FEATURES, 3, &mut others).unwrap();
        assert_eq!(scores, others);
    }
    let error = Model::load_memory(&[], "", Hooks::default()).unwrap_err();
    assert_eq!(error.status(), Status::Unsupported);
}

#[test]
fn numbers_and_verdicts_are_read_from_a_report() {
    let report = audit(
        &loans(100),
        r#"{"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]},
            "policy": {"require": [{"metric": "accuracy", "at_most": 0.5}]}}"#,
    )
    .unwrap();
    assert_eq!(report_number(&report, "/overall/accuracy").unwrap(), 1.0);
    assert_eq!(report_value(&report, "/verdict/result").unwrap(), "fail");
    assert_eq!(
        report_number(&report, "/no").unwrap_err().location(),
        "pointer"
    );
    let error = check_policy(&report).unwrap_err();
    assert_eq!(
        (error.status(), error.location()),
        (Status::Refused, "accuracy")
    );
    assert!(report_text(&report, "html")
        .unwrap()
        .contains("The policy is not met"));
}

#[test]
fn a_window_of_an_audit_moves_on() {
    let table = loans(600);
    let model = tuned_model(&table, 1);
    let config = r#"{"data": {"label": "repaid", "sensitive": ["group"]}}"#;
    let (mut all, mut part) = (Auditor::new(config).unwrap(), Auditor::new(config).unwrap());
    let early = loans(50);
    all.update_model(&model, &table, Hooks::default()).unwrap();
    all.update_model(&model, &early, Hooks::default()).unwrap();
    part.update_model(&model, &early, Hooks::default()).unwrap();
    all.subtract(&part).unwrap();
    let report = all.report().unwrap();
    assert_eq!(report_number(&report, "/rows").unwrap(), 600.0);
    assert!(part.subtract(&all).is_err());
}

#[test]
fn an_optional_library_that_there_is_not_is_refused() {
    let error = set_library("boost", Some(std::path::Path::new("x"))).unwrap_err();
    assert_eq!(error.location(), "name");
    set_library("xgboost", None).unwrap();
}

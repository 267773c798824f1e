//! Models: tuning, prediction in both ways, audits, files, errors with their locations.

mod support;

use equipoise::{audit, render_report, Hooks, Model, Status};
use support::{config, fresh_model, loans, scores, tuned_model, TemporaryFolder};

#[test]
fn a_fresh_model_is_tuned_reports_and_predicts_every_row() {
    let table = loans(600);
    let parts = table
        .split(r#"{"fractions": [0.8, 0.2], "seed": 1}"#, 2)
        .unwrap();
    let tuned = fresh_model()
        .finetune(&parts[0], Some(&parts[1]), &config(4), Hooks::default())
        .unwrap();
    assert!(tuned.report_json.contains("\"finetune\""));
    assert!(tuned.model.describe().unwrap().contains("\"kind\""));
    let predictions = tuned
        .model
        .predict(&parts[1], r#"{"keep": ["group"]}"#)
        .unwrap();
    assert_eq!(
        predictions.cell_text("group", 0),
        parts[1].cell_text("group", 0)
    );
    let labels = predictions.column_i64("label").unwrap();
    let expected = parts[1].column_i64("repaid").unwrap();
    let right = labels.iter().zip(&expected).filter(|(a, b)| a == b).count();
    assert!(
        right > 84,
        "{right} of 120; the label is income and little else"
    );
}

#[test]
fn decisions_are_adjusted_by_group_of_a_model_and_of_given_scores() {
    let table = loans(600);
    let model = tuned_model(&table, 4);
    let methods = r#""adjust": [{"method": "thresholds", "tolerance": 0.01}]"#;
    let adjusted = model
        .adjust(&table, &format!("{{{methods}}}"), Hooks::default())
        .unwrap();
    assert!(adjusted.report_json.contains("\"adjust\""));
    assert_eq!(scores(&adjusted.model, &table), scores(&model, &table));
    let labels = |model: &Model, rows| {
        let predictions = model.predict(rows, "").unwrap();
        predictions.column_i64("label").unwrap()
    };
    assert_ne!(labels(&adjusted.model, &table), labels(&model, &table));

    let scored = model
        .predict(&table, r#"{"keep": ["group", "repaid"]}"#)
        .unwrap();
    let data = r#""data": {"label": "repaid", "score": "score", "sensitive": ["group"]}"#;
    let given =
        Model::adjust_scores(&scored, &format!("{{{data}, {methods}}}"), Hooks::default()).unwrap();
    assert_eq!(
        labels(&given.model, &scored),
        labels(&adjusted.model, &table)
    );
    let error = model
        .adjust(&table, r#"{"adjust": []}"#, Hooks::default())
        .unwrap_err();
    assert_eq!(error.location(), "/adjust");
}

#[test]
fn the_short_way_in_gives_the_scores_of_the_long_one() {
    let table = loans(600);
    let model = tuned_model(&table, 4);
    let expected = scores(&model, &table);
    let income = table.column_f32("income").unwrap();
    let debt = table.column_f32("debt").unwrap();
    let features: Vec<f32> = income
        .iter()
        .zip(&debt)
        .flat_map(|(i, d)| [*i, *d])
        .collect();
    let mut found = vec![0.0; 600];
    model.predict_into(&features, 600, &mut found).unwrap();
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-5);
    }
    let mut one = [0.0];
    model.predict_into(&features[..2], 1, &mut one).unwrap();
    assert!((one[0] - expected[0]).abs() < 1e-5);
}

#[test]
fn sizes_that_do_not_fit_the_model_are_refused() {
    let model = tuned_model(&loans(100), 1);
    let place = |features: usize, rows, scores: usize| {
        let error = model
            .predict_into(&vec![0.0; features], rows, &mut vec![0.0; scores])
            .unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        error.location().to_owned()
    };
    assert_eq!(place(6, 4, 4), "features");
    assert_eq!(place(6, 0, 3), "features");
    place(6, 2, 2); // three columns for a model of two
    place(6, 3, 2); // room for two of three scores
}

#[test]
fn a_saved_model_gives_the_same_scores_when_it_is_loaded() {
    let folder = TemporaryFolder::new();
    let table = loans(200);
    let model = tuned_model(&table, 2);
    for name in ["model", "model.onnx"] {
        model.save(folder.join(name), "").unwrap();
        let again = Model::load(folder.join(name), "").unwrap();
        assert_eq!(scores(&again, &table), scores(&model, &table));
    }
}

#[test]
fn errors_name_their_place() {
    let path = Model::load("/no/such/model.onnx", "").unwrap_err();
    assert_eq!(path.status(), Status::Io);
    let kind = Model::new(r#"{"kind": "mpl"}"#).unwrap_err();
    assert_eq!(
        (kind.status(), kind.location()),
        (Status::InvalidConfig, "/kind")
    );
    assert!(kind.message().contains("mlp"));
    let table = loans(50);
    let tune = |config: &str| {
        let result = fresh_model().finetune(&table, None, config, Hooks::default());
        result.unwrap_err()
    };
    let key = tune(r#"{"data": {"label": "repaid"}, "train": {"epoch": 1}}"#);
    assert_eq!(
        (key.status(), key.location()),
        (Status::InvalidConfig, "/train/epoch")
    );
    let column = tune(r#"{"data": {"label": "repayed"}, "train": {"epochs": 1}}"#);
    assert_eq!(column.status(), Status::InvalidData);
    let untrained = fresh_model().predict(&table, "").unwrap_err();
    assert_eq!(untrained.status(), Status::InvalidArgument);
}

#[test]
fn audits_report_a_model_or_another_system() {
    let table = loans(600);
    let own = tuned_model(&table, 4)
        .audit(&table, r#"{"by": ["group"]}"#)
        .unwrap();
    assert!(own.contains("demographic_parity_difference"));
    let data = r#"{"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]}}"#;
    assert!(audit(&table, data).unwrap().contains("selection_rate"));
    let error = audit(&table, r#"{"data": {"lable": "repaid"}}"#).unwrap_err();
    assert_eq!(error.location(), "/data/lable");
}

#[test]
fn a_bert_gives_transformers_probabilities() {
    let bert = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../Tests/FormatsTests/Resources/transformers/bert"
    );
    let model = Model::load(bert, "").unwrap();
    let mut scores = [0.0; 6];
    model
        .predict_text(&["w5 w9 w33", "w47"], &mut scores)
        .unwrap();
    // Softmax of the logits that transformers gives (make.py in that folder's parent).
    let expected = [0.269606, 0.288548, 0.441846, 0.277588, 0.288491, 0.433921];
    for (score, wanted) in scores.iter().zip(expected) {
        assert!((score - wanted).abs() < 1e-5);
    }
    let error = tuned_model(&loans(100), 1)
        .predict_text(&["text"], &mut [0.0])
        .unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
}

#[test]
fn reports_become_pages_that_begin_with_the_verdict() {
    let folder = TemporaryFolder::new();
    let report = audit(
        &loans(100),
        r#"{"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]},
            "policy": {"require": [{"metric": "accuracy", "at_least": 0.9}]}}"#,
    )
    .unwrap();
    for (format, start) in [
        ("html", "<!DOCTYPE html>"),
        ("markdown", "# Fairness audit"),
        ("svg", "<svg xmlns="),
    ] {
        render_report(&report, format, folder.join("page")).unwrap();
        let page = std::fs::read_to_string(folder.join("page")).unwrap();
        assert!(page.starts_with(start));
        let verdict = page.find("The policy is met").unwrap();
        assert!(page.find("<table>").map_or(true, |table| verdict < table));
    }
    let refusal = |report: &str, format: &str, name: &str| {
        let error = render_report(report, format, folder.join(name)).unwrap_err();
        (error.status(), error.location().to_owned())
    };
    let argument = |name: &str| (Status::InvalidArgument, name.to_owned());
    assert_eq!(refusal(&report, "pdf", "page"), argument("format"));
    assert_eq!(refusal("{}", "html", "page"), argument("report_json"));
    assert_eq!(refusal(&report, "html", "no/page").0, Status::Io);
}

#[test]
fn auditors_add_up_and_travel_as_bytes() {
    let config = r#"{"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]},
                    "metrics": ["selection_rate"]}"#;
    let audited = |table: &equipoise::Dataset| {
        let mut auditor = equipoise::Auditor::new(config).unwrap();
        auditor.update(table).unwrap();
        auditor
    };
    let shown = |auditor: &equipoise::Auditor| {
        let report = auditor.report().unwrap();
        report[..report.find("\"provenance\"").unwrap()].to_string()
    };
    let table = loans(100);
    let whole = audited(&table);
    let parts = table.split(r#"{"fractions": [0.3, 0.7]}"#, 2).unwrap();
    let mut merged = audited(&parts[0]);
    merged.merge(&audited(&parts[1])).unwrap();
    let restored = equipoise::Auditor::restore(&merged.save().unwrap()).unwrap();
    assert_eq!(shown(&restored), shown(&whole));
    assert!(equipoise::Auditor::restore(&[0; 4]).is_err());

    let mut stream = std::mem::MaybeUninit::<equipoise::sys::ArrowArrayStream>::zeroed();
    let mut streamed = equipoise::Auditor::new(config).unwrap();
    // SAFETY: the library fills the stream in and takes ownership of it again.
    unsafe {
        table.to_arrow(stream.as_mut_ptr()).unwrap();
        streamed.update_arrow(stream.as_mut_ptr()).unwrap();
        assert!(stream.assume_init_ref().release.is_none());
        assert!(streamed.update_arrow(std::ptr::null_mut()).is_err());
        assert!(equipoise::Dataset::from_arrow(std::ptr::null_mut()).is_err());
    }
    assert_eq!(shown(&streamed), shown(&whole));
}

#[test]
fn transforms_weigh_rows_and_travel_as_bytes() {
    let rows = table_of_transforms();
    let fitted = equipoise::Transform::fit(
        &rows,
        r#"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "reweighing"}]}"#,
    )
    .unwrap();
    // 3 of 5 rows are positive, 1 of 3 in group 0, all in group 1: (3 / 5) / (1 / 3), (2 / 5) / (2
    // / 3).
    let weights = fitted.rows.column_f32("weight").unwrap();
    assert_eq!(weights, [0.6, 0.6, 1.8, 0.6, 0.6]);
    assert!(fitted.report_json.contains("\"reweighing\""));
    let loaded = equipoise::Transform::load(&fitted.transform.save().unwrap()).unwrap();
    assert_eq!(
        loaded.describe().unwrap(),
        fitted.transform.describe().unwrap()
    );
    let again = loaded.apply(&rows).unwrap();
    assert_eq!(again.column_f32("weight").unwrap(), weights);
    assert!(equipoise::Transform::load(&[0; 4]).is_err());
}

fn table_of_transforms() -> equipoise::Dataset {
    let mut rows = equipoise::Dataset::builder(5).unwrap();
    rows.add("g", &[0i64, 0, 0, 1, 1]).unwrap();
    rows.add("y", &[0i64, 0, 1, 1, 1]).unwrap();
    rows.build()
}

#[test]
fn a_search_gives_a_front_to_choose_from() {
    let mut rows = equipoise::Dataset::builder(200).unwrap();
    let group: Vec<i64> = (0..200).map(|row| row % 2).collect();
    let value: Vec<i64> = (0..200)
        .map(|row| (row * 37) % 100 + 20 * (row % 2))
        .collect();
    let label: Vec<i64> = value.iter().map(|value| i64::from(*value > 60)).collect();
    rows.add("g", &group[..]).unwrap();
    rows.add("x", &value[..]).unwrap();
    rows.add("y", &label[..]).unwrap();
    let rows = rows.build();
    let base = equipoise::Model::new(r#"{"kind": "logistic"}"#).unwrap();
    let front = equipoise::Front::search(
        &base,
        &rows,
        None,
        r#"{"data": {"label": "y", "sensitive": ["g"]}, "train": {"epochs": 2},
            "fairness": [{"objective": "demographic_parity", "tolerance": 0.1}],
            "search": {"space": {"/train/seed": [0, 1]}, "folds": 1}}"#,
        equipoise::Hooks::default(),
    )
    .unwrap();
    assert!(front.count() >= 1);
    let choice = front.choose(r#"{"rule": "knee"}"#).unwrap();
    let chosen = front.model(choice.index).unwrap();
    assert!(chosen.report_json.contains("\"finetune\""));
    let folder = std::env::temp_dir().join(format!("equipoise-front-{}", std::process::id()));
    let path = folder.to_str().unwrap();
    front.save(path, equipoise::Hooks::default()).unwrap();
    let loaded = equipoise::Front::load(path, equipoise::Hooks::default()).unwrap();
    assert_eq!(loaded.describe().unwrap(), front.describe().unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(front.model(front.count()).is_err());
}

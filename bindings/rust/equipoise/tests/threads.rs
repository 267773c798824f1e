//! One model in many threads, while it is tuned.

mod support;

use equipoise::{Auditor, Dataset, Error, Hooks, Model};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{config, loans, scores, tuned_model};

#[test]
fn handles_and_errors_go_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Model>();
    is_shared::<Dataset>();
    is_shared::<Auditor>();
    is_shared::<Error>();
}

#[test]
fn eight_threads_predict_while_another_tunes_always_with_the_same_scores() {
    let table = loans(600);
    let model = tuned_model(&table, 4);
    let expected = scores(&model, &table);
    let row = [
        table.column_f32("income").unwrap()[0],
        table.column_f32("debt").unwrap()[0],
    ];
    let mut expected_row = [0.0];
    model.predict_into(&row, 1, &mut expected_row).unwrap();
    let is_tuning = AtomicBool::new(true);
    let tuned = std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| loop {
                let mut score = [-1.0];
                model.predict_into(&row, 1, &mut score).unwrap();
                assert_eq!(score, expected_row);
                assert_eq!(scores(&model, &table), expected);
                if !is_tuning.load(Ordering::Relaxed) {
                    break;
                }
            });
        }
        let tuned = model.finetune(&table, None, &config(300), Hooks::default());
        is_tuning.store(false, Ordering::Relaxed);
        tuned.unwrap().model
    });
    drop(model);
    assert_ne!(scores(&tuned, &table), expected);
}

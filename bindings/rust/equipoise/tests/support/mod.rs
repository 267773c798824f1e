//! A small table with a bias, and configurations that fit it.
#![allow(dead_code)] // each test file uses its share

use equipoise::{Dataset, Hooks, Model};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Rows with the inputs income and debt, the group "a" or "b" and the label repaid. Income
/// decides, and group "a" has more of it.
pub fn loans(rows: usize) -> Dataset {
    let mut state = 1u32; // a linear congruential generator (Numerical Recipes, chapter 7.1)
    let mut uniform = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / 16_777_216.0
    };
    let (mut income, mut debt, mut group, mut repaid) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let is_a = uniform() < 0.5;
        let earned = uniform() + if is_a { 0.4 } else { 0.0 };
        let owed = uniform();
        group.push(if is_a { "a" } else { "b" });
        income.push(earned as f32);
        debt.push(owed);
        repaid.push(i64::from(earned - 0.3 * owed + 0.2 * uniform() > 0.65));
    }
    let mut builder = Dataset::builder(rows).unwrap();
    builder
        .add("income", &income)
        .unwrap()
        .add("debt", &debt)
        .unwrap()
        .add_text("group", &group)
        .unwrap()
        .add("repaid", &repaid)
        .unwrap();
    builder.build()
}

pub fn config(epochs: usize) -> String {
    format!(
        r#"{{"task": "binary", "data": {{"label": "repaid", "sensitive": ["group"]}},
            "train": {{"epochs": {epochs}, "batch_size": 64, "seed": 7,
                       "optimizer": {{"name": "adam", "learning_rate": 0.02}}}},
            "fairness": [{{"objective": "demographic_parity", "attribute": "group",
                           "weight": 1}}]}}"#
    )
}

pub fn fresh_model() -> Model {
    Model::new(r#"{"kind": "mlp", "hidden": [8], "seed": 3}"#).unwrap()
}

pub fn tuned_model(table: &Dataset, epochs: usize) -> Model {
    fresh_model()
        .finetune(table, None, &config(epochs), Hooks::default())
        .unwrap()
        .model
}

pub fn scores(model: &Model, table: &Dataset) -> Vec<f32> {
    model
        .predict(table, "")
        .unwrap()
        .column_f32("score")
        .unwrap()
}

/// A folder for one test, deleted after it.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn new() -> TemporaryFolder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "equipoise-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        TemporaryFolder(path)
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

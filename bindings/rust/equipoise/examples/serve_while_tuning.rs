//! A service that continues to predict while its model is tuned, and then serves the new one.
//!
//!     serve_while_tuning PEOPLE.csv CONFIG.json
//!
//! The configuration is one for fine-tuning. A first model is trained by it. Four threads answer
//! requests with the current model while a second one is tuned from the first.

use equipoise::{Dataset, Hooks, Model};
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The current model. Each prediction holds it; the old one is released with its last user.
struct Service(RwLock<Arc<Model>>);

impl Service {
    fn current(&self) -> Arc<Model> {
        let model = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&model)
    }

    fn replace(&self, model: Model) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [people, config] = arguments.as_slice() else {
        eprintln!("usage: serve_while_tuning PEOPLE.csv CONFIG.json");
        std::process::exit(2);
    };
    let config = std::fs::read_to_string(config)?;
    let train = Dataset::open(people, "")?;
    let request = Dataset::open(people, r#"{"max_rows": 8}"#)?;
    let first = Model::new(r#"{"kind": "mlp", "hidden": [16]}"#)?
        .finetune(&train, None, &config, Hooks::default())?
        .model;
    println!("first model:  {:.3?}", scores(&first, &request)?);

    let service = Service(RwLock::new(Arc::new(first)));
    let is_open = AtomicBool::new(true);
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| -> equipoise::Result<()> {
        for _ in 0..4 {
            scope.spawn(|| {
                while is_open.load(Ordering::Relaxed) {
                    match scores(&service.current(), &request) {
                        Ok(_) => answered.fetch_add(1, Ordering::Relaxed),
                        Err(error) => return eprintln!("a request failed: {error}"),
                    };
                }
            });
        }
        let tuned = service
            .current()
            .finetune(&train, None, &config, Hooks::default());
        let result = tuned.map(|tuned| service.replace(tuned.model));
        is_open.store(false, Ordering::Relaxed);
        result
    })?;
    println!(
        "second model: {:.3?}",
        scores(&service.current(), &request)?
    );
    println!(
        "{} requests were answered while it was tuned",
        answered.load(Ordering::Relaxed)
    );
    Ok(())
}

fn scores(model: &Model, request: &Dataset) -> equipoise::Result<Vec<f32>> {
    model.predict(request, "")?.column_f32("score")
}

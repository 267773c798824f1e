//! A service that scores rows: one line of numbers in, one line with a score out, without
//! allocation per row.
//!
//!     predict_service MODEL < ROWS
//!
//! A line of ROWS has the model's inputs in its order, separated by blanks. The answer to an
//! invalid row is the reason, and the service continues.

use equipoise::Model;
use std::error::Error;
use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: predict_service MODEL < ROWS");
        std::process::exit(2);
    };
    let model = Model::load(path, "")?;
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut line = String::new();
    let mut features: Vec<f32> = Vec::new();
    let mut score = [0.0];
    while input.read_line(&mut line)? > 0 {
        features.clear();
        match read_row(&line, &mut features) {
            Err(error) => writeln!(output, "error: {error}")?,
            Ok(()) => match model.predict_into(&features, 1, &mut score) {
                Ok(()) => writeln!(output, "{:.6}", score[0])?,
                Err(error) => writeln!(output, "error: {error}")?,
            },
        }
        output.flush()?; // the client is waiting
        line.clear();
    }
    Ok(())
}

/// Reads the numbers of a line into memory that is reused.
fn read_row(line: &str, features: &mut Vec<f32>) -> Result<(), std::num::ParseFloatError> {
    for word in line.split_ascii_whitespace() {
        features.push(word.parse()?);
    }
    Ok(())
}

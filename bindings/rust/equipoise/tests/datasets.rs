//! Datasets: columns in and out, files, errors with their locations.

mod support;

use equipoise::{pack_validity, Dataset, DatasetBuilder, Status};
use support::{loans, TemporaryFolder};

#[test]
fn what_is_added_is_read_back() {
    let mut builder = Dataset::builder(3).unwrap();
    builder.add("f", &[1.5f32, 2.5, 3.5]).unwrap();
    builder.add("d", &[0.25f64, 0.5, 0.75]).unwrap();
    builder.add("i", &[7i64, 8, 9]).unwrap();
    builder.add_text("t", &["x", "y", "z"]).unwrap();
    let table = builder.build();
    assert_eq!(table.rows(), 3);
    assert_eq!(table.column_f32("f").unwrap(), [1.5, 2.5, 3.5]);
    assert_eq!(table.column_f32("d").unwrap(), [0.25, 0.5, 0.75]);
    assert_eq!(table.column_i64("i").unwrap(), [7, 8, 9]);
    assert_eq!(table.cell_text("t", 1), Some("y"));
    assert_eq!(table.cell_text("t", 3), None);
    assert_eq!(table.cell_text("no such column", 0), None);
    assert!(table.describe().unwrap().contains("\"rows\""));
}

#[test]
fn missing_values_come_from_options_and_from_bits() {
    // Rows 0 and 8 are missing, so the second byte of the bits is read.
    let present = [false, true, true, true, true, true, true, true, false];
    let bits = pack_validity(present);
    assert_eq!(bits, [0xFE, 0x00]);
    let options: Vec<_> = present.iter().map(|is| is.then_some(2.0f64)).collect();
    let texts: Vec<_> = present.iter().map(|is| is.then_some("text")).collect();
    let mut builder = DatasetBuilder::new(9).unwrap();
    builder.add_optional("options", &options).unwrap();
    builder
        .add_with_validity("bits", &[2.0f32; 9], &bits)
        .unwrap();
    builder.add_optional_text("texts", &texts).unwrap();
    let table = builder.build();
    for name in ["options", "bits"] {
        let values = table.column_f32(name).unwrap();
        assert!(values[0].is_nan() && values[8].is_nan());
        assert_eq!(values[1..8], [2.0; 7]);
    }
    assert_eq!(table.cell_text("texts", 0), None);
    assert_eq!(table.cell_text("texts", 1), Some("text"));
    assert_eq!(
        table.column_i64("bits").unwrap_err().status(),
        Status::InvalidData
    );
}

#[test]
fn blocks_are_read_back_with_their_width() {
    let block = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    let mut builder = Dataset::builder(2).unwrap();
    builder.add_tensor("image", &block, &[2, 2]).unwrap();
    let place = |shape: &[i64]| {
        let mut builder = Dataset::builder(2).unwrap();
        let error = builder.add_tensor("x", &block, shape).unwrap_err();
        error.location().to_owned()
    };
    assert_eq!(place(&[3]), "values");
    assert_eq!(place(&[-4]), "shape");
    assert_eq!(place(&[1 << 62, 1 << 62]), "shape");
    let table = builder.build();
    let mut values = [0.0f32; 8];
    table.column_f32_into("image", &mut values).unwrap();
    assert_eq!(values, block);
    assert!(table.column_f32("image").is_err());
}

#[test]
fn too_few_or_too_many_values_are_refused_before_they_are_read() {
    let mut builder = Dataset::builder(9).unwrap();
    let few = builder.add("x", &[1.0f32]).unwrap_err();
    assert_eq!(few.status(), Status::InvalidArgument);
    assert_eq!(few.location(), "values");
    let many = builder.add("x", &[1i64; 10]).unwrap_err();
    assert_eq!(many.location(), "values");
    let texts = builder.add_text("x", &["one"]).unwrap_err();
    assert_eq!(texts.location(), "values");
    let bits = builder
        .add_with_validity("x", &[1.0f64; 9], &[0xFF])
        .unwrap_err();
    assert_eq!(bits.location(), "validity");
    // None of them added a column.
    builder.add("x", &[1.0f32; 9]).unwrap();
}

#[test]
fn a_nul_inside_a_text_is_refused() {
    let mut builder = Dataset::builder(1).unwrap();
    let value = builder.add_text("x", &["a\0b"]).unwrap_err();
    assert_eq!(value.location(), "values");
    let name = builder.add("a\0b", &[1.0f32]).unwrap_err();
    assert_eq!(name.location(), "name");
    assert_eq!(Dataset::open("a\0b", "").unwrap_err().location(), "path");
}

#[test]
fn a_table_written_to_a_file_opens_as_the_same_table() {
    let folder = TemporaryFolder::new();
    let table = loans(50);
    for name in ["loans.csv", "loans.tsv", "loans.jsonl", "loans.csv.gz"] {
        table.write(folder.join(name), "").unwrap();
        let again = Dataset::open(folder.join(name), "").unwrap();
        assert_eq!(again.rows(), 50);
        assert_eq!(
            again.column_f32("income").unwrap(),
            table.column_f32("income").unwrap()
        );
        assert_eq!(
            again.column_i64("repaid").unwrap(),
            table.column_i64("repaid").unwrap()
        );
        assert_eq!(again.cell_text("group", 49), table.cell_text("group", 49));
    }
}

#[test]
fn errors_name_their_place() {
    let absent = Dataset::open("/no/such/file.csv", "").unwrap_err();
    assert_eq!(absent.status(), Status::Io);
    assert!(absent.to_string().contains("/no/such/file.csv"));
    let folder = TemporaryFolder::new();
    let path = folder.join("bad.csv");
    std::fs::write(&path, "a,b\n1,2\n3,4,5\n").unwrap();
    let key = Dataset::open(&path, r#"{"delimeter": ";"}"#).unwrap_err();
    assert_eq!(
        (key.status(), key.location()),
        (Status::InvalidConfig, "/delimeter")
    );
    let line = Dataset::open(&path, "").unwrap_err();
    assert_eq!(line.status(), Status::InvalidData);
    assert!(line.location().contains(":3"));
    let column = loans(5).column_f32("incom").unwrap_err();
    assert_eq!(
        (column.status(), column.location()),
        (Status::InvalidData, "incom")
    );
}

#[test]
fn a_split_gives_all_rows_and_a_wrong_one_none() {
    let table = loans(100);
    let parts = table
        .split(r#"{"fractions": [0.7, 0.3], "seed": 1}"#, 2)
        .unwrap();
    let rows: Vec<_> = parts.iter().map(Dataset::rows).collect();
    assert_eq!(rows, [70, 30]);
    let wrong = table.split(r#"{"fractions": [0.9, 0.9]}"#, 2).unwrap_err();
    assert_eq!(wrong.status(), Status::InvalidConfig);
    assert!(table.split(r#"{"folds": 5}"#, 3).is_err());
}

#[test]
fn a_handle_leaves_and_returns() {
    let raw = loans(5).into_raw();
    // SAFETY: we have just given it up, and no other code has it.
    let table = unsafe { Dataset::from_raw(raw) }.unwrap();
    assert_eq!(table.rows(), 5);
    assert!(unsafe { Dataset::from_raw(std::ptr::null_mut()) }.is_none());
}

use super::*;
use proptest::prelude::*;
use review_api::{Check, Feedback, FeedbackSource, Rating, Timestamp};

fn csv(text: &str) -> Contents {
    read(
        text.as_bytes(),
        FeedbackFormat::Csv,
        &ImportColumns::default(),
    )
}

fn jsonl(text: &str) -> Contents {
    read(
        text.as_bytes(),
        FeedbackFormat::Jsonl,
        &ImportColumns::default(),
    )
}

#[track_caller]
fn wrong(contents: &Contents, expected: &[(u64, Option<&str>, &str)]) {
    assert_eq!(
        contents.errors.len(),
        expected.len(),
        "{:?}",
        contents.errors
    );
    for (error, (line, field, says)) in contents.errors.iter().zip(expected) {
        assert_eq!((error.line, error.field.as_deref()), (*line, *field));
        assert!(error.message.contains(says), "{}", error.message);
    }
}

#[test]
fn a_table_is_read_as_spreadsheets_write_it() {
    let contents = csv(
        "\u{feff}Interaction ID;rating;note\r\nsesn_1;Positive;\"two\r\nlines; and \"\"quotes\"\"\"\r\n\r\nsesn_2;👎;=1+1\r\n",
    );
    wrong(&contents, &[]);
    assert_eq!(contents.columns, ["Interaction ID", "rating", "note"]);
    assert_eq!(contents.mapping.comment.as_deref(), Some("note"));
    let [first, second] = contents.rows.as_slice() else {
        panic!("{contents:?}");
    };
    assert_eq!((first.line, first.rating), (2, Rating::Positive));
    assert_eq!(
        first.comment.as_deref(),
        Some("two\r\nlines; and \"quotes\"")
    );
    assert_eq!((second.line, second.rating), (5, Rating::Negative));
    assert_eq!(second.comment.as_deref(), Some("=1+1"), "text stays text");
}

#[test]
fn each_wrong_line_of_a_table_says_what_to_do() {
    let long = "x".repeat(64 * 1024 + 1);
    let contents = csv(&format!(
        "interaction_id,rating,comment,check_kind,check_text\n\
         ,positive,,,\n\
         sesn_1,5,,,\n\
         sesn_1,positive,a,b\n\
         sesn_1,positive,{long},,\n\
         sesn_1,positive,,matches,a(\n\
         sesn_1,positive,,sung,a\n\
         sesn_1,positive,,,\n"
    ));
    wrong(
        &contents,
        &[
            (2, Some("interaction_id"), "is empty"),
            (
                3,
                Some("rating"),
                "\"5\" is no rating. Write positive or negative.",
            ),
            (4, None, "The line has 4 cells, the first line 5."),
            (5, Some("comment"), "the most is 65536"),
            (6, Some("check_text"), "at character"),
            (7, Some("check_kind"), "is no kind of check"),
        ],
    );
    assert_eq!((contents.rows.len(), contents.rows_total), (1, 7));
}

#[test]
fn broken_files_name_the_line() {
    wrong(&csv(""), &[(1, None, "is empty")]);
    wrong(
        &csv("interaction_id,rating\nsesn_1,positive\nsesn_2,\"negative\nsesn_3,positive\n"),
        &[(3, None, "never closed")],
    );
    let bytes = b"interaction_id,rating,comment\nsesn_1,positive,gr\xfc\xdfe\n";
    let contents = read(bytes, FeedbackFormat::Csv, &ImportColumns::default());
    wrong(&contents, &[(2, Some("comment"), "After \"gr\"")]);
    let bytes = b"{\"interaction_id\":\"a\",\"rating\":\"good\"}\n{\"comment\":\"\xfc\"}\n";
    let contents = read(bytes, FeedbackFormat::Jsonl, &ImportColumns::default());
    wrong(&contents, &[(2, None, "not UTF-8")]);
    assert_eq!(contents.rows.len(), 1);
    wrong(
        &csv("interaction_id,rating\nsesn_1,a 5\" screen\n"),
        &[(2, Some("rating"), "is no rating")],
    );
}

#[test]
fn objects_are_read_one_a_line() {
    let contents = jsonl(
        "{\"session\":\"sesn_1\",\"label\":\"good\",\"check\":{\"kind\":\"contains\",\"text\":\"30\"}}\r\n\
         \n\
         [1]\n\
         {\"session\":\"sesn_2\",\"label\":1}\n\
         {\"session\":\"sesn_2\",\"session\":\"sesn_3\"}\n\
         {\"session\":\"sesn_2\",\"label\":\"bad\",\"comment\":null}\n",
    );
    wrong(
        &contents,
        &[
            (3, None, "is no JSON object"),
            (4, Some("rating"), "It is no text"),
            (5, None, "is no JSON"),
        ],
    );
    let mut columns = contents.columns.clone();
    columns.sort();
    assert_eq!(columns, ["check", "comment", "label", "session"]);
    let text = "30".to_owned();
    assert_eq!(contents.rows[0].check, Some(Check::Contains { text }));
    assert_eq!(contents.rows[1].line, 6);
}

#[test]
fn a_file_has_a_limit() {
    let line = "sesn_1,positive\n";
    let most = csv(&format!(
        "interaction_id,rating\n{}",
        line.repeat(MAX_IMPORT_ROWS)
    ));
    wrong(&most, &[]);
    let more = csv(&format!(
        "interaction_id,rating\n{}",
        line.repeat(MAX_IMPORT_ROWS + 1)
    ));
    wrong(&more, &[(5_002, None, "Split it at this line.")]);
}

fn rating() -> impl Strategy<Value = Feedback> {
    let text = || proptest::option::of("[ -~äß👍=+@'\"\t\r\n;,-]{0,40}");
    let check = proptest::option::of("[a-z=+'\", ]{0,10}[a-z]");
    (any::<bool>(), text(), text(), check).prop_map(|(good, comment, expected, check)| Feedback {
        id: "fbk_1".into(),
        agent_id: "agent_1".into(),
        interaction_id: "sesn_1".into(),
        rating: if good {
            Rating::Positive
        } else {
            Rating::Negative
        },
        comment: comment.filter(|text| !text.trim().is_empty()),
        expected: expected.filter(|text| !text.trim().is_empty()),
        check: check.map(|text| Check::Contains { text }),
        author: "=ann".into(),
        source: FeedbackSource::Reviewer,
        event_id: None,
        created_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
        revision: 1,
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(ratings in proptest::collection::vec(rating(), 1..6)) {
        let table = [csv_head().unwrap(), csv_lines(&ratings).unwrap()].concat();
        let lines = jsonl_lines(&ratings).unwrap();
        for (bytes, format) in [(table, FeedbackFormat::Csv), (lines, FeedbackFormat::Jsonl)] {
            let contents = read(&bytes, format, &ImportColumns::default());
            prop_assert!(contents.errors.is_empty(), "{:?}", contents.errors);
            prop_assert_eq!(contents.rows.len(), ratings.len());
            for (row, rating) in contents.rows.iter().zip(&ratings) {
                prop_assert_eq!(&row.interaction_id, &rating.interaction_id);
                prop_assert_eq!(row.rating, rating.rating);
                prop_assert_eq!(&row.comment, &rating.comment);
                prop_assert_eq!(&row.expected, &rating.expected);
                prop_assert_eq!(&row.check, &rating.check);
            }
        }
    }

    #[test]
    fn no_cell_of_a_table_is_a_formula(rating in rating()) {
        let table = csv_lines(&[rating]).unwrap();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&table[..]);
        for record in reader.records() {
            for cell in &record.unwrap() {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
            }
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300), table in any::<bool>()) {
        let format = if table { FeedbackFormat::Csv } else { FeedbackFormat::Jsonl };
        let contents = read(&bytes, format, &ImportColumns::default());
        prop_assert!(!contents.errors.is_empty() || contents.rows.len() == contents.rows_total);
    }

    #[test]
    fn every_line_is_a_rating_or_an_error(cells in proptest::collection::vec("[a-z\", \n]{0,8}", 0..12)) {
        let text = format!("interaction_id,rating\nsesn_1,{}\n", cells.join("\nsesn_1,"));
        let contents = csv(&text);
        prop_assert!(contents.rows.len() + contents.errors.len() >= contents.rows_total.min(1));
    }
}

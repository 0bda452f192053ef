//! Every file whose truth is known is read as an independent reader reads it, or stands in the list of known
//! gaps with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use memtiff_tests::compare::{Outcome, compare};
use memtiff_tests::truth::{self, Collection};
use serde_json::Value;

#[test]
fn every_file_of_testdata_is_right_or_a_known_gap() {
    let mut outcomes = compare_all(&truth::testdata(), "testdata/");
    println!("{}", tally("testdata", &outcomes));
    let sidecars = compare_all(&truth::sidecars(), "testdata/sidecars/");
    println!("{}", tally("testdata/sidecars", &sidecars));
    outcomes.extend(sidecars);
    judge_all(&outcomes, |name| name.starts_with("testdata/"));
}

#[test]
fn every_file_of_the_corpus_is_right_or_a_known_gap() {
    let Some(corpus) = truth::corpus() else {
        println!("corpus: not here (set MEMTIFF_CORPUS); only testdata was compared");
        return;
    };
    let outcomes = compare_all(&corpus, "");
    for folder in ["real", "generated", "newer"] {
        let part: Vec<_> = outcomes.iter().filter(|(name, ..)| name.starts_with(folder)).cloned().collect();
        println!("{}", tally(folder, &part));
    }
    judge_all(&outcomes, |name| !name.starts_with("testdata/"));
}

/// Fails if the outcomes are not those that the list has for the files of this collection.
fn judge_all(outcomes: &[Row], is_of_collection: fn(&str) -> bool) {
    // Both tests read and write the same list.
    static LIST: Mutex<()> = Mutex::new(());
    let _guard = LIST.lock().unwrap();
    if std::env::var_os("MEMTIFF_WRITE_GAPS").is_some() {
        write_gaps(outcomes, is_of_collection);
    }
    let mut gaps = known_gaps();
    gaps.retain(|name, _| is_of_collection(name));
    let wrong: Vec<String> =
        outcomes.iter().filter_map(|(name, _, outcome)| judge(name, outcome, &gaps)).collect();
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
    let unknown: Vec<_> = gaps.keys().filter(|name| !outcomes.iter().any(|(n, ..)| n == *name)).collect();
    assert!(unknown.is_empty(), "known_gaps.txt names files that do not exist: {unknown:?}");
}

/// Name, what it is filed under in the tally, and what came of it.
type Row = (String, String, std::rc::Rc<Outcome>);

fn compare_all(collection: &Collection, prefix: &str) -> Vec<Row> {
    let row = |(name, record): (&str, &Value)| {
        let outcome = compare(collection, name);
        (format!("{prefix}{name}"), feature(record), outcome.into())
    };
    collection.records().map(row).collect()
}

/// What the tally groups by.
fn feature(record: &Value) -> String {
    match record["oracle"].as_str() {
        Some("gdal") => record["compression"].as_str().unwrap_or("uncompressed").to_owned(),
        Some(other) => format!("read by {other} only"),
        None => "read by nobody".to_owned(),
    }
}

fn tally(title: &str, rows: &[Row]) -> String {
    let mut groups: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for (_, feature, outcome) in rows {
        for group in [feature, "all"] {
            let counts = groups.entry(group).or_default();
            let facts = [true, outcome.opened, outcome.pixels, outcome.metadata, outcome.is_right()];
            counts.iter_mut().zip(facts).for_each(|(count, fact)| *count += usize::from(fact));
        }
    }
    let mut text = format!("{title:<24} files  opened  pixels  metadata  all right\n");
    for (group, [files, opened, pixels, metadata, right]) in groups {
        writeln!(text, "  {group:<22} {files:>5} {opened:>7} {pixels:>7} {metadata:>9} {right:>10}").unwrap();
    }
    text
}

/// File name to reason.
fn known_gaps() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(truth::project().join("tests/known_gaps.txt")).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pair = |line: &str| {
        let (name, reason) = line.split_once(": ").unwrap_or_else(|| panic!("no reason given: {line}"));
        (name.to_owned(), reason.to_owned())
    };
    lines.map(pair).collect()
}

/// What is wrong about a file that fails unlisted, is listed with a reason that is not the true one, or is
/// listed and passes.
fn judge(name: &str, outcome: &Outcome, gaps: &BTreeMap<String, String>) -> Option<String> {
    let differences = outcome.differences.join("\n    ");
    match gaps.get(name) {
        None if outcome.is_right() => None,
        None => Some(format!("{name} differs and is no known gap:\n    {differences}")),
        Some(_) if outcome.is_right() => {
            Some(format!("{name} is a known gap, and right: take it off the list"))
        }
        Some(reason) if *reason == gap_reason(outcome) => None,
        Some(reason) => {
            Some(format!("{name} is a known gap for another reason than {reason}:\n    {differences}"))
        }
    }
}

/// The differences of an outcome without repeats.
fn gap_reason(outcome: &Outcome) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for difference in &outcome.differences {
        let (what, why) = difference.split_once(": ").unwrap_or((difference, ""));
        let pixels = what.starts_with("window") || what.starts_with("overview ");
        let reason = if pixels { format!("pixels: {why}") } else { difference.clone() };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join("; ")
}

/// Writes the part of the list that is of this collection anew, and keeps the rest; run with `MEMTIFF_WRITE_GAPS=1` on
/// purpose, and read the difference.
fn write_gaps(rows: &[Row], is_of_collection: fn(&str) -> bool) {
    let mut text = String::from(
        "# Files of the corpus and of testdata that are not yet read as the reference reads them, with the reason.\n\
         # A file that is not listed must be right, and a listed one must fail for the reason given here.\n\
         # After an improvement: MEMTIFF_WRITE_GAPS=1 cargo test -p memtiff-tests corpus\n",
    );
    let mut gaps = known_gaps();
    gaps.retain(|name, _| !is_of_collection(name));
    let wrong = rows.iter().filter(|(.., outcome)| !outcome.is_right());
    gaps.extend(wrong.map(|(name, _, outcome)| (name.clone(), gap_reason(outcome))));
    for (name, reason) in gaps {
        writeln!(text, "{name}: {reason}").unwrap();
    }
    std::fs::write(truth::project().join("tests/known_gaps.txt"), text).unwrap();
}

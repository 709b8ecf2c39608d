//! Files, paths and questions that are not what they should be: each is refused with its exit code and in
//! sentences that name what is wrong and what to do, fast, and the store answers afterwards as before.
//!
//! Nothing here knows how a file is read; what it says to a person is looked at.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod program;

use program::{Answer, INPUT, Receipt, Store, USAGE, kilter};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The store could not do it.
const STORE: i32 = 4;

const SOUND: &str = "measure,area,period,value\n\
    readmissions-28-days,S12000005,2019/20,12\n\
    discharges,S12000005,2019/20,96\n";

/// A store with one release.
fn store() -> Store {
    let store = Store::new("scotland-core-suite");
    let file = store.write("sound.csv", SOUND);
    let answer = store.ingest(&file, "", "2020-07-01", &[]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    store
}

/// All that a store answers, to be compared.
fn answers(store: &Store) -> [String; 3] {
    let ask = |command, arguments: &[&str]| {
        let answer = store.ask(command, arguments);
        assert_eq!(answer.code, 0, "{}", answer.err);
        answer.out
    };
    [
        ask("values", &["--format", "csv"]),
        ask("evaluate", &["--format", "json"]),
        ask("releases", &["--format", "csv"]),
    ]
}

/// A store, a file in a shape nobody wants, and what is said of it. The store answers as before.
#[track_caller]
fn refuses(name: &str, content: &[u8], profile: &str, says: &[&str]) -> Answer {
    let store = store();
    let before = answers(&store);
    let file = store.write(name, content);
    let answer = store.ingest(&file, profile, "2021-01-01", &[]);
    answer.refused(INPUT, &[&[name], says].concat());
    assert_eq!(answers(&store), before);
    assert_eq!(store.ask("verify", &[]).code, 0);
    answer
}

#[test]
fn the_store_of_these_tests_answers_with_a_figure() {
    let [values, ..] = answers(&store());
    assert!(values.contains("NI-14,S12000005,2019/20,2019-04-01,2020-03-31,125,12,96"), "{values}");
}

#[test]
fn a_missing_column_is_named_beside_those_that_are_there() {
    refuses(
        "columns.csv",
        b"measure,area,period,number\ndischarges,S12000005,2019/20,96\n",
        "",
        &["needs the column \"value\"", "\"number\""],
    );
}

#[test]
fn the_layout_of_a_known_publisher_is_recognised_where_the_profile_was_forgotten() {
    let file = "ltla_code,date,age_group,delay_reason,num_delayed_bed_days,average_daily_delayed_beds\n\
        S12000005,2016-07-01,75plus,All Delay Reasons,236,8\n";
    refuses(
        "forgotten.csv",
        file.as_bytes(),
        "",
        &["it has the columns of the profile phs-delayed-discharge-council"],
    );
}

#[test]
fn bytes_of_another_encoding_are_told_with_their_line_and_the_way_out() {
    let mut bytes = SOUND.as_bytes().to_vec();
    bytes.extend(b"discharges,Perth and Kinross \xa3,2019/20,5\n");
    refuses("latin.csv", &bytes, "", &["line 4", "0xA3", "UTF-8", "windows-1252"]);
}

#[test]
fn an_empty_file_is_not_an_empty_release() {
    refuses("empty.csv", b"", "", &["the file is empty"]);
    refuses("blank.csv", b"\n\n  \n", "", &["blank"]);
    refuses("header.csv", b"measure,area,period,value\n", "", &["0 rows"]);
}

#[test]
fn documents_archives_and_pictures_are_not_tables_whatever_their_name_says() {
    let pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n";
    refuses("report.csv", pdf, "", &["PDF"]);
    let mut zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec();
    zip.extend([0x5a; 400]);
    refuses("archive.csv", &zip, "", &[]);
    let mut png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01".to_vec();
    png.extend([0; 64]);
    refuses("picture.csv", &png, "", &["PNG"]);
    refuses("page.csv", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "", &["HTML"]);
}

#[test]
fn a_row_with_too_few_fields_is_refused_by_its_line_and_takes_the_file_with_it() {
    let text = format!("{SOUND}discharges,S12000030,2019/20\ndischarges,S12000030,2018/19,7\n");
    let answer = refuses("short.csv", text.as_bytes(), "", &["line 4", "3 fields", "4 columns"]);
    let receipt = Receipt::of(&answer.err);
    assert_eq!((receipt.rows, receipt.accepted, receipt.rejected, receipt.kept), (4, 3, 1, false));
}

#[test]
fn every_problem_of_every_row_is_told_at_once() {
    let text = "measure,area,period,value\n\
        dischargers,S12000005,2019/20,1\n\
        discharges,S12999999,2019/20,1\n\
        discharges,S12000005,2019,1\n\
        discharges,S12000005,2019/20,many\n\
        discharges,S12000005,2019/20,\n\
        discharges,S12000005,2019/20,NaN\n\
        discharges,S12000005,2019/20,1e999\n";
    let told =
        ["dischargers", "S12999999", "2018/19 or 2019/20", "\"many\"", "blank", "\"NaN\"", "\"1e999\""];
    let lines: Vec<String> = (2..=8).map(|line| format!("line {line}, column ")).collect();
    let says: Vec<&str> = told.into_iter().chain(lines.iter().map(String::as_str)).collect();
    let answer = refuses("wrong.csv", text.as_bytes(), "", &says);
    assert_eq!(Receipt::of(&answer.err).rejected, 7);
}

#[test]
fn a_line_of_three_mebibytes_is_no_row() {
    let mut text = SOUND.as_bytes().to_vec();
    text.extend(std::iter::repeat_n(b'7', 3 << 20));
    let answer = refuses("long.csv", &text, "", &["line 4"]);
    assert!(answer.err.len() < 10_000, "what is said is read by a person: {} bytes", answer.err.len());
}

#[test]
fn a_long_cell_is_not_repeated_to_the_reader_in_full() {
    let text = format!("{SOUND}discharges,S12000005,2018/19,{}\n", "x".repeat(500_000));
    let answer = refuses("cell.csv", text.as_bytes(), "", &["line 4"]);
    assert!(answer.err.len() < 10_000, "what is said is read by a person: {} bytes", answer.err.len());
}

#[test]
fn an_open_quote_does_not_swallow_the_rest_of_the_file() {
    let text = SOUND.replace("2019/20,12", "\"2019/20,12");
    refuses("quote.csv", text.as_bytes(), "", &["line 2", "quote"]);
}

/// Bytes without any order, the same every time, none of them zero where `zero` is not allowed.
fn noise(length: usize, zero: bool) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).map(|byte| if zero { byte } else { byte.max(1) }).collect()
}

#[test]
fn a_huge_file_of_garbage_is_refused_at_its_beginning() {
    let store = store();
    let before = answers(&store);
    for (name, zero, size) in
        [("noise.csv", true, 50 << 20), ("dense.csv", false, 50 << 20), ("vast.csv", true, 1 << 36)]
    {
        // Sparse: the size is there and nothing is written. The vast one cannot be read in the time.
        let path = store.write(name, noise(64 << 10, zero));
        let file = File::options().write(true).open(&path).unwrap();
        if let Err(error) = file.set_len(size) {
            assert!(size > 50 << 20, "{error}");
            let _ = writeln!(std::io::stderr(), "{name}: no file of this size can be made here ({error})");
            continue;
        }
        for profile in ["", "phs-delayed-discharge-council"] {
            let start = Instant::now();
            let answer = store.ingest(&path, profile, "2021-01-01", &[]);
            answer.refused(INPUT, &[name]);
            assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
            assert!(
                answer.err.len() < 10_000 && !answer.err.contains('\0'),
                "{name}: what is said can be read"
            );
        }
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(answers(&store), before);
}

#[test]
fn a_folder_a_device_or_nothing_is_not_a_file() {
    let store = store();
    let before = answers(&store);
    let folder = store.beside("folder.csv");
    fs::create_dir(&folder).unwrap();
    store.ingest(&folder, "", "2021-01-01", &[]).refused(INPUT, &["folder.csv", "name a file in it"]);
    store
        .ingest(&store.beside("sond.csv"), "", "2021-01-01", &[])
        .refused(INPUT, &["sond.csv", "\"sound.csv\""]);
    let nowhere = store.beside("no-folder").join("file.csv");
    store.ingest(&nowhere, "", "2021-01-01", &[]).refused(INPUT, &["no-folder", "does not exist"]);
    if cfg!(unix) {
        store.ingest(Path::new("/dev/zero"), "", "2021-01-01", &[]).refused(INPUT, &["not an ordinary file"]);
    }
    assert_eq!(answers(&store), before);
}

#[test]
fn a_profile_that_is_none_is_refused_before_the_file_is_read() {
    let store = store();
    let file = store.beside("sound.csv");
    store.ingest(&file, "phs", "2021-01-01", &[]).refused(INPUT, &["\"phs\"", "phs-beds-quarter"]);
    let own = store.write("own.toml", "[profile]\nid = \"own\"\ntitel = \"x\"\n");
    store
        .ingest(&file, own.to_str().unwrap(), "2021-01-01", &[])
        .refused(INPUT, &["own.toml", "line 3", "titel"]);
    let picture = store.write("picture.toml", b"\x89PNG\r\n\x1a\n");
    store.ingest(&file, picture.to_str().unwrap(), "2021-01-01", &[]).refused(INPUT, &["picture.toml"]);
}

/// Every command that opens a store, on a path.
fn on_every_command(path: &Path, each: impl Fn(&[&OsStr], Answer)) {
    let sound = path.with_file_name("sound.csv");
    let commands: [&[&str]; 9] = [
        &["values"],
        &["evaluate"],
        &["scorecard"],
        &["releases"],
        &["info"],
        &["verify"],
        &["diff", "--from", "1", "--to", "1"],
        &["define", "--framework", "scotland-core-suite"],
        &["ingest", "--source", "a test", "--known-at", "2021-01-01"],
    ];
    for command in commands {
        let mut all: Vec<&OsStr> = vec![command[0].as_ref(), path.as_os_str()];
        if command[0] == "ingest" {
            all.push(sound.as_os_str());
        }
        all.extend(command[1..].iter().map(OsStr::new));
        let answer = kilter(&all);
        each(&all, answer);
    }
}

#[test]
fn what_is_not_a_store_is_not_made_one_by_asking_it() {
    let store = store();
    let folder = store.beside("papers");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("minutes.txt"), "of the board").unwrap();
    for (path, name) in [
        (folder.clone(), "papers"),
        (store.beside("nothing"), "nothing"),
        (store.beside("sound.csv"), "sound.csv"),
    ] {
        on_every_command(&path, |_, answer| answer.refused(STORE, &[name]));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was written into it");
    assert!(!store.beside("nothing").exists());
    assert_eq!(fs::read_to_string(store.beside("sound.csv")).unwrap(), SOUND);
}

#[test]
fn init_leaves_alone_what_stands_at_its_path() {
    let store = store();
    let before = answers(&store);
    store.ask("init", &["--framework", "scotland-core-suite"]).refused(STORE, &["store"]);
    assert_eq!(answers(&store), before);
    let papers = store.beside("papers");
    fs::create_dir(&papers).unwrap();
    fs::write(papers.join("minutes.txt"), "of the board").unwrap();
    let init = |path: &Path| {
        kilter(["init".as_ref(), path.as_os_str(), "--framework".as_ref(), "scotland-core-suite".as_ref()])
    };
    init(&papers).refused(STORE, &["papers"]);
    assert_eq!(fs::read_dir(&papers).unwrap().count(), 1);
    let file = store.beside("sound.csv");
    init(&file).refused(STORE, &["sound.csv"]);
    assert_eq!(fs::read_to_string(file).unwrap(), SOUND);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_takes_nothing_is_told_by_its_name() {
    // The permissions of a folder do not bind root; this file system takes nothing from anybody.
    let store = store();
    let before = answers(&store);
    let init = kilter(["init", "/proc/kilter-x", "--framework", "scotland-core-suite"]);
    init.refused(STORE, &["/proc/kilter-x"]);
    kilter(["demo", "/proc/kilter-x"]).refused(STORE, &["/proc/kilter-x"]);
    for command in ["values", "report", "scorecard"] {
        let mut arguments = vec!["--out", "/proc/kilter-x"];
        if command == "report" || command == "scorecard" {
            arguments.extend(["--area", "S12000005"]);
        }
        store.ask(command, &arguments).refused(STORE, &["/proc/kilter-x", "cannot be written"]);
    }
    let wrong = store.write("wrong.csv", "measure,area,period,value\nx,y,z,0\n");
    let answer = store.ingest(&wrong, "", "2021-01-01", &["--rejections", "/proc/kilter-x"]);
    answer.refused(STORE, &["/proc/kilter-x", "cannot be written"]);
    assert_eq!(answers(&store), before);
}

#[test]
fn a_question_about_what_there_is_not_is_answered_with_what_there_is() {
    let store = store();
    for (command, arguments, code, says) in [
        ("values", &["--indicator", "NI_14"][..], USAGE, &["\"NI_14\"", "did you mean NI-14?"][..]),
        ("values", &["--indicator", "NI-99"], USAGE, &["\"NI-99\"", "kilter info"]),
        ("evaluate", &["--area", "Clackmannanshir"], USAGE, &["Clackmannanshir\"", "Clackmannanshire"]),
        ("values", &["--area", "S12999999"], USAGE, &["S12999999"]),
        ("scorecard", &["--area", "Atlantis"], USAGE, &["Atlantis"]),
        ("values", &["--format", "xml"], USAGE, &["\"xml\"", "table, csv, json or parquet"]),
        ("values", &["--as-at", "7"], STORE, &["no release 7", "1"]),
        ("values", &["--as-at", "yesterday"], USAGE, &["yesterday", "2022-06-30"]),
        ("values", &["--as-at", "2020-02-30"], USAGE, &["2020-02-30"]),
        ("values", &["--indicator", "NI-14", "--period", "2019"], USAGE, &["\"2019\"", "2018/19", "2019/20"]),
        ("values", &["--from", "2019/20", "--to", "2018/19"], USAGE, &["2018/19", "before", "2019/20"]),
        ("values", &["--indicator", "NI-14", "--rolling", "0"], USAGE, &["0"]),
        ("values", &["--every", "fortnight"], USAGE, &["fortnight", "month"]),
        ("diff", &["--from", "0", "--to", "9"], STORE, &["no release"]),
        ("nonsense", &[], USAGE, &["nonsense"]),
    ] {
        let answer = store.ask(command, arguments);
        assert_eq!(answer.code, code, "{command} {arguments:?}: {}{}", answer.out, answer.err);
        answer.refused(code, says);
    }
}

#[test]
fn a_window_longer_than_any_calendar_is_refused_or_answered_but_never_hangs() {
    let store = store();
    for months in ["1200", "100000", "4294967295"] {
        let start = Instant::now();
        let answer = store.ask("values", &["--indicator", "NI-14", "--rolling", months]);
        assert!(start.elapsed() < Duration::from_secs(5), "{months}: {:?}", start.elapsed());
        assert!(answer.code == 0 || answer.code == USAGE, "{months}: {} {}", answer.code, answer.err);
        assert!(!answer.err.contains("panicked"), "{}", answer.err);
    }
    let start = Instant::now();
    let answer = store.ask("values", &["--from", "0001/02", "--to", "9998/99"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(!answer.err.contains("panicked"), "{}", answer.err);
}

#[test]
fn a_framework_is_refused_with_every_problem_at_once_each_on_its_line() {
    let store = store();
    let text = r#"[framework]
id = "broken"
title = "Nothing fits"

[[area]]
code = "A"
name = "A"
kind = "kingdom"

[[measure]]
id = "days"
title = "Days"
unit = "days"
frequency = "fortnight"
over_time = "sum"
over_areas = "sum"

[[indicator]]
id = "I-1"
title = "A rate of nothing"
calculation = { rate = { numerator = "nights", denominator = "days", per = 0 } }
frequency = "month"
polarity = "upward"
decimals = 0
unit = "nights"

[[target]]
indicator = "I-2"
from = "2023"
value = 0.0
tolerance = { relative = 5.0 }

[[strategy]]
id = "x"
"#;
    let file = store.write("broken.toml", text);
    let says = ["kingdom", "fortnight", "nights", "upward", "I-2", "strategy"];
    let check = kilter(["check".as_ref(), file.as_os_str()]);
    check.refused(INPUT, &says);
    let lines: Vec<&str> = check.err.lines().filter(|line| line.contains("broken.toml")).collect();
    assert!(lines.len() >= says.len(), "{}", check.err);
    // The same is said where it was to come into force, and nothing comes into force.
    let before = answers(&store);
    let define = store.ask("define", &["--framework", file.to_str().unwrap()]);
    define.refused(INPUT, &says);
    assert_eq!(answers(&store), before);
    let new = store.beside("new");
    let init = kilter([OsStr::new("init"), new.as_os_str(), "--framework".as_ref(), file.as_os_str()]);
    init.refused(INPUT, &says);
    assert!(!new.exists());
    // What is not text, and what is nothing.
    let picture = store.write("picture.toml", b"\x89PNG\r\n\x1a\n\x00");
    kilter(["check".as_ref(), picture.as_os_str()]).refused(INPUT, &["picture.toml"]);
    kilter(["check", "no-such-framework"]).refused(INPUT, &["no-such-framework", "scotland-core-suite"]);
    let folder = store.beside("frameworks");
    fs::create_dir(&folder).unwrap();
    kilter(["check".as_ref(), folder.as_os_str()]).refused(INPUT, &["frameworks"]);
}

fn segments(store: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(store.join("ledger"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "segment"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_damaged_store_gives_no_figure() {
    let store = store();
    let last = segments(&store.path()).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    for place in [whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&last, bytes).unwrap();
        let verify = store.ask("verify", &[]);
        assert_eq!(verify.code, STORE, "byte {place}: {}{}", verify.out, verify.err);
        assert!(
            verify.out.contains("segment") || verify.err.contains("segment"),
            "{}{}",
            verify.out,
            verify.err
        );
        store.ask("values", &["--format", "csv"]).refused(STORE, &["store"]);
    }
    fs::write(&last, &whole).unwrap();
    assert_eq!(store.ask("verify", &[]).code, 0);
}

/// A small file system that is taken away with it.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
fn small_disk(place: &Path) -> Result<Mounted, String> {
    fs::create_dir(place).map_err(|error| error.to_string())?;
    let mounting = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(place).output();
    match mounting {
        Ok(output) if output.status.success() => Ok(Mounted(place.to_owned())),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Thirty years of months of twelve councils.
fn figures_that_do_not_compress(round: u32) -> String {
    let mut noise = noise(12 * 360 * 4 + round as usize, true).into_iter().skip(round as usize);
    let mut text = String::from("measure,area,period,value\n");
    for council in ["05", "06", "08", "10", "11", "13", "14", "17", "18", "19", "20", "21"] {
        for month in 0..360 {
            let digits = noise.by_ref().take(4).fold(u64::from(round), |n, byte| n << 8 | u64::from(byte));
            let (year, month) = (1990 + month / 12, month % 12 + 1);
            text +=
                &format!("delayed-bed-days-75,S120000{council},{year}-{month:02},{}\n", digits as f64 / 1e3);
        }
    }
    text
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let large = tempfile::tempdir().unwrap();
    let disk = match small_disk(&large.path().join("disk")) {
        Ok(disk) => disk,
        Err(why) => {
            let line = format!(
                "a_full_disk_loses_nothing_that_was_acknowledged: not run, for no disk may be mounted here ({why})\n"
            );
            let _ = std::io::stderr().write_all(line.as_bytes());
            return;
        }
    };
    let store = disk.0.join("store");
    let ask = |command: &str, arguments: &[&OsStr]| {
        let mut all: Vec<&OsStr> = vec![command.as_ref(), store.as_os_str()];
        all.extend(arguments);
        kilter(all)
    };
    let init = ask("init", &["--framework".as_ref(), "scotland-core-suite".as_ref()]);
    assert_eq!(init.code, 0, "{}", init.err);
    let ingest = |path: &Path| {
        let rest = ["--source", "a test", "--known-at", "2020-07-01"].map(OsStr::new);
        ask("ingest", &[&[path.as_os_str()], &rest[..]].concat())
    };
    let values = ["--indicator", "NI-19", "--every", "month", "--format", "csv"].map(OsStr::new);
    let csv = ["--format", "csv"].map(OsStr::new);
    let (mut kept, mut refused, mut before) = (0, None, String::new());
    for round in 0..100 {
        let file = large.path().join("figures.csv");
        fs::write(&file, figures_that_do_not_compress(round)).unwrap();
        let answer = ingest(&file);
        if answer.code != 0 {
            refused = Some(answer);
            break;
        }
        kept += 1;
        before = ask("values", &values).out;
    }
    let refused = refused.expect("2 MiB are full some time");
    assert!(kept > 0);
    refused.refused(STORE, &["store"]);
    let space = ["space", "full"].iter().any(|word| refused.err.to_lowercase().contains(word));
    assert!(space, "what to do about it is said: {}", refused.err);
    // Every release that was acknowledged is there, whole, and none that was not.
    let after = ask("values", &values);
    assert_eq!(after.code, 0, "{}", after.err);
    assert_eq!(after.out, before);
    assert_eq!(ask("releases", &csv).rows().len(), kept);
    let verify = ask("verify", &[]);
    assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
}

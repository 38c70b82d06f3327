//! `cargo xtask fuzz`: foreign bytes made up by libFuzzer, guided by what code they reach. Works on a stable compiler:
//! coverage comes from LLVM's own pass. What was run is added to `tests/fuzz/LOG.md`.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use crate::{
    demo::PYTHON,
    sh::{Done, ask, command, go, root, say, target},
};

/// Every target, the longest input that it is given in bytes, and the most memory that it may take in MiB. Decoders may ask
/// for as much as `core::qr` lets them.
const TARGETS: &[(&str, u32, u32)] = &[
    ("payload", 8192, MEMORY),
    ("age", 4096, MEMORY),
    ("otpauth", 4096, MEMORY),
    ("migration", 2048, MEMORY),
    ("settings", 4096, MEMORY),
    ("backup", 4096, MEMORY),
    ("fingerprints", 4096, MEMORY),
    ("playbook", 4096, MEMORY),
    ("recovery_codes", 4096, MEMORY),
    ("receive", 6144, MEMORY),
    ("pixels", 2048, MEMORY),
    ("png", 2048, 768),
    ("jpeg", 4096, 768),
    ("webp", 4096, 768),
    ("gif", 2048, 768),
    ("bmp", 2048, 768),
    ("tiff", 2048, 768),
    ("pdf", 4096, 768),
];

/// What is enough for all that is no picture.
const MEMORY: u32 = 256;

/// What LLVM is told to count, for libFuzzer to see.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";

/// Runs the targets named, or all, for `SECONDS` each (600 where it is not said). With `minimise`, makes the corpus in
/// the repository small instead.
///
/// # Errors
/// Where a target does not exist, or an input breaks it: the input is then named.
pub fn fuzz(arguments: &[String]) -> Done {
    let seconds = arguments.iter().find_map(|a| a.parse::<u32>().ok()).unwrap_or(600);
    let named: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|a| a.parse::<u32>().is_err()).collect();
    let minimise = named.contains(&"minimise");
    let known = |name: &str| name == "minimise" || TARGETS.iter().any(|(target, ..)| *target == name);
    if let Some(name) = named.iter().find(|name| !known(name)) {
        return Err(format!("there is no fuzz target called {name}"));
    }
    build()?;
    let all = named.iter().all(|name| *name == "minimise");
    let wanted = TARGETS.iter().filter(|(target, ..)| all || named.contains(target));
    for (name, longest, memory) in wanted {
        if minimise { small(name)? } else { run(name, *longest, *memory, seconds)? }
    }
    Ok(())
}

/// A short run of every target, on the corpus and for some seconds beyond it. Nothing is logged.
///
/// # Errors
/// As [`fuzz`].
pub fn smoke(seconds: u32) -> Done {
    build()?;
    TARGETS.iter().try_for_each(|(name, longest, memory)| hunt(name, *longest, *memory, seconds).map(|_| ()))
}

fn build() -> Done {
    say("Building the fuzz targets, with coverage");
    let mut cargo = command("cargo build --release --quiet --manifest-path tests/fuzz/Cargo.toml");
    // A target of its own is named, so that build scripts are built without coverage.
    cargo.arg("--target").arg(host()?);
    go(cargo.env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", target().join("fuzz")))
}

fn host() -> Done<String> {
    let version = ask("rustc -vV").unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say which system this is".to_owned())
}

fn binary(name: &str) -> Done<PathBuf> {
    Ok(target().join("fuzz").join(host()?).join("release").join(name))
}

/// Inputs that were made by hand, each of a kind that a person meets.
fn seeds(name: &str) -> PathBuf {
    root().join("tests/fuzz/seeds").join(name)
}

/// Inputs that libFuzzer found before: thousands of small files, so one archive a target.
fn archive(name: &str) -> PathBuf {
    root().join("tests/fuzz/corpus").join(format!("{name}.zip"))
}

/// The archive, unpacked.
fn corpus(name: &str) -> Done<PathBuf> {
    let folder = target().join("fuzz/corpus").join(name);
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    if archive(name).exists() {
        let mut unpack = command(PYTHON);
        unpack.args(["-m", "zipfile", "-e"]).arg(archive(name)).arg(&folder);
        go(&mut unpack)?;
    }
    Ok(folder)
}

/// What a run told.
struct Told {
    executions: u64,
    peak: u64,
    seconds: u64,
}

fn run(name: &str, longest: u32, memory: u32, seconds: u32) -> Done {
    let told = hunt(name, longest, memory, seconds)?;
    println!(
        "   {name}: {} inputs in {} s, at most {} MiB, nothing broke",
        told.executions, told.seconds, told.peak
    );
    log(name, &told)
}

/// Runs one target; an error names the input that broke it.
fn hunt(name: &str, longest: u32, memory: u32, seconds: u32) -> Done<Told> {
    say(&format!("Fuzzing {name} for {seconds} s"));
    let found = target().join("fuzz/found").join(name);
    let broken = target().join("fuzz/broken");
    for folder in [&found, &broken] {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let mut fuzzer = Command::new(binary(name)?);
    fuzzer.current_dir(root()).arg(&found).arg(seeds(name)).arg(corpus(name)?).args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        format!("-rss_limit_mb={memory}"),
        "-timeout=10".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
        format!("-artifact_prefix={}/{name}-", broken.display()),
    ]);
    let started = Instant::now();
    let output = fuzzer.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name} broke; the input is in {}\n{text}", broken.display()));
    }
    let stat = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
        line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
    };
    Ok(Told {
        executions: stat("number_of_executed_units"),
        peak: stat("peak_rss_mb"),
        seconds: started.elapsed().as_secs(),
    })
}

/// Adds a run to the log, and its time to the target's sum.
fn log(name: &str, told: &Told) -> Done {
    let path = root().join("tests/fuzz/LOG.md");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let heading = "# What was fuzzed\n\nEach run of `cargo xtask fuzz`; the last column adds up a target's hours.\n\n\
        | day | target | seconds | inputs | peak MiB | broke | hours in all |\n|---|---|---|---|---|---|---|\n";
    let mut text = if text.is_empty() { heading.to_owned() } else { text };
    let before: u64 = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells.get(2) == Some(&name)).then(|| cells.get(3)?.parse::<u64>().ok()).flatten()
        })
        .sum();
    let day = ask("date -u +%Y-%m-%d").unwrap_or_default();
    let hours = (before + told.seconds) as f64 / 3600.0;
    text += &format!(
        "| {day} | {name} | {} | {} | {} | 0 | {hours:.2} |\n",
        told.seconds, told.executions, told.peak
    );
    fs::write(path, text).map_err(|e| e.to_string())
}

/// Leaves in the repository few inputs that reach together what all found until now reach, and none that is long.
fn small(name: &str) -> Done {
    say(&format!("Minimising the corpus of {name}"));
    let (old, new) = (corpus(name)?, target().join("fuzz/small").join(name));
    let found = target().join("fuzz/found").join(name);
    let _ = fs::remove_dir_all(&new);
    for folder in [&new, &found] {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let mut merge = Command::new(binary(name)?);
    merge
        .current_dir(root())
        .args(["-set_cover_merge=1", "-max_len=512", "-verbosity=0"])
        .arg(&new)
        .arg(&old)
        .arg(&found);
    go(merge.stderr(Stdio::null()))?;
    // Packed in one order and with one date, so that the same files make the same archive.
    let mut pack = command(PYTHON);
    go(pack.arg("-B").arg(root().join("tests/fuzz/pack.py")).arg(&new).arg(archive(name)))
}

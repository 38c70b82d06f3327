//! `cargo xtask bench`: measured, never asserted. Each comparison is of pairs that run one after the other,
//! so that whatever else the machine does falls on both; median, min and max are printed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::{
    demo::PYTHON,
    setup::{self, TEST},
    sh::{Done, command, go, root, say, sh, target},
};

const PAIRS: usize = 41;
const ACCOUNTS: usize = 1000;
const LARGE: usize = 10_000;
const HOSTILE: usize = 100_000;

/// One thing that is measured, by name.
type Bench = (&'static str, fn(&Path) -> Done);

const BENCHES: &[Bench] =
    &[("code", code), ("large", large), ("qr", qr), ("clock", clock), ("lock", lock), ("hostile", hostile)];

/// What makes the pictures that readers of QR codes are compared on. It lies beside the checkout, where it lies anywhere.
const PICTURES: &str = "../shared/qr/gen_screens.py";
/// What it and the other readers need.
const PYTHON_PACKAGES: &str = "numpy opencv-python-headless segno Pillow zxing-cpp";

/// Runs the benches named, or all.
///
/// # Errors
/// Where one does not exist or fails.
pub fn bench(names: &[String]) -> Done {
    setup::packages(&[&TEST])?;
    say("Building the release of fob");
    sh("cargo build --release -p keyfob-cli")?;
    let work = env::temp_dir().join(format!("keyfob-bench-{}", std::process::id()));
    fs::create_dir_all(&work).map_err(|e| e.to_string())?;
    let known = |name: &String| BENCHES.iter().any(|(n, _)| n == name);
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return Err(format!("there is no bench called {name}"));
    }
    let wanted = BENCHES.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|n| n == name));
    let done = wanted.into_iter().try_for_each(|(_, run)| run(&work));
    let _ = fs::remove_dir_all(&work);
    done
}

/// `fob code` on a vault of 1,000 accounts beside `age -d` of the same file.
fn code(work: &Path) -> Done {
    say(&format!("fob code beside age -d, {ACCOUNTS} accounts, {PAIRS} pairs"));
    let vault = Vault::with(work, "code", ACCOUNTS)?;
    let mut age = command("age -d -i");
    age.arg(&vault.identity).arg(vault.folder.join("vault.age"));
    compare("age -d", &mut age, "fob code", &mut vault.fob("code --json"))
}

/// How soon codes are right after the clock was set, and after sleep: by `fob code --watch`, and in the window.
fn clock(_: &Path) -> Done {
    say("How soon codes are right after the clock was set, and after sleep");
    sh("cargo build --workspace --bins")?;
    for tests in ["tests/judges/test_clock.py", "tests/window/test_clock.py"] {
        let mut pytest = command(PYTHON);
        pytest.args(["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-s", "-k", "soon", tests]);
        go(pytest.env("KEYFOB_BIN", target().join("debug")))?;
    }
    Ok(())
}

/// How soon the lock screen is there, and the window closed, while the vault's folder hangs.
fn lock(_: &Path) -> Done {
    say("How soon a lock takes effect while the vault's folder hangs");
    sh("cargo build --workspace --bins")?;
    let mut pytest = command(PYTHON);
    pytest.args([
        "-B",
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-q",
        "-s",
        "-k",
        "hangs",
        "tests/window/test_locking.py",
    ]);
    go(pytest.env("KEYFOB_BIN", target().join("debug")))
}

/// A vault of 10,000 accounts: opening it (a search that finds nothing), and opening it with a save (an HOTP account is
/// counted on); the difference is the save, verified and synced.
fn large(work: &Path) -> Done {
    say(&format!("opening and saving, {LARGE} accounts, {PAIRS} pairs"));
    let vault = Vault::with(work, "large", LARGE)?;
    quiet(vault.fob("add").arg("otpauth://hotp/Counter:zoe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))?;
    let mut open = vault.fob("list nothing-is-called-this");
    compare("open", &mut open, "open and save", &mut vault.fob("code Counter --advance"))
}

/// Codes in hard pictures, beside zxing-cpp and zbarimg. KEYFOB_SEED chooses the pictures.
fn qr(_: &Path) -> Done {
    let seed = env::var("KEYFOB_SEED").unwrap_or_else(|_| "1".to_owned());
    let maker = root().join(PICTURES);
    if !maker.exists() {
        println!("   left out: {PICTURES}, which makes the pictures, is not here");
        return Ok(());
    }
    let work = target().join("qr");
    let (venv, set) = (work.join("venv"), work.join(format!("seed-{seed}")));
    let python = venv.join("bin/python");
    if !python.exists() {
        say(&format!("Installing for Python, in {}: {PYTHON_PACKAGES}", venv.display()));
        go(command("python3 -m venv").arg(&venv))?;
        go(command(&python.display().to_string())
            .args(["-m", "pip", "install", "--quiet"])
            .args(PYTHON_PACKAGES.split(' ')))?;
    }
    if !set.join("manifest.jsonl").exists() {
        say(&format!("Making the pictures of seed {seed} (some minutes)"));
        go(command(&python.display().to_string()).arg(&maker).arg(&set).args(["--seed", &seed]))?;
    }
    say("Building the reader");
    sh("cargo build --release -p keyfob-core --example read_pictures")?;
    say(&format!("Reading the pictures of seed {seed}"));
    let mut compare = command(&python.display().to_string());
    compare.args(["-B", "tests/bench/qr.py"]).arg(set);
    go(compare.arg(target().join("release/examples/read_pictures")))
}

/// Pictures broken at random, by the hundred thousand. KEYFOB_SEED chooses them.
fn hostile(_: &Path) -> Done {
    let seed = env::var("KEYFOB_SEED").unwrap_or_else(|_| "1".to_owned());
    say(&format!("Reading {HOSTILE} broken pictures"));
    let mut read = command(PYTHON);
    read.args(["-B", "tests/bench/hostile.py"]).arg(target().join("release/fob"));
    go(read.args(["tests", &HOSTILE.to_string(), &seed]))
}

/// A vault with so many accounts, and the key to it.
struct Vault {
    folder: PathBuf,
    identity: PathBuf,
}

impl Vault {
    fn with(work: &Path, name: &str, accounts: usize) -> Done<Vault> {
        let vault = Vault { folder: work.join(name), identity: work.join(format!("{name}.txt")) };
        quiet(command("age-keygen -o").arg(&vault.identity))?;
        let line =
            |n: usize| format!("otpauth://totp/Service{n}:zoe?secret={}&issuer=Service{n}\n", base32(n));
        for (part, first) in (0..accounts).step_by(ACCOUNTS).enumerate() {
            let list = work.join(format!("{name}-{part}.list"));
            let lines: String = (first..accounts.min(first + ACCOUNTS)).map(line).collect();
            fs::write(&list, lines).map_err(|e| e.to_string())?;
            quiet(vault.fob("add").arg(&list))?;
        }
        Ok(vault)
    }

    fn fob(&self, words: &str) -> Command {
        let mut fob = command(&format!("{} {words}", target().join("release/fob").display()));
        fob.arg("--vault").arg(&self.folder).arg("--identity").arg(&self.identity);
        // What this machine remembers of vaults is none of the bench's business.
        let home = self.folder.with_extension("home");
        fob.env("XDG_STATE_HOME", home.join("state")).env("XDG_CONFIG_HOME", home.join("config"));
        fob
    }
}

/// A key of 20 bytes that differs for each number.
fn base32(n: usize) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    (0..32).map(|place| char::from(digits[(n >> (5 * (place % 4))) % 32])).collect()
}

fn compare(one: &str, first: &mut Command, other: &str, second: &mut Command) -> Done {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for pair in 0..=PAIRS {
        let (a, b) = (measure(first)?, measure(second)?);
        // The first pair warms the caches of the system.
        if pair > 0 {
            times[0].push(a);
            times[1].push(b);
            times[2].push(b - a);
        }
    }
    println!("   {:<24} {:>9} {:>9} {:>9}", "milliseconds", "median", "min", "max");
    for (name, times) in [one.to_owned(), other.to_owned(), format!("{other} − {one}")].iter().zip(&mut times)
    {
        times.sort_by(f64::total_cmp);
        let [min, median, max] = [times[0], times[times.len() / 2], times[times.len() - 1]];
        println!("   {name:<24} {median:>9.2} {min:>9.2} {max:>9.2}");
    }
    Ok(())
}

/// Milliseconds from start to end of a command that succeeds.
fn measure(command: &mut Command) -> Done<f64> {
    let started = Instant::now();
    quiet(command)?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

fn quiet(command: &mut Command) -> Done {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let shown: PathBuf = command.get_program().into();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} failed ({status})", shown.display())),
        Err(cause) => Err(format!("{} could not be started: {cause}", shown.display())),
    }
}

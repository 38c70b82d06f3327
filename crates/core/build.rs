//! Reads every playbook in `playbooks`, so that a wrong one is found here and not by a person, and lists them.
#![expect(clippy::disallowed_methods, reason = "while building there is no host to ask")]

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

#[path = "src/playbook/file.rs"]
#[expect(dead_code, reason = "the crate uses the rest")]
mod file;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("playbooks");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=src/playbook/file.rs");
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut list = String::from("const BUILT_IN: &[(&str, &str)] = &[\n");
    let mut generic = false;
    for path in files {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        file::Playbook::read(&fs::read_to_string(&path)?)
            .map_err(|wrong| format!("{}:{}: {}", path.display(), wrong.line.unwrap_or(1), wrong.reason))?;
        generic |= id == "generic";
        writeln!(list, "    ({id:?}, include_str!({:?})),", path.display().to_string())?;
    }
    if !generic {
        return Err("there is no playbook generic.toml".into());
    }
    list += "];\n";
    fs::write(Path::new(&env::var("OUT_DIR")?).join("playbooks.rs"), list)?;
    Ok(())
}

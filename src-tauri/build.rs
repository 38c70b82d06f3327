//! Compiles the configuration, and the permission of every command, into the program.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // An app command that no permission names would be callable from every window; these files name all.
    let commands = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    Ok(tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?)
}

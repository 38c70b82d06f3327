//! Compiles the configuration, and the permission of every command, into the program.

fn main() {
    // An app command that no permission names would be callable from every window; these files name all.
    let commands = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .unwrap_or_else(|error| panic!("the configuration of the shell is wrong: {error:#}"));
}

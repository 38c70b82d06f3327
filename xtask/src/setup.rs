//! What a fresh machine lacks: system packages, and the packages of the UI.

use std::path::Path;

use crate::sh::{Done, ask, command, go, has, root, say, sh};

/// Packages of Debian and Ubuntu.
pub struct Packages {
    names: &'static [&'static str],
    /// What they are for, to name plainly where there is no apt.
    purpose: &'static str,
}

/// To build and run the window.
pub const BUILD: Packages = Packages {
    names: &[
        "build-essential",
        "pkg-config",
        "libwebkit2gtk-4.1-dev",
        "librsvg2-dev",
        "libdbus-1-dev",
        "libclang-dev",
        "linux-libc-dev",
    ],
    purpose: "to build the window: a C compiler, pkg-config, WebKitGTK 4.1, librsvg and D-Bus, with headers, and libclang, which reads the kernel's headers for cameras",
};

/// To run it where there is no display, and show a code from a QR screenshot.
pub const DEMO: Packages = Packages {
    names: &[
        "xvfb",
        "dbus",
        "gnome-keyring",
        "webkit2gtk-driver",
        "python3",
        "python3-selenium",
        "oathtool",
        "xclip",
        "xdotool",
        "imagemagick",
        "libsecret-tools",
        "fonts-dejavu-core",
        "procps",
    ],
    purpose: "to run without a display: Xvfb, D-Bus, gnome-keyring, WebKitWebDriver, Python 3 with Selenium, oathtool, xclip, xdotool, ImageMagick, secret-tool",
};

/// To test against programs that are not ours.
pub const TEST: Packages = Packages {
    names: &[
        "python3-pytest",
        "python3-pyotp",
        "python3-cryptography",
        "python3-gi",
        "python3-venv",
        "age",
        "zbar-tools",
        "chromium",
        "strace",
        "x11-xserver-utils",
        "qrencode",
        "python3-pil",
        "python3-zxing-cpp",
        "libpam-google-authenticator",
        "libpam-wrapper",
        "pamtester",
        "faketime",
        "dosfstools",
        "exfatprogs",
        "exfat-fuse",
        "fusefat",
        "python3-fusepy",
    ],
    purpose: "to test: pytest, pyotp, Pillow, ZXing, cryptography and GObject for Python 3, age, zbarimg, qrencode, Chromium, strace, xrandr, google-authenticator with pamtester and pam_wrapper, faketime, and drivers for vfat, exfat and FUSE in Python",
};

/// To type-check for Windows and macOS, and run fob.exe.
pub const CROSS: Packages = Packages {
    names: &["rustc-web", "rust-web-src", "mingw-w64", "wine", "wine64"],
    purpose: "to build for other systems: a rustc whose std can be built from source, mingw-w64, Wine",
};

/// Installs what is missing of these, with apt, or says what to install.
///
/// # Errors
/// Where something is missing and cannot be installed.
pub fn packages(wanted: &[&Packages]) -> Done {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !has("dpkg-query") {
        say("This is no Debian or Ubuntu: please see that these are installed");
        wanted.iter().for_each(|packages| println!("   {}", packages.purpose));
        return Ok(());
    }
    let names = wanted.iter().flat_map(|packages| packages.names);
    let missing: Vec<&str> = names.copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("Installing with apt: {}", missing.join(" ")));
    wanted.iter().for_each(|packages| println!("   {}", packages.purpose));
    let sudo = if ask("id -u").as_deref() == Some("0") { "" } else { "sudo " };
    if !sudo.is_empty() && !has("sudo") {
        return Err(format!("as root, run: apt-get install {}", missing.join(" ")));
    }
    sh(&format!("{sudo}apt-get update -q"))?;
    let mut install = command(&format!("{sudo}apt-get install -y -q --no-install-recommends"));
    go(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_installed(package: &str) -> bool {
    ask(&format!("dpkg-query -W -f=${{Status}} {package}"))
        .is_some_and(|status| status.ends_with("ok installed"))
}

/// Installs the packages of the UI where they are not current, and builds the page.
///
/// # Errors
/// Where Node is missing or too old, or something fails.
pub fn ui() -> Done {
    let node = ask("node --version").ok_or("Node is missing: install Node 20.19 or later (nodejs.org)")?;
    let mut numbers = node.trim_start_matches('v').split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version < (20, 19) {
        return Err(format!("Node {node} is too old: install Node 20.19 or later (nodejs.org)"));
    }
    let ui = root().join("ui");
    if is_newer(&ui.join("package-lock.json"), &ui.join("node_modules/.package-lock.json")) {
        say("Installing the packages of the UI (npm ci)");
        npm("npm ci --no-audit --no-fund")?;
    }
    say("Building the page");
    npm("npm run --silent build -- --logLevel warn")
}

/// Runs npm in `ui`.
///
/// # Errors
/// As [`go`].
pub fn npm(line: &str) -> Done {
    go(command(line).current_dir(root().join("ui")))
}

/// Whether `source` was changed after `made`, or `made` is missing.
fn is_newer(source: &Path, made: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    match (time(source), time(made)) {
        (Some(source), Some(made)) => source > made,
        _ => true,
    }
}

//! Pages to print: the kit of a recovery key, with a QR code of the key; and an account's recovery codes.

use std::path::Path;

use keyfob_core::app::{
    keys::RecoveryKeyView,
    views::companion::{BatchView, CompanionView, ShownCode},
};
use keyfob_platform::chosen_files;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Writes the page into a file that is not there yet.
pub fn write(file: &Path, key: &RecoveryKeyView) -> Result<(), Failure> {
    let page = Zeroizing::new(page(key));
    chosen_files::write_new(file, page.as_bytes()).map_err(|cause| Failure::kit(&cause))
}

fn page(key: &RecoveryKeyView) -> String {
    let side = key.qr.len();
    let mut path = String::new();
    for (y, row) in key.qr.iter().enumerate() {
        for (x, _) in row.bytes().enumerate().filter(|(_, module)| *module == b'1') {
            path += &format!("M{x} {y}h1v1h-1z");
        }
    }
    let cell = |(n, group): (usize, &String)| format!("<li value=\"{}\"><code>{group}</code></li>", n + 1);
    let groups: String = key.groups.iter().enumerate().map(cell).collect();
    let place = escape(&key.place);
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Keyfob recovery key</title><style>
body {{ font: 12pt/1.5 system-ui, sans-serif; max-width: 17cm; margin: 2cm auto; color: #000; background: #fff }}
svg {{ width: 6cm; height: 6cm; display: block; margin: 0.5cm 0 }}
ol {{ display: grid; grid-template-columns: repeat(5, 1fr); gap: 0.2cm 0.6cm; padding-left: 1cm }}
code {{ font: bold 13pt ui-monospace, monospace }} .all {{ word-break: break-all; font-size: 11pt }}
</style></head><body>
<h1>Keyfob recovery key</h1>
<p>Whoever has this page, and a copy of the vault or of a backup, can read every code in it. Keep it where a fire or a
thief does not find it together with the computer.</p>
<svg viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img" aria-label="QR code of the key"><path d="{path}"/></svg>
<p class="all"><code>{}</code></p>
<ol>{groups}</ol>
<h2>How to use it</h2>
<p>On a new computer: start Keyfob, choose “I have a backup”, choose the backup file, and type this key. On this
computer: choose “Use the recovery key” when Keyfob asks. Letters may be typed small, spaces do not matter.</p>
<p>Without Keyfob: unpack the backup, write the line that begins with AGE-SECRET-KEY-1 into key.txt, and run
<code>age -d -i key.txt vault.age</code> (age-encryption.org).</p>
<p>The vault lay in: {place}</p>
</body></html>
"#,
        key.key
    )
}

/// Writes a page with recovery codes into a file that is not there yet.
pub fn write_codes(
    file: &Path,
    companion: &CompanionView,
    batch: &BatchView,
    texts: &[ShownCode],
) -> Result<(), Failure> {
    let name = escape(&super::named::name(&companion.account.issuer, &companion.account.label));
    let kept = escape(&batch.kept_at.to_rfc3339());
    let cell = |shown: &ShownCode| {
        let number = batch.codes.iter().find(|code| code.id == shown.id).map_or(0, |code| code.number);
        format!("<li value=\"{number}\">☐ <code>{}</code></li>", escape(&shown.text))
    };
    let codes: String = texts.iter().map(cell).collect();
    let using = companion.playbook.using.as_ref().filter(|using| !using.click.is_empty());
    let using = using.map(|using| format!("<p>To use one: {}.</p>", escape(&using.click.join(" ▸ "))));
    let page = Zeroizing::new(format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Recovery codes</title><style>
body {{ font: 12pt/1.5 system-ui, sans-serif; max-width: 17cm; margin: 2cm auto; color: #000; background: #fff }}
ol {{ display: grid; grid-template-columns: repeat(2, 1fr); gap: 0.3cm 1cm; padding-left: 1cm }}
code {{ font: bold 14pt ui-monospace, monospace }}
</style></head><body>
<h1>Recovery codes: {name}</h1>
<p>Each opens the account once, without the authenticator. Keep this page where a fire or a thief does not find it together
with the computer, and tick each code when it is used. Kept on {kept}.</p>
<ol>{codes}</ol>
{}
</body></html>
"#,
        using.unwrap_or_default()
    ));
    chosen_files::write_new(file, page.as_bytes()).map_err(|cause| Failure::kit(&cause))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

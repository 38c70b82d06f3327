// Every message from the page to Rust passes here first. Only Keyfob's own commands, and listening to its
// events, go on. The list is the one in src-tauri/permissions.
const ALLOWED = new Set([
  "open_vault", "vault_place",
  "accounts", "search", "codes", "copy_code", "copy_shown", "advance", "rename", "delete_account", "restore_account",
  "paste", "choose_pictures", "preview_key", "previewed", "discard_preview", "add", "delete_pictures",
  "plugin:event|listen", "plugin:event|unlisten",
]);

window.__TAURI_ISOLATION_HOOK__ = (message) => {
  if (!ALLOWED.has(message.cmd)) throw new Error("not a command of Keyfob");
  return message;
};

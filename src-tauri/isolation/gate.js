// Every message from the page to Rust passes here first. Only Keyfob's own commands, and listening to its
// events, go on. The list is the one in src-tauri/permissions.
const ALLOWED = new Set([
  "open_vault", "vault_place", "ways", "unlock", "lock", "active", "accept_vault", "lock_settings", "set_lock_settings", "move_vault",
  "recipients", "make_recovery_key", "keep_recovery_key", "discard_recovery_key", "prove_recovery_key", "print_page", "set_passphrase", "change_passphrase", "add_device", "remove_recipient", "rekey",
  "snapshots", "snapshot", "restore_snapshot", "offer_snapshot", "put_snapshot_back", "waiting", "end_waiting", "take_place", "trash", "purge",
  "backup_places", "add_backup_place", "change_backup_place", "remove_backup_place", "back_up", "choose_backup", "restore_backup", "take_differences",
  "accounts", "search", "codes", "copy_code", "copy_shown", "advance", "rename", "delete_account", "restore_account",
  "paste", "choose_pictures", "preview_key", "previewed", "discard_preview", "add", "delete_pictures",
  "screen_view", "scan_screen", "cameras", "start_camera", "camera_frame", "stop_camera",
  "playbooks", "overview", "companion", "choose_playbook", "go_to_step", "proved", "not_accepted", "check_code", "set_counter", "no_codes", "set_guards", "disabled", "enroll_again", "undo_last", "timeline", "export_timeline",
  "paste_codes", "find_codes", "choose_codes_file", "discard_codes", "keep_codes", "show_codes", "copy_recovery_code", "answer_code", "codes_printed",
  "codes_lock", "set_codes_lock", "open_codes_lock", "close_codes_lock", "remove_codes_lock", "change_codes_lock",
  "clock", "ask_clock", "set_clock_offset",
  "device_change", "begin_device_change", "moved", "not_moved", "waive", "unwaive", "let_codes_stay", "check_moved", "finish_device_change", "drop_device_change", "reopen_device_change", "transfer_codes", "transfer_passphrase", "save_transfer", "choose_transfer", "receive_transfer", "save_fingerprints", "choose_fingerprints", "compare",
  "plugin:event|listen", "plugin:event|unlisten",
]);

window.__TAURI_ISOLATION_HOOK__ = (message) => {
  if (!ALLOWED.has(message.cmd)) throw new Error("not a command of Keyfob");
  return message;
};

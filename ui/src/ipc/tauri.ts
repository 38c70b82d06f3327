// The real backend: the only importer of @tauri-apps.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Backend, Dropped, Stop } from "./backend";

function on<T>(event: string, listener: (payload: T) => void): Stop {
  const stop = listen<T>(event, ({ payload }) => listener(payload));
  return () => void stop.then((unlisten) => unlisten());
}

export const tauri: Backend = {
  openVault: () => invoke("open_vault"),
  vaultPlace: () => invoke("vault_place"),
  accounts: () => invoke("accounts"),
  search: (query) => invoke("search", { query }),
  codes: (ids) => invoke("codes", { ids }),
  copyCode: (id) => invoke("copy_code", { id }),
  copyShown: (code) => invoke("copy_shown", { code }),
  advance: (id) => invoke("advance", { id }),
  rename: (id, issuer, label) => invoke("rename", { id, issuer, label }),
  deleteAccount: (id) => invoke("delete_account", { id }),
  restoreAccount: (id) => invoke("restore_account", { id }),
  paste: () => invoke("paste"),
  choosePictures: () => invoke("choose_pictures"),
  previewKey: (typed) => invoke("preview_key", { typed }),
  previewed: () => invoke("previewed"),
  discardPreview: () => invoke("discard_preview"),
  add: (preview, picks) => invoke("add", { preview, picks }),
  deletePictures: () => invoke("delete_pictures"),
  ways: () => invoke("ways"),
  unlock: (typed) => invoke("unlock", { typed }),
  lock: () => invoke("lock"),
  active: () => invoke("active"),
  acceptVault: (typed) => invoke("accept_vault", { typed }),
  lockSettings: () => invoke("lock_settings"),
  setLockSettings: (settings) => invoke("set_lock_settings", { settings }),
  moveVault: () => invoke("move_vault"),
  recipients: () => invoke("recipients"),
  makeRecoveryKey: (instead) => invoke("make_recovery_key", { instead }),
  keepRecoveryKey: (typed) => invoke("keep_recovery_key", { typed }),
  discardRecoveryKey: () => invoke("discard_recovery_key"),
  proveRecoveryKey: (typed) => invoke("prove_recovery_key", { typed }),
  printPage: () => invoke("print_page"),
  setPassphrase: (passphrase) => invoke("set_passphrase", { passphrase }),
  changePassphrase: (old, renewed) => invoke("change_passphrase", { old, new: renewed }),
  addDevice: () => invoke("add_device"),
  removeRecipient: (recipient, proof) => invoke("remove_recipient", { recipient, proof }),
  rekey: (passphrase, typed) => invoke("rekey", { passphrase, typed }),
  snapshots: () => invoke("snapshots"),
  snapshot: (name) => invoke("snapshot", { name }),
  restoreSnapshot: (name, ids) => invoke("restore_snapshot", { name, ids }),
  offerSnapshot: (typed) => invoke("offer_snapshot", { typed }),
  putSnapshotBack: (name) => invoke("put_snapshot_back", { name }),
  trash: () => invoke("trash"),
  purge: (ids) => invoke("purge", { ids }),
  backupPlaces: () => invoke("backup_places"),
  addBackupPlace: () => invoke("add_backup_place"),
  changeBackupPlace: (folder, keep, every) => invoke("change_backup_place", { folder, keep, every }),
  removeBackupPlace: (folder) => invoke("remove_backup_place", { folder }),
  backUp: () => invoke("back_up"),
  chooseBackup: () => invoke("choose_backup"),
  restoreBackup: (typed) => invoke("restore_backup", { typed }),
  onVault: (listener) => on<null>("vault", listener),
  onDropped: (listener) => on<Dropped>("dropped", listener),
  onDrag: (listener) => on<boolean>("drag", listener),
  now: () => Date.now() / 1000,
};

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
  onVault: (listener) => on<null>("vault", listener),
  onDropped: (listener) => on<Dropped>("dropped", listener),
  onDrag: (listener) => on<boolean>("drag", listener),
  now: () => Date.now() / 1000,
};

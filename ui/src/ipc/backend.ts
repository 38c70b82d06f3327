// The only interface to Rust. `tauri.ts` is the real one, `fake.ts` a deterministic one for tests.

import type {
  AccountId,
  AccountView,
  AddedView,
  CodeView,
  ErrorView,
  PasteView,
  Pick,
  PreviewView,
  StatusView,
  TypedKey,
} from "./gen/types";

export type * from "./gen/types";

/** What was kept, and the names of the picture files that are not needed any more. */
export type Added = AddedView & { deletable: string[] };

/** What was dropped on the window: something to preview, or why not. */
export type Dropped = { Ok: PreviewView } | { Err: ErrorView };

/** Stops listening. */
export type Stop = () => void;

/** Every promise rejects with an `ErrorView`. No answer ever holds a key. */
export interface Backend {
  openVault(): Promise<StatusView>;
  vaultPlace(): Promise<string>;
  accounts(): Promise<AccountView[]>;
  search(query: string): Promise<AccountId[]>;
  codes(ids: AccountId[]): Promise<CodeView[]>;
  copyCode(id: AccountId): Promise<CodeView>;
  copyShown(code: string): Promise<void>;
  advance(id: AccountId): Promise<CodeView>;
  rename(id: AccountId, issuer: string, label: string): Promise<AccountView>;
  deleteAccount(id: AccountId): Promise<void>;
  restoreAccount(id: AccountId): Promise<AccountView>;
  paste(): Promise<PasteView>;
  choosePictures(): Promise<PreviewView | null>;
  previewKey(typed: TypedKey): Promise<PreviewView>;
  previewed(): Promise<PreviewView | null>;
  discardPreview(): Promise<void>;
  add(preview: number, picks: Pick[]): Promise<Added>;
  deletePictures(): Promise<void>;

  /** The vault was changed by another program, or cannot be read any more. */
  onVault(listener: () => void): Stop;
  onDropped(listener: (dropped: Dropped) => void): Stop;
  onDrag(listener: (over: boolean) => void): Stop;
  /** Seconds since 1970, with fractions. */
  now(): number;
}

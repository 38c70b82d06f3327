// The only interface to Rust. `tauri.ts` is the real one, `fake.ts` a deterministic one for tests.

import type {
  AccountId,
  AccountView,
  AddedView,
  BackupPlaceView,
  CameraView,
  CodeView,
  ErrorView,
  FrameView,
  LockSettings,
  PasteView,
  Pick,
  PreviewView,
  RecipientView,
  RecoveryKeyView,
  RestoredView,
  ScreenView,
  SnapshotContentView,
  SnapshotView,
  StatusView,
  TrashedView,
  Typed,
  TypedKey,
  WaysView,
} from "./gen/types";

export type * from "./gen/types";

/** What was kept, and the names of the picture files that are not needed any more. */
export type Added = AddedView & { deletable: string[] };

/** What was dropped on the window: something to preview, or why not. */
export type Dropped = { Ok: PreviewView } | { Err: ErrorView };

/** Stops listening. */
export type Stop = () => void;

/** Every promise rejects with an `ErrorView`. No answer holds a key, but that of `makeRecoveryKey`. */
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
  /** `shown`: how many candidates the person saw. Where there are more by now, it rejects with `preview_changed`. */
  add(preview: number, shown: number, picks: Pick[]): Promise<Added>;
  deletePictures(): Promise<void>;

  screenView(): Promise<ScreenView>;
  /** Hides the window meanwhile. Nothing, where the person changed their mind. */
  scanScreen(region: boolean): Promise<PreviewView | null>;
  cameras(): Promise<CameraView[]>;
  startCamera(id: string): Promise<void>;
  /** Waits for the next frame. */
  cameraFrame(): Promise<FrameView>;
  stopCamera(): Promise<void>;

  ways(): Promise<WaysView>;
  unlock(typed: Typed): Promise<StatusView>;
  lock(): Promise<void>;
  /** The person has pressed a key or clicked. */
  active(): Promise<void>;
  acceptVault(typed: Typed): Promise<StatusView>;
  lockSettings(): Promise<LockSettings>;
  setLockSettings(settings: LockSettings): Promise<LockSettings>;
  /** Nothing, where no folder was chosen. */
  moveVault(): Promise<StatusView | null>;

  recipients(): Promise<RecipientView[]>;
  makeRecoveryKey(instead: boolean): Promise<RecoveryKeyView>;
  keepRecoveryKey(typed: string[]): Promise<RecipientView[]>;
  discardRecoveryKey(): Promise<void>;
  proveRecoveryKey(typed: string): Promise<RecipientView[]>;
  printPage(): Promise<void>;
  setPassphrase(passphrase: string): Promise<RecipientView[]>;
  changePassphrase(old: string | null, renewed: string): Promise<RecipientView[]>;
  addDevice(): Promise<RecipientView[]>;
  removeRecipient(recipient: string, proof: Typed | null): Promise<RecipientView[]>;
  rekey(passphrase: string | null, typed: string[] | null): Promise<RecipientView[]>;

  snapshots(): Promise<SnapshotView[]>;
  snapshot(name: string): Promise<SnapshotContentView>;
  restoreSnapshot(name: string, ids: AccountId[] | null): Promise<RestoredView>;
  offerSnapshot(typed: Typed | null): Promise<SnapshotView>;
  putSnapshotBack(name: string): Promise<StatusView>;
  trash(): Promise<TrashedView[]>;
  purge(ids: AccountId[]): Promise<void>;

  backupPlaces(): Promise<BackupPlaceView[]>;
  /** Nothing, where no folder was chosen. */
  addBackupPlace(): Promise<BackupPlaceView[] | null>;
  changeBackupPlace(folder: string, keep: number, every: number): Promise<BackupPlaceView[]>;
  removeBackupPlace(folder: string): Promise<BackupPlaceView[]>;
  backUp(): Promise<BackupPlaceView[]>;
  /** The name of the file; nothing, where none was chosen. */
  chooseBackup(): Promise<string | null>;
  restoreBackup(typed: Typed): Promise<RestoredView>;

  /** The vault was changed by another program, or cannot be read any more. */
  onVault(listener: () => void): Stop;
  onDropped(listener: (dropped: Dropped) => void): Stop;
  onDrag(listener: (over: boolean) => void): Stop;
  /** Seconds since 1970, with fractions. */
  now(): number;
}

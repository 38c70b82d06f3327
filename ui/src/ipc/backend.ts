// The only interface to Rust. `tauri.ts` is the real one, `fake.ts` a deterministic one for tests.

import type {
  AccountId,
  AccountView,
  AddedView,
  Answered,
  BackupPlaceView,
  CameraView,
  CheckedRowView,
  ClockView,
  CodesLockView,
  CodeView,
  CompanionView,
  ComparisonView,
  DeviceChangeView,
  DiagnosisView,
  ErrorView,
  EventView,
  FoundCodesView,
  FrameView,
  Here,
  LockSettings,
  MovedBy,
  OverviewRow,
  PasteView,
  Pick,
  PlaybooksView,
  PreviewView,
  RecipientView,
  RecoveryKeyView,
  RestoredView,
  ScreenView,
  ShownCode,
  SnapshotContentView,
  SnapshotView,
  StatusView,
  TransferCodesView,
  TrashedView,
  Typed,
  TypedCode,
  TypedKey,
  WaitingView,
  WaysView,
} from "./gen/types";

export type * from "./gen/types";

/** What was kept, and the names of the picture files that are not needed any more. */
export type Added = AddedView & { deletable: string[] };

/** What was dropped on the window: something to preview, or why not. */
export type Dropped = { Ok: PreviewView } | { Err: ErrorView };

/** A file for comparing, and the short code that opens it on the other device. */
export type SavedFingerprints = { file: string; code: string };

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
  /** Versions that a computer saved which was removed. */
  waiting(): Promise<WaitingView[]>;
  endWaiting(name: string, take: boolean): Promise<RestoredView>;
  takePlace(): Promise<StatusView>;
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
  /** What the backup or transfer file that was taken in last says of these, and that was not taken. Once. */
  takeDifferences(ids: AccountId[]): Promise<RestoredView>;

  playbooks(): Promise<PlaybooksView>;
  /** Sorted by what needs doing. */
  overview(): Promise<OverviewRow[]>;
  companion(id: AccountId): Promise<CompanionView>;
  choosePlaybook(id: AccountId, playbook: string): Promise<CompanionView>;
  /** Null: leave / finish the guide. */
  goToStep(id: AccountId, step: number | null): Promise<CompanionView>;
  /** The service accepted a code; moves the guide on. */
  proved(id: AccountId): Promise<CompanionView>;
  /** The code that the service refused ("" : none given -> diagnosis "right") */
  notAccepted(id: AccountId, typed: string): Promise<DiagnosisView>;
  /** Codes of another device, or of the service's dry run: only compared, and that they were is noted. A second one is given
   *  with the first again, which then has the `at` of its answer. */
  checkCode(id: AccountId, typed: TypedCode[]): Promise<DiagnosisView>;
  /** HOTP: the counter goes forward to `next`. Rejects with `counter_backward`. */
  setCounter(id: AccountId, next: string): Promise<AccountView>;
  noCodes(id: AccountId, none: boolean): Promise<CompanionView>;
  setGuards(id: AccountId, kit: boolean, backup: boolean): Promise<CompanionView>;
  /** From the clipboard, read in Rust. */
  pasteCodes(id: AccountId): Promise<FoundCodesView>;
  /** Typed or pasted into the field. */
  findCodes(id: AccountId, text: string): Promise<FoundCodesView>;
  /** A file; null: cancelled. */
  chooseCodesFile(id: AccountId): Promise<FoundCodesView | null>;
  discardCodes(): Promise<void>;
  /** Voids those before; moves the guide on. */
  keepCodes(id: AccountId, found: number, picks: number[], kind: "rotating" | "set"): Promise<CompanionView>;
  /** Null: all whose text is there. */
  showCodes(id: AccountId, codes: string[] | null): Promise<ShownCode[]>;
  /** Copies it, clears the clipboard after a minute; the code is in doubt until answered. */
  copyRecoveryCode(id: AccountId, code: string): Promise<CompanionView>;
  answerCode(id: AccountId, code: string, answer: Answered): Promise<CompanionView>;
  /** The person disabled 2FA at the service: off, codes void. */
  disabled(id: AccountId): Promise<CompanionView>;
  /** The candidate's key takes the place of the old one. */
  enrollAgain(id: AccountId, preview: number, index: number, shown: number): Promise<CompanionView>;
  undoLast(id: AccountId): Promise<CompanionView>;
  /** Newest first. */
  timeline(id: AccountId): Promise<EventView[]>;
  /** Dialog, JSON; the file's name. */
  exportTimeline(id: AccountId): Promise<string | null>;
  codesPrinted(id: AccountId): Promise<CompanionView>;
  /** The passphrase of their own for recovery codes. */
  codesLock(): Promise<CodesLockView>;
  /** Makes it and seals all codes that are not. */
  setCodesLock(passphrase: string): Promise<CodesLockView>;
  /** Passphrase or recovery key; open until closed or locked. */
  openCodesLock(typed: Typed): Promise<CodesLockView>;
  closeCodesLock(): Promise<CodesLockView>;
  /** Must be open; unseals all. */
  removeCodesLock(): Promise<CodesLockView>;
  /** Must be open. */
  changeCodesLock(passphrase: string): Promise<CodesLockView>;

  /** What is known of this machine's clock, without a network. */
  clock(): Promise<ClockView>;
  /** Asks that host, and no other; takes seconds. Rejects with `time_host_invalid`. */
  askClock(host: string): Promise<ClockView>;
  /** Seconds that codes are ahead of this machine's clock; 0 for none. */
  setClockOffset(seconds: number): Promise<ClockView>;

  /** The one under way, or the last that ended. */
  deviceChange(): Promise<DeviceChangeView | null>;
  /** Rejects with `change_under_way`. */
  beginDeviceChange(other: string, here: Here): Promise<DeviceChangeView>;
  moved(ids: AccountId[], by: MovedBy): Promise<DeviceChangeView>;
  notMoved(ids: AccountId[]): Promise<DeviceChangeView>;
  waive(id: AccountId, why: string): Promise<DeviceChangeView>;
  unwaive(id: AccountId): Promise<DeviceChangeView>;
  /** Whether its recovery codes, as they are now, can stay behind. */
  letCodesStay(id: AccountId, stay: boolean): Promise<DeviceChangeView>;
  /** In sync: the account is done. */
  checkMoved(id: AccountId, typed: TypedCode[]): Promise<CheckedRowView>;
  /** Rejects with `change_not_safe` while accounts are left, with `change_codes_left` while recovery codes are only here. */
  finishDeviceChange(): Promise<DeviceChangeView>;
  dropDeviceChange(): Promise<DeviceChangeView>;
  reopenDeviceChange(): Promise<DeviceChangeView>;
  /** Keys, as QR codes: only after a person asked to see them. `google`: up to ten accounts in each. */
  transferCodes(ids: AccountId[], google: boolean): Promise<TransferCodesView>;
  /** A passphrase drawn by chance, to be shown once. */
  transferPassphrase(): Promise<string>;
  /** Dialog; the file's name, or null where none was chosen. */
  saveTransfer(ids: AccountId[], passphrase: string): Promise<string | null>;
  /** The name of the file; null where none was chosen. */
  chooseTransfer(): Promise<string | null>;
  receiveTransfer(passphrase: string): Promise<RestoredView>;
  /** Dialog; the file's name and the short code for the other device, or null where none was chosen. */
  saveFingerprints(): Promise<SavedFingerprints | null>;
  /** The name of the file; null where none was chosen. */
  chooseFingerprints(): Promise<string | null>;
  compare(code: string): Promise<ComparisonView>;

  /** The clock was set, or the computer has slept: what was computed for a time is old. */
  onClock(listener: () => void): Stop;
  /** The vault was changed by another program, or cannot be read any more. */
  onVault(listener: () => void): Stop;
  /** It was locked; how it can be opened, where that is known without asking. */
  onLocked(listener: (ways: WaysView | null) => void): Stop;
  onDropped(listener: (dropped: Dropped) => void): Stop;
  onDrag(listener: (over: boolean) => void): Stop;
  /** Seconds since 1970, with fractions. */
  now(): number;
}

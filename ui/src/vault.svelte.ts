// The state of what the settings and the ways into the vault show, and everything that changes it.

import type {
  AccountId,
  Backend,
  BackupPlaceView,
  ErrorView,
  LockSettings,
  RecipientView,
  RecoveryKeyView,
  RestoredView,
  SnapshotContentView,
  SnapshotView,
  TrashedView,
  Typed,
  WaitingView,
  WaysView,
} from "./ipc/backend";
import { t } from "./i18n";
import { asError, type State } from "./state.svelte";

export class VaultState {
  ways = $state<WaysView | null>(null);
  /** What is under way and takes time, said to the person. */
  working = $state("");
  /** Why the last thing did not work. */
  error = $state<ErrorView | null>(null);

  recipients = $state.raw<RecipientView[]>([]);
  newKey = $state.raw<RecoveryKeyView | null>(null);
  /** Who is to be removed, once that is confirmed. */
  leaving = $state.raw<RecipientView | null>(null);
  lock = $state<LockSettings>({ idle_minutes: 0, on_screen_lock: false, on_suspend: false, on_close: false });
  places = $state.raw<BackupPlaceView[]>([]);
  snapshots = $state.raw<SnapshotView[]>([]);
  past = $state.raw<SnapshotContentView | null>(null);
  trash = $state.raw<TrashedView[]>([]);
  chosenBackup = $state<string | null>(null);
  /** Versions that a computer saved which was removed. */
  waiting = $state.raw<WaitingView[]>([]);
  /** How many files of another computer were taken in when the person last said that they have read of it. */
  takenInSeen = $state(0);
  /** What a backup said beyond what was restored of it. */
  beside = $state.raw<RestoredView | null>(null);
  /** A past version that could take the place of a file that is not what was saved. */
  offered = $state.raw<SnapshotView | null>(null);

  readonly #app: State;
  readonly #backend: Backend;

  constructor(app: State) {
    this.#app = app;
    this.#backend = app.backend;
  }

  /** Does something that may take time or fail; true where it was done. */
  async #do(working: string, what: () => Promise<void>): Promise<boolean> {
    if (this.working) return false;
    const locks = this.#app.locks;
    this.working = working;
    this.error = null;
    try {
      await what();
      return true;
    } catch (failed) {
      if (locks === this.#app.locks) this.error = asError(failed);
      return false;
    } finally {
      if (locks === this.#app.locks) this.working = "";
    }
  }

  /** Forgets everything that is about an open vault. */
  forget(): void {
    this.newKey = this.leaving = this.past = this.offered = this.beside = null;
    this.waiting = [];
    this.takenInSeen = 0;
    this.recipients = [];
    this.snapshots = [];
    this.trash = [];
    this.error = null;
  }

  // Ways in.

  async lookForWays(): Promise<void> {
    // Where they cannot be had now, those are shown that were known before.
    this.ways = await this.#backend.ways().catch(() => this.ways);
  }

  async unlock(typed: Typed): Promise<void> {
    const working = typeof typed === "object" && "passphrase" in typed ? t.vault.stretching : t.vault.unlocking;
    const done = await this.#do(working, async () => void (await this.#backend.unlock(typed)));
    if (done) await this.#app.open();
    else if (this.error && (isAboutTheFile(this.error) || this.error.code === "passphrase_old")) await this.#app.meet(this.error);
    // Not waited for: what is typed next is not to be cleared by it.
    else void this.lookForWays();
  }

  async lockNow(): Promise<void> {
    const done = this.#backend.lock();
    // Nothing is shown any more while that is under way.
    this.#app.showLocked();
    const locks = this.#app.locks;
    await done;
    // The shell tells of the lock; where it does not, it is looked at here.
    if (locks === this.#app.locks) await this.#app.open();
  }

  async offer(typed: Typed | null): Promise<void> {
    await this.#do(t.opening, async () => void (this.offered = await this.#backend.offerSnapshot(typed)));
  }

  async putBack(): Promise<void> {
    const name = this.offered?.name;
    if (!name) return;
    if (await this.#do(t.vault.restoring, async () => void (await this.#backend.putSnapshotBack(name)))) {
      this.offered = null;
      await this.#app.open();
      this.#app.say(t.vault.snapshotBack);
    }
  }

  async accept(typed: Typed): Promise<void> {
    if (await this.#do(t.opening, async () => void (await this.#backend.acceptVault(typed)))) await this.#app.open();
  }

  // Settings.

  async load(): Promise<void> {
    await this.#do("", async () => {
      const all = [
        this.#backend.recipients(),
        this.#backend.lockSettings(),
        this.#backend.backupPlaces(),
        this.#backend.snapshots(),
        this.#backend.trash(),
        this.#backend.ways(),
      ] as const;
      [this.recipients, this.lock, this.places, this.snapshots, this.trash, this.ways] = await Promise.all(all);
    });
  }

  async setLock(change: Partial<LockSettings>): Promise<void> {
    await this.#do("", async () => {
      this.lock = await this.#backend.setLockSettings({ ...this.lock, ...change });
    });
  }

  async move(): Promise<void> {
    await this.#do(t.vault.restoring, async () => {
      if (!(await this.#backend.moveVault())) return;
      await this.#app.reload();
      this.#app.say(t.vault.moved);
    });
  }

  // Keys.

  async makeRecoveryKey(instead: boolean): Promise<void> {
    await this.#do("", async () => {
      this.newKey = await this.#backend.makeRecoveryKey(instead);
    });
    if (this.newKey) this.#app.show("recovery_key");
  }

  async keepRecoveryKey(typed: string[], instead: boolean): Promise<void> {
    await this.#changeKeys(() => this.#backend.keepRecoveryKey(typed), instead ? t.vault.keyReplaced : t.vault.keyKept);
  }

  discardRecoveryKey(): void {
    this.newKey = null;
    void this.#backend.discardRecoveryKey();
  }

  async proveRecoveryKey(typed: string): Promise<void> {
    await this.#changeKeys(() => this.#backend.proveRecoveryKey(typed), t.vault.proved);
  }

  async setPassphrase(passphrase: string): Promise<void> {
    await this.#changeKeys(() => this.#backend.setPassphrase(passphrase), t.vault.passphraseSet, t.vault.stretching);
  }

  async changePassphrase(old: string | null, renewed: string): Promise<void> {
    const change = (): Promise<RecipientView[]> => this.#backend.changePassphrase(old, renewed);
    await this.#changeKeys(change, t.vault.passphraseChanged, t.vault.stretching);
  }

  async addDevice(): Promise<void> {
    await this.#changeKeys(() => this.#backend.addDevice(), t.vault.deviceAdded);
  }

  askToRemove(recipient: RecipientView): void {
    this.leaving = recipient;
    this.#app.show("remove_key");
  }

  async remove(proof: Typed | null): Promise<void> {
    const gone = this.leaving?.recipient;
    if (!gone) return;
    const working = proof ? t.vault.stretching : "";
    if (await this.#changeKeys(() => this.#backend.removeRecipient(gone, proof), t.vault.removed, working)) {
      this.leaving = null;
      await this.load();
    }
  }

  async rekey(passphrase: string | null, typed: string[] | null): Promise<void> {
    await this.#changeKeys(() => this.#backend.rekey(passphrase, typed), t.vault.rekeyDone, t.vault.stretching);
  }

  async #changeKeys(change: () => Promise<RecipientView[]>, said: string, working = ""): Promise<boolean> {
    const done = await this.#do(working, async () => void (this.recipients = await change()));
    if (!done) return false;
    this.newKey = null;
    this.#app.closeSheet();
    await this.#app.reload();
    this.#app.say(said);
    return true;
  }

  // Past versions and the trash.

  async look(snapshot: SnapshotView): Promise<void> {
    if (await this.#do("", async () => void (this.past = await this.#backend.snapshot(snapshot.name)))) {
      this.#app.show("past");
    }
  }

  async restorePast(ids: AccountId[] | null): Promise<void> {
    const name = this.past?.snapshot.name;
    if (!name) return;
    await this.#do(t.vault.restoring, async () => {
      const restored = await this.#backend.restoreSnapshot(name, ids);
      this.past = await this.#backend.snapshot(name);
      await this.#app.reload();
      this.#app.say(summary(restored));
    });
    await this.load();
  }

  async lookWhatWaits(): Promise<void> {
    // Where it cannot be had now, that is shown which was known before.
    this.waiting = await this.#backend.waiting().catch(() => this.waiting);
  }

  async takePlace(): Promise<void> {
    const done = await this.#do(t.vault.restoring, async () => {
      await this.#backend.takePlace();
      await this.#app.reload();
    });
    if (!done && this.error) this.#app.toastError(this.error);
  }

  async endWaiting(name: string, take: boolean): Promise<void> {
    const done = await this.#do(t.vault.restoring, async () => {
      const restored = await this.#backend.endWaiting(name, take);
      await this.#app.reload();
      this.#app.say(take ? t.vault.waitingTaken(restored.added.length, restored.changed.length) : t.vault.waitingSetAside);
      if (hasMore(restored)) this.#showBeside(restored);
    });
    if (!done && this.error) this.#app.toastError(this.error);
    await this.lookWhatWaits();
  }

  async restoreTrashed(id: AccountId): Promise<void> {
    await this.#do("", async () => {
      await this.#backend.restoreAccount(id);
      await this.#app.reload();
    });
    await this.load();
  }

  async purge(ids: AccountId[]): Promise<void> {
    const done = await this.#do(t.vault.restoring, async () => {
      await this.#backend.purge(ids);
      this.#app.closeSheet();
      this.#app.deleted = [];
      await this.#app.reload();
      this.#app.say(t.vault.deletedForGood);
    });
    if (done) await this.load();
  }

  // Backups.

  async addBackupPlace(): Promise<void> {
    await this.#do(t.vault.backingUp, async () => {
      const places = await this.#backend.addBackupPlace();
      if (!places) return;
      this.places = places;
      await this.#app.reload();
      this.#app.say(t.vault.backedUp);
    });
  }

  async changeBackupPlace(folder: string, keep: number, every: number): Promise<void> {
    await this.#do("", async () => {
      this.places = await this.#backend.changeBackupPlace(folder, keep, every);
    });
  }

  async removeBackupPlace(folder: string): Promise<void> {
    await this.#do("", async () => {
      this.places = await this.#backend.removeBackupPlace(folder);
      await this.#app.reload();
    });
  }

  async backUp(): Promise<void> {
    const done = await this.#do(t.vault.backingUp, async () => {
      this.places = await this.#backend.backUp();
      this.#app.say(t.vault.backedUp);
    });
    if (!done) this.places = await this.#backend.backupPlaces();
    await this.#app.reload();
  }

  async chooseBackup(): Promise<void> {
    await this.#do("", async () => {
      this.chosenBackup = (await this.#backend.chooseBackup()) ?? this.chosenBackup;
    });
  }

  async restoreBackup(typed: Typed): Promise<void> {
    const working = typeof typed === "object" && "passphrase" in typed ? t.vault.stretching : t.vault.restoring;
    await this.#do(working, async () => {
      const restored = await this.#backend.restoreBackup(typed);
      this.chosenBackup = null;
      this.#app.closeSheet();
      await this.#app.open();
      this.#app.device.arrived = restored.created_vault;
      this.#app.say(summary(restored));
      if (hasMore(restored)) this.#showBeside(restored);
    });
    if (this.#app.page === "settings") await this.load();
  }

  #showBeside(restored: RestoredView): void {
    this.beside = restored;
    this.#app.show("beside");
  }

  /** Takes what the file that was taken in last says of these, too. */
  async takeDifferences(ids: AccountId[]): Promise<boolean> {
    return this.#do(t.vault.restoring, async () => {
      await this.#backend.takeDifferences(ids);
      await this.#app.reload();
    });
  }
}

/** The file is not what was saved: a past version may take its place. */
export function isAboutTheFile(error: ErrorView): boolean {
  return ["vault_damaged", "vault_forged", "vault_replaced", "vault_missing"].includes(error.code);
}

/** There is something that a person should read, beyond how many were restored. */
function hasMore({ differs, revived, future }: RestoredView): boolean {
  return differs.length + revived.length + future > 0;
}

function summary(restored: RestoredView): string {
  const { added, changed, same, created_vault: fresh, device_added: device } = restored;
  return fresh ? t.vault.restoredNew(added.length, device) : t.vault.restored(added.length, changed.length, same);
}

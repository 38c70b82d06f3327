// What the deterministic backend knows of one account's enrollment, and what follows from it.

import type { AccountView, BatchView, CompanionView, EventView, PlaybookView, RecoveryShort, Todo, UnixTime, VoidWhy } from "./backend";
import { books, byId, generic, named } from "./fake.playbooks";

export interface Enrollment {
  state: AccountView["state"];
  proved_at: UnixTime | null;
  since: UnixTime;
  imported: boolean;
  playbook: string | null;
  step: number | null;
  no_codes: boolean;
  live: BatchView | null;
  past: BatchView[];
  former_keys: number;
  guards_kit: boolean;
  guards_backup: boolean;
  protected: boolean;
  events: EventView[];
}

/** Newest at the end; what `undoLast` takes back, and the record as it was before. */
export interface Undo {
  event: string;
  before: Enrollment;
}

export function playbookOf(account: AccountView, record: Enrollment): PlaybookView {
  return byId(record.playbook ?? "") ?? suggestedFor(account)[0] ?? generic;
}

function suggestedFor({ issuer }: AccountView): PlaybookView[] {
  return books.filter((one) => issuer !== "" && one.name.toLowerCase() === issuer.toLowerCase());
}

export function voided(batch: BatchView, at: UnixTime, why: VoidWhy): BatchView {
  return { ...batch, void_since: at, why, codes: batch.codes.map((code) => (code.state === "unused" || code.state === "in_doubt" ? { ...code, state: "void", since: at } : code)) };
}

export function recoveryOf({ live }: Enrollment): RecoveryShort | null {
  return live && { kind: live.kind, left: live.codes.filter((code) => code.state === "unused").length, of: live.codes.length };
}

export function todoOf(account: AccountView, record: Enrollment): Todo[] {
  const playbook = playbookOf(account, record);
  const short = recoveryOf(record);
  const found: Todo[] = [];
  const doubtful = record.live?.codes.filter((code) => code.state === "in_doubt").map((code) => code.id) ?? [];
  if (record.state === "off") found.push({ kind: "enroll_again" });
  if (doubtful.length > 0) found.push({ kind: "answer", codes: doubtful });
  if (record.state === "pending") found.push({ kind: "prove" });
  if (record.state === "on") {
    if (short?.kind === "rotating" && short.left === 0 && doubtful.length === 0) found.push({ kind: "record_new_code" });
    if (!short && !record.no_codes && playbook.recovery.kind !== "none") found.push({ kind: "save_codes" });
    if (short?.kind === "set" && short.left === 0) found.push({ kind: "none_left" });
    else if (short?.kind === "set" && short.left <= 3) found.push({ kind: "few_left", left: short.left, of: short.of });
    if (playbook.using?.after === "enroll_again" && record.live?.codes.some((code) => code.state === "used")) found.push({ kind: "advise_enroll_again" });
  }
  if (record.guards_kit || record.guards_backup) found.push({ kind: "circle", kit: record.guards_kit, folders: [] });
  if (record.step !== null && found.length === 0) found.push({ kind: "guide" });
  if (short && short.left > 0 && !record.protected) found.push({ kind: "protect" });
  return found;
}

export function dressed(account: AccountView, record: Enrollment): AccountView {
  const first = todoOf(account, record).find(({ kind }) => kind !== "protect" && !(kind === "save_codes" && record.imported));
  return { ...account, state: record.state, proved: record.proved_at !== null, recovery: recoveryOf(record), todo: first ?? null };
}

export function companionOf(account: AccountView, record: Enrollment, undo: Undo | undefined): CompanionView {
  const playbook = playbookOf(account, record);
  const { since, step, no_codes, live, past, former_keys, guards_kit, guards_backup } = record;
  return structuredClone({
    account: dressed(account, record), since, playbook, playbook_chosen: record.playbook !== null,
    suggested: suggestedFor(account).filter(({ id }) => id !== playbook.id).map(named),
    step, no_codes, live, past, former_keys, guards_kit, guards_backup, protected: record.protected && live !== null,
    todo: todoOf(account, record), undo: record.events.find(({ id }) => id === undo?.event) ?? null,
  });
}

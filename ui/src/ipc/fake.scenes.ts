// How the accounts of the deterministic backend stand when the page is opened. `companion` in the address's query adds those of `FURTHER`.

import type { AccountView, BatchView, EventKind, EventView, RecoveryCodeView } from "./backend";
import { playbookOf, voided, type Enrollment } from "./fake.record";

/** Accounts in states that the ordinary list does not have: service, label, and what has happened. */
export const FURTHER: [string, string][] = [
  ["Mirox", "zoe@plant-8, half-way"],
  ["Mirox", "zoe@plant-9, signed in with its code"],
  ["Plausible", "work@example.com, was the code accepted?"],
  ["Pterodactyl", "old-panel.example.org, two left"],
];
const DAY = 86_400;
const START = 1_690_000_000;

interface World {
  now: () => number;
  digitsOf: (seed: string, step: number, length: number) => string;
  /** Codes may have a passphrase of their own. */
  locks: boolean;
}

export interface Beginnings {
  begin: (account: AccountView) => Enrollment;
  batch: (kind: BatchView["kind"], list: string[], at: number) => BatchView;
  event: (kind: EventKind, at: number, more?: Partial<EventView>) => EventView;
  /** What each code says, by its id. */
  texts: Map<string, string>;
}

export function beginnings(world: World): Beginnings {
  const texts = new Map<string, string>();
  let counted = 0;

  function batch(kind: BatchView["kind"], list: string[], at: number): BatchView {
    counted += 1;
    const codes = list.map((text, n): RecoveryCodeView => {
      const id = `code-${counted}-${n + 1}`;
      texts.set(id, text);
      return { id, number: n + 1, state: "unused", since: null, gone: false };
    });
    return { id: `batch-${counted}`, kind, kept_at: at, void_since: null, why: null, codes };
  }

  const some = (seed: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${world.digitsOf(seed, n, 4)}-${world.digitsOf(seed + n, 7, 4)}`);

  function spend(one: BatchView, count: number, state: RecoveryCodeView["state"]): BatchView {
    return { ...one, codes: one.codes.map((code, n) => (n < count ? { ...code, state, since: START + (60 + n * 5) * DAY } : code)) };
  }

  function event(kind: EventKind, at: number, more: Partial<EventView> = {}): EventView {
    counted += 1;
    return { id: `event-${counted}`, at, kind, count: null, number: null, detail: null, step: null, undone_at: null, ...more };
  }

  /** How each account stands when the page is opened. */
  function begin(account: AccountView): Enrollment {
    const { issuer, label } = account;
    const proved_at = account.proved ? START + DAY : null;
    const record: Enrollment = {
      state: account.state, proved_at, since: account.state === "pending" ? account.added_at : START + DAY, imported: account.state === "on" && !account.proved, playbook: null, step: null,
      no_codes: false, live: null, past: [], former_keys: 0, guards_kit: false, guards_backup: false, protected: false, events: [event("added", account.added_at)],
    };
    const steps = playbookOf(account, record).steps;
    if (account.state === "pending") record.step = Math.min(1, steps.length - 1);
    const on = (live: BatchView, more: Partial<Enrollment> = {}): Enrollment => ({
      ...record, state: "on", imported: false, proved_at: START + DAY, live,
      events: [event("codes_kept", live.kept_at, { count: live.codes.length }), event("proved", START + DAY), event("added", START + DAY)], ...more,
    });
    if (issuer === "Mirox" && label === "zoe@plant-7") return on(batch("rotating", ["K7Q2M9XA"], START + DAY), { past: [voided(spend(batch("rotating", ["H4W8ZP3T"], START), 1, "used"), START + 40 * DAY, "replaced")] });
    if (issuer === "GitHub") return { ...record, imported: false, proved_at: START + DAY };
    if (issuer === "Pluton") return on(spend(batch("set", some("pluton", 10), START + DAY), 3, "used"));
    if (issuer === "Bank") return on(batch("set", some("bank", 8), START + DAY), { protected: world.locks });
    if (issuer === "Pterodactyl" && account.state === "off") {
      const past = [voided(batch("set", some("ptero", 10), START + DAY), START + 90 * DAY, "disabled")];
      return { ...record, past, since: START + 90 * DAY, events: [event("disabled", START + 90 * DAY), event("codes_kept", START + DAY, { count: 10 }), ...record.events] };
    }
    if (label.startsWith("zoe@plant-9")) {
      const used = spend(batch("rotating", ["T5N8C2RW"], START + DAY), 1, "used");
      return { ...record, state: "off", since: START + 90 * DAY, proved_at: START + DAY, past: [voided(used, START + 90 * DAY, "disabled")], events: [event("switched_off", START + 90 * DAY), event("code_used", START + 90 * DAY, { number: 1 }), ...record.events] };
    }
    if (label.startsWith("work@")) {
      const kept = batch("set", some("plausible", 10), START + DAY);
      return on({ ...kept, codes: kept.codes.map((code, n) => (n === 2 ? { ...code, state: "in_doubt", since: Math.floor(world.now()) - 600 } : code)) });
    }
    if (label.startsWith("old-panel")) return on(spend(batch("set", some("old", 10), START + DAY), 8, "used"));
    return record;
  }

  return { begin, batch, event, texts };
}

// The check of codes on the deterministic backend. A code of the account is told by what it is; by its first digits a test, or a scene,
// says what else it wants to see: 777 used, 888 another account's, 999 and 998 other settings, 666 and 665 cannot be told, anything else
// that is no code is not this key's.

import type { AccountId, AccountView, Diagnosis, DiagnosisView, TypedCode, WhoseClock } from "./backend";

interface World {
  accounts: () => AccountView[];
  now: () => number;
  digitsOf: (seed: string, step: number, length: number) => string;
  /** Whose clock is wrong, where a code is early or late. */
  whose: () => WhoseClock;
}

/** Steps that are looked at on either side: a day, for clocks in the wrong time zone. */
const FAR = 2_880;

export function fakeCheck({ accounts, now, digitsOf, whose }: World): (account: AccountView, typed: TypedCode[]) => DiagnosisView {
  function told(account: AccountView, typed: string): Diagnosis {
    const period = account.period ?? 30;
    const at = account.counter === null ? Math.floor(now() / period) : Number(account.counter);
    const of = (step: number): string => digitsOf(account.id, step, account.digits);
    if (typed === "" || typed === of(at)) return { kind: "right" };
    for (let steps = 1; steps <= FAR; steps += 1) {
      const [late, early] = [typed === of(at - steps), typed === of(at + steps)];
      if (!late && !early) continue;
      if (account.counter !== null) return early ? { kind: "counter_ahead", by: steps, next: String(at + steps + 1) } : { kind: "counter_behind", by: steps };
      return { kind: early ? "early" : "expired", steps, seconds: steps * period };
    }
    if (typed.startsWith("777")) return { kind: "used" };
    if (typed.startsWith("888")) return other(account.id);
    if (typed.startsWith("999")) return { kind: "other_settings", type: "totp", algorithm: "SHA256", digits: 6, period: 60, differs: ["algorithm", "period"], steps: 0 };
    if (typed.startsWith("998")) return { kind: "other_settings", type: "totp", algorithm: "SHA1", digits: 6, period: 30, differs: ["type", "digits"], steps: -2 };
    if (typed.startsWith("666")) return { kind: "cannot_tell", maybe: [{ kind: "expired", steps: 120, seconds: 3_600 }, { kind: "other_settings", type: "totp", algorithm: "SHA512", digits: 6, period: 45, differs: ["algorithm", "period"], steps: 0 }, other(account.id)] };
    if (typed.startsWith("665")) return { kind: "cannot_tell", maybe: [{ kind: "typo", meant: of(at) }] };
    if (typed !== of(at) && [...typed].sort().join("") === [...of(at)].sort().join("")) return { kind: "typo", meant: of(at) };
    return { kind: "not_this_key" };
  }

  function other(id: AccountId): Diagnosis {
    const one = accounts().find((account) => account.id !== id && account.issuer === "Mirox");
    return one ? { kind: "other_account", id: one.id, name: "Mirox (zoe@plant-7)" } : { kind: "not_this_key" };
  }

  /** How many codes come before it, of those that are compared. */
  function comparedFor(found: Diagnosis): number {
    switch (found.kind) {
      case "right": return 1;
      case "expired":
      case "early": return found.steps > 20 ? 3_204 : 2 * found.steps;
      case "used":
      case "counter_ahead":
      case "counter_behind": return 3;
      case "other_settings": return 214;
      case "typo": return 431;
      case "other_account": return 540;
      case "cannot_tell":
      case "not_this_key": return 3_204;
    }
  }

  return (account, typed) => {
    const codes = typed.map(({ code }) => code.replaceAll(" ", ""));
    const diagnosis = told(account, codes.at(-1) ?? "");
    const compared = codes.join("") === "" ? 0 : comparedFor(diagnosis);
    const at = Math.floor(now());
    const { period } = account;
    const steps = diagnosis.kind === "early" ? diagnosis.steps : diagnosis.kind === "expired" ? -diagnosis.steps : diagnosis.kind === "right" ? 0 : null;
    const least = period === null || steps === null ? null : steps * period - (at % period);
    return {
      diagnosis, at, compared, odds: compared === 0 ? null : Math.floor((10 ** account.digits * 250_000 ** (codes.length - 1)) / compared),
      needs_second: diagnosis.kind === "cannot_tell", offset: least === null || period === null ? null : { least, most: least + period - 1 },
      clock: diagnosis.kind === "early" || diagnosis.kind === "expired" ? whose() : "unknown", advice: [],
    };
  };
}

// The playbooks of the deterministic backend: as Rust's own say it of the services, in fewer words.

import type { PlaybookName, PlaybookView, StepKind } from "./backend";

type Some = Partial<PlaybookView> & Pick<PlaybookView, "id" | "name" | "where" | "steps" | "recovery">;

const step = (kind: StepKind, click: string[] = [], then: string[] = [], needs_password = false) => ({ kind, click, then, needs_password });

function book(some: Some): PlaybookView {
  return {
    own: false, source: `${some.name}’s guide “Two-Factor Authentication”`, read_on: "2026-11-26", key_by_hand: null, using: null, regenerating: null,
    disabling: null, disabling_is_final: false, check: null, second_device: null, advice: [], ...some,
  };
}

export const generic = book({
  id: "generic", name: "Any service", where: [], source: "what most services do", key_by_hand: "Setup key",
  steps: [step("scan"), step("prove"), step("keep")],
  recovery: { kind: "unknown", count: null, length: null, shown_once: false },
});

export const books: PlaybookView[] = [
  book({
    id: "github", name: "GitHub", source: "https://docs.github.com/en/authentication", where: ["Profile picture", "Settings", "Password and authentication"], key_by_hand: "setup key",
    steps: [step("scan", ["Enable two-factor authentication"]), step("prove", [], ["Continue"]), step("keep", [], ["I have saved my recovery codes"])],
    recovery: { kind: "set", count: 16, length: 10, shown_once: false },
    using: { click: ["Use a recovery code"], after: "on", fresh: false }, regenerating: { click: ["Generate new recovery codes"], needs: "nothing" }, disabling: { click: ["Disable two-factor authentication"], needs: "password" },
  }),
  book({
    id: "mirox", name: "Mirox", where: ["Profile menu", "Profile", "Security"], key_by_hand: "Manual Entry",
    steps: [step("scan", ["Enable"]), step("keep", ["Next"]), step("prove", ["Next"], ["Verify and Enable"])],
    recovery: { kind: "rotating", count: 1, length: 8, shown_once: false },
    using: { click: ["Use Backup Code"], after: "off", fresh: true }, regenerating: { click: ["New Backup Codes"], needs: "code" },
    disabling: { click: ["Disable"], needs: "code" }, check: ["Check 2FA"],
    advice: [
      { when: "not_accepted", en: "Wait for the next code, then try again.", de: "Warte auf den nächsten Code und versuche es erneut." },
      { when: "second_device", en: "Set it up on the new device first, then check with “Check 2FA”.", de: "Richte es erst auf dem neuen Gerät ein und prüfe es dann mit „Check 2FA“." },
    ],
  }),
  book({
    id: "plato", name: "Plato", where: [], steps: [step("scan"), step("prove")], second_device: "same_qr",
    recovery: { kind: "none", count: null, length: null, shown_once: false }, disabling: { click: [], needs: "administrator" }, disabling_is_final: true,
    advice: [{ when: "always", en: "Give it a name that says which site and which system it is for.", de: "Gib einen Namen, der sagt, für welchen Ort und welches System er ist." }],
  }),
  book({
    id: "plausible", name: "Plausible", where: ["Account name", "Account Settings", "Security", "Two-Factor Authentication (2FA)"], key_by_hand: "the code to paste",
    steps: [step("scan", ["Enable 2FA"]), step("prove", ["Proceed"], ["Verify"]), step("keep", [], ["Finish"])],
    recovery: { kind: "set", count: null, length: null, shown_once: false },
    using: { click: ["Use a recovery code"], after: "on", fresh: false }, regenerating: { click: ["Generate new", "Generate New Codes"], needs: "password" }, disabling: { click: ["Disable 2FA"], needs: "password" },
    advice: [{ when: "not_accepted", en: "Type it without spaces.", de: "Tippe ihn ohne Leerzeichen." }],
  }),
  book({
    id: "pluton", name: "Pluton", where: ["Settings", "General"], key_by_hand: "Setup Key",
    steps: [step("scan", ["Enable 2FA", "Yes, Enable 2FA"]), step("prove", [], ["Verify & Enable 2FA"]), step("keep")],
    recovery: { kind: "set", count: 10, length: null, shown_once: true },
    using: { click: [], after: "enroll_again", fresh: false }, regenerating: { click: [], needs: "enroll_again" }, disabling: { click: ["Enable 2FA"], needs: "nothing" },
  }),
  book({
    id: "pterodactyl", name: "Pterodactyl", where: ["Account Settings", "Two-Factor Authentication"], key_by_hand: "secret key",
    steps: [step("scan", ["Enable Two-Factor Authentication"]), step("prove", [], [], true), step("keep")],
    recovery: { kind: "set", count: null, length: null, shown_once: true },
    using: { click: [], after: "enroll_again", fresh: false }, regenerating: { click: [], needs: "enroll_again" }, disabling: { click: ["Disable Two-Factor Authentication"], needs: "password" },
    advice: [{ when: "not_accepted", en: "Each code works once: wait for the next one.", de: "Jeder Code gilt einmal: warte auf den nächsten." }],
  }),
  book({
    id: "works-council", name: "Works Council", own: true, source: "a note of my own", where: ["Account", "Sign-in"],
    steps: [step("scan"), step("prove"), step("keep")], recovery: { kind: "set", count: 8, length: 6, shown_once: false },
  }),
  generic,
];

export const byId = (id: string): PlaybookView | undefined => books.find((one) => one.id === id);
export const named = ({ id, name, own }: PlaybookView): PlaybookName => ({ id, name, own });

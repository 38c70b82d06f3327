// What a person reads in the overview, in an account's timeline, and about recovery codes and playbooks in the settings, in English.

import type { AccountView, EventView, OtpKind, OverviewRow, RecoveryShort, Todo } from "../ipc/backend";

const times = (n: number, one: string, many: string): string => (n === 1 ? one : many.replace("#", n.toLocaleString("en")));

function todo(one: Todo): string {
  switch (one.kind) {
    case "enroll_again":
      return "2FA is off: enroll again";
    case "answer":
      return one.codes.length === 1 ? "Say whether the recovery code worked" : "Say whether the recovery codes worked";
    case "record_new_code":
      return "Record the new recovery code";
    case "prove":
      return "Prove it with a code";
    case "save_codes":
      return "Save its recovery codes";
    case "none_left":
      return "No recovery code is left: get new ones";
    case "few_left":
      return `Only ${one.left} of ${one.of} recovery codes left`;
    case "advise_enroll_again":
      return "Better enroll again: a recovery code was used";
    case "circle":
      return one.kit ? "Your recovery kit lies behind this account" : "A backup lies behind this account";
    case "guide":
      return "Finish setting it up";
    case "protect":
      return "Protect its recovery codes";
  }
}

export const overview = {
  open: "Overview",
  openHint: "Overview of all accounts (Ctrl Shift O)",
  title: "Overview",
  back: "Back to the codes",
  print: "Print…",
  filter: "Filter",
  filterLabel: "Filter the accounts",
  clearFilter: "Clear the filter",
  onlyTodo: "Only what needs something",
  summary: (need: number, fine: number) => {
    const well = times(fine, "1 is fine", "# are fine");
    const needy = times(need, "1 account needs something", "# accounts need something");
    return need === 0 ? `Nothing needs you: ${well}.` : fine === 0 ? `${needy}.` : `${needy}, ${well}.`;
  },
  /** On paper, where only some are shown. */
  some: (shown: number, all: number) => `${shown} of ${times(all, "1 account", "# accounts")}`,
  loading: "Looking through your accounts…",
  none: "No accounts yet",
  noneText: "Once you have added one, its state stands here.",
  nothingFound: (query: string) => `No account matches “${query}”.`,
  nothingToDo: "Nothing needs you.",
  showAll: "Show all accounts",

  account: "Account",
  state: "State",
  proved: "Proved",
  codes: "Codes left",
  checked: "Checked",
  todoTitle: "To do",
  since: (date: string) => `since ${date}`,
  stateOf: ({ state, proved }: Pick<AccountView, "state" | "proved">): string => (state === "pending" ? "Not proved" : state === "off" ? "Off" : proved ? "On" : "On, assumed"),
  never: "never",
  codesOf: (kept: RecoveryShort | null): string => (kept === null ? "none kept" : kept.kind === "set" ? `${kept.left} of ${kept.of}` : kept.left > 0 ? "1, replaced at each use" : "used up"),
  todo,
  fine: "Nothing",
  then: (rest: OverviewRow["todo"]) => `then: ${rest.map(todo).join(" · ")}`,
  printedOn: (date: string) => `Printed ${date}. There are no codes and no keys on this page.`,
};

function event({ kind, count, number, detail, step }: EventView): string {
  const code = number === null ? "A recovery code" : `Recovery code ${number}`;
  switch (kind) {
    case "added":
      return "Added to Keyfob";
    case "proved":
      return "Proved: the service accepted a code";
    case "not_accepted":
      return "The service did not accept a code";
    case "codes_kept":
      return count === null ? "Recovery codes kept" : times(count, "1 recovery code kept", "# recovery codes kept");
    case "codes_replaced":
      return count === 1 ? "A new recovery code kept; what was kept before is void" : count === null ? "New recovery codes kept; those before are void" : `${count} new recovery codes kept; those before are void`;
    case "code_copied":
      return `${code} copied`;
    case "code_used":
      return `${code} used`;
    case "code_not_used":
      return `${code} was not used after all`;
    case "code_refused":
      return `${code} was refused by the service`;
    case "switched_off":
      return "Signing in with a recovery code switched 2FA off";
    case "enrolled_again":
      return "Enrolled again, with a new key";
    case "disabled":
      return "2FA disabled at the service";
    case "no_codes":
      return "Noted: this service gives no recovery codes";
    case "codes_expected":
      return "Noted: this service gives recovery codes after all";
    case "playbook_chosen":
      return detail === null ? "A playbook chosen" : `Playbook chosen: ${detail}`;
    case "codes_printed":
      return "Recovery codes printed";
    case "codes_shown":
      return "Recovery codes shown";
    case "checked":
      return step === null ? "Checked with another device" : "Checked with another device: in sync";
    case "exported":
      return "Its key shown, or written, for another device";
    case "other":
      return detail === null ? "Something that a newer Keyfob has noted" : `Noted by a newer Keyfob: ${detail}`;
  }
}

export const timeline = {
  title: "Timeline",
  filter: "Show",
  groups: { all: "All", codes: "Recovery codes", state: "State" },
  event,
  undone: (date: string) => `undone ${date}`,
  step: (type: OtpKind, step: string) => (type === "hotp" ? `counter ${step}` : `step ${step}`),
  showAll: (n: number) => `Show all ${n}`,
  showFewer: "Show fewer",
  export: "Export…",
  exported: (file: string) => `The timeline is saved as ${file}`,
};

export const codesLock = {
  title: "Recovery codes",
  text: "Recovery codes beside the second factor weaken it: whoever opens the vault has both. With a passphrase of their own the vault alone is not enough; if it is lost, so are the codes, unless the recovery key opens them.",
  paper: "Or keep them on paper instead: print them from the account’s page.",
  off: "No passphrase of their own",
  on: "Protected by a passphrase of their own",
  unprotected: (n: number) => (n === 0 ? "No recovery codes are kept yet." : times(n, "1 recovery code opens with the vault alone.", "# recovery codes open with the vault alone.")),
  protected: (n: number) => (n === 0 ? "No recovery codes are kept yet; those to come are protected." : times(n, "1 recovery code is protected.", "# recovery codes are protected.")),
  notYet: (n: number) => times(n, "1 is not yet.", "# are not yet."),
  keyOpens: "The recovery key opens them too.",
  keyDoesNot: "No recovery key opens them: without the passphrase they are lost.",
  isOpen: "They are open now.",
  set: "Set a passphrase for them",
  change: "Change it",
  remove: "Remove it",
  close: "Close them again",
  setTitle: "A passphrase for recovery codes",
  changeTitle: "Change the passphrase of the recovery codes",
  setText: "8 characters or more, and not the one that opens the vault. You are asked for it when you look at recovery codes or use one, never to keep new ones.",
  first: "First give the passphrase of the recovery codes, not the one of the vault.",
  goOn: "Go on",
  new: "New passphrase",
  wasSet: "Recovery codes have a passphrase of their own now",
  wasChanged: "The passphrase of the recovery codes is changed",
  removeTitle: "Remove the passphrase of the recovery codes?",
  removeText: "From then on whoever opens the vault can read the recovery codes too.",
  removed: "Recovery codes open with the vault now",
  closed: "The recovery codes are closed",
  foreign: "Some recovery codes came from a file with its own passphrase. Enter it to open them.",
  foreignTitle: "Recovery codes from a file",
  openForeign: "Enter its passphrase",
  foreignOpened: "The recovery codes from the file are open",
};

export const playbooks = {
  title: "Playbooks",
  text: "What Keyfob knows of how services do two-factor authentication: where to click, in which order, and what their recovery codes do.",
  count: (n: number, own: number) => `${times(n, "1 playbook", "# playbooks")}${own === 0 ? "" : `, ${own} of your own`}.`,
  own: "your own",
  showAll: "Show them",
  showFewer: "Hide them",
  broken: (n: number) => times(n, "1 of your own could not be read:", "# of your own could not be read:"),
  line: (file: string, line: number | null) => (line === null ? file : `${file}, line ${line}`),
  folder: "Your own go into this folder, one file each:",
};

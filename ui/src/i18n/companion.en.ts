// What a person reads while an account is enrolled and its recovery codes are kept and used, in English.

import type { ActView, BatchView, CodeState, Diagnosis, ErrorCode, EventKind, FoundCodesView, RecoveryShort, SecondDevice, StepKind, Todo, VoidWhy } from "../ipc/backend";

/** Those that Keyfob's page has more to say about than Rust. */
export const companionErrors: Partial<Record<ErrorCode, { message: string; remedy: string }>> = {
  codes_none: { message: "No recovery code was found in it", remedy: "Copy the codes themselves from the service’s page, or type them, one a line." },
  codes_picture: { message: "Keyfob does not read the words in a picture", remedy: "Type the codes from it, or copy them as text from the service’s page." },
  codes_locked: { message: "These recovery codes have a passphrase of their own", remedy: "Give it first." },
  codes_changed: { message: "The recovery codes have changed in the meantime", remedy: "Look at them again." },
  codes_exist: { message: "This account has recovery codes already", remedy: "Replace them by the new ones; the old ones are then void." },
  code_none: { message: "There is no such recovery code", remedy: "Look at the list again." },
  enrollment_off: { message: "2FA is off for this account", remedy: "Enroll again: scan the QR code that the service shows then." },
  codes_several: { message: "A code that is replaced at each use is a single one", remedy: "Keep one, or choose “a set of codes”." },
  same_names: { message: "Another account has the same name", remedy: "Give this one a name that tells them apart." },
  code_spent: { message: "This recovery code was used, or is void", remedy: "Take another one." },
  code_gone: { message: "The text of this recovery code was deleted", remedy: "Take another one, or get new ones from the service." },
  playbook_unknown: { message: "Keyfob has no such guide", remedy: "Choose another one." },
  undo_nothing: { message: "There is nothing to take back", remedy: "Look at the account again." },
  codes_lock_exists: { message: "Recovery codes have a passphrase of their own already", remedy: "Change it in the settings." },
  codes_lock_none: { message: "Recovery codes have no passphrase of their own", remedy: "Set one in the settings first." },
  enrolled_same_key: { message: "That is the key that this account has already", remedy: "The service shows a new QR code when you enroll again: scan that one." },
};

const times = (n: number, one: string, many: string): string => (n === 1 ? one : many.replace("#", String(n)));
const left = ({ left: n, of }: { left: number; of: number }): string => `${n} of ${times(of, "1 recovery code", "# recovery codes")} left`;

/** How long ago, or how far off. */
function span(seconds: number): string {
  if (seconds < 120) return times(seconds, "1 second", "# seconds");
  if (seconds < 7_200) return times(Math.round(seconds / 60), "1 minute", "# minutes");
  return times(Math.round(seconds / 3_600), "1 hour", "# hours");
}

/** The line in the list. */
function todoLine(todo: Todo): string {
  switch (todo.kind) {
    case "enroll_again": return "2FA is off: enroll again";
    case "answer": return times(todo.codes.length, "Did the recovery code work?", "Did # recovery codes work?");
    case "record_new_code": return "Record the new recovery code";
    case "prove": return "Not proved yet";
    case "save_codes": return "No recovery code saved";
    case "none_left": return "No recovery code left";
    case "few_left": return left(todo);
    case "advise_enroll_again": return "Advised: enroll again";
    case "circle": return "Guards its own backup";
    case "guide": return "Setting up is not finished";
    case "protect": return "Recovery codes have no passphrase of their own";
  }
}

/** The notice on the account’s page: what is the matter, and why it matters. */
function todoText(todo: Todo): string {
  switch (todo.kind) {
    case "enroll_again": return "Two-factor authentication is off at the service. Until you enroll again, a password alone lets anyone in.";
    case "answer": return "You copied a recovery code. Say whether it worked, so that a used one is never offered again.";
    case "record_new_code": return "The recovery code is spent, and the service has issued a new one. Record it, or there is no way back in.";
    case "prove": return "No code of this account was accepted yet. Prove one before you rely on it.";
    case "save_codes": return "No recovery code is saved. Without one, a lost key means a lost account.";
    case "none_left": return "All recovery codes are used. Get new ones while you can still sign in.";
    case "few_left": return `${left(todo)}. Get new ones before they run out.`;
    case "advise_enroll_again": return "A recovery code was used. The service advises to disable 2FA and to enroll again.";
    case "circle": {
      const what = [...(todo.kit ? ["the recovery kit of your vault"] : []), ...(todo.folders.length > 0 ? [`a backup (${todo.folders.join(", ")})`] : [])].join(" and ") || "a backup of your vault";
      return `This account guards the place where ${what} lies. Without this vault you cannot sign in there, and what lies there is what opens this vault. Keep another copy elsewhere.`;
    }
    case "guide": return "Setting up is not finished.";
    case "protect": return "The recovery codes lie in the same vault as the second factor. A passphrase of their own keeps them apart.";
  }
}

const todoAction: Record<Todo["kind"], string> = {
  enroll_again: "Enroll again",
  answer: "Answer",
  record_new_code: "Record it",
  prove: "Go on setting up",
  save_codes: "Save them",
  none_left: "Get new ones",
  few_left: "Get new ones",
  advise_enroll_again: "Enroll again",
  circle: "Backups…",
  guide: "Go on setting up",
  protect: "Set a passphrase…",
};

const undone: Record<EventKind, string> = {
  added: "added",
  proved: "proved",
  not_accepted: "code not accepted",
  codes_kept: "recovery codes saved",
  codes_replaced: "recovery codes replaced",
  code_copied: "recovery code copied",
  code_used: "recovery code used",
  code_not_used: "recovery code not used",
  code_refused: "recovery code refused",
  switched_off: "2FA switched off",
  enrolled_again: "enrolled again",
  disabled: "2FA disabled",
  no_codes: "service gives no codes",
  codes_expected: "service gives codes",
  playbook_chosen: "guide changed",
  codes_printed: "recovery codes printed",
  codes_shown: "recovery codes shown",
  checked: "code checked",
  exported: "key shown for another device",
  other: "last change",
};

const stepTitles: Record<StepKind, string> = { scan: "Scan the QR code", keep: "Keep the recovery codes", prove: "Type a code there" };
const codeStates: Record<CodeState, string> = { unused: "unused", in_doubt: "copied", used: "used", refused: "refused", void: "void" };
const voidWhy: Record<VoidWhy, string> = {
  replaced: "replaced by newer ones",
  disabled: "2FA was disabled there",
  enrolled_again: "the account was enrolled again",
  set_aside: "set aside",
};
const needs: Record<ActView["needs"], string> = {
  code: "It asks for a current code.",
  password: "It asks for your password.",
  nothing: "",
  enroll_again: "The service gives new ones only when you set up 2FA again.",
  administrator: "An administrator of the service has to do it.",
};
const secondDevice: Record<SecondDevice, string> = {
  same_qr: "The service can show the same QR code again: scan it with the other device too.",
  set_up_again: "A second device needs a new QR code, and the old device stops working. Keyfob can keep the new key: enroll again.",
  add: "The service takes several authenticators side by side: add the other device there.",
};

/** What was found out about a code that was not accepted: what it is, and what to do. */
function diagnosis(found: Diagnosis, clock: string): { what: string; todo: string } {
  switch (found.kind) {
    case "right":
      return { what: "By this computer’s clock this is the right code.", todo: `The clock says ${clock}: compare it with another. Make sure that this code was not used just before, and that it is typed for this account, without spaces. Then try the next code.` };
    case "expired":
      return { what: `This code was right ${span(found.seconds)} ago.`, todo: found.steps <= 2 ? "It has expired. Wait for the next code and type it at once." : `It has expired. If you typed it just now, this computer’s clock is ahead: it says ${clock}.` };
    case "early":
      return { what: `This code will be right in ${span(found.seconds)}.`, todo: `This computer’s clock is probably behind: it says ${clock}. Set it, or wait for that code.` };
    case "used":
      return { what: "A code of this half minute was accepted before.", todo: "Each code works once. Wait for the next one." };
    case "other_account":
      return { what: `This is the code of ${found.name}.`, todo: "Type the code that stands here." };
    case "other_settings":
      return { what: `This code fits other settings: ${found.algorithm}, ${found.digits} digits${found.period === null ? "" : `, ${found.period} seconds`}.`, todo: "Another app reads this key with other settings. Scan the service’s QR code again rather than typing the key." };
    case "counter_ahead":
      return { what: `This code comes ${times(found.by, "1 code", "# codes")} later than the next one here.`, todo: "Another device has this key too. Check this account with it, and set the counter here." };
    case "counter_behind":
      return { what: found.by === 1 ? "This is the last code that was shown here." : `This code was shown here ${found.by} codes ago.`, todo: "Each code counts once. Take the next one and type that." };
    case "cannot_tell":
      return { what: "One code is not enough to tell what it is.", todo: "It fits something, but so many codes were compared that chance may explain it. Take the next code and type that there; if it is refused too, type it here." };
    case "typo":
      return { what: `Perhaps you meant ${found.meant}.`, todo: "It looks like a slip of the finger. Type it again, or copy it." };
    case "not_this_key":
      return { what: "This code does not come from the key that Keyfob has.", todo: "Perhaps the service has shown a newer QR code since. Start again there, and scan the one that it shows now." };
  }
}

export const companion = {
  todoLine,
  todoText,
  todoAction,
  leftLine: ({ left: n, of }: RecoveryShort) => left({ left: n, of }),
  todos: "To do",
  undoOf: (kind: EventKind) => `Undo: ${undone[kind]}`,
  undone: (kind: EventKind) => `Taken back: ${undone[kind]}`,

  onSince: (date: string) => `On since ${date}`,
  onProvedSince: (date: string) => `On since ${date}, proved`,
  offSince: (date: string) => `Off since ${date}`,

  // The guide.
  guideTitle: (service: string) => `Set up 2FA: ${service}`,
  offTitle: "2FA is off: enroll again",
  offText: (service: string) => `Switch two-factor authentication on again at ${service}: it shows a new QR code. The name, the timeline and the rest of this account stay.`,
  offFinal: "The old pairing never works again, even if 2FA is switched on again.",
  oldCode: "Codes of the old key",
  pausedTitle: "Not proved yet",
  pausedText: "Setting up was left half-way. What was scanned is kept.",
  goOn: "Go on setting up",
  enrollAgain: "Enroll again…",
  enrollAgainOf: (name: string) => `New code for ${name}`,
  againText: "Compare the code with what the service expects. This key then takes the place of the old one; the old one is kept until the new one is proved.",
  againSame: "That is the key that this account has already. The service shows a new one when you enroll again.",
  againTake: "Use this one",
  later: "Later",
  steps: "Steps",
  stepTitles,
  stepKeepOne: "Keep the recovery code",
  stepNow: (n: number, of: number) => `Step ${n} of ${of}, now`,
  stepDone: "done",
  stepToCome: "to come",
  goToStep: (n: number, title: string) => `Go to step ${n}: ${title}`,
  there: (service: string) => `At ${service}:`,
  somewhere: "In the security settings of the service.",
  click: "Click",
  thenClick: "Then click",
  needsPassword: "It asks for your password too.",
  byHand: (name: string) => `Where a picture does not work, it gives the key as text: “${name}”.`,
  scanned: "It is scanned: go on",
  typeThere: "Type this code there:",
  accepted: "It was accepted",
  notAccepted: "Not accepted",
  refusedTitle: "Why was it not accepted?",
  typedCode: "The code that you typed there",
  typedHint: "may stay empty",
  findOut: "Find out",
  diagnosis,
  adviceOf: (service: string) => `${service}:`,
  skip: "Skip for now",
  doneTitle: "It is set up",
  doneText: (service: string) => `Two-factor authentication is on at ${service}, and a code was accepted.`,
  doneUnproved: "What was scanned is kept.",
  doneNothing: "Nothing is left to do.",
  doneLeft: "What is left to do stands below.",
  doneClose: "Done",
  formerKeys: (n: number) => times(n, "The old key is kept until the new one is proved.", "# old keys are kept until the new one is proved."),

  playbook: "Guide",
  changePlaybook: "Change",
  changePlaybookLabel: (name: string) => `Guide: ${name}. Change`,
  playbookTitle: "Which service is it?",
  playbookText: "The guide says where to click and in which order. It changes nothing that is saved.",
  searchPlaybooks: "Search guides",
  anyService: "Any other service",
  noPlaybook: "No guide matches. “Any other service” fits all.",
  suggested: "fits the name",
  own: "your own",
  chosen: "chosen",
  source: (source: string, date: string) => `From ${source}, read ${date}`,
  playbookFolder: (folder: string) => `Your own guides go into ${folder}.`,
  broken: (file: string, line: number | null, reason: string) => `${file}${line === null ? "" : `, line ${line}`}: ${reason}`,

  // Recovery codes.
  recoveryOne: "Recovery code",
  recoverySome: "Recovery codes",
  emptyText: "Your way back in, if the codes here are lost. The service shows them while you set up 2FA.",
  emptyOne: "One code, replaced at each use.",
  emptySome: (n: number) => `The service gives ${n} codes; each works once.`,
  onceOnly: "It shows them only once.",
  formLabel: "Recovery codes, or the text around them",
  formLabelOne: "The recovery code, or the text around it",
  formHint: "Paste the whole page, its JSON or the codes. Pictures of text are not read: type or paste.",
  find: "Look for codes",
  paste: "Paste",
  chooseFile: "Choose a file…",
  none: "This service gives none",
  noneSaid: "This service gives no recovery codes.",
  noneByBook: (service: string) => `${service} gives no recovery codes.`,
  some: "It does give some",
  inGuide: "The guide above asks for them in its turn.",
  whenOn: "The service shows new ones when you enroll again.",

  foundTitle: (n: number) => times(n, "Is this the recovery code?", "Are these the recovery codes?"),
  foundText: "Compare them with the service’s page, then keep them.",
  foundCode: (n: number, text: string) => `Keep code ${n}: ${text}`,
  unsure: "Is this one?",
  known: { unused: "saved already", used: "saved, and used", void: "void since" } as Record<"unused" | "used" | "void", string>,
  wrongCount: ({ expected, codes }: FoundCodesView) => `${times(codes.filter((code) => code.sure).length, "1 code was found", "# codes were found")}; the service usually gives ${expected.count}.`,
  wrongLength: ({ expected }: FoundCodesView) => `Some are not ${expected.length} characters long, as the service’s are.`,
  wrongAlphabet: "Some have characters that the service’s codes do not have.",
  kindOf: "What they are",
  kinds: { rotating: "One code, replaced at each use", set: "A set of codes, each used once" } as Record<BatchView["kind"], string>,
  rotatingOne: "Keep only one code, or choose “a set of codes”.",
  replaces: (n: number) => times(n, "1 code that is saved and not used becomes void.", "# codes that are saved and not used become void."),
  keep: (n: number) => times(n, "Keep 1 code", "Keep # codes"),
  kept: (n: number) => times(n, "The recovery code is saved", "# recovery codes are saved"),
  noneSaved: "Noted: this service gives no recovery codes",

  keptOn: (date: string) => `Saved ${date}`,
  code: (n: number) => `Code ${n}`,
  codeState: (state: CodeState, date: string | null) => (date === null ? codeStates[state] : `${codeStates[state]} ${date}`),
  gone: "text deleted",
  hidden: "hidden",
  reveal: "Show",
  revealOf: (n: number) => `Show code ${n}`,
  hide: "Hide",
  hideOf: (n: number) => `Hide code ${n}`,
  use: "Copy",
  useOf: (n: number) => `Copy code ${n} to use it`,
  copiedCode: (n: number) => `Copied recovery code ${n}. It leaves the clipboard in a minute.`,
  useWhere: (service: string) => `When you sign in at ${service}:`,
  after: {
    off: "Signing in with it switches 2FA off. Keyfob then leads you through a fresh scan.",
    enroll_again: "After it, the service advises to disable 2FA and to enroll again.",
    on: "",
  } as Record<"off" | "enroll_again" | "on", string>,
  fresh: "The service issues a new one at each use: record it.",
  didItWork: "Did it work?",
  didItWorkOf: (n: number) => `Did code ${n} work?`,
  answers: { worked: "It worked", not_used: "I did not use it", refused: "It was refused" },
  answered: {
    worked: (n: number) => `Recovery code ${n} is used`,
    not_used: (n: number) => `Recovery code ${n} stays unused`,
    refused: (n: number) => `Recovery code ${n} was refused`,
  },
  revealAll: "Show all",
  hideAll: "Hide all",
  print: "Print one page…",
  newCodes: "New codes…",
  newOne: "New code…",
  newTitle: "New codes from the service",
  newTitleOne: "A new code from the service",
  newNone: "Keyfob does not know where this service gives new ones; look in its security settings.",
  newVoidOne: "Once the service has issued a new one, the old one is void, here too.",
  newVoid: "Once the service has issued new ones, the old ones are void, here too.",
  protectedNote: "These codes have a passphrase of their own.",
  pastTitle: (n: number) => times(n, "1 former set of codes", "# former sets of codes"),
  pastOf: (since: string, why: VoidWhy | null) => `void since ${since}${why === null ? "" : `: ${voidWhy[why]}`}`,
  pastCodes: (n: number, used: number) => `${times(n, "1 code", "# codes")}, ${used} used`,

  lockText: "Give the passphrase of the recovery codes. They stay open until you leave this account.",
  lockLabel: "Passphrase of the recovery codes",
  lockOpen: "Open",

  paperTitle: (name: string) => `Recovery codes: ${name}`,
  paperText: (date: string) => `Printed ${date} by Keyfob. Each code works once: tick it when it is used.`,
  paperTextOne: (date: string) => `Printed ${date} by Keyfob. It works once; the service then issues a new one.`,
  paperWarning: "Whoever reads this page and knows the password gets in. Keep it where neither a fire nor a thief finds it with this computer.",
  printNow: "Print…",

  // At the service.
  serviceTitle: (service: string) => `At ${service}`,
  dryRun: "The service checks a code too, and changes nothing.",
  secondTitle: "A second device",
  secondDevice,
  lostTitle: "If a device is lost",
  disableTitle: "Switch 2FA off",
  disableFinal: "This cannot be undone: the old pairing never works again.",
  disableUnknown: "Keyfob does not know where; look in the service’s security settings.",
  disabled: "I have disabled 2FA there",
  disabledSure: "Is 2FA off at the service? The recovery codes become void, and this account asks to be enrolled again.",
  disabledYes: "Yes, it is off",
  disabledSaid: "2FA is noted as off",
  needs,

  guardsTitle: "What this account guards",
  guardsText: "If you need this account’s code to reach what opens your vault, you could be locked out of both.",
  guardsKit: "The recovery kit of this vault lies behind this account",
  guardsBackup: "A backup of this vault lies behind this account",
};
